"""The settings of functional.config against flax.config."""

import contextvars
import os
import subprocess
import sys
import threading

import pytest

from kerasvar import random
from kerasvar.functional import FrozenDict, LazyRng, bind, config

flax = pytest.importorskip("flax")


@pytest.mark.parametrize("name", [name for name in dir(config) if name.startswith("flax_")])
def test_names_and_values_are_flaxs(name):
    assert getattr(config, name) == getattr(flax.config, name)


def test_flipping_lasts_for_the_block():
    assert config.flax_fix_rng_separator is False
    with config.temp_flip_flag("fix_rng_separator", True):
        assert config.flax_fix_rng_separator is True
        config.update("flax_fix_rng_separator", False)
        assert config.flax_fix_rng_separator is False
        with pytest.raises(KeyError), config.temp_flip_flag("fix_rng_separator", True):
            raise KeyError
        assert config.flax_fix_rng_separator is False
    assert config.flax_fix_rng_separator is False


def test_a_flip_is_not_seen_by_other_threads():
    seen = []
    with config.temp_flip_flag("return_frozendict", True):
        # An empty context, which is what a new thread has had up to Python 3.14.
        look = lambda: seen.append(config.flax_return_frozendict)
        thread = threading.Thread(target=contextvars.Context().run, args=(look,))
        thread.start()
        thread.join()
        assert config.flax_return_frozendict is True
    assert seen == [False]


def test_update_is_for_the_process():
    config.update("flax_return_frozendict", True)
    try:
        assert type(bind({"a": {}}).variables()) is FrozenDict
        assert type(bind({"a": {}}, mutable=True).mutable_variables()) is FrozenDict
    finally:
        config.update("flax_return_frozendict", False)
    assert type(bind({"a": {}}).variables()) is dict


def test_the_separator_tells_paths_apart():
    def keys():
        one, other = (LazyRng.create(random.key(0), *path) for path in (("ab", "c"), ("a", "bc")))
        return one.as_jax_rng().tolist(), other.as_jax_rng().tolist()

    same, as_same = keys()
    assert same == as_same
    with config.temp_flip_flag("fix_rng_separator", True):
        one, other = keys()
    assert one != other


def test_unknown_settings_are_errors_of_flaxs_kinds():
    for library in (config, flax.config):
        with pytest.raises(LookupError):
            library.update("other", True)
        with pytest.raises(AttributeError):
            assert library.other
        with pytest.raises(AttributeError), library.temp_flip_flag("other", True):
            pass
        with pytest.raises(AttributeError):
            library.flax_fix_rng_separator = True


def test_a_setting_of_flaxs_that_changes_nothing_here_is_an_error_that_names_the_others():
    known = "flax_profile.*flax_fix_rng_separator, flax_return_frozendict"
    with pytest.raises(LookupError, match=known):
        config.update("flax_profile", False)
    with pytest.raises(AttributeError, match=known):
        assert config.flax_profile
    with pytest.raises(AttributeError, match=known), config.temp_flip_flag("profile", False):
        pass


@pytest.mark.parametrize(("text", "expected"), [("on", "True"), ("0", "False"), ("maybe", "error")])
def test_the_environment_sets_them(text, expected):
    program = (
        "try:\n"
        "    from kerasvar.functional import config\n"
        "    print(config.flax_fix_rng_separator)\n"
        "except ValueError as error:\n"
        "    assert 'FLAX_FIX_RNG_SEPARATOR' in str(error) and 'maybe' in str(error)\n"
        "    print('error')"
    )
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "FLAX_FIX_RNG_SEPARATOR": text,
    }
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == expected
