"""Subscripts in Python's sense: what NumPy's ``x[key]`` means, as a Selection.

Follows NumPy's indexing rules (https://numpy.org/doc/stable/user/basics.indexing.html), the placement of axes made by several index
arrays included.  It never sees the array, only its shape.
"""

from __future__ import annotations

import operator

import numpy as np

from .selection import EMPTY, Block, Outer, Selection, compact, fast_selection, lay_out, length, whole


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
            return fast_selection((_position(key, n, 0), *whole(rest)), rest, rest)
    elif kind is tuple:
        if len(key) <= len(shape):
            selection = _basic(shape, key)
            if selection is not None:
                return selection
    elif kind is slice:
        selection = _basic(shape, (key,))
        if selection is not None:
            return selection
    elif key is Ellipsis:
        return fast_selection(whole(shape), shape, shape)
    return _general(shape, key if kind is tuple else (key,))


def _position(i: int, n: int, axis: int) -> int:
    if 0 <= i < n:
        return i
    if -n <= i < 0:
        return i + n
    raise IndexError(f"index {i} is out of bounds for axis {axis} with size {n}")


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
            index.append(_position(item, n, axis))
        elif kind is slice:
            start, stop, step = item.indices(n)
            if step < 0:
                return None
            if start < stop:
                index.append(slice(start, stop, step))
                kept.append((stop - start + step - 1) // step)
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


def _general(shape: tuple, key: tuple) -> Selection:
    items = _expand(shape, [_classify(item) for item in key])
    blocks = [i for i, item in enumerate(items) if isinstance(item, (Block, bool))]
    scalars = [i for i, item in enumerate(items) if item.__class__ is int]
    if len(blocks) == 1 and not scalars and isinstance(items[blocks[0]], Block):
        positions = items[blocks[0]].positions
        if positions.ndim == 1:
            # One vector stands exactly where its axis stood, as a slice would.
            items[blocks[0]] = _slice_or_outer(compact(positions))
            blocks = []
    if blocks:
        return _with_blocks(shape, items, sorted(blocks + scalars))

    entries = [item for item in items if item is not None and item is not Ellipsis]
    seen = tuple(1 if item is None else _extent(item) for item in items if item is not Ellipsis and not isinstance(item, int))
    if any(isinstance(entry, Outer) for entry in entries):
        index, index_shape = lay_out(entries)
    else:
        index = tuple(entries)
        index_shape = tuple(length(entry) for entry in entries if entry.__class__ is slice)
    return Selection(index, index_shape, seen)


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
        return _nothing(shape, seen)

    entries, block_at = [], None
    for item in items:
        if item is None or item is Ellipsis or isinstance(item, bool):
            continue
        if block_at is None and isinstance(item, Block):
            block_at = len(entries)
        entries.append(item)
    if block_at is None:  # only True: an axis of extent 1 for the caller, nothing for the index
        if any(isinstance(entry, Outer) for entry in entries):
            index, index_shape = lay_out(entries)
            return Selection(index, index_shape, seen)
        index = tuple(entries)
        return Selection(index, tuple(length(entry) for entry in index), seen)
    array_shapes = [entry.positions.shape for entry in entries if isinstance(entry, Block)]
    index, index_shape = lay_out(entries, block_at if adjacent else 0, np.broadcast_shapes(*array_shapes))
    return Selection(index, index_shape, seen)


def _nothing(shape: tuple, seen: tuple) -> Selection:
    """No element at all, seen in a given shape."""
    if not shape:
        return Selection((), seen, seen)
    return Selection((EMPTY,) * len(shape), (0,) * len(shape), seen)


def _classify(item):
    """An item of the key as int, slice, None, Ellipsis, bool (a mask without axes), or an array of ints or bools."""
    kind = item.__class__
    if kind is int or kind is slice or item is None or item is Ellipsis or kind is bool:
        return item
    if isinstance(item, (str, bytes, float, complex)):
        raise IndexError(f"a subscript is an integer, a slice, `...`, None, or an array of integers or bools, not {item!r}")
    if not isinstance(item, (list, tuple)) and not hasattr(item, "__array__"):
        try:
            return operator.index(item)
        except TypeError:
            raise IndexError(
                f"a subscript is an integer, a slice, `...`, None, or an array of integers or bools, not a {kind.__name__}"
            ) from None
    array = np.asarray(item)
    if array.size == 0 and isinstance(item, (list, tuple)):
        array = array.astype(np.int64)
    if array.dtype.kind not in "iub":
        raise IndexError(f"an array used as subscript must hold integers or bools, not {array.dtype}")
    if array.ndim == 0:
        return array.item()
    return array


def _expand(shape: tuple, items: list) -> list:
    """Items that say what happens to each axis: checked, with the axes that were not mentioned, masks as positions.

    An Ellipsis stays as a mark before the axes it stands for, because it parts index arrays even where it stands for none.
    """
    used = 0
    ellipses = 0
    for item in items:
        if item is Ellipsis:
            ellipses += 1
        elif isinstance(item, np.ndarray) and item.dtype.kind == "b":
            used += item.ndim
        elif item is not None and not isinstance(item, bool):
            used += 1
    if ellipses > 1:
        raise IndexError("a subscript can have only one `...`")
    if used > len(shape):
        raise IndexError(f"too many subscripts: the array has {len(shape)} axes, but {used} were given")
    if not ellipses and used < len(shape):
        items = [*items, Ellipsis]
    out, axis = [], 0
    for item in items:
        kind = item.__class__
        if item is Ellipsis:
            unnamed = len(shape) - used
            out.append(Ellipsis)
            out.extend(whole(shape[axis : axis + unnamed]))
            axis += unnamed
        elif item is None or kind is bool:
            out.append(item)
        elif kind is int:
            out.append(_position(item, shape[axis], axis))
            axis += 1
        elif kind is slice:
            out.append(_resolve_slice(item, shape[axis]))
            axis += 1
        elif item.dtype.kind == "b":
            out.extend(_resolve_mask(item, shape, axis))
            axis += item.ndim
        else:
            out.append(Block(_resolve_positions(item, shape[axis], axis)))
            axis += 1
    return out


def _resolve_slice(item: slice, n: int):
    start, stop, step = item.indices(n)
    count = len(range(start, stop, step))
    if count == 0:
        return EMPTY
    if step > 0:
        return slice(start, stop, step)
    if count == 1:
        return slice(start, start + 1, 1)
    return Outer(np.arange(start, stop, step, dtype=np.int64))


def _resolve_mask(mask: np.ndarray, shape: tuple, axis: int) -> list:
    for offset, (n, given) in enumerate(zip(shape[axis:], mask.shape)):
        if n != given:
            raise IndexError(
                f"a boolean mask does not fit axis {axis + offset}: the axis has size {n}, the mask has {given} there"
            )
    return [Block(positions) for positions in mask.nonzero()]


def _resolve_positions(array: np.ndarray, n: int, axis: int) -> np.ndarray:
    if array.dtype.kind == "u" and array.size and int(array.max()) >= n:
        raise IndexError(f"index {int(array.max())} is out of bounds for axis {axis} with size {n}")
    positions = array.astype(np.int64)
    if positions.size:
        low, high = int(positions.min()), int(positions.max())
        if low < -n or high >= n:
            wrong = low if low < -n else high
            raise IndexError(f"index {wrong} is out of bounds for axis {axis} with size {n}")
        if low < 0:
            positions[positions < 0] += n
    return positions


def _slice_or_outer(entry):
    return entry if entry.__class__ is slice else Outer(entry)


def _extent(entry) -> int:
    return length(entry) if entry.__class__ is slice else entry.positions.shape[0]
