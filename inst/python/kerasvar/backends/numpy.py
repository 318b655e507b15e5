"""NumPy: the host's own arrays.

The value handed out is a read-only view of a private buffer. NumPy views keep a reference to the
buffer they look at, so reference counts tell whether anybody still holds what was handed out.
"""

import sys

import numpy as np

from .. import dtypes
from .base import Backend, Storage

_NATIVE = frozenset(d for d in dtypes.ALLOWED if dtypes.numpy_dtype(d).kind in "biufc")
_COMBINE = {"add": np.add, "sub": np.subtract, "max": np.maximum, "min": np.minimum}


class NumpyStorage(Storage):
    __slots__ = ("_buffer",)

    def __init__(self, array):
        self._hold(array)

    def _hold(self, array):
        self._buffer = array
        view = array.view()
        view.flags.writeable = False
        self.value = view

    def _is_shared(self):
        return (
            sys.getrefcount(self.value) > _UNSHARED[0]
            or sys.getrefcount(self._buffer) > _UNSHARED[1]
        )

    def snapshot(self):
        return self.value

    def host(self):
        return self.value

    def assign(self, value):
        if self._is_shared() or value.dtype.kind in "OUST":
            # Text and objects can fail half-way, which a fresh buffer makes harmless.
            self._hold(np.array(value, dtype=self._buffer.dtype, order="C"))
        else:
            np.copyto(self._buffer, value, casting="unsafe")

    def update(self, selection, value, op="set"):
        if self._is_shared():
            self._hold(self._buffer.copy())
        _write(self._buffer, selection, value, op)


def _write(array, selection, value, op):
    if op == "set":
        array[selection.index] = value
    elif any(isinstance(entry, np.ndarray) for entry in selection.index):
        _COMBINE[op].at(array, selection.index, value)
    else:
        array[selection.index] = _COMBINE[op](array[selection.index], value)


# What the counts are when nobody else holds anything differs between versions of Python.
_probe = NumpyStorage(np.zeros(1))
_UNSHARED = (0, 0)
_UNSHARED = (sys.getrefcount(_probe.value), sys.getrefcount(_probe._buffer))


class NumpyBackend(Backend):
    operators = {
        "add": np.add,
        "subtract": np.subtract,
        "multiply": np.multiply,
        "divide": np.true_divide,
        "floor_divide": np.floor_divide,
        "remainder": np.remainder,
        "pow": np.power,
        "matmul": np.matmul,
        "equal": np.equal,
        "not_equal": np.not_equal,
        "less": np.less,
        "less_equal": np.less_equal,
        "greater": np.greater,
        "greater_equal": np.greater_equal,
        "logical_and": np.logical_and,
        "logical_or": np.logical_or,
        "logical_xor": np.logical_xor,
        "logical_not": np.logical_not,
        "negative": np.negative,
        "positive": np.positive,
        "abs": np.abs,
        "bitwise_invert": np.invert,
        "round": np.round,
    }

    def is_tensor(self, x):
        return isinstance(x, (np.ndarray, np.generic))

    def tensor(self, value, dtype=None, copy=False):
        target = value.dtype if dtype is None else dtypes.numpy_dtype(dtype)
        if target.kind in "UST":
            target = np.dtype(object)
        return np.array(value, dtype=target, order="C" if copy else "K", copy=copy or None)

    def dtype(self, tensor):
        return dtypes.standardize_dtype(tensor.dtype) if tensor.dtype != object else "string"

    def cast(self, tensor, dtype):
        return tensor.astype(dtypes.numpy_dtype(dtype))

    def host(self, tensor):
        view = np.asarray(tensor).view()
        view.flags.writeable = False
        return view

    def select(self, tensor, selection):
        return tensor[selection.index].reshape(selection.shape)

    def updated(self, tensor, selection, value, op="set"):
        array = np.array(tensor, order="C")
        _write(array, selection, value, op)
        return array

    def number(self, x, dtype):
        # NumPy's weak scalars know its own dtypes only.
        return x if dtype in _NATIVE else np.asarray(x, dtypes.numpy_dtype(dtype))

    def function(self, name):
        return getattr(np, name)

    def storage(self, value, dtype, *, trainable=True, copy=True, **options):
        return NumpyStorage(self.tensor(value, dtype, copy=True))
