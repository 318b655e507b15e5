"""Positions as plain index arrays, for frameworks that scatter and gather.

NumPy only: this module turns a canonical selection into coordinates; it writes and reads nothing.
"""

from typing import NamedTuple

import numpy as np


class Points(NamedTuple):
    """The positions of a selection as n points along some adjacent axes, the other axes whole."""

    first: int
    """The first of those axes."""
    last: int
    """The last of them."""
    coordinates: tuple
    """An int64 array of length n for each of those axes."""
    linear: np.ndarray
    """The same as one row-major position within those axes."""
    value_shape: tuple
    """(whole axes before ..., n, whole axes after ...): what a written value is reshaped to."""


def is_whole(entry, size):
    """Whether an entry of a selection is its whole axis, in order."""
    return isinstance(entry, slice) and entry == slice(0, size, 1)


def points(selection, shape, from_first=False):
    """The `Points` of a selection of a tensor of `shape` that is not empty.

    With `from_first`, the axes begin with axis 0, whole or not.
    """
    index = selection.index
    partial = [axis for axis, entry in enumerate(index) if not is_whole(entry, shape[axis])]
    first = 0 if from_first or not partial else partial[0]
    last = max(partial[-1] if partial else 0, first)
    entries = index[first : last + 1]
    if all(isinstance(e, np.ndarray) and e.shape == entries[0].shape[:1] for e in entries):
        grid = entries  # n points already
    else:
        grid = [a.ravel() for a in np.broadcast_arrays(*_grid(entries))]
    inner = shape[first : last + 1]
    linear = grid[0] if len(grid) == 1 else np.ravel_multi_index(grid, inner)
    value_shape = (*shape[:first], len(linear), *shape[last + 1 :])
    return Points(first, last, tuple(grid), linear, value_shape)


def _grid(entries):
    """Arrays that broadcast to the shape the entries select, in the order of the axes."""
    arrays = [entry for entry in entries if isinstance(entry, np.ndarray)]
    joint = max((a.ndim for a in arrays), default=0)
    rank = sum(isinstance(entry, slice) for entry in entries) + joint
    dimension = 0
    seen = False
    for entry in entries:
        if isinstance(entry, slice):
            line = np.arange(entry.start, entry.stop, entry.step)
            yield line.reshape((-1,) + (1,) * (rank - dimension - 1))
            dimension += 1
        elif isinstance(entry, np.ndarray):
            if not seen:
                seen = True
                dimension += joint
            yield entry.reshape(entry.shape + (1,) * (rank - dimension))
        else:
            yield np.full((1,) * rank, entry)


def keep_last(linear):
    """Where the positions to write stand in `linear` if each is to be written once, the last time.

    None if no position comes twice: frameworks other than NumPy leave open which write stays.
    """
    count = len(linear)
    if count < 2:
        return None
    if count <= 64:
        # Of so few a set knows sooner than three NumPy calls.
        if len(set(linear.tolist())) == count:
            return None
    elif (linear[1:] > linear[:-1]).all():
        return None
    _, kept = np.unique(linear[::-1], return_index=True)
    return None if len(kept) == count else count - 1 - kept
