"""Statistics on the device are those that NumPy computes of the whole."""

import numpy as np
import pytest

import kerasvar
from kerasvar.bridge import statistics



def _arrays():
    rng = np.random.default_rng(1)
    special = rng.normal(size=(7, 5)).astype("float32")
    special[0, :3] = np.nan, np.inf, -np.inf
    special[1, :2] = 0
    return {
        "normal": rng.normal(size=(30, 4)).astype("float32"),
        "special": special,
        "one": np.array(3.5, "float32"),
        "integers": rng.integers(-5, 5, 41).astype("int32"),
        "bools": rng.integers(0, 2, (3, 3)).astype(bool),
    }


@pytest.mark.parametrize("kind", ["normal", "special", "one", "integers", "bools"])
def test_summary(backend, kind):
    array = _arrays()[kind]
    for x in (kerasvar.Variable(array, backend=backend), kerasvar.Variable(array, backend=backend).value):
        found = statistics.summary(x)
        wide = array.astype("float64").ravel()
        finite = wide[np.isfinite(wide)]
        assert found["size"] == wide.size
        assert found["zeros"] == (wide == 0).sum()
        assert found["not_finite"] == wide.size - finite.size
        expected = np.quantile(finite, [0, 0.25, 0.5, 0.75, 1])
        np.testing.assert_allclose(found["quartiles"], expected, rtol=1e-6)
        np.testing.assert_allclose(found["mean"], finite.mean(), rtol=1e-5)


@pytest.mark.parametrize("kind", ["normal", "special", "integers", "bools"])
def test_counts(backend, kind):
    array = _arrays()[kind]
    values = array.astype("float64").ravel()
    values = values[np.isfinite(values)]
    breaks = np.linspace(values.min() - 0.25, values.max() + 0.25, 8)
    expected, _ = np.histogram(values, breaks)
    assert statistics.counts(kerasvar.Variable(array, backend=backend), breaks) == expected.tolist()
    # On a break it belongs to the interval below, and on the first to the first.
    v = kerasvar.Variable(np.array([0, 1, 1, 2, 3], "float32"), backend=backend)
    assert statistics.counts(v, [0, 1, 2, 3]) == [3, 1, 1]


def test_nothing_and_nothing_finite(backend):
    empty = kerasvar.Variable(np.zeros((0, 2), "float32"), backend=backend)
    assert statistics.summary(empty)["size"] == 0
    assert statistics.counts(empty, [0, 1, 2]) == [0, 0]
    found = statistics.summary(kerasvar.Variable(np.array([np.nan, np.inf], "float32"), backend=backend))
    assert found["not_finite"] == 2 and np.isnan(found["mean"]) and np.isnan(found["quartiles"]).all()


def _block_means(array, cells):
    """By NumPy, block by block."""
    steps = [max(1, -(-size // cells)) for size in array.shape]
    rows, columns = (range(0, size, step) for size, step in zip(array.shape, steps))
    out = np.full((len(rows), len(columns)), np.nan)
    for i, j in np.ndindex(out.shape):
        block = array[rows[i] : rows[i] + steps[0], columns[j] : columns[j] + steps[1]].astype("float64")
        block = block[np.isfinite(block)]
        if block.size:
            out[i, j] = block.mean()
    return out, steps


@pytest.mark.parametrize("cells", [1, 2, 7, 10, 34])
@pytest.mark.parametrize("dtype", ["float32", "float16", "int32", "uint8", "bool"])
def test_block_means(backend, cells, dtype):
    array = np.random.default_rng(2).integers(0, 9, (35, 4)).astype(dtype)
    if dtype.startswith("float"):
        array[3:9, 1:] = np.nan
        array[20, 2] = np.inf
    v = kerasvar.Variable(array, backend=backend)
    expected, steps = _block_means(array, cells)
    for x in (v, v.value):
        found = statistics.block_means(x, cells)
        assert [found["rows"], found["columns"]] == steps
        np.testing.assert_allclose(found["values"], expected, rtol=1e-6)


def test_a_small_matrix_is_drawn_as_it_is(backend):
    array = np.array([[1, np.nan], [np.inf, 4]], "float32")
    found = statistics.block_means(kerasvar.Variable(array, backend=backend), 100)
    assert (found["rows"], found["columns"]) == (1, 1)
    np.testing.assert_array_equal(found["values"], array)
    empty = statistics.block_means(kerasvar.Variable(np.zeros((0, 500), "float32"), backend=backend), 100)
    assert empty["values"].shape == (0, 100)


def test_stripes_are_no_solid_block(backend):
    array = np.zeros((1000, 1000), "float32")
    array[::3] = 1
    found = statistics.block_means(kerasvar.Variable(array, backend=backend), 400)
    assert (found["rows"], found["columns"]) == (3, 3)
    np.testing.assert_allclose(found["values"][:333], 1 / 3, rtol=1e-6)


def test_what_has_no_order_is_refused():
    with pytest.raises(TypeError, match="complex64"):
        statistics.summary(kerasvar.Variable(1j, backend="numpy"))
    with pytest.raises(ValueError, match="matrix"):
        statistics.block_means(kerasvar.Variable([1.0], backend="numpy"), 10)
