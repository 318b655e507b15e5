"""What a printed form is made of: the facts, and only the elements that are shown."""

import numpy as np
import pytest

import kerasvar
from kerasvar.bridge import display



def _shown(array, facts):
    """By NumPy: the elements at the positions that were chosen, rows fastest, then columns."""
    corner = array[np.ix_(facts["rows"], facts["columns"])]
    return np.concatenate(
        [corner[(..., *at)].reshape(-1, order="F") for at in facts["slices"]]
    )


@pytest.mark.parametrize("shape", [(3, 4), (50, 60), (2, 3, 4), (9, 9, 9), (5, 3, 2, 4), (4, 4, 2, 2, 3)])
@pytest.mark.parametrize("limits", [(None, None), (6, 3), (7, 4), (1, 1)])
def test_excerpt_takes_the_elements_at_the_positions_it_names(backend, shape, limits):
    array = np.arange(np.prod(shape), dtype="float32").reshape(shape)
    facts = display.excerpt(kerasvar.Variable(array, backend=backend), *limits)
    np.testing.assert_array_equal(facts["values"], _shown(array, facts))
    assert facts["shape"] == list(shape)
    if limits[1] is not None:
        assert len(facts["columns"]) <= limits[1]


@pytest.mark.parametrize("size", [1, 5, 10, 11, 1000])
def test_excerpt_of_a_vector_takes_both_ends(backend, size):
    array = np.arange(size, dtype="float32")
    facts = display.excerpt(kerasvar.Variable(array, backend=backend), elements=5)
    expected = array if size <= 10 else np.r_[array[:5], array[-5:]]
    np.testing.assert_array_equal(facts["values"], expected)


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 3, 4)])
def test_first_elements_run_down_the_columns(backend, shape):
    array = np.arange(np.prod(shape), dtype="float32").reshape(shape)
    facts = display.first_elements(kerasvar.Variable(array, backend=backend), 5)
    np.testing.assert_array_equal(facts["values"], array.reshape(-1, order="F")[:5])


@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0, 2)])
def test_no_elements_are_no_values(backend, shape):
    v = kerasvar.Variable(np.zeros(shape, "float32"), backend=backend)
    assert display.excerpt(v, 2, 2, 2)["values"] == []
    assert display.first_elements(v, 2)["values"] == []


def test_only_flags_that_differ_are_named(backend):
    assert display.describe(kerasvar.Variable(1.0, backend=backend))["flags"] == {}
    v = kerasvar.Variable(1.0, trainable=False, aggregation="mean", backend=backend, constraint=abs)
    assert display.describe(v)["flags"] == {
        "trainable": False,
        "aggregation": "mean",
        "constraint": "abs",
    }


def test_integers_come_as_text_so_that_none_is_rounded():
    v = kerasvar.Variable(np.array([2**53 + 1, -(2**63)]), backend="numpy")
    assert display.excerpt(v)["values"] == [str(2**53 + 1), str(-(2**63))]


def test_what_is_traced_has_no_values_and_says_so():
    jax = pytest.importorskip("jax")
    seen = []

    def f(x):
        seen.append(display.excerpt(x))
        return x

    jax.jit(f)(np.zeros((2, 2), "float32"))
    assert seen[0]["values"] is None and "Tracer" in seen[0]["problem"]
    assert seen[0]["shape"] == [2, 2]


def test_anything_else_is_a_type_error():
    with pytest.raises(TypeError, match="str"):
        display.describe("w")
