"""What one of base R's subscripts selects among n positions: a slice or an index array from 0, and which of it are NA.

The rules are those of R's ``?Extract`` for a vector; which axis, if any, the n positions belong to is said only in errors, where it
is called by its R number, from 1.
"""

from __future__ import annotations

import numpy as np

from ..subscript.selection import EMPTY, compact

NA_INTEGER = -2147483648
FEW = 32
MAX_POSITION = 2**62  # beyond any axis, yet an int64


def entry_of(subscript, n, axis, names, na):
    """``(slice or int64 positions, mask of NA or None)`` for one subscript that selects among ``n``."""
    kind = subscript.__class__
    if kind is list:
        if len(subscript) == 2 and subscript[0] is None:
            codes = np.asarray(subscript[1]).ravel(order="F")
            return _logical(codes != 0, codes == NA_INTEGER, n, axis, na)
        return compact(np.array([name_position(name, names, axis) for name in subscript], np.int64)), None
    if kind is str:
        position = name_position(subscript, names, axis)
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
            return entry_of([None if name is None else str(name) for name in array.tolist()], n, axis, names, na)
        raise IndexError(f"invalid subscript type: {array.dtype}")
    positions, unknown = whole_numbers(array)
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


def whole_numbers(array):
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
        raise out_of_bounds(high, n, axis)
    if unknown is None:
        if low == 0:
            positions = positions[positions > 0]
        return compact(positions - 1), None
    return _without_na(positions, unknown, (positions > 0) | unknown, na)


def _without_na(positions, unknown, keep, na):
    if na == "error":
        raise na_refused()
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
            raise out_of_bounds(int(np.flatnonzero(values)[-1]) + 1, n, axis)
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


def one_position(subscript, n, axis, names) -> int:
    """A subscript of ``[[``: exactly one element."""
    if subscript.__class__ is str:
        return name_position(subscript, names, axis)
    array = as_array(subscript[1] if subscript.__class__ is list and subscript[:1] == [None] else subscript)
    if array.size != 1:
        raise IndexError(f"`[[` selects exactly one element, not {array.size}")
    if array.dtype.kind in "OU":
        return name_position(array.item(), names, axis)
    if array.dtype.kind not in "biuf":
        raise IndexError(f"invalid subscript type: {array.dtype}")
    positions, unknown = whole_numbers(array.reshape(1))
    position = int(positions[0])
    if unknown is not None:
        raise IndexError("`[[` with an NA subscript")
    if axis is None and n == 2 and -2 <= position < 0:
        return 2 + position  # the other one
    if position < 1:
        raise IndexError(f"`[[` selects exactly one element: {position} does not")
    if position > n:
        raise out_of_bounds(position, n, axis)
    return position - 1


def host_subscript(subscript):
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


def name_position(name, names, axis) -> int:
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


def out_of_bounds(position, n, axis) -> IndexError:
    return IndexError(f"subscript out of bounds: {_place(axis, n)}, but {position} was asked for")


def na_refused() -> IndexError:
    return IndexError("NAs are not allowed in subscripted assignments of more than one value")
