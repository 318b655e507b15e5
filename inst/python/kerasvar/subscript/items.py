"""The items of a key in Python's sense, each checked and made to say what happens to one axis."""

from __future__ import annotations

import operator

import numpy as np

from .selection import EMPTY, Block, Outer, whole


def position(i: int, n: int, axis: int) -> int:
    if 0 <= i < n:
        return i
    if -n <= i < 0:
        return i + n
    raise IndexError(f"index {i} is out of bounds for axis {axis} with size {n}")


def classify(item):
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


def expand(shape: tuple, items: list) -> list:
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
            out.append(position(item, shape[axis], axis))
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
    if count == 1:
        return slice(start, start + 1, 1)
    if step > 0:
        return slice(start, stop, step)
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
