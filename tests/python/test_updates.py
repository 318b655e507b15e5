"""Writing by position at the level of storages: every dtype, every kind of position, every way to combine.

NumPy's unbuffered `ufunc.at` is the oracle for repeated positions, its indexing for the rest.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kerasvar
from kerasvar import Variable
from kerasvar.backends import UPDATES
from kerasvar.subscript import python_selection

COMBINE = {"add": np.add, "sub": np.subtract, "max": np.maximum, "min": np.minimum}
KEYS = {
    "element": (1, 2),
    "row": 2,
    "column": (slice(None), 1),
    "block": (slice(1, 3), slice(0, 2)),
    "strided": (slice(None, None, 2), slice(1, None, 2)),
    "backwards": (slice(None, None, -1), 0),
    "positions": ([0, 3, 1], [2, 0, 1]),
    "repeated": ([1, 1, 0, 1], [2, 2, 0, 2]),
    "outer": np.ix_([3, 0], [2, 1]),
    "rows": [3, 1],
    "mask": np.arange(12).reshape(4, 3) % 4 == 1,
    "all": ...,
    "none": slice(2, 2),
}


def combined(array, key, value, op):
    new = array.copy()
    if op == "set":
        new[key] = value
    else:
        COMBINE[op].at(new, key, value)
    return new


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("op", UPDATES)
def test_every_operation_at_every_kind_of_position(backend, op, key):
    key = KEYS[key]
    array = np.arange(12, dtype=np.float32).reshape(4, 3) - 5
    for value in (np.float32(2.5), np.arange(array[key].size, dtype=np.float32).reshape(array[key].shape) - 1):
        value = np.asarray(value)
        v = Variable(array, backend=backend)
        selection = python_selection(v.shape, key)
        expected = combined(array, key, value, op)
        held = v.numpy()
        given_value = value.reshape(selection.index_shape) if value.ndim else value
        v._update(selection, given_value, op)
        np.testing.assert_array_equal(v.numpy(), expected)
        np.testing.assert_array_equal(held, array)
        with kerasvar.StatelessScope():
            v._update(selection, v._backend.tensor(given_value), op)
            np.testing.assert_array_equal(v.numpy(), combined(expected, key, value, op))
        np.testing.assert_array_equal(v.numpy(), expected)


@pytest.mark.parametrize("key", KEYS)
def test_every_dtype_at_every_kind_of_position(backend, key):
    key = KEYS[key]
    for dtype in kerasvar.dtypes.ALLOWED:
        if dtype == "string" or (backend == "jax" and dtype.endswith(("64", "128")) and dtype != "complex64"):
            continue
        host = kerasvar.dtypes.numpy_dtype(dtype)
        array = (np.arange(12).reshape(4, 3) % 2).astype(host)
        v = Variable(array, backend=backend)
        value = (np.arange(array[key].size).reshape(array[key].shape) % 3 == 0).astype(host)
        v[key] = value
        expected = combined(array, key, value, "set")
        assert v.numpy().dtype == host and v.numpy().tobytes() == expected.tobytes(), dtype
        read = v._backend.host(v[key])
        assert read.astype(host).tobytes() == expected[key].tobytes(), dtype
        v[key] = 1
        assert v.numpy().tobytes() == combined(expected, key, np.ones((), host), "set").tobytes(), dtype


@settings(max_examples=200)
@given(data=st.data())
def test_repeated_positions_accumulate(backend, data):
    op = data.draw(st.sampled_from(UPDATES))
    count = data.draw(st.integers(1, 8))
    rows = np.array(data.draw(st.lists(st.integers(0, 3), min_size=count, max_size=count)))
    columns = np.array(data.draw(st.lists(st.integers(0, 2), min_size=count, max_size=count)))
    numbers = st.integers(-9, 9)
    value = np.array(data.draw(st.lists(numbers, min_size=count, max_size=count)), np.float32)
    array = np.arange(12, dtype=np.float32).reshape(4, 3)
    v = Variable(array, backend=backend)
    selection = python_selection(v.shape, (rows, columns))
    v._update(selection, value.reshape(selection.index_shape), op)
    np.testing.assert_array_equal(v.numpy(), combined(array, (rows, columns), value, op))
