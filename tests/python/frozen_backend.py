"""A fifth backend: NumPy whose arrays are all read-only, as an example and to catch accidental writes.

All that `kerasvar.backends.base` asks for, and nothing else. Every tensor is read-only, a variable's
memory included, so whoever writes where it must not gets NumPy's error. A write makes a new array.
"""

import numpy as np

from kerasvar import dtypes
from kerasvar.backends import FUNCTIONS, OPERATORS, Backend, Storage
from kerasvar.backends.tracing import AbstractArray


def frozen(array):
    """The array, read-only; a number becomes an array without axes."""
    if isinstance(array, AbstractArray):
        return array
    array = np.asarray(array)
    array.flags.writeable = False
    return array


def written(array, selection, value, op):
    """A new array with `value` written to the selected positions of a copy."""
    if 0 in selection.index_shape:
        return array
    new = np.array(array, order="C")
    index = selection.index
    if op == "set":
        new[index] = value
    else:
        function = {"add": np.add, "sub": np.subtract, "max": np.maximum, "min": np.minimum}[op]
        function.at(new, index, value)
    return frozen(new)


class FrozenStorage(Storage):
    def __init__(self, array):
        self.value = array

    def snapshot(self):
        return self.value

    def host(self):
        return self.value

    def assign(self, value):
        with np.errstate(all="ignore"):
            self.value = frozen(np.array(value, dtype=self.value.dtype, order="C"))

    def update(self, selection, value, op="set"):
        self.value = written(self.value, selection, value, op)


class FrozenBackend(Backend):
    operators = {
        name: lambda *operands, function=getattr(np, name): frozen(function(*operands))
        for name in OPERATORS
    }

    functions = {
        name: lambda *args, function=getattr(np, name), **kwargs: frozen(function(*args, **kwargs))
        for name in FUNCTIONS
        if hasattr(np, name)
    } | {
        "cumulative_sum": lambda x, axis: frozen(np.cumsum(x, axis)),
        "cumulative_prod": lambda x, axis: frozen(np.cumprod(x, axis)),
    }

    def is_tensor(self, x):
        return isinstance(x, (np.ndarray, np.generic))

    def tensor(self, value, dtype=None, copy=False):
        dtype = value.dtype if dtype is None else dtypes.numpy_dtype(dtype)
        if isinstance(value, AbstractArray):
            return value.astype(dtype)
        if dtype.kind in "UST":
            dtype = object
        return frozen(np.array(value, dtype=dtype, order="C"))

    def dtype(self, tensor):
        return "string" if tensor.dtype == object else dtypes.standardize_dtype(tensor.dtype)

    def cast(self, tensor, dtype):
        return frozen(tensor.astype(dtypes.numpy_dtype(dtype)))

    def host(self, tensor):
        return frozen(np.array(tensor))

    def select(self, tensor, selection):
        if 0 in selection.index_shape:
            return frozen(np.empty(selection.shape, tensor.dtype))
        return frozen(tensor[selection.index].reshape(selection.shape))

    def updated(self, tensor, selection, value, op="set"):
        return written(tensor, selection, value, op)

    def number(self, x, dtype):
        return frozen(np.asarray(x, dtypes.numpy_dtype(dtype)))

    def kernel(self, operator, dtype):
        # What NumPy and ml_dtypes have no loops for.
        if operator == "matmul" and dtype == "bfloat16":
            return self.operators[operator], "float32"
        if operator == "positive" and dtype == "bool":
            return lambda x: x, dtype
        return self.operators[operator], dtype

    def storage(self, value, dtype, *, trainable=True, copy=True, **options):
        return FrozenStorage(self.tensor(value, dtype))
