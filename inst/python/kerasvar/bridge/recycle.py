"""R's recycling: the elements of one value, down its columns, again and again until they fill a shape.

The one place where that is done, for values that are written and for operands, on the host and on
tensors, which stay where they are. What lengths are allowed, and what is said of the others, is the
caller's business.
"""

import math

import numpy as np

from ..subscript.selection import fast_selection


def recycle(x, shape, backend=None):
    """The elements of `x` in `shape`, or in a shape that broadcasts to it to the same effect.

    Args:
        x: a NumPy array, or a tensor of `backend`; its size divides that of `shape` (a tuple of int).

    Returns:
        An array or a tensor; a view where nothing has to be repeated.
    """
    own = tuple(x.shape) if backend is None else backend.shape(x)
    given, wanted = math.prod(own), math.prod(shape)
    if own == shape:
        return x
    if given == 1:
        return _reshaped(backend, x, ())
    if given == wanted:
        return unflattened(backend, down_columns(backend, x), shape)
    if not wanted:
        return _reshaped(backend, down_columns(backend, x)[:0], shape)
    x = down_columns(backend, x)
    if given == shape[0]:
        # Whole columns: one axis, the others by broadcasting.
        return _reshaped(backend, x, (given,) + (1,) * (len(shape) - 1))
    if backend is None:
        return np.resize(x, wanted).reshape(shape, order="F")
    positions = np.resize(np.arange(given), wanted).reshape(shape, order="F")
    return backend.select(x, fast_selection((positions,), shape, shape))


def down_columns(backend, x):
    """The elements column by column, on one axis."""
    if backend is None:
        return x.ravel(order="F")
    rank = len(backend.shape(x))
    if rank > 1:
        x = backend.function("permute_dims")(x, tuple(range(rank))[::-1])
    return x if rank == 1 else backend.function("reshape")(x, (-1,))


def unflattened(backend, x, shape):
    """What `down_columns` made one axis of, in a shape of as many elements."""
    if backend is None:
        return x.reshape(shape, order="F")
    if len(shape) < 2:
        return backend.function("reshape")(x, shape)
    x = backend.function("reshape")(x, shape[::-1])
    return backend.function("permute_dims")(x, tuple(range(len(shape)))[::-1])


def _reshaped(backend, x, shape):
    return x.reshape(shape) if backend is None else backend.function("reshape")(x, shape)
