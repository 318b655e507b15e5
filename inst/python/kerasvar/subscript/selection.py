"""The Selection type, and the one place where a selection is laid out for the backends.

It knows how NumPy places the axes that index arrays make, and nothing of what a subscript can mean to those who write it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

EMPTY = slice(0, 0, 1)


class Selection(NamedTuple):
    """Which elements of an array of known shape are meant, with every choice already made.

    ``index`` has one entry for each axis and NumPy's meaning in ``x[index]``.  It comes in one of two forms:

    * basic: only ints (``0 <= i < n``) and slices with all three numbers given (``0 <= start``, ``step >= 1``; an
      empty one is ``slice(0, 0, 1)``);
    * advanced: only such slices and int64 arrays that broadcast against each other and stand on adjacent axes, so that their
      broadcast shape stands where those axes stood.

    ``index_shape`` is the shape of ``x[index]``.  ``shape`` is what the caller sees: ``x[index].reshape(shape)``.
    Both have as many elements.  Where that number is 0 the shapes alone say what to return, and nothing is to be written:
    look at them first, since on an array without axes no index can select nothing.

    ``na`` is None, or a boolean array that broadcasts against ``index_shape`` and marks elements that are missing; the index
    of those is arbitrary but in range (unless the array is empty).
    """

    index: tuple
    index_shape: tuple
    shape: tuple
    na: np.ndarray | None = None

    @property
    def is_basic(self) -> bool:
        return not any(entry.__class__ is np.ndarray for entry in self.index)

    @property
    def is_empty(self) -> bool:
        return 0 in self.index_shape


class Outer(NamedTuple):
    """An index array that makes an axis of its own, as a slice does."""

    positions: np.ndarray


class Block(NamedTuple):
    """An index array that is broadcast with the other blocks of the same selection."""

    positions: np.ndarray


def fast_selection(index: tuple, index_shape: tuple, shape: tuple) -> Selection:
    """A Selection without NA; a third of the cost of calling the class."""
    return tuple.__new__(Selection, (index, index_shape, shape, None))


def whole(shape: tuple) -> tuple:
    """Every element of every axis."""
    return tuple([slice(0, n, 1) if n else EMPTY for n in shape])


def nothing(shape: tuple, seen: tuple) -> Selection:
    """No element at all, seen in a given shape."""
    if not shape:
        return Selection((), seen, seen)
    return Selection((EMPTY,) * len(shape), (0,) * len(shape), seen)


def length(entry: slice) -> int:
    """The number of positions in a slice of the kind a Selection holds."""
    return max(0, -((entry.start - entry.stop) // entry.step))


def compact(positions: np.ndarray):
    """A 1-d array of positions as a slice where it is an ascending arithmetic progression, else as it came."""
    count = positions.shape[0]
    if count == 0:
        return EMPTY
    first = int(positions[0])
    if count == 1:
        return slice(first, first + 1, 1)
    step = int(positions[1]) - first
    last = int(positions[-1])
    if step < 1 or last - first != step * (count - 1):
        return positions
    if count > 2 and not _is_progression(positions, first, last, step):
        return positions
    return slice(first, last + 1, step)


def _is_progression(positions, first, last, step) -> bool:
    # Below some hundred elements a Python list is faster than two NumPy calls.
    if positions.shape[0] <= 128:
        return positions.tolist() == list(range(first, last + 1, step))
    return bool((positions[1:] - positions[:-1] == step).all())


def lay_out(entries: list, block_at: int | None = None, block_shape: tuple = ()) -> tuple[tuple, tuple]:
    """``(index, index_shape)`` for entries one an axis: int, slice, Outer or Block; in the advanced form where there are arrays.

    Outer arrays and slices keep the order of their axes.  The broadcast shape of the Blocks (``block_shape``) stands before the
    entry numbered ``block_at``: the first Block's own place, or 0.
    """
    arrays = [axis for axis, entry in enumerate(entries) if isinstance(entry, (Outer, Block))]
    if not arrays:
        return tuple(entries), tuple(length(entry) for entry in entries if entry.__class__ is slice)
    low, high = arrays[0], arrays[-1]
    if low == high and entries[low].__class__ is Outer:
        return _lay_out_one(entries, low)
    if block_at is not None:
        low = min(low, block_at)
    # Every axis between two arrays becomes an array too.  Each gets dimensions of the broadcast shape: a Block those of all
    # Blocks, an Outer or a slice one of its own, an int none.
    dims, places, block_place = [], {}, None
    for axis in range(low, high + 1):
        entry = entries[axis]
        if axis == block_at:
            block_place = len(dims)
            dims.extend(block_shape)
        if isinstance(entry, (Outer, slice)):
            places[axis] = len(dims)
            dims.append(length(entry) if isinstance(entry, slice) else entry.positions.shape[0])
    rank = len(dims)
    index, index_shape = [], []
    for axis, entry in enumerate(entries):
        if axis < low or axis > high:
            if isinstance(entry, int):
                entry = slice(entry, entry + 1, 1)
            index.append(entry)
            continue
        if isinstance(entry, Block):
            array = entry.positions
            after = rank - block_place - len(block_shape)
            index.append(array.reshape(array.shape + (1,) * after))
        elif isinstance(entry, int):
            index.append(np.full((1,) * rank, entry, np.int64))
        else:
            if isinstance(entry, slice):
                array = np.arange(entry.start, entry.stop, entry.step, dtype=np.int64)
            else:
                array = entry.positions
            index.append(array.reshape((-1,) + (1,) * (rank - places[axis] - 1)))
    index_shape.extend(length(entry) for entry in index[:low])
    index_shape.extend(dims)
    index_shape.extend(length(entry) for entry in index[high + 1 :])
    return tuple(index), tuple(index_shape)


def _lay_out_one(entries: list, axis: int) -> tuple[tuple, tuple]:
    """The common case of one vector: it stands where its axis stood."""
    index = [slice(entry, entry + 1, 1) if entry.__class__ is int else entry for entry in entries]
    positions = index[axis] = entries[axis].positions
    return tuple(index), tuple([positions.shape[0] if entry is positions else length(entry) for entry in index])
