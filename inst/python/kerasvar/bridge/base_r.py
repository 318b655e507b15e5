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

from .. import memory_order
from .coordinates import coordinates, names_of
from .positions import entry_of, host_subscript, one_position
from ..subscript.selection import EMPTY, Outer, Selection, fast_selection, lay_out, length, nothing, whole


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
        position = one_position(subscripts[0], total, None, names_of(dimnames, 0) if rank == 1 else None)
        index = _unravel(position, shape)
    else:
        index = tuple(
            [one_position(subscripts[axis], shape[axis], axis, names_of(dimnames, axis)) for axis in range(rank)]
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
        entry, mask = entry_of(subscript, n, axis, names_of(dimnames, axis), na)
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
    subscript = host_subscript(subscript)
    if rank and subscript.__class__ is np.ndarray:
        if subscript.dtype.kind == "b":
            if rank > 1 and subscript.shape == shape:
                return _mask(shape, subscript)
        elif subscript.ndim == 2 and subscript.shape[1] == rank:
            return coordinates(shape, subscript, dimnames, na)
    names = names_of(dimnames, 0) if rank == 1 else None
    entry, mask = entry_of(subscript, total, None, names, na)
    count = length(entry) if entry.__class__ is slice else entry.shape[0]
    if rank and count == 0:
        return nothing(shape, (0,))
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
        mask = memory_order.copied(mask, None, "F")
    index = mask.T.nonzero()[::-1]
    count = index[0].shape[0]
    if count == 0:
        return nothing(shape, (0,))
    return fast_selection(tuple(index), (count,), (count,))


def _unravel(position: int, shape: tuple) -> tuple:
    index = []
    for n in shape:
        position, here = divmod(position, n)
        index.append(here)
    return tuple(index)
