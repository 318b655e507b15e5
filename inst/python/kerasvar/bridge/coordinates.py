"""Base R's matrices of coordinates: a row for an element, a column for an axis."""

from __future__ import annotations

import numpy as np

from .positions import na_refused, name_position, out_of_bounds, whole_numbers
from ..subscript.selection import EMPTY, Selection, fast_selection, nothing


def names_of(dimnames, axis):
    return None if dimnames is None else dimnames[axis]


def coordinates(shape, matrix, dimnames, na) -> Selection:
    """A row for an element, a column for an axis."""
    count, rank = matrix.shape
    if matrix.dtype.kind not in "biuf":
        matrix, unknown = _named_coordinates(matrix, dimnames)
    else:
        matrix, unknown = whole_numbers(matrix)
    # R looks at a row from the left and stops at its first NA or zero.
    alive = np.ones(count, bool)
    missing = np.zeros(count, bool)
    zero = np.zeros(count, bool)
    for axis in range(rank):
        column = matrix[:, axis]
        if unknown is not None:
            here = alive & unknown[:, axis]
            missing |= here
            alive &= ~here
        if (column[alive] < 0).any():
            raise IndexError("negative values are not allowed in a matrix subscript")
        here = alive & (column == 0)
        zero |= here
        alive &= ~here
        high = int(column[alive].max(initial=0))
        if high > shape[axis]:
            raise out_of_bounds(high, shape[axis], axis)
    if missing.any() and na == "error":
        raise na_refused()
    keep = alive | missing if na == "mask" else alive
    matrix = np.where(missing[:, None], 1, matrix) - 1
    if not keep.all():
        matrix, missing = matrix[keep], missing[keep]
    mask = missing if na == "mask" and missing.any() else None
    size = matrix.shape[0]
    if size == 0:
        return nothing(shape, (0,))
    if 0 in shape:
        return Selection((EMPTY,) * rank, (size,), (size,), mask)
    if size == 1 and mask is None:
        return fast_selection(tuple(matrix[0].tolist()), (), (1,))
    return Selection(tuple(np.ascontiguousarray(matrix.T)), (size,), (size,), mask)


def _named_coordinates(matrix, dimnames):
    out = np.zeros(matrix.shape, np.int64)
    unknown = np.zeros(matrix.shape, bool)
    for axis in range(matrix.shape[1]):
        names = names_of(dimnames, axis)
        for row, name in enumerate(matrix[:, axis].tolist()):
            if name is None:
                unknown[row, axis] = True
            else:
                out[row, axis] = name_position(name, names, axis) + 1
    return out, unknown
