"""What R's front calls: read or write a variable or tensor by R-style subscripts, in one crossing.

A subscript becomes a Selection here, a value is checked and laid out, and the rest is the variable's or its backend's doing.  A
variable is written in place; a tensor is a value, so that writing to it makes a new one, which is returned.
"""

from __future__ import annotations

import math

import numpy as np

from .. import dtypes
from ..subscript.broadcast import broadcast
from ..subscript.selection import Selection
from ..variable import Variable
from . import data
from .accessor import accessor_selection
from .base_r import r_element, r_selection
from .recycle import recycle

_ONE = Selection((), (), ())


# ---- reading ---------------------------------------------------------------------------------


def read(x, subscripts, drop=True, guess=None):
    """Base R's ``x[subscripts]``, as a tensor that shares no memory with ``x``.

    ``guess`` is whether base R would return a vector, without ``dim``, as far as the caller can tell.  Where that is wrong the result
    comes as ``(tensor,)``: a caller in another language then needs a second call only for what is rare.
    """
    backend, tensor = data.value_of(x)
    shape = backend.shape(tensor)
    everything = all(subscript is None for subscript in subscripts)
    if not shape and not everything:
        # R has no array without axes: it is a vector of length one.
        selection = r_selection((1,), subscripts, drop)
        result = _take(backend, backend.function("reshape")(tensor, (1,)), selection)
    else:
        selection = r_selection(shape, subscripts, drop, _names(x))
        result = _take(backend, tensor, selection)
    if guess is None:
        return result
    if len(subscripts) > 1:
        vector = drop and len(selection.shape) == 1
    else:
        # R keeps the axis of an array that has one, unless a single element is left or none.
        one_axis_stays = len(shape) == 1 and not (drop and math.prod(selection.shape) <= 1)
        vector = not everything and not one_axis_stays
    return result if vector == guess else (result,)


def read_element(x, subscripts):
    """Base R's ``x[[subscripts]]``: a tensor of shape ``(1,)``."""
    backend, tensor = data.value_of(x)
    return _take(backend, tensor, r_element(backend.shape(tensor), subscripts, _names(x)))


def read_accessor(x, subscripts):
    """The accessor's ``x@r[subscripts]``."""
    backend, tensor = data.value_of(x)
    return _take(backend, tensor, accessor_selection(backend.shape(tensor), subscripts))


def _take(backend, tensor, selection):
    if selection.na is None and not selection.is_empty:
        return backend.select(tensor, selection)
    dtype = backend.dtype(tensor)
    if selection.is_empty:
        return backend.tensor(np.empty(selection.shape, dtypes.numpy_dtype(dtype)), dtype)
    if not (dtypes.is_float_dtype(dtype) or dtype.startswith("complex")):
        raise IndexError(f"an NA subscript selects a missing value, which {dtype} cannot hold")
    if 0 in backend.shape(tensor):
        return backend.tensor(np.full(selection.shape, np.nan, dtypes.numpy_dtype(dtype)), dtype)
    mask = np.broadcast_to(selection.na, selection.index_shape).reshape(selection.shape)
    chosen = backend.select(tensor, selection)
    return backend.function("where")(backend.tensor(mask), backend.constant(np.nan, chosen), chosen)


# ---- writing ---------------------------------------------------------------------------------


def write(x, subscripts, value, kind=data.OBJECT, op="set"):
    """Base R's ``x[subscripts] <- value``; other ``op``s combine, repeated positions one after the other.

    Returns None for a variable, which is changed in place, and the new tensor for a tensor.  Raises IndexError for a subscript,
    ValueError or TypeError for a value that does not fit, or a sum that is out of the range of an integer dtype; nothing is then changed.
    """
    backend, shape, dtype = _target(x)
    value = data.stored(value, kind, dtype, backend)[0]
    if op == "set" and value.shape == shape and len(subscripts) in (0, 1, len(shape)) and isinstance(x, Variable):
        for subscript in subscripts:
            if subscript is not None:
                break
        else:
            # All of it, in an order of its own: the storage copies that once, and knows how.
            x._replace(value)
            return None
    size = math.prod(value.shape)
    names = _names(x)
    if size == 0 and not r_selection(shape or (1,), subscripts, True, names, "mask").is_empty:
        # R counts the positions that an NA stands for here, though it would not write to them.
        raise ValueError("replacement has length zero")
    selection = r_selection(shape or (1,), subscripts, True, names, "skip" if size <= 1 else "error")
    if not shape:
        return _write_only_element(x, backend, selection, value, op)
    return _put(x, backend, selection, _recycled(value, selection, backend), op)


def write_element(x, subscripts, value, kind=data.OBJECT):
    """Base R's ``x[[subscripts]] <- value``: one value for one element."""
    backend, shape, dtype = _target(x)
    value = data.stored(value, kind, dtype, backend)[0]
    selection = r_element(shape, subscripts, _names(x))
    size = math.prod(value.shape)
    if size != 1:
        raise ValueError("replacement has length zero" if size == 0 else f"one element takes one value, not {size}")
    return _put(x, backend, selection, _recycled(value, selection, backend), "set")


def write_accessor(x, subscripts, value, kind=data.OBJECT, op="set"):
    """The accessor's ``x@r[subscripts] <- value``: the value broadcasts as in NumPy."""
    backend, shape, dtype = _target(x)
    value = data.stored(value, kind, dtype, backend)[0]
    selection = accessor_selection(shape, subscripts)
    own = None if isinstance(value, np.ndarray) else backend
    return _put(x, backend, selection, broadcast(value, selection, own), op)


def _target(x):
    if isinstance(x, Variable):
        return x._backend, x._shape, x._dtype
    backend, tensor = data.value_of(x)
    return backend, backend.shape(tensor), backend.dtype(tensor)


def _recycled(value, selection, backend):
    """The value for a selection, recycled as base R recycles it; where base R would only warn, a ValueError."""
    given, wanted = math.prod(value.shape), math.prod(selection.index_shape)
    if given == 0 and wanted:
        raise ValueError("replacement has length zero")
    if given > 1 and wanted % given:
        raise ValueError(
            f"number of items to replace ({wanted}) is not a multiple of replacement length ({given})"
        )
    return recycle(value, selection.index_shape, None if isinstance(value, np.ndarray) else backend)


def _write_only_element(x, backend, selection, value, op):
    """To an array without axes, which to R is a vector of length one."""
    value = _recycled(value, selection, backend)
    if selection.is_empty:
        return None if isinstance(x, Variable) else x
    if len(value.shape):
        if op != "set":
            raise ValueError("a repeated position of an array without axes can only be set")
        own = None if isinstance(value, np.ndarray) else backend
        value = recycle(value[-1:], (), own)
    return _put(x, backend, _ONE, value, op)


def _put(x, backend, selection, value, op):
    variable = isinstance(x, Variable)
    if selection.is_empty:
        return None if variable else x
    dtype = x._dtype if variable else backend.dtype(x)
    if isinstance(value, np.ndarray):
        value = value.astype(dtypes.numpy_dtype(dtype), copy=False)
    elif backend.dtype(value) != dtype:
        value = backend.cast(value, dtype)
    if op in ("add", "sub") and dtypes.is_int_dtype(dtype) and backend.trace_state() is None:
        _check_sums(backend, x.value if variable else x, selection, value, op, dtype)
    if not variable:
        return backend.updated(x, selection, value, op)
    x._update(selection, value, op)
    return None


def _check_sums(backend, tensor, selection, value, op, dtype):
    """Raise ValueError if a sum or difference is out of the range of an integer dtype."""
    shape = selection.index_shape
    now = np.asarray(backend.host(backend.select(tensor, selection))).reshape(shape)
    # Wide enough for all sums but those of 64 bits, which Python's own integers are for.
    wide = object if now.dtype.itemsize == 8 else np.int64
    change = value if isinstance(value, np.ndarray) else np.asarray(backend.host(value))
    change = np.broadcast_to(change, shape).astype(wide)
    axes = [axis for axis, entry in enumerate(selection.index) if isinstance(entry, np.ndarray)]
    if axes:
        # Positions can repeat where there are index arrays, and only there.
        sizes = backend.shape(tensor)
        arrays = np.broadcast_arrays(*[selection.index[axis] for axis in axes])
        block = np.ravel_multi_index([array.ravel() for array in arrays], [sizes[axis] for axis in axes])
        _, where = np.unique(block, return_inverse=True)
        before = math.prod(shape[: axes[0]])
        changes = change.reshape(before, block.size, -1)
        sums = np.zeros((before, int(where.max()) + 1, changes.shape[2]), wide)
        np.add.at(sums, (slice(None), where), changes)
        change = sums[:, where].reshape(shape)
    after = now.astype(wide) + change if op == "add" else now.astype(wide) - change
    low, high = dtypes.integer_range(dtype)
    wrong = (after < low) | (after > high)
    if np.any(wrong):
        found = after[wrong].ravel()[0] if shape else after
        raise ValueError(f"{found} is out of the range of {dtype} ({low} to {high}).")


def _names(x):
    return x.dimnames if isinstance(x, Variable) else None
