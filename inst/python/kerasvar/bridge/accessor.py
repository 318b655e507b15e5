"""Subscripts in the sense of R keras3's accessor ``x@r[...]``, as a Selection.

Follows its documentation (https://keras3.posit.co/reference/op_subset.html): 1-based, negative counts from the end, missing trailing
axes are whole, slices include their end.  Where that implementation answers differently on different backends or silently gives
something else (positions in another order, repeats, a range that runs backwards, a position out of range), this one selects what
is written, or raises.

How subscripts arrive: MISSING for a missing one, None for a new axis, Ellipsis for ``..``; a Python number for an R number (its axis
goes); the list ``[start, stop, step]`` for an expression with ``:`` (None for an open end or a step not given); a NumPy array for
a vector (its axis stays), a mask or coordinates; anything else that has ``__array__``.
"""

from __future__ import annotations

import numpy as np

from .positions import NA_INTEGER, host_subscript
from ..subscript.selection import EMPTY, Block, Outer, Selection, compact, fast_selection, lay_out, length, nothing, whole


class _Missing:
    """The mark for an argument that was left out, since None is a new axis here."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING = _Missing()
ELLIPSIS = ...


def accessor_selection(shape: tuple, subscripts) -> Selection:
    """The elements that ``x@r[subscripts]`` means, for an array of this shape.

    Raises IndexError, naming the axis (from 1), for a position that is zero, NA or out of range, for a mask that does not
    fit, and for more subscripts than axes.
    """
    if len(subscripts) == 1:
        selection = _sole(shape, subscripts[0])
        if selection is not None:
            return selection
    entries, seen = [], []
    basic = True
    axis = 0
    for number, subscript in enumerate(subscripts):
        kind = subscript.__class__
        if subscript is None:
            seen.append(1)
            continue
        if subscript is Ellipsis:
            rest = _unnamed(shape, subscripts, number)
            entries.extend(whole(shape[axis : axis + rest]))
            seen.extend(shape[axis : axis + rest])
            axis += rest
            continue
        if axis == len(shape):
            raise _too_many(shape, subscripts)
        n = shape[axis]
        if subscript is MISSING:
            entries.append(slice(0, n, 1) if n else EMPTY)
            seen.append(n)
        elif kind is int or kind is float:
            entries.append(_position(subscript, n, axis))
        else:
            entry = _slice(subscript, n, axis) if kind is list else _vector(host_subscript(subscript), n, axis)
            if entry.__class__ is int:
                entries.append(entry)
            elif entry.__class__ is slice:
                entries.append(entry)
                seen.append(length(entry))
            else:
                entries.append(Outer(entry))
                seen.append(entry.shape[0])
                basic = False
        axis += 1
    rest = shape[axis:]
    entries.extend(whole(rest))
    seen.extend(rest)
    seen = tuple(seen)
    if basic:
        index_shape = tuple([length(entry) for entry in entries if entry.__class__ is slice])
        return fast_selection(tuple(entries), index_shape, seen)
    index, index_shape = lay_out(entries)
    return fast_selection(index, index_shape, seen)


def _sole(shape, subscript):
    """A full mask or a matrix of coordinates, which stand alone; None for anything else."""
    kind = subscript.__class__
    if subscript is None or subscript is Ellipsis or subscript is MISSING or kind in (int, float, list, bool, str):
        return None
    array = host_subscript(subscript)
    if array.ndim < 2 and (array.ndim == 1 or shape):
        return None
    if array.dtype.kind == "b":
        if array.shape != shape:
            raise IndexError(f"a mask of shape {array.shape} does not fit an array of shape {shape}")
        if not shape:
            count = int(array)
            return Selection((), (count,), (count,))
        return _points(shape, array.nonzero())
    if array.ndim != 2 or array.shape[1] != len(shape):
        raise IndexError(
            f"coordinates are a matrix with a column for each of the {len(shape)} axes, not an array of shape {array.shape}"
        )
    return _points(shape, [_positions(array[:, axis], n, axis) for axis, n in enumerate(shape)])


def _points(shape, columns) -> Selection:
    count = columns[0].shape[0]
    if len(shape) == 1:
        entry = compact(columns[0])
        return Selection((entry,), (count,), (count,))
    if count == 0:
        return nothing(shape, (0,))
    index, index_shape = lay_out([Block(np.ascontiguousarray(column)) for column in columns], 0, (count,))
    return Selection(index, index_shape, (count,))


def _unnamed(shape, subscripts, number) -> int:
    if any(other is Ellipsis for other in subscripts[number + 1 :]):
        raise IndexError("a subscript can have only one `..`")
    rest = len(shape) - sum(1 for other in subscripts if other is not None and other is not Ellipsis)
    if rest < 0:
        raise _too_many(shape, subscripts)
    return rest


def _too_many(shape, subscripts) -> IndexError:
    given = sum(1 for other in subscripts if other is not None and other is not Ellipsis)
    return IndexError(f"too many subscripts: the array has {len(shape)} axes, but {given} were given")


def _position(i, n: int, axis: int) -> int:
    """A number from 1, or from the end if negative, as a position from 0."""
    try:
        if i == NA_INTEGER:
            raise ValueError
        i = int(i)
    except (ValueError, OverflowError):
        raise IndexError(f"axis {axis + 1}: an NA is no position") from None
    if 1 <= i <= n:
        return i - 1
    if -n <= i < 0:
        return i + n
    if i == 0:
        raise IndexError(f"axis {axis + 1}: positions count from 1, 0 is none")
    raise IndexError(f"subscript out of bounds: axis {axis + 1} has size {n}, but {i} was asked for")


def _slice(bounds: list, n: int, axis: int):
    """``start:stop`` or ``start:stop:step``, with its end included.

    Without a step two bounds of the same sign run from the first to the second, backwards too, as an R range does.  An open bound
    or one counted from the other end gives a slice, which is empty where its start lies just beyond its end.
    """
    if len(bounds) == 2 and bounds[0] is None and bounds[1].__class__ is np.ndarray:
        raise IndexError(f"axis {axis + 1}: an NA in a logical subscript selects nothing")
    start, stop, step = bounds
    alike = start is not None and stop is not None and (start < 0) == (stop < 0)
    if step is None:
        step = -1 if alike and start > stop else 1
    else:
        if step != step or step == NA_INTEGER or int(step) == 0:
            raise IndexError(f"axis {axis + 1}: the step of a slice is a number other than 0, not {step}")
        step = int(step)
    if alike and start != stop and (stop > start) != (step > 0):
        raise IndexError(f"axis {axis + 1}: a step of {step} does not lead from {start} to {stop}")
    first, last = (0, n - 1) if step > 0 else (n - 1, 0)
    first = first if start is None else _bound(start, n, axis, alike)
    last = last if stop is None else _bound(stop, n, axis, alike)
    if step > 0:
        return slice(first, last + 1, step) if first <= last else EMPTY
    if first < last:
        return EMPTY
    return compact(np.arange(first, last - 1, step, dtype=np.int64))


def _bound(i, n: int, axis: int, strict: bool) -> int:
    # One beyond either end is where an open slice over everything but this is empty: `2:NA` and `1:-2` on an axis of size 1.
    if not strict:
        whole_number = int(i)
        if whole_number == n + 1:
            return n
        if whole_number == -n - 1:
            return -1
    return _position(i, n, axis)


def _vector(array, n: int, axis: int):
    """Positions in any order and with repeats, or a mask of the axis' size."""
    if not isinstance(array, np.ndarray):
        if isinstance(array, bool):
            array = np.array([array])
        else:
            raise IndexError(f"axis {axis + 1}: {array!r} is no subscript")
    if array.ndim == 0 and array.dtype.kind in "iuf":
        return _position(array.item(), n, axis)
    if array.ndim != 1:
        raise IndexError(f"axis {axis + 1}: a subscript among others has one axis, not shape {array.shape}")
    if array.dtype.kind == "b":
        if array.shape[0] != n:
            raise IndexError(f"axis {axis + 1} has size {n}, but the mask has {array.shape[0]} values")
        return compact(array.nonzero()[0])
    return compact(_positions(array, n, axis))


def _positions(array, n: int, axis: int):
    if array.dtype.kind not in "iuf":
        raise IndexError(f"axis {axis + 1}: positions are numbers, not {array.dtype}")
    if not array.shape[0]:
        return np.zeros(0, np.int64)
    if array.dtype.kind == "f":
        with np.errstate(invalid="ignore"):  # R's NA is a NaN that signals
            array = np.trunc(array)
    wrong = ~((array >= -n) & (array <= n) & (array != 0))  # NaN too
    if wrong.any():
        _position(array[wrong][0].item(), n, axis)
    positions = array.astype(np.int64)
    return np.where(positions > 0, positions - 1, positions + n)
