"""What every draw goes through: arguments read, a stream of words, an array filled chunk by chunk.

Knows shapes and dtypes, and no distribution. Working memory is a few hundred kilobytes, whatever the
size of the draw.
"""

import numpy as np

from ..backends.tracing import AbstractArray
from ..dtypes import numpy_dtype, standardize_dtype
from .threefry import chunks


def read_dtype(dtype, default):
    """The NumPy dtype of an argument; Python's int and float are jax's 32-bit defaults."""
    return numpy_dtype(default if dtype is None else standardize_dtype(dtype, backend="numpy"))


def words(word0, word1, bit_width):
    """One unsigned integer of 8, 16, 32 or 64 bits from each pair of a stream's words."""
    if bit_width == 64:
        return (word0.astype(np.uint64) << np.uint64(32)) | word1
    word0 ^= word1
    return word0.astype(f"uint{bit_width}", copy=False)


def from_streams(keys, bit_width, shape, dtype, make):
    """An array of `shape` and `dtype` made of the streams of some keys; without values if they are.

    Args:
        keys: a sequence of keys, uint32 arrays of shape (2,).
        bit_width: the size of the unsigned integers that each stream gives.
        make: called as make(place, *drawn) for each chunk, with the slice of the flat result that
            it is for and an array of integers from each stream; returns the chunk's elements.
    """
    if isinstance(keys[0], AbstractArray):
        return AbstractArray(shape, dtype)
    out = np.empty(shape, dtype)
    flat = out.reshape(-1)
    for streams in zip(*(chunks(key, out.size) for key in keys)):
        start, stop = streams[0][:2]
        place = slice(start, stop)
        flat[place] = make(place, *(words(*stream[2:], bit_width) for stream in streams))
    return out


def parts_of(value, shape, name, argument):
    """A function from a slice to those elements of `value` broadcast to `shape`, flattened.

    A scalar stays one. Only the elements asked for are copied.

    Raises:
        ValueError: `value` does not broadcast to `shape`.
    """
    try:
        whole = np.broadcast_to(value, shape)
    except ValueError:
        raise ValueError(
            f"`{argument}` of {name}() must broadcast to the shape {tuple(shape)}. "
            f"Received: shape {np.shape(value)}"
        ) from None
    if np.ndim(value) == 0:
        return lambda place: value
    return lambda place: whole.flat[place]
