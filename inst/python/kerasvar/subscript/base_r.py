"""Subscripts in base R's sense: what R's ``x[...]`` means on an array, as a Selection.

The oracle is R itself (``?Extract`` and what it does).  Two limits: a subscript outside the shape is an IndexError, where R would extend
the array or answer NA, and nothing grows.  Positions count from 1; whatever leaves this module counts from 0.

How subscripts arrive (an argument each): None for a missing one; a Python bool, int, float or str for an R vector of length one; a
NumPy array for a longer one (an R matrix or array keeps its shape); a list of str for names; the list ``[None, codes]`` for a
logical vector that holds NA (codes int32: 0, 1, NA); anything else that has ``__array__`` (tensors, variables).  NA is -2147483648
in int32 and NaN in floats.  An axis is called by its R number, from 1, in every error.
"""

from __future__ import annotations

import math

import numpy as np

from ..layouts import column_major
from .selection import EMPTY, Outer, Selection, compact, fast_selection, lay_out, length, whole

NA_INTEGER = -2147483648
FEW = 32
MAX_POSITION = 2**62  # beyond any axis, yet an int64


def r_selection(shape: tuple, subscripts, drop: bool = True, dimnames=None, na: str = "mask") -> Selection:
    """The elements that ``x[subscripts]`` means in base R, for an array of this shape.

    ``drop`` as in R: axes of extent 1 go (one stays if all would).  ``dimnames``: None, or for each axis None or a list of str.
    ``na`` says what an NA subscript does: ``"mask"`` marks its elements in ``Selection.na`` (reading), ``"skip"`` leaves them out
    (assigning one value), ``"error"`` refuses (assigning several).  With the last two a logical subscript longer than what it selects
    from is an error too, since base R would let the array grow.

    Raises IndexError, naming the axis.
    """
    count = len(subscripts)
    if count == 1:
        return _vector(shape, subscripts[0], dimnames, na)
    if count != len(shape):
        if count == 0:
            return fast_selection(whole(shape), shape, shape)
        raise IndexError(f"incorrect number of dimensions: {count} subscripts for an array with {len(shape)} axes")
    return _axes(shape, subscripts, drop, dimnames, na)


def r_element(shape: tuple, subscripts, dimnames=None) -> Selection:
    """The one element that ``x[[subscripts]]`` means in base R.  Raises IndexError for anything but one element."""
    count = len(subscripts)
    rank = len(shape)
    if count == 0 or any(subscript is None for subscript in subscripts):
        raise IndexError("`[[` with a missing subscript")
    if count != 1 and count != rank:
        raise IndexError(f"incorrect number of subscripts: {count} for an array with {rank} axes")
    if count == 1:
        total = math.prod(shape)
        position = _one_position(subscripts[0], total, None, _names(dimnames, 0) if rank == 1 else None)
        index = _unravel(position, shape)
    else:
        index = tuple(
            [_one_position(subscripts[axis], shape[axis], axis, _names(dimnames, axis)) for axis in range(rank)]
        )
    return fast_selection(index, (), (1,))


def _axes(shape, subscripts, drop, dimnames, na) -> Selection:
    """One subscript an axis."""
    entries, extents, masks = [], [], None
    outer = False
    for axis, subscript in enumerate(subscripts):
        n = shape[axis]
        kind = subscript.__class__
        if subscript is None:
            entries.append(slice(0, n, 1) if n else EMPTY)
            extents.append(n)
            continue
        if (kind is float or kind is int) and 1 <= subscript < n + 1:
            entries.append(int(subscript) - 1)
            extents.append(1)
            continue
        entry, mask = _entry(subscript, n, axis, _names(dimnames, axis), na)
        if entry.__class__ is np.ndarray:
            extents.append(entry.shape[0])
            entry = Outer(entry)
            outer = True
        else:
            extents.append(length(entry))
        if mask is not None:
            masks = masks or {}
            masks[axis] = mask
        entries.append(entry)

    if drop:
        seen = tuple([extent for extent in extents if extent != 1]) or (1,)
    else:
        seen = tuple(extents)
    if masks is not None:
        return _with_masks(shape, entries, extents, masks, seen)
    if outer:
        index, index_shape = lay_out(entries)
        return fast_selection(index, index_shape, seen)
    index_shape = tuple([extent for entry, extent in zip(entries, extents) if entry.__class__ is slice])
    return fast_selection(tuple(entries), index_shape, seen)


def _with_masks(shape, entries, extents, masks, seen) -> Selection:
    # Every axis keeps its place, so that a mask lies along the axis it came from.
    rank = len(shape)
    na = np.zeros((1,) * rank, bool)
    for axis, mask in masks.items():
        na = na | mask.reshape((1,) * axis + (-1,) + (1,) * (rank - axis - 1))
    if 0 in shape:
        return Selection((EMPTY,) * rank, tuple(extents), seen, na)
    entries = [slice(entry, entry + 1, 1) if entry.__class__ is int else entry for entry in entries]
    if any(entry.__class__ is Outer for entry in entries):
        index, _ = lay_out(entries)
    else:
        index = tuple(entries)
    return Selection(index, tuple(extents), seen, na)


def _vector(shape, subscript, dimnames, na) -> Selection:
    """One subscript for the whole array: everything, coordinates, or positions that run down the columns."""
    if subscript is None:
        return fast_selection(whole(shape), shape, shape)
    rank = len(shape)
    kind = subscript.__class__
    total = math.prod(shape)
    if (kind is float or kind is int) and 1 <= subscript < total + 1:
        return fast_selection(_unravel(int(subscript) - 1, shape), (), (1,))
    subscript = plain(subscript)
    if rank and subscript.__class__ is np.ndarray:
        if subscript.dtype.kind == "b":
            if rank > 1 and subscript.shape == shape:
                return _mask(shape, subscript)
        elif subscript.ndim == 2 and subscript.shape[1] == rank:
            return _coordinates(shape, subscript, dimnames, na)
    names = _names(dimnames, 0) if rank == 1 else None
    entry, mask = _entry(subscript, total, None, names, na)
    count = length(entry) if entry.__class__ is slice else entry.shape[0]
    if rank and count == 0:
        return Selection((EMPTY,) * rank, (0,) * rank, (0,))
    if 0 in shape:  # only NA can select anything here
        return Selection((EMPTY,) * rank, (count,), (count,), mask)
    if rank == 1:
        return Selection((entry,), (count,), (count,), mask)
    if rank == 0:
        # There is no axis to select along: one element, or what `Selection` says of none.
        if count > 1:
            raise IndexError(f"an array without axes has one element, {count} were asked for")
        extents = () if count else (0,)
        return Selection((), extents, (count,), None if mask is None else mask.reshape(extents))
    if entry.__class__ is slice:
        if count == 1:
            return Selection(_unravel(entry.start, shape), (), (1,), None if mask is None else mask.reshape(()))
        entry = np.arange(entry.start, entry.stop, entry.step, dtype=np.int64)
    index = tuple(np.unravel_index(entry, shape, order="F"))
    return Selection(index, (count,), (count,), mask)


def _mask(shape, mask) -> Selection:
    """A logical array of the shape itself: the positions come as coordinates, without the detour through one number each."""
    if not mask.flags.f_contiguous:
        mask = column_major(mask)
    index = mask.T.nonzero()[::-1]
    count = index[0].shape[0]
    if count == 0:
        return Selection((EMPTY,) * len(shape), (0,) * len(shape), (0,))
    return fast_selection(tuple(index), (count,), (count,))


def _coordinates(shape, matrix, dimnames, na) -> Selection:
    """A row for an element, a column for an axis."""
    count, rank = matrix.shape
    if matrix.dtype.kind not in "biuf":
        matrix, unknown = _named_coordinates(matrix, dimnames)
    else:
        matrix, unknown = _whole_numbers(matrix)
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
            raise _out_of_bounds(high, shape[axis], axis)
    if missing.any() and na == "error":
        raise _na_refused()
    keep = alive | missing if na == "mask" else alive
    matrix = np.where(missing[:, None], 1, matrix) - 1
    if not keep.all():
        matrix, missing = matrix[keep], missing[keep]
    mask = missing if na == "mask" and missing.any() else None
    size = matrix.shape[0]
    if size == 0:
        return Selection((EMPTY,) * rank, (0,) * rank, (0,))
    if 0 in shape:
        return Selection((EMPTY,) * rank, (size,), (size,), mask)
    if size == 1 and mask is None:
        return fast_selection(tuple(matrix[0].tolist()), (), (1,))
    return Selection(tuple(np.ascontiguousarray(matrix.T)), (size,), (size,), mask)


def _named_coordinates(matrix, dimnames):
    out = np.zeros(matrix.shape, np.int64)
    unknown = np.zeros(matrix.shape, bool)
    for axis in range(matrix.shape[1]):
        names = _names(dimnames, axis)
        for row, name in enumerate(matrix[:, axis].tolist()):
            if name is None:
                unknown[row, axis] = True
            else:
                out[row, axis] = _name_position(name, names, axis) + 1
    return out, unknown


def _entry(subscript, n, axis, names, na):
    """``(slice or int64 positions, mask of NA or None)`` for one subscript that selects among ``n``."""
    kind = subscript.__class__
    if kind is list:
        if len(subscript) == 2 and subscript[0] is None:
            codes = np.asarray(subscript[1]).ravel(order="F")
            return _logical(codes != 0, codes == NA_INTEGER, n, axis, na)
        return compact(np.array([_name_position(name, names, axis) for name in subscript], np.int64)), None
    if kind is str:
        position = _name_position(subscript, names, axis)
        return slice(position, position + 1, 1), None
    if kind is bool:
        if n == 0:
            return _logical(np.array([subscript]), None, n, axis, na)
        return (slice(0, n, 1) if subscript else EMPTY), None
    array = as_array(subscript)
    if array.ndim != 1:
        array = array.ravel(order="F")
    code = array.dtype.kind
    if code == "b":
        return _logical(array, None, n, axis, na)
    if array.shape[0] <= FEW and (code == "f" or code == "i"):
        entry = _few(array.tolist(), n)
        if entry is not None:
            return entry, None
    if code == "i" or code == "u":
        if array.shape[0]:
            # The common case, a range that fits, is a slice without a look at every element.
            entry = compact(array)
            if entry.__class__ is slice and entry.start >= 1 and entry.stop - 1 <= n:
                return slice(entry.start - 1, entry.stop - 1, entry.step), None
    elif code != "f":
        if array.dtype.kind in "UO":
            return _entry([None if name is None else str(name) for name in array.tolist()], n, axis, names, na)
        raise IndexError(f"invalid subscript type: {array.dtype}")
    positions, unknown = _whole_numbers(array)
    return _numeric(positions, unknown, n, axis, na)


def _few(numbers: list, n: int):
    """The entry for few numbers that are all positions from 1 to n, else None: Python is faster here than NumPy."""
    if not numbers or not sum(numbers) < MAX_POSITION or min(numbers) < 1 or max(numbers) >= n + 1:
        return None  # a NaN makes the sum one
    positions = [int(number) - 1 for number in numbers]
    first, last = positions[0], positions[-1]
    step = positions[1] - first if len(positions) > 1 else 1
    if step > 0 and positions == list(range(first, last + 1, step)):
        return slice(first, last + 1, step)
    return np.array(positions, np.int64)


def _whole_numbers(array):
    """Numbers truncated toward zero as int64, and a mask of the NAs among them or None."""
    kind = array.dtype.kind
    if kind == "f":
        unknown = np.isnan(array)
        if not unknown.any():
            unknown = None
            clipped = array
        else:
            clipped = np.where(unknown, 0, array)
        return np.clip(clipped, -MAX_POSITION, MAX_POSITION).astype(np.int64), unknown
    unknown = None
    if array.dtype == np.int32 and array.size and int(array.min()) == NA_INTEGER:
        unknown = array == NA_INTEGER
        array = np.where(unknown, 0, array)
    elif kind == "u":
        array = np.minimum(array, MAX_POSITION)
    return array.astype(np.int64), unknown


def _numeric(positions, unknown, n, axis, na):
    if positions.shape[0] == 0:
        return EMPTY, None
    low, high = int(positions.min()), int(positions.max())
    if low < 0:
        if high > 0 or unknown is not None:
            raise IndexError("only zeros may be mixed with negative subscripts")
        keep = np.ones(n, bool)
        keep[-positions[(positions < 0) & (positions >= -n)] - 1] = False
        return compact(keep.nonzero()[0]), None
    if high > n:
        raise _out_of_bounds(high, n, axis)
    if unknown is None:
        if low == 0:
            positions = positions[positions > 0]
        return compact(positions - 1), None
    return _without_na(positions, unknown, (positions > 0) | unknown, na)


def _without_na(positions, unknown, keep, na):
    if na == "error":
        raise _na_refused()
    if na == "skip":
        return compact(positions[keep & ~unknown] - 1), None
    positions, unknown = positions[keep], unknown[keep]
    return np.where(unknown, 0, positions - 1), unknown


def _logical(values, unknown, n, axis, na):
    """A logical vector, recycled to ``n``."""
    count = values.shape[0]
    if count > n:
        if axis is not None or na != "mask":
            raise IndexError(f"logical subscript too long: {_place(axis, n)}, but {count} values were given")
        if values[n:].any():
            raise _out_of_bounds(int(np.flatnonzero(values)[-1]) + 1, n, axis)
        values = values[:n]
        unknown = None if unknown is None else unknown[:n]
    elif count == 0:
        return EMPTY, None
    elif count < n:
        values = np.resize(values, n)
        unknown = None if unknown is None else np.resize(unknown, n)
    if unknown is None:
        return compact(values.nonzero()[0]), None
    return _without_na(np.arange(1, n + 1), unknown, values | unknown, na)


def _one_position(subscript, n, axis, names) -> int:
    """A subscript of ``[[``: exactly one element."""
    if subscript.__class__ is str:
        return _name_position(subscript, names, axis)
    array = as_array(subscript[1] if subscript.__class__ is list and subscript[:1] == [None] else subscript)
    if array.size != 1:
        raise IndexError(f"`[[` selects exactly one element, not {array.size}")
    if array.dtype.kind in "OU":
        return _name_position(array.item(), names, axis)
    if array.dtype.kind not in "biuf":
        raise IndexError(f"invalid subscript type: {array.dtype}")
    positions, unknown = _whole_numbers(array.reshape(1))
    position = int(positions[0])
    if unknown is not None:
        raise IndexError("`[[` with an NA subscript")
    if axis is None and n == 2 and -2 <= position < 0:
        return 2 + position  # the other one
    if position < 1:
        raise IndexError(f"`[[` selects exactly one element: {position} does not")
    if position > n:
        raise _out_of_bounds(position, n, axis)
    return position - 1


def plain(subscript):
    """A subscript of a foreign kind (tensor, variable) as a NumPy array; ours as they are."""
    kind = subscript.__class__
    if kind is np.ndarray or kind is list or kind is int or kind is float or kind is bool or kind is str:
        return subscript
    return np.asarray(subscript)


def as_array(subscript) -> np.ndarray:
    """A subscript that is no list and no str as an array; an int keeps the type in which R has an NA."""
    if subscript.__class__ is int:
        clipped = min(max(subscript, -MAX_POSITION), MAX_POSITION)
        return np.array([clipped], np.int32 if clipped == NA_INTEGER else np.int64)
    return np.asarray(subscript)


def _unravel(position: int, shape: tuple) -> tuple:
    index = []
    for n in shape:
        position, here = divmod(position, n)
        index.append(here)
    return tuple(index)


def _names(dimnames, axis):
    return None if dimnames is None else dimnames[axis]


def _name_position(name, names, axis) -> int:
    if names is None:
        raise IndexError(f"subscript {name!r} on {_called(axis)}, which has no names")
    try:
        if name:  # neither NA nor ""
            return names.index(name)
    except ValueError:
        pass
    raise IndexError(f"subscript out of bounds: no {name!r} among the names of {_called(axis)}")


def _called(axis) -> str:
    return "the array" if axis is None else f"axis {axis + 1}"


def _place(axis, n) -> str:
    return f"the array has {n} elements" if axis is None else f"axis {axis + 1} has size {n}"


def _out_of_bounds(position, n, axis) -> IndexError:
    return IndexError(f"subscript out of bounds: {_place(axis, n)}, but {position} was asked for")


def _na_refused() -> IndexError:
    return IndexError("NAs are not allowed in subscripted assignments of more than one value")
