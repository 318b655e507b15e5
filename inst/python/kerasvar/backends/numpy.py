"""NumPy: the host's own arrays.

The value handed out is a read-only view of a private buffer. NumPy views keep a reference to the
buffer they look at, so reference counts tell whether anybody still holds what was handed out.
"""

import math
import sys

import numpy as np

from .. import dtypes, memory_order
from ._abstract import AbstractArray
from ._host import cast as host_cast
from ._host import cast_into
from ._cell import ALONE, CellStorage
from .base import OPERATORS, Backend

_NATIVE = frozenset(d for d in dtypes.ALLOWED if dtypes.numpy_dtype(d).kind in "biufc")
_COMBINE = {"add": np.add, "sub": np.subtract, "max": np.maximum, "min": np.minimum}


class NumpyStorage(CellStorage):
    __slots__ = ()

    def __init__(self, array):
        super().__init__(_read_only(array))
        self.value = self._cell[0]

    def host(self):
        return self.value

    def _copied(self, view):
        return _read_only(view.base.copy())

    def assign(self, value):
        cell = self._cell
        if not _is_one_step(cell[-1], value):
            self._put(_read_only(host_cast(value, cell[-1].dtype, copy=True, order="C")))
            self._show()
            return
        try:
            self._hide()
            view = cell[-1]
            buffer = view.base
            if sys.getrefcount(view) > ALONE or sys.getrefcount(buffer) > _LONE_BUFFER:
                buffer = np.empty_like(buffer)
                cast_into(buffer, value)
                cell[-1] = _read_only(buffer)
            else:
                cast_into(buffer, value)
        finally:
            self._show()

    def update(self, selection, value, op="set"):
        cell = self._cell
        try:
            self._hide()
            view = cell[-1]
            buffer = view.base
            if (
                sys.getrefcount(view) > ALONE
                or sys.getrefcount(buffer) > _LONE_BUFFER
                or buffer.dtype.hasobject
            ):
                buffer = buffer.copy()
                _write(buffer, selection, value, op)
                cell[-1] = _read_only(buffer)
            else:
                _write(buffer, selection, value, op)
        finally:
            self._show()


def _is_one_step(target, value):
    """Whether `cast_into` is a single step of NumPy's, and one that cannot fail half-way."""
    if target.dtype.hasobject or (target.dtype != value.dtype and value.dtype.kind in "OUSTc"):
        return False
    return memory_order.is_one_copy(target, value)


def _read_only(array):
    view = array.view()
    view.flags.writeable = False
    return view


def _write(array, selection, value, op):
    """One step of NumPy's changes the array, so that nothing sees it, or leaves it, half written."""
    if 0 in selection.index_shape:
        # No index of an array without axes selects nothing.
        return
    if op == "set":
        array[selection.index] = value
    elif any(isinstance(entry, np.ndarray) for entry in selection.index):
        # A warning that is an error would come when it has been written.
        with np.errstate(all="ignore"):
            _COMBINE[op].at(array, selection.index, value)
    else:
        array[selection.index] = _COMBINE[op](array[selection.index], value)


def _count_of_buffer(cell):
    view = cell[-1]
    buffer = view.base
    return sys.getrefcount(buffer)


# What the count is when nobody else holds the buffer differs between versions of Python.
_LONE_BUFFER = _count_of_buffer([_read_only(np.zeros(1))])


# ---- functions that NumPy has under another name, or with another meaning ---------------------


def _gamma(x):
    return np.array([_gamma_of(value) for value in x.astype(np.float64).ravel().tolist()]).reshape(
        x.shape
    ).astype(x.dtype)


def _gamma_of(x):
    if math.isnan(x) or x == -math.inf or (x <= 0 and x == math.floor(x)):
        return math.nan
    try:
        return math.gamma(x)
    except OverflowError:
        return math.inf


def _mean(x, axis=None, keepdims=False):
    if 0 in x.shape:
        # NaN as everywhere; NumPy alone warns.
        with np.errstate(invalid="ignore"):
            return np.sum(x, axis=axis, keepdims=keepdims) / 0
    return np.mean(x, axis=axis, keepdims=keepdims)


class NumpyBackend(Backend):
    functions = {
        "mean": _mean,
        "gamma": _gamma,
        "cumulative_sum": np.cumsum,
        "cumulative_prod": np.cumprod,
        "cumulative_max": lambda x, axis: np.maximum.accumulate(x, axis=axis),
        "cumulative_min": lambda x, axis: np.minimum.accumulate(x, axis=axis),
    }
    library = np
    operators = {name: getattr(np, name) for name in OPERATORS}

    def is_tensor(self, x):
        return isinstance(x, (np.ndarray, np.generic))

    def tensor(self, value, dtype=None, copy=False):
        if isinstance(value, AbstractArray):
            return self.from_abstract(value, dtype)
        target = value.dtype if dtype is None else dtypes.numpy_dtype(dtype)
        if target.kind in "UST":
            target = np.dtype(object)
        return host_cast(value, target, copy=copy or None, order="C" if copy else "K")

    def dtype(self, tensor):
        return dtypes.standardize_dtype(tensor.dtype) if tensor.dtype != object else "string"

    def cast(self, tensor, dtype):
        return host_cast(tensor, dtypes.numpy_dtype(dtype), copy=True)

    def taken(self, array, dtype):
        return host_cast(array, dtypes.numpy_dtype(dtype))

    def host(self, tensor):
        view = np.asarray(tensor).view()
        view.flags.writeable = False
        return view

    def select(self, tensor, selection):
        if 0 in selection.index_shape:
            return np.empty(selection.shape, tensor.dtype)
        # A copy: a view would keep the whole, which the next write would then have to copy.
        return np.array(tensor[selection.index]).reshape(selection.shape)

    def updated(self, tensor, selection, value, op="set"):
        array = np.array(tensor, order="C")
        _write(array, selection, value, op)
        return array

    def from_dlpack(self, tensor):
        return np.array(np.from_dlpack(tensor))

    def number(self, x, dtype):
        # NumPy's weak scalars know its own dtypes only.
        return x if dtype in _NATIVE else np.asarray(x, dtypes.numpy_dtype(dtype))

    def kernel(self, operator, dtype):
        # What NumPy or ml_dtypes have no loops for is computed in another dtype.
        function = self.operators[operator]
        if dtype == "bfloat16" and operator == "matmul":
            return function, "float32"
        if dtype == "bool" and operator == "positive":
            return np.copy, dtype
        return function, dtype

    def storage(self, value, dtype, *, trainable=True, copy=True, **options):
        return NumpyStorage(self.tensor(value, dtype, copy=True))

    # -- abstract values

    def is_key(self, x):
        return x.dtype == np.uint32 and x.shape == (2,)

    def from_abstract(self, array, dtype=None):
        return array if dtype is None else array.astype(dtypes.numpy_dtype(dtype))

    def abstract_value(self, shape, dtype):
        return AbstractArray(shape, dtypes.numpy_dtype(dtype))

    def is_abstract(self, x):
        return isinstance(x, AbstractArray)
