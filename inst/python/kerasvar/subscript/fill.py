"""Values for a selection: an R value recycled down the columns, a NumPy one broadcast, repeats resolved for a plain write.

Host values only (NumPy arrays and scalars): what to do with a tensor is the backends' business.
"""

from __future__ import annotations

import math

import numpy as np

from .selection import Selection


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


def without_repeats(selection: Selection, shape: tuple) -> tuple[Selection, Selection] | None:
    """For a plain write where a position may come twice and the last value counts, as NumPy and R have it.

    ``shape`` is that of the array written to.  None if no position repeats; else ``(selection, source)``: the selection with each
    position once, and the Selection that takes the values to write from a value of shape ``selection.index_shape``.
    Frameworks leave the order of repeated writes open; NumPy does not need this.
    """
    axes = [axis for axis, entry in enumerate(selection.index) if isinstance(entry, np.ndarray)]
    if not axes or selection.is_empty:
        return None
    arrays = [selection.index[axis] for axis in axes]
    block = np.broadcast_shapes(*[array.shape for array in arrays])
    if len(arrays) == 1:
        flat = arrays[0].reshape(-1)
    else:
        extents = tuple(shape[axis] for axis in axes)
        flat = np.ravel_multi_index(np.broadcast_arrays(*arrays), extents).reshape(-1)
    if (flat[1:] > flat[:-1]).all():
        return None
    unique, from_the_end = np.unique(flat[::-1], return_index=True)
    if unique.shape[0] == flat.shape[0]:
        return None
    last = flat.shape[0] - 1 - from_the_end
    before, after = axes[0], len(selection.index) - axes[-1] - 1
    left = selection.index_shape[:before]
    right = selection.index_shape[len(selection.index_shape) - after :]
    count = (unique.shape[0],)

    positions = [unique] if len(arrays) == 1 else np.unravel_index(unique, extents)
    index = list(selection.index)
    for axis, entry in zip(axes, positions):
        index[axis] = np.asarray(entry, np.int64)
    written = left + count + right
    source = (
        *[slice(0, n, 1) for n in left],
        *[np.asarray(entry, np.int64) for entry in np.unravel_index(last, block)],
        *[slice(0, n, 1) for n in right],
    )
    return Selection(tuple(index), written, written), Selection(source, written, written)
