"""What goes out as plain data comes back bit for bit, with everything that belongs to it."""

import numpy as np
import pytest

import kerasvar
from kerasvar import dtypes
from kerasvar.bridge.portable import from_state, state_of



def _plain(x):
    if isinstance(x, dict):
        return all(_plain(v) for v in x.values())
    if isinstance(x, list):
        return all(_plain(v) for v in x)
    return x is None or type(x) in (str, bool, int, bytearray)


@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 3), (2, 3)])
def test_variables_come_back_whole(backend, shape):
    for dtype in dtypes.ALLOWED:
        try:
            if kerasvar.backends.get(backend).canonical_dtype(dtype) != dtype:
                continue
        except ValueError:
            continue
        size = int(np.prod(shape))
        if dtype == "string":
            array = np.array([f"é{k}" for k in range(size)], dtype=object).reshape(shape)
        else:
            array = np.arange(size).reshape(shape).astype(dtypes.numpy_dtype(dtype))
        with kerasvar.name_scope("block"):
            v = kerasvar.Variable(
                array, dtype=dtype, name="w", trainable=False, aggregation="mean", backend=backend
            )
        state = state_of(v)
        assert _plain(state), state
        back = from_state(state)
        assert (back.path, back.name, back.dtype, back.shape) == ("block/w", "w", dtype, shape)
        assert (back.trainable, back.aggregation, back.backend) == (False, "mean", backend)
        assert state_of(back) == state
        if dtype != "string":
            assert np.asarray(back.numpy()).tobytes() == array.tobytes()
        tensor = from_state(state_of(v.snapshot()))
        own = kerasvar.backends.backend_of(tensor)
        # The frozen backend's tensors are NumPy's arrays.
        name = "numpy" if backend == "frozen" else backend
        assert (own.name, own.dtype(tensor), own.shape(tensor)) == (name, dtype, shape)


def test_names_of_positions_come_along():
    v = kerasvar.Variable(np.zeros((2, 3)), backend="numpy")
    v.dimnames = [["a", "b"], None]
    assert from_state(state_of(v)).dimnames == (("a", "b"), None)


def test_a_callable_comes_along_if_pickle_can_write_it():
    v = kerasvar.Variable(1.0, constraint=abs, regularizer=lambda x: x, backend="numpy")
    state = state_of(v)
    assert state["lost"] == ["regularizer"]
    back = from_state(state)
    assert back.constraint is abs and back.regularizer is None


def test_anything_else_is_a_type_error():
    with pytest.raises(TypeError, match="int"):
        state_of(3)
