"""Draws of real numbers: uniform, normal, truncated normal, Bernoulli; those of `jax.random`.

Knows float dtypes; keys come checked from `keys`, random words from `stream`, the error function and
its inverse from `special`.
"""

import numpy as np

from .fma import fma64, fma_narrow
from .stream import from_streams, parts_of, read_dtype
from .keys import check_shape, each_key, split
from .special import erf, erf_inv

# The bits of the significand that are stored, which are the bits that a uniform number draws.
_STORED = {"float16": 10, "bfloat16": 7, "float32": 23, "float64": 52}


def _float_dtype(dtype, name):
    dtype = read_dtype(dtype, "float32")
    if dtype.name not in _STORED:
        raise ValueError(
            f"`dtype` of {name}() must be one of {', '.join(_STORED)}. Received: {dtype.name}"
        )
    return dtype


def _carrier(dtype):
    """The dtype that arithmetic is done in: float64 for itself, float32 for all the others."""
    return np.dtype(np.float64 if dtype == np.float64 else np.float32)


def _fill(key, shape, dtype, result_dtype, make):
    """An array of make(place, numbers in [0, 1)), the numbers with the resolution of `dtype`."""
    stored, carrier = _STORED[dtype.name], _carrier(dtype)
    # A significand of less than 8 bits is drawn from 8 bits, not from the dtype's 16.
    bit_width = 8 if stored < 8 else dtype.itemsize * 8
    scale = carrier.type(2.0**-stored)

    def scaled(place, drawn):
        unit = (drawn >> (bit_width - stored)).astype(carrier)
        unit *= scale
        return make(place, unit)

    return from_streams([key], bit_width, shape, result_dtype, scaled)


def _between(unit, low, high, dtype):
    """Numbers in [0, 1) moved to [low, high), rounded as XLA on a CPU rounds them.

    Args:
        unit: 1-d array as `_fill` makes it.
        low, high: arrays of `dtype`, either 0-d or of the same shape.
    """
    span = np.asarray(high - low)
    if dtype == np.float64:
        moved = fma64(unit, span, low)
    elif dtype.name == "bfloat16":
        # There is no bfloat16 arithmetic: product and sum are each rounded.
        moved = (unit * span.astype(np.float32)).astype(dtype) + low
    else:
        wide = (a.astype(np.float64) for a in (unit, span, low))
        moved = fma_narrow(*wide, dtype)
    return np.maximum(low, moved)


@each_key
def uniform(key, shape=(), dtype=None, minval=0.0, maxval=1.0):
    """Uniform numbers from [minval, maxval), as `jax.random.uniform` draws them.

    Where minval and maxval are not 0 and 1, `unit * (maxval - minval) + minval` rounds once in
    float16, float32 and float64, as XLA has it on processors with fused multiply-add for the dtype
    (which few have for float16).

    Args:
        key: uint32 array of shape (2,), or (..., 2) for several keys.
        shape: the shape of the result, a tuple of ints (or one int).
        dtype: "float16", "bfloat16", "float32" or "float64"; None means float32.
        minval, maxval: numbers or arrays that broadcast to `shape`; cast to `dtype`.

    Returns:
        NumPy array of that shape and dtype.

    Raises:
        TypeError: `key` is no key, or `shape` no shape.
        ValueError: `dtype` is none of these, or a bound does not broadcast to `shape`.
    """
    dtype = _float_dtype(dtype, "uniform")
    shape = check_shape(shape, "uniform")
    return _uniform(key, shape, dtype, minval, maxval)


def _uniform(key, shape, dtype, minval=0.0, maxval=1.0):
    low, high = np.asarray(minval).astype(dtype), np.asarray(maxval).astype(dtype)
    if low.ndim == 0 and high.ndim == 0 and low == 0 and high == 1:
        return _fill(key, shape, dtype, dtype, lambda place, unit: unit)
    low = parts_of(low, shape, "uniform", "minval")
    high = parts_of(high, shape, "uniform", "maxval")

    def make(place, unit):
        return _between(unit, low(place), high(place), dtype)

    return _fill(key, shape, dtype, dtype, make)


@each_key
def normal(key, shape=(), dtype=None):
    """Standard normal numbers, those of `jax.random.normal` to 2 units in the last place.

    Args:
        key: uint32 array of shape (2,), or (..., 2) for several keys.
        shape: the shape of the result, a tuple of ints (or one int).
        dtype: "float16", "bfloat16", "float32" or "float64", or "complex64" or "complex128", whose
            real and imaginary parts have variance 1/2; None means float32.

    Returns:
        NumPy array of that shape and dtype.

    Raises:
        TypeError: `key` is no key, or `shape` no shape.
        ValueError: `dtype` is none of these.
    """
    dtype = read_dtype(dtype, "float32")
    shape = check_shape(shape, "normal")
    if dtype.kind == "c":
        return _complex_normal(key, shape, dtype)
    return _normal(key, shape, _float_dtype(dtype, "normal"))


def _complex_normal(key, shape, dtype):
    part = np.dtype(f"float{dtype.itemsize * 4}")
    real, imaginary = (_normal(one, shape, part) for one in split(key))
    return (real.astype(dtype) + dtype.type(1j) * imaginary) / np.sqrt(part.type(2))


def _normal(key, shape, dtype):
    # The number next to -1: at -1 itself the result would be infinite.
    low = np.array(-1 + 2.0 ** -(_STORED[dtype.name] + 1), dtype)
    high = np.array(1, dtype)

    def make(place, unit):
        return _normal_of(_between(unit, low, high, dtype))

    return _fill(key, shape, dtype, dtype, make)


def _normal_of(drawn):
    """sqrt(2) times the inverse error function of numbers in [-1, 1]."""
    dtype = drawn.dtype
    inverse = erf_inv(drawn.astype(_carrier(dtype), copy=False)).astype(dtype, copy=False)
    return inverse * np.array(np.sqrt(2.0), dtype)


@each_key
def truncated_normal(key, lower, upper, shape=None, dtype=None):
    """Standard normal numbers from (lower, upper), as `jax.random.truncated_normal` draws them.

    To 2 units in the last place; out in the tails, beyond some 3, a unit in the last place of a
    uniform number is many in that of the normal one, and a processor on which XLA rounds otherwise
    than on the usual ones gives more.

    Args:
        key: uint32 array of shape (2,), or (..., 2) for several keys.
        lower, upper: numbers or arrays that broadcast to `shape`; cast to `dtype`.
        shape: the shape of the result; None means that of `lower` and `upper`.
        dtype: "float16", "bfloat16", "float32" or "float64"; None means float32.

    Returns:
        NumPy array of that shape and dtype.

    Raises:
        TypeError: `key` is no key, or `shape` no shape.
        ValueError: `dtype` is none of these, or a bound does not broadcast to `shape`.
    """
    name = "truncated_normal"
    dtype = _float_dtype(dtype, name)
    lower, upper = np.asarray(lower).astype(dtype), np.asarray(upper).astype(dtype)
    shape = _shape_or(shape, name, lower.shape, upper.shape)
    # Rounding must not lead out of the open interval.
    infinity = np.array(np.inf, dtype)
    first = parts_of(np.nextafter(lower, infinity), shape, name, "lower")
    last = parts_of(np.nextafter(upper, -infinity), shape, name, "upper")
    low = parts_of(_mass_below(lower), shape, name, "lower")
    high = parts_of(_mass_below(upper), shape, name, "upper")

    def make(place, unit):
        drawn = _normal_of(_between(unit, low(place), high(place), dtype))
        return np.minimum(np.maximum(drawn, first(place)), last(place))

    return _fill(key, shape, dtype, dtype, make)


def _mass_below(bound):
    """erf(bound / sqrt(2)) in the bound's dtype, 16-bit ones through float32."""
    scaled = bound / np.array(np.sqrt(2.0), bound.dtype)
    return np.asarray(erf(np.asarray(scaled).astype(_carrier(bound.dtype)))).astype(bound.dtype)


def _shape_or(shape, name, *bounds):
    if shape is not None:
        return check_shape(shape, name)
    try:
        return np.broadcast_shapes(*bounds)
    except ValueError:
        raise ValueError(
            f"the bounds of {name}() must broadcast together. "
            f"Received: shapes {' and '.join(map(str, bounds))}"
        ) from None


@each_key
def bernoulli(key, p=0.5, shape=None, mode="low"):
    """True with probability p, as `jax.random.bernoulli` draws it.

    Args:
        key: uint32 array of shape (2,), or (..., 2) for several keys.
        p: a float or float array that broadcasts to `shape`; an array's dtype is the one that is
            drawn in, a Python float's is float32.
        shape: the shape of the result; None means that of `p`.
        mode: "low", or "high" for twice the bits, which a p below 1e-7 needs.

    Returns:
        bool NumPy array.

    Raises:
        TypeError: `key` is no key, `shape` no shape, or `p` no float.
        ValueError: `p` does not broadcast to `shape`, or `mode` is neither.
    """
    if mode not in ("low", "high"):
        raise ValueError(f"`mode` of bernoulli() must be 'low' or 'high'. Received: {mode!r}")
    # np.float64 is a Python float too, but it says which one.
    p = np.asarray(p, np.float32) if type(p) is float else np.asarray(p)
    if p.dtype.name not in _STORED:
        raise TypeError(f"`p` of bernoulli() must be a float. Received: dtype {p.dtype}")
    shape = _shape_or(shape, "bernoulli", p.shape)
    below = parts_of(p, shape, "bernoulli", "p")
    if mode == "low":
        return _fill(key, shape, p.dtype, np.dtype(bool), lambda place, unit: unit < below(place))
    coarse_and_fine = _uniform(key, (2, *shape), p.dtype)
    step = p.dtype.type(2.0 ** -_STORED[p.dtype.name])
    # NumPy makes a scalar of an array without axes; [...] undoes that.
    return (coarse_and_fine[1] * step < p - coarse_and_fine[0])[...]
