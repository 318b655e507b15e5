"""Automatic names: unique across threads, and starting over when asked."""

import threading

import pytest

from kerasvar import naming


def test_names_count_up_by_prefix():
    assert [naming.auto_name("w") for _ in range(3)] == ["w", "w_1", "w_2"]
    assert naming.auto_name("b") == "b"
    naming.reset_names()
    assert naming.auto_name("w") == "w"


def test_threads_never_get_the_same_name():
    found = []

    def take():
        found.extend(naming.auto_name("v") for _ in range(500))

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found, key=lambda n: int(n[2:] or 0)) == ["v"] + [f"v_{i}" for i in range(1, 4000)]


@pytest.mark.parametrize("wrong", ["a/b", "/", 3, None, b"a"])
def test_a_bad_name_is_shown(wrong):
    with pytest.raises(ValueError) as caught:
        naming.check_name(wrong)
    assert "`name`" in str(caught.value) and repr(wrong) in str(caught.value)


def test_any_other_string_is_a_name():
    assert [naming.check_name(n) for n in ("w", "", "größe 1", "a.b")] == ["w", "", "größe 1", "a.b"]
