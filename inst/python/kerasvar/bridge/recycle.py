"""Values for a selection: an R value recycled down the columns, a NumPy one broadcast.

Host values only (NumPy arrays and scalars): what to do with a tensor is the backends' business.
"""

from __future__ import annotations

import math

import numpy as np

from ..subscript.selection import Selection


def r_fill(value, selection: Selection):
    """A value of base R for ``x[...] <- value``: a scalar, or an array of shape ``selection.index_shape``.

    ``value`` is a scalar or an array; its elements are taken down the columns and recycled, whatever its own shape.  Raises
    ValueError where R says that the replacement has length zero, and where it says, as error or as warning, that the number of
    items to replace is not a multiple of the replacement's length.  A view where no recycling is needed.
    """
    if not isinstance(value, np.ndarray):
        return value
    given = value.size
    if given == 1:
        return value.reshape(())
    target = selection.index_shape
    wanted = math.prod(target)
    if given == wanted:
        return value.reshape(target, order="F")
    if wanted == 0:
        return np.zeros(target, value.dtype)
    if given == 0:
        raise ValueError("replacement has length zero")
    if wanted % given:
        raise ValueError(
            f"number of items to replace ({wanted}) is not a multiple of replacement length ({given})"
        )
    return np.resize(value.ravel(order="F"), wanted).reshape(target, order="F")


def broadcast_fill(value, selection: Selection):
    """A value for NumPy's ``x[key] = value``: a scalar, or an array of shape ``selection.index_shape``.

    Broadcasts to ``selection.shape``; leading axes of extent 1 beyond that rank are allowed, as NumPy allows them.  Raises
    ValueError naming both shapes.
    """
    if not isinstance(value, np.ndarray):
        return value
    if value.size == 1 and value.ndim <= len(selection.shape):
        return value.reshape(())
    extra = value.ndim - len(selection.shape)
    if extra > 0 and value.shape[:extra] == (1,) * extra:
        value = value.reshape(value.shape[extra:])
    try:
        value = np.broadcast_to(value, selection.shape)
    except ValueError:
        raise ValueError(
            f"a value of shape {value.shape} does not broadcast to the selection's shape {selection.shape}"
        ) from None
    return value.reshape(selection.index_shape)
