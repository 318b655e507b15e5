"""Draws of whole numbers: bits and integers in a range, bit for bit those of `jax.random`.

Knows integer dtypes; keys come checked from `keys`, random words from `stream`.
"""

import math

import numpy as np

from .stream import from_streams, parts_of, read_dtype
from .keys import check_shape, each_key, split


@each_key
def bits(key, shape=(), dtype=None):
    """Uniformly distributed bits, as `jax.random.bits` draws them.

    Args:
        key: uint32 array of shape (2,), or (..., 2) for several keys.
        shape: the shape of the result, a tuple of ints (or one int).
        dtype: "uint8", "uint16", "uint32" or "uint64"; None means uint32.

    Returns:
        NumPy array of that shape and dtype.

    Raises:
        TypeError: `key` is no key, or `shape` no shape.
        ValueError: `dtype` is no unsigned integer.
    """
    dtype = read_dtype(dtype, "uint32")
    if dtype.kind != "u":
        raise ValueError(f"`dtype` of bits() must be an unsigned integer. Received: {dtype}")
    shape = check_shape(shape, "bits")
    return from_streams([key], dtype.itemsize * 8, shape, dtype, lambda place, drawn: drawn)


@each_key
def randint(key, shape, minval, maxval, dtype=None):
    """Integers from [minval, maxval), as `jax.random.randint` draws them.

    The range is folded onto twice as many random bits as the dtype has, which is very slightly
    uneven unless its length is a power of 2. 8- and 16-bit integers are drawn as int32.

    Args:
        key: uint32 array of shape (2,), or (..., 2) for several keys.
        shape: the shape of the result, a tuple of ints (or one int).
        minval, maxval: integers or arrays that broadcast to `shape`; floats are truncated. Beyond
            the dtype's range they count as its ends, and a maxval above its largest number includes
            that. Where maxval <= minval the result is minval.
        dtype: any integer dtype; None means int32.

    Returns:
        NumPy array of that shape and dtype.

    Raises:
        TypeError: `key` is no key, `shape` no shape, `dtype` no integer, or a bound no real number.
        ValueError: a bound does not broadcast to `shape`.
    """
    dtype = read_dtype(dtype, "int32")
    if dtype.kind not in "iu":
        raise TypeError(f"`dtype` of randint() must be an integer. Received: {dtype}")
    shape = check_shape(shape, "randint")
    info = np.iinfo(dtype)
    drawn = dtype if info.bits >= 32 else np.dtype(np.int32)
    low, _ = _bound(minval, info.min, info.max, drawn, "minval")
    # The largest number plus one does not fit, except for an 8- or 16-bit one in an int32.
    reach = info.max if drawn == dtype else info.max + 1
    high, beyond = _bound(maxval, info.min, reach, drawn, "maxval")
    beyond &= drawn == dtype
    low, high, beyond = (
        parts_of(bound, shape, "randint", name)
        for bound, name in ((low, "minval"), (high, "maxval"), (beyond, "maxval"))
    )
    unsigned = np.dtype(f"uint{drawn.itemsize * 8}")

    def in_range(place, upper, lower):
        least, most = low(place), high(place)
        span = np.asarray(most.astype(unsigned) - least.astype(unsigned))
        span = np.where(most <= least, unsigned.type(1), span + beyond(place))
        return (least.astype(unsigned) + _fold(upper, lower, span)).astype(drawn)

    with np.errstate(over="ignore"):
        return from_streams(split(key), unsigned.itemsize * 8, shape, dtype, in_range)


def _fold(upper, lower, span):
    """(upper * 2**bits + lower) modulo span in wrapping arithmetic; span 0 means 2**bits."""
    whole = span == 0
    span = np.where(whole, span.dtype.type(1), span)
    half = span.dtype.type(1 << (span.itemsize * 4))
    # 2**bits modulo span, through its square root, which fits.
    multiplier = half % span
    multiplier = (multiplier * multiplier) % span
    offset = ((upper % span) * multiplier + lower % span) % span
    return np.where(whole, lower, offset)


def _bound(value, lowest, highest, dtype, name):
    """A bound clipped to [lowest, highest], in `dtype`, and where it was above."""
    array = np.asarray(value)
    if array.dtype.kind in "iu":
        held = np.iinfo(array.dtype)
        clipped = array.clip(max(lowest, held.min), min(highest, held.max))
        return clipped.astype(dtype), np.asarray(array > highest)
    # Python's own integers know no overflow: bools, floats, integers beyond 64 bits.
    try:
        exact = [math.trunc(v) for v in array.ravel().tolist()]
    except (TypeError, ValueError, OverflowError):
        raise TypeError(f"`{name}` of randint() must be integers. Received: {value!r}") from None
    clipped = np.array([min(max(v, lowest), highest) for v in exact], dtype)
    beyond = np.array([v > highest for v in exact], bool)
    return clipped.reshape(array.shape), beyond.reshape(array.shape)
