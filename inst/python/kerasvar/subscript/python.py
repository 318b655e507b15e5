"""Subscripts in Python's sense: what NumPy's ``x[key]`` means, as a Selection.

Follows NumPy's indexing rules (https://numpy.org/doc/stable/user/basics.indexing.html), the placement of axes made by several index
arrays included.  It never sees the array, only its shape.
"""

from __future__ import annotations

import numpy as np

from .items import classify, expand, position
from .selection import EMPTY, Block, Outer, Selection, compact, fast_selection, lay_out, length, nothing, whole


def python_selection(shape: tuple, key) -> Selection:
    """The elements that ``x[key]`` means in NumPy, for an array of this shape.

    ``key``: ints, slices, ``...``, ``None``, boolean masks of any rank, integer arrays (lists, NumPy arrays, tensors, variables), or
    a tuple of these.  Raises IndexError for a position outside its axis (named), too many subscripts, a mask that does not fit and
    for anything that is no subscript.
    """
    kind = key.__class__
    if kind is int:
        if shape:
            n = shape[0]
            rest = shape[1:]
            return fast_selection((position(key, n, 0), *whole(rest)), rest, rest)
    elif kind is tuple:
        if len(key) <= len(shape):
            selection = _basic(shape, key) or _scattered(shape, key)
            if selection is not None:
                return selection
    elif kind is slice:
        selection = _basic(shape, (key,))
        if selection is not None:
            return selection
    elif key is Ellipsis:
        return fast_selection(whole(shape), shape, shape)
    return _general(shape, key if kind is tuple else (key,))


def _basic(shape: tuple, key: tuple) -> Selection | None:
    """The fast path: only Python ints and slices that ascend.  None where there is anything else."""
    if len(key) > len(shape):
        return None
    index, kept = [], []
    axis = 0
    for item in key:
        n = shape[axis]
        kind = item.__class__
        if kind is int:
            index.append(position(item, n, axis))
        elif kind is slice:
            start, stop, step = item.indices(n)
            if step < 0:
                return None
            if stop - start > step:
                index.append(slice(start, stop, step))
                kept.append((stop - start + step - 1) // step)
            elif start < stop:
                # One position: the step, which may be more than an int64 holds, says nothing.
                index.append(slice(start, start + 1, 1))
                kept.append(1)
            else:
                index.append(EMPTY)
                kept.append(0)
        else:
            return None
        axis += 1
    rest = shape[axis:]
    if rest:
        index.extend(whole(rest))
        kept.extend(rest)
    kept = tuple(kept)
    return fast_selection(tuple(index), kept, kept)


def _scattered(shape: tuple, key: tuple) -> Selection | None:
    """The fast path: a vector of positions for each of several axes, all in range and of one length."""
    if len(key) != len(shape) or len(key) < 2:
        return None
    for item in key:
        if item.__class__ is not np.ndarray or item.dtype != np.int64 or item.ndim != 1:
            return None
        if item.shape != key[0].shape or not item.size:
            return None
    try:
        # What it makes is not needed; no other call checks every axis at once.
        np.ravel_multi_index(key, shape)
    except ValueError:
        return None
    return fast_selection(key, key[0].shape, key[0].shape)


def _general(shape: tuple, key: tuple) -> Selection:
    items = expand(shape, [classify(item) for item in key])
    blocks = [i for i, item in enumerate(items) if isinstance(item, (Block, bool))]
    scalars = [i for i, item in enumerate(items) if item.__class__ is int]
    if len(blocks) == 1 and not scalars and isinstance(items[blocks[0]], Block):
        positions = items[blocks[0]].positions
        if positions.ndim == 1:
            # One vector stands exactly where its axis stood, as a slice would.
            entry = compact(positions)
            items[blocks[0]] = entry if entry.__class__ is slice else Outer(entry)
            blocks = []
    if blocks:
        return _with_blocks(shape, items, sorted(blocks + scalars))

    entries = [item for item in items if item is not None and item is not Ellipsis]
    seen = tuple(1 if item is None else _extent(item) for item in items if item is not Ellipsis and not isinstance(item, int))
    return Selection(*lay_out(entries), seen)


def _with_blocks(shape: tuple, items: list, members: list) -> Selection:
    """The case with index arrays, which broadcast together with every int (``members``: their places among the items)."""
    shapes = []
    for i in members:
        item = items[i]
        if item.__class__ is int:
            items[i] = Block(np.array(item, np.int64))
            shapes.append(())
        elif isinstance(item, bool):
            shapes.append((int(item),))
        else:
            shapes.append(item.positions.shape)
    try:
        block_shape = np.broadcast_shapes(*shapes)
    except ValueError:
        raise IndexError(
            "shape mismatch: indexing arrays could not be broadcast together with shapes " + " ".join(map(str, shapes))
        ) from None
    adjacent = members[-1] - members[0] == len(members) - 1
    place = members[0] if adjacent else 0
    seen = []
    for i, item in enumerate(items):
        if i == place:
            seen.extend(block_shape)
        if item is None:
            seen.append(1)
        elif isinstance(item, (slice, Outer)):
            seen.append(_extent(item))
    seen = tuple(seen)
    if 0 in seen:
        return nothing(shape, seen)

    array_shape = np.broadcast_shapes(*(item.positions.shape for item in items if isinstance(item, Block)))
    entries, block_at = [], None
    for item in items:
        if item is None or item is Ellipsis or isinstance(item, bool):
            continue
        if isinstance(item, Block):
            if not array_shape:
                item = int(item.positions)
            elif block_at is None:
                block_at = len(entries)
        entries.append(item)
    if block_at is None:  # only True and ints: an axis of extent 1 for the caller, nothing for the index
        return Selection(*lay_out(entries), seen)
    return Selection(*lay_out(entries, block_at if adjacent else 0, array_shape), seen)


def _extent(entry) -> int:
    return length(entry) if entry.__class__ is slice else entry.positions.shape[0]
