"""Draws that are not made: for a key without values, the result's shape and dtype alone.

Knows that a draw's leading axes are the keys', and that a shape with a zero in it costs nothing. All
arguments are checked as ever, because the function itself is called.
"""

import inspect

import numpy as np

from ..backends.tracing import AbstractArray


def is_abstract(key):
    """Whether `key` has shape and dtype, but no values."""
    return isinstance(key, AbstractArray)


def without_values(function, key, args, kwargs):
    """An `AbstractArray` like what `function(key, *args, **kwargs)` would return.

    Args:
        function: one of this package's, which takes a checked key.
        key: an `AbstractArray`.
    """
    given = inspect.signature(function).bind(np.zeros(2, np.uint32), *args, **kwargs)
    given.apply_defaults()
    arguments = given.arguments
    if "shape" not in arguments:
        # Keys from a key: few, and made at once.
        like = function(*given.args, **given.kwargs)
        if function.__name__ == "fold_in":
            batch = np.broadcast_shapes(key.shape[:-1], like.shape[:-1])
            return AbstractArray((*batch, 2), like.dtype)
        return AbstractArray(key.shape[:-1] + like.shape, like.dtype)
    shape = arguments["shape"]
    if shape is None:
        bounds = (arguments[name] for name in ("p", "lower", "upper") if name in arguments)
        shape = np.broadcast_shapes(*map(np.shape, bounds))
    arguments["shape"] = (0, *np.atleast_1d(np.asarray(shape, dtype=int)))
    like = function(*given.args, **given.kwargs)
    return AbstractArray(key.shape[:-1] + like.shape[1:], like.dtype)
