"""What R's front calls: read or write a variable or tensor by R-style subscripts, in one crossing.

A subscript becomes a Selection here, a value is checked and laid out, and the rest is the variable's or its backend's doing.  A
variable is written in place; a tensor is a value, so that writing to it makes a new one, which is returned.
"""

from __future__ import annotations

import math

import numpy as np

from .. import backends, dtypes
from . import door
from ..variable import Variable
from .accessor import accessor_selection
from .base_r import r_element, r_selection
from ..subscript.selection import Selection
from .assigned import broadcast, exactly, host_or_tensor, is_host, of_kind, recycled

_ONE = Selection((), (), ())


# ---- reading ---------------------------------------------------------------------------------


def read(x, subscripts, drop=True, dimnames=None, guess=None):
    """Base R's ``x[subscripts]``, as a tensor that shares no memory with ``x``.

    ``guess`` is whether base R would return a vector, without ``dim``, as far as the caller can tell.  Where that is wrong the result
    comes as ``(tensor,)``: a caller in another language then needs a second call only for what is rare.
    """
    backend, tensor = _tensor_of(x)
    shape = backend.shape(tensor)
    everything = all(subscript is None for subscript in subscripts)
    if not shape and not everything:
        # R has no array without axes: it is a vector of length one.
        selection = r_selection((1,), subscripts, drop, dimnames)
        result = _take(backend, backend.function("reshape")(tensor, (1,)), selection)
    else:
        selection = r_selection(shape, subscripts, drop, dimnames)
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


def read_element(x, subscripts, dimnames=None):
    """Base R's ``x[[subscripts]]``: a tensor of shape ``(1,)``."""
    backend, tensor = _tensor_of(x)
    return _take(backend, tensor, r_element(backend.shape(tensor), subscripts, dimnames))


def read_accessor(x, subscripts):
    """The accessor's ``x@r[subscripts]``."""
    backend, tensor = _tensor_of(x)
    return _take(backend, tensor, accessor_selection(backend.shape(tensor), subscripts))


def _tensor_of(x):
    if isinstance(x, Variable):
        return x._backend, x.value
    backend = backends.backend_of(x)
    if backend is None:
        raise TypeError(f"`x` must be a variable or a tensor, not a {type(x).__name__}")
    return backend, x


def _take(backend, tensor, selection):
    if selection.na is None and not selection.is_empty:
        return backend.select(tensor, selection)
    dtype = backend.dtype(tensor)
    if selection.is_empty:
        return backend.tensor(np.empty(selection.shape, dtypes.numpy_dtype(dtype)), dtype)
    if not (dtypes.is_float_dtype(dtype) or dtype.startswith("complex")):
        raise IndexError(f"an NA subscript selects a missing value, which {dtype} cannot hold")
    nan = np.array(np.nan, dtypes.numpy_dtype(dtype))
    if 0 in backend.shape(tensor):
        return backend.tensor(np.full(selection.shape, nan), dtype)
    mask = np.broadcast_to(selection.na, selection.index_shape).reshape(selection.shape)
    chosen = backend.select(tensor, selection)
    return backend.function("where")(backend.tensor(mask), backend.tensor(nan, dtype), chosen)


# ---- writing ---------------------------------------------------------------------------------


def write(x, subscripts, value, dimnames=None, op="set"):
    """Base R's ``x[subscripts] <- value``; other ``op``s combine, repeated positions one after the other.

    Returns None for a variable, which is changed in place, and the new tensor for a tensor.  Raises IndexError for a subscript,
    ValueError or TypeError for a value that does not fit; nothing is then changed.
    """
    value, size = host_or_tensor(x, value)
    na = "skip" if size <= 1 else "error"
    shape = _shape_of(x)
    if size == 0 and not r_selection(shape or (1,), subscripts, True, dimnames, "mask").is_empty:
        # R counts the positions that an NA stands for here, though it would not write to them.
        raise ValueError("replacement has length zero")
    if shape:
        selection = r_selection(shape, subscripts, True, dimnames, na)
        return _put(x, selection, recycled(value, selection), op)
    selection = r_selection((1,), subscripts, True, None, na)
    value = recycled(value, selection)
    if selection.is_empty:
        return None if isinstance(x, Variable) else x
    if getattr(value, "ndim", 0):
        if op != "set":
            raise ValueError("a repeated position of an array without axes can only be set")
        value = backends.backend_of(value).function("reshape")(value[-1:], ())
    return _put(x, _ONE, value, op)


def write_element(x, subscripts, value, dimnames=None):
    """Base R's ``x[[subscripts]] <- value``: one value for one element."""
    value, size = host_or_tensor(x, value)
    selection = r_element(_shape_of(x), subscripts, dimnames)
    if size != 1:
        raise ValueError("replacement has length zero" if size == 0 else f"one element takes one value, not {size}")
    return _put(x, selection, recycled(value, selection), "set")


def write_accessor(x, subscripts, value, op="set"):
    """The accessor's ``x@r[subscripts] <- value``: the value broadcasts as in NumPy."""
    value, _ = host_or_tensor(x, value)
    selection = accessor_selection(_shape_of(x), subscripts)
    return _put(x, selection, broadcast(value, selection), op)


def _shape_of(x):
    if isinstance(x, Variable):
        return x._shape
    backend, tensor = _tensor_of(x)
    return backend.shape(tensor)


def _put(x, selection, value, op):
    if isinstance(x, Variable):
        dtype = x._dtype
        everything = selection.index_shape == x._shape and selection.is_basic
        if everything and op == "set" and getattr(value, "shape", None) == x._shape:
            # All of it, in a layout of its own: assign() copies that once, and knows how.
            if is_host(value):
                value, _ = door.host(of_kind(value, dtype), door.ARRAY, dtype)
            else:
                value = exactly(value, dtype, x._backend)
            x.assign(value)
            return None
        value = exactly(value, dtype, x._backend)
        if not selection.is_empty:
            x._update(selection, value, op)
        return None
    backend = backends.backend_of(x)
    value = exactly(value, backend.dtype(x), backend)
    return x if selection.is_empty else backend.updated(x, selection, value, op)


# ---- names of positions ----------------------------------------------------------------------


def get_dimnames(variable):
    """What `set_dimnames` has given the variable, or None."""
    return getattr(variable, "_dimnames", None)


def set_dimnames(variable, names):
    """Name the positions of a variable's axes: None, or for each axis None or a list of str.

    Raises ValueError, naming the axis, if there are not as many names as positions.
    """
    if names is not None:
        if len(names) != len(variable._shape):
            raise ValueError(f"`value` has names for {len(names)} axes, the variable has {len(variable._shape)}")
        for axis, (given, n) in enumerate(zip(names, variable._shape)):
            if given is not None and len(given) != n:
                raise ValueError(f"`value` has {len(given)} names for axis {axis + 1}, which has size {n}")
    variable._dimnames = names
