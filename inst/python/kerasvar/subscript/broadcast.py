"""Values for a selection in NumPy's sense: broadcast to what the caller sees, laid out as the backends write."""

import math

import numpy as np


def broadcast(x, selection, backend=None):
    """A value for NumPy's `x[key] = value`, in a shape that broadcasts to `selection.index_shape`.

    It must broadcast to `selection.shape`; leading axes of extent 1 beyond that rank are allowed, as
    NumPy allows them. Raises ValueError naming both shapes.
    """
    own = tuple(x.shape)
    if not own or own == selection.shape == selection.index_shape:
        return x
    reshape = np.reshape if backend is None else backend.function("reshape")
    if math.prod(own) == 1 and len(own) <= len(selection.shape):
        return reshape(x, ())
    extra = len(own) - len(selection.shape)
    if extra > 0 and own[:extra] == (1,) * extra:
        x, own = reshape(x, own[extra:]), own[extra:]
    try:
        fits = np.broadcast_shapes(own, selection.shape) == selection.shape
    except ValueError:
        fits = False
    if not fits:
        raise ValueError(
            f"a value of shape {own} does not broadcast to the selection's shape {selection.shape}"
        )
    if selection.index_shape == selection.shape:
        return x
    whole = np.broadcast_to if backend is None else backend.function("broadcast_to")
    return reshape(whole(x, selection.shape), selection.index_shape)
