"""The value of an assignment: what it is, laid out for a selection, and checked and cast to a variable's dtype.

R's writer expects that no fraction is cut off and that no NA vanishes, which the framework's own cast would not mind.
"""

from __future__ import annotations

import math

import numpy as np

from .. import backends, dtypes
from . import door
from ..variable import Variable
from .recycle import broadcast_fill, r_fill


def host_or_tensor(x, value):
    """``(value, number of elements)``: a scalar or NumPy array of R's, or a tensor of the backend of ``x``."""
    kind = value.__class__
    if kind is float or kind is int or kind is bool or kind is str or kind is complex:
        return value, 1
    if kind is np.ndarray:
        return value, value.size
    own = x._backend if isinstance(x, Variable) else backends.backend_of(x)
    if isinstance(value, Variable):
        value = value.snapshot() if value._backend is own else value.numpy()
    else:
        theirs = backends.backend_of(value)
        if theirs is not None and theirs is not own:
            value = theirs.host(value)
    if not (isinstance(value, np.ndarray) or own.is_tensor(value)):
        raise TypeError(f"`value` must be numbers, an array, a variable or a tensor, not a {kind.__name__}")
    return value, math.prod(tuple(value.shape))


def is_host(value) -> bool:
    kind = value.__class__
    return kind is np.ndarray or kind is float or kind is int or kind is bool or kind is str or kind is complex


def recycled(value, selection):
    if is_host(value):
        return r_fill(value, selection)
    backend = backends.backend_of(value)
    shape = backend.shape(value)
    # Where no more than extents of 1 differ, elements keep their order whichever way they are counted.
    if [n for n in shape if n != 1] == [n for n in selection.index_shape if n != 1]:
        return backend.function("reshape")(value, selection.index_shape)
    if math.prod(shape) == 1:
        return backend.function("reshape")(value, ())
    return r_fill(backend.host(value), selection)


def broadcast(value, selection):
    if is_host(value):
        return broadcast_fill(value, selection)
    backend = backends.backend_of(value)
    shape = backend.shape(value)
    extra = len(shape) - len(selection.shape)
    if extra > 0 and shape[:extra] == (1,) * extra:
        value = backend.function("reshape")(value, shape[extra:])
    if backend.shape(value) != selection.shape:
        try:
            fits = np.broadcast_shapes(shape, selection.shape) == selection.shape
        except ValueError:
            fits = False
        if not fits:
            raise ValueError(f"a value of shape {shape} does not broadcast to the selection's shape {selection.shape}")
        value = backend.function("broadcast_to")(value, selection.shape)
    if selection.index_shape != selection.shape:
        value = backend.function("reshape")(value, selection.index_shape)
    return value


def exactly(value, dtype: str, backend):
    """The value in a variable's dtype.  R's writer expects no fraction to be cut off and no NA to vanish: ValueError."""
    kind = value.__class__
    if kind is float and value == value and dtypes.is_float_dtype(dtype):
        return np.array(value, dtypes.numpy_dtype(dtype))
    if not is_host(value):
        own = backend.dtype(value)
        if own == dtype:
            return value
        if not dtypes.is_float_dtype(dtype):
            # The check needs the numbers themselves; what is written is small as a rule.
            dtypes.check_exact_cast(backend.host(value), dtype)
        return backend.cast(value, dtype)
    array, _ = door.host(of_kind(np.asarray(value), dtype), door.ARRAY, dtype)
    return array.astype(dtypes.numpy_dtype(dtype), copy=False)


def of_kind(array, dtype: str):
    text = array.dtype.kind in "OUS"
    if text != (dtype == "string"):
        raise TypeError(f"`value` must be {'text' if not text else 'numbers'} for {dtype}")
    return array
