"""Sums, products, means, extremes and truths over all elements or over some axes.

Integers are summed in int64 and multiplied and averaged in float64, where the backend holds these.
With `na_rm`, NaN counts as missing and is left out.
"""

import math

import numpy as np

from .. import dtypes
from . import data
from .arithmetic import quietly
from .arrays import combine
from .widths import accumulator, check_numeric, orderable

__all__ = ["over_axes", "value_range", "whole"]

_NEUTRAL = {"sum": 0.0, "prod": 1.0, "max": -math.inf, "min": math.inf, "mean": 0.0}


def whole(name, values, kinds, na_rm=False):
    """One number from all elements of all `values`: "sum", "prod", "max", "min", "all", "any",
    "mean"; a tensor without axes.

    Raises:
        TypeError: text, or the order of complex numbers.
        ValueError: an extreme or a mean of no integers.
    """
    backend, x, dtype = _gathered(name, values, kinds)
    return _reduce(backend, name, x, dtype, None, na_rm)


def value_range(values, kinds, na_rm=False):
    """The smallest and the largest element, a vector of two."""
    backend, x, dtype = _gathered("range", values, kinds)
    ends = [_reduce(backend, name, x, dtype, None, na_rm) for name in ("min", "max")]
    ends = [backend.function("reshape")(end, (1,)) for end in ends]
    return backend.function("concat")(ends, 0)


def over_axes(name, x, first, count, na_rm=False):
    """"sum" or "mean" over `count` axes from `first` on (from 0).

    Raises ValueError if there are no such axes, or none would be left.
    """
    backend, x, dtype = data.tensor_of(x)
    rank = len(backend.shape(x))
    if rank < 2:
        raise ValueError(f"An array of at least two axes is needed. Received: {rank}.")
    if count < 1 or first + count > rank or count >= rank:
        raise ValueError(f"`dims` does not fit an array with {rank} axes.")
    return _reduce(backend, name, x, dtype, tuple(range(first, first + count)), na_rm)


def _gathered(name, values, kinds):
    if len(values) == 1:
        return data.tensor_of(values[0])
    x = combine(values, kinds)
    return data.tensor_of(x)


def _reduce(backend, name, x, dtype, axis, na_rm):
    check_numeric(name, dtype)
    if name in ("all", "any"):
        if na_rm and not (dtype == "bool" or dtypes.is_int_dtype(dtype)):
            # NaN is neither: what it must not do is decide.
            x = _without_nan(backend, x, 1.0 if name == "all" else 0.0)
        x = x if dtype == "bool" else backend.cast(x, "bool")
        return _called(backend, name, x, axis)
    if name in ("max", "min"):
        if dtype.startswith("complex"):
            raise TypeError(f"`{name}` is not defined for complex numbers.")
        target = "int32" if dtype == "bool" else dtype
        if 0 in backend.shape(x):
            return _extreme_of_nothing(backend, name, target)
    else:
        target = accumulator(backend, name, dtype)
    if name in ("max", "min") and orderable(backend, target) != target:
        wide = orderable(backend, target)
        return backend.cast(_called(backend, name, backend.cast(x, wide), axis), target)
    x = x if target == dtype else backend.cast(x, target)
    with quietly():
        if not na_rm or dtypes.is_int_dtype(target):
            return _called(backend, name, x, axis)
        if name == "mean":
            count = _called(backend, "sum", backend.cast(_is_number(backend, x), target), axis)
            total = _called(backend, "sum", _without_nan(backend, x, 0.0), axis)
            return backend.operators["divide"](total, count)
        return _called(backend, name, _without_nan(backend, x, _NEUTRAL[name]), axis)


def _called(backend, name, x, axis):
    value = backend.function(name)(x, axis=axis)
    # NumPy's scalars are no arrays.
    return value if isinstance(value, np.ndarray) or not isinstance(value, np.generic) else np.asarray(value)


def _extreme_of_nothing(backend, name, dtype):
    if dtypes.is_int_dtype(dtype):
        raise ValueError(f"There is no {name} of no elements, and {dtype} has no infinity.")
    value = np.asarray(_NEUTRAL[name], dtypes.numpy_dtype(dtype))
    return backend.tensor(value)


def _is_number(backend, x):
    return backend.operators["logical_not"](backend.function("isnan")(x))


def _without_nan(backend, x, number):
    return backend.function("where")(_is_number(backend, x), x, backend.constant(number, x))
