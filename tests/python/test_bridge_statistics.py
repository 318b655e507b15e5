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


def test_thinned_takes_every_kth(backend):
    array = np.arange(35 * 4, dtype="float32").reshape(35, 4)
    v = kerasvar.Variable(array, backend=backend)
    np.testing.assert_array_equal(statistics.thinned(v, 10), array[::4])
    np.testing.assert_array_equal(statistics.thinned(v, 100), array)
    np.testing.assert_array_equal(statistics.thinned(v.value, 2), array[::18, ::2])


def test_what_has_no_order_is_refused():
    with pytest.raises(TypeError, match="complex64"):
        statistics.summary(kerasvar.Variable(1j, backend="numpy"))
    with pytest.raises(ValueError, match="matrix"):
        statistics.thinned(kerasvar.Variable([1.0], backend="numpy"), 10)
