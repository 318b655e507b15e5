"""Entries of a file: what is known of each, and its value, whole or a part, read when it is asked for."""

import math
import operator

import numpy as np

from ..dtypes import ALLOWED, numpy_dtype
from .values import decode_text

__all__ = ["ArrayEntry", "ChunkedEntry", "Entry", "selection"]

_BLOCK = 1 << 20


class Entry:
    """One entry.

    Attributes:
        dtype: our name of it, or that of the file where we have none.
        shape: a tuple of int.
        note: a dict of what is known besides, of a file of ours.
        size: of its bytes in the file.
    """

    def __init__(self, path, name, dtype, shape, note, size):
        self.path, self.name, self.dtype, self.shape = path, name, dtype, tuple(shape)
        self.note, self.size = note, size

    def read(self, index=...):
        """The value, or `value[index]`, as an array of the caller's own.

        Args:
            index: an int, slice, ..., or array of positions for each of the leading axes, as a tuple
                if there are several. Arrays select along their own axis each, as slices do.

        Raises:
            ValueError: it is damaged, or of a dtype that is not known here.
            IndexError: there is no such position.
        """
        self.check_dtype()
        if index is ...:
            return self._read_all()
        ranges, kept = selection(self.shape, index)
        return np.asarray(self._read_part(ranges)).reshape([len(r) for r, keep in zip(ranges, kept) if keep])

    def __getitem__(self, index):
        return self.read(index)

    def __repr__(self):
        return f"<Entry {self.name!r}, shape={self.shape}, dtype={self.dtype}>"

    def check_dtype(self):
        """Raises ValueError if the dtype is not known here."""
        if self.dtype not in ALLOWED:
            raise ValueError(
                f"`path`: the entry {self.name!r} of {self.path!r} has the dtype {self.dtype}, which is not known here. "
                f"What is known: {', '.join(ALLOWED)}. `only` reads other entries of the file."
            )

    def verify(self):
        """Raise ValueError if reading the value would. Nothing of it is kept."""
        self.check_dtype()

    def _read_all(self):
        raise NotImplementedError

    def _read_part(self, ranges):
        # With the `...`, an array also where it has no axes.
        return self._read_all()[(*np.ix_(*ranges), ...)]


class ArrayEntry(Entry):
    """An entry that another library reads: `read_part(ranges)` gives the selected part, or the whole for
    None."""

    def __init__(self, path, name, dtype, shape, size, read_part):
        super().__init__(path, name, dtype, shape, {}, size)
        self._get = read_part

    def _read_all(self):
        return self._get(None)

    def _read_part(self, ranges):
        return self._get(ranges)


class ChunkedEntry(Entry):
    """An entry of a safetensors file, whose bytes are `chunks`."""

    def __init__(self, path, name, dtype, shape, note, chunks):
        super().__init__(path, name, dtype, shape, note, chunks.size)
        self._chunks = chunks

    def verify(self):
        super().verify()
        if self.dtype == "string":
            self._read_all()
        else:
            self._chunks.verify()

    def _read_all(self):
        if self.dtype == "string":
            data = np.empty(self.size, np.uint8)
            self._chunks.read_into(data)
            return decode_text(data.tobytes(), self.shape)
        array = _aligned(self.shape, numpy_dtype(self.dtype))
        if array.size:
            self._chunks.read_into(array.reshape(-1).view(np.uint8))
        return array

    def _read_part(self, ranges):
        if self.dtype == "string":
            return super()._read_part(ranges)
        out = np.empty([len(r) for r in ranges], numpy_dtype(self.dtype))
        if out.size:
            self._gather(0, self.shape, ranges, out)
        return out

    def _gather(self, start, shape, ranges, out):
        """Fill `out` with the part `ranges` of what starts at the byte `start` and has this shape."""
        if not shape:
            self._read_at(start, out)
            return
        rows, below = ranges[0], ranges[1:]
        row = math.prod(shape[1:]) * out.dtype.itemsize
        whole = all(_is_all(r, size) for r, size in zip(below, shape[1:]))
        if whole and isinstance(rows, range) and rows.step == 1:
            self._read_at(start + rows.start * row, out)
        elif row > _BLOCK:
            for n, position in enumerate(rows):
                # With the `...`, a view of `out` also where one number is left.
                self._gather(start + int(position) * row, shape[1:], below, out[n, ...])
        else:
            # As many rows at once as a block has room for.
            at = 0
            while at < len(rows):
                block = np.asarray(rows[at : at + max(1, _BLOCK // row)])
                span = np.maximum.accumulate(block) - np.minimum.accumulate(block)
                block = block[(span + 1) * row <= max(_BLOCK, row)]
                first = int(block.min())
                found = np.empty((int(block.max()) - first + 1, *shape[1:]), out.dtype)
                self._read_at(start + first * row, found)
                out[at : at + len(block)] = found[np.ix_(block - first, *below)]
                at += len(block)

    def _read_at(self, start, out):
        self._chunks.read_into(out.reshape(-1).view(np.uint8), start)


def _aligned(shape, dtype):
    """An array whose memory a framework can take over: see `Backend.taken`."""
    size = math.prod(shape) * dtype.itemsize
    memory = np.empty(size + 64, np.uint8)
    start = -memory.ctypes.data % 64
    return memory[start : start + size].view(dtype).reshape(shape)


def _is_all(positions, size):
    return isinstance(positions, range) and positions == range(size)


def selection(shape, index):
    """`(ranges, kept)`: for each axis the positions, a range or an array of int, and whether it stays an axis.

    Raises IndexError for what selects nothing of this shape.
    """
    index = index if isinstance(index, tuple) else (index,)
    count = len(index) - sum(1 for i in index if i is ...)
    if count > len(shape) or count < len(index) - 1:
        raise IndexError(f"too many subscripts for the shape {tuple(shape)}: {index}")
    if count == len(index):
        index = (*index, ...)
    at = next(i for i, x in enumerate(index) if x is ...)
    index = (*index[:at], *[slice(None)] * (len(shape) - count), *index[at + 1 :])
    pairs = [_positions(size, i) for size, i in zip(shape, index)]
    return [r for r, _ in pairs], [keep for _, keep in pairs]


def _positions(size, index):
    if isinstance(index, slice):
        return range(*index.indices(size)), True
    if isinstance(index, range):
        index = np.asarray(index, np.intp)
    if isinstance(index, (list, np.ndarray)) and np.ndim(index) == 1:
        array = np.asarray(index)
        if array.dtype == bool and array.size == size:
            array = np.flatnonzero(array)
        if array.dtype.kind not in "iu" and array.size:
            raise IndexError(f"a subscript must be integers. Received: {index!r}")
        array = array.astype(np.intp)
        if array.size and (array.min() < -size or array.max() >= size):
            raise IndexError(f"a subscript is out of range for an axis of size {size}: {index!r}")
        return np.where(array < 0, array + size, array), True
    try:
        position = operator.index(index)
    except TypeError:
        raise IndexError(f"a subscript must be an integer, a slice or ... . Received: {index!r}") from None
    if not -size <= position < size:
        raise IndexError(f"the subscript {position} is out of range for an axis of size {size}")
    position %= size
    return range(position, position + 1), False
