"""Multiply-add that rounds once, in NumPy.

XLA contracts `a * b + c` into one fused multiply-add wherever the processor has it, which decides
the last bit of what jax draws. NumPy has none, so it is put together here of additions and
multiplications, which IEEE 754 makes the same on every processor. Knows numbers only.
"""

import numpy as np

# The upper 26 bits of a float64's significand: the products of two halves are then exact (the last
# one to 2**-106 of the whole).
_UPPER = np.uint64(0xFFFFFFFFF8000000)


def halves(a):
    """float64 array -> two float64 arrays of at most 27 significant bits that add up to it."""
    upper = (a.view(np.uint64) & _UPPER).view(np.float64)
    return upper, a - upper


def fma64(a, b, c, b_halves=None):
    """a * b + c in float64, rounded once (but for one case in about 2**50).

    Args:
        a, b: float64 arrays of one shape.
        c: float64 array or scalar.
        b_halves: `halves(b)`, for a caller that needs them often.
    """
    a0, a1 = halves(a)
    b0, b1 = halves(b) if b_halves is None else b_halves
    product = a * b
    error = a0 * b0
    error -= product
    error += a0 * b1
    error += a1 * b0
    error += a1 * b1
    total = product + c
    # Knuth's two-sum: what the addition lost.
    shift = total - product
    error += (product - (total - shift)) + (c - shift)
    total += error
    return total


def horner64(coefficients, x):
    """The polynomial with these coefficients, highest first, at the float64 array `x`."""
    x_halves = halves(x)
    value = np.full_like(x, coefficients[0])
    for coefficient in coefficients[1:]:
        value = fma64(value, x, coefficient, x_halves)
    return value


def fma_narrow(a, b, c, dtype):
    """a * b + c in float32 or float16, rounded once; a, b, c are float64 holding such numbers.

    The product is exact in float64. The sum is not always; that is of no account unless it falls
    on the middle between two numbers of `dtype`, and then the lost part says where to go.
    """
    product = a * b
    total = product + c
    dropped = 52 - np.finfo(dtype).nmant
    middle = np.uint64(1 << (dropped - 1))
    tie = (total.view(np.uint64) & np.uint64((1 << dropped) - 1)) == middle
    if tie.any():
        shift = total - product
        lost = (product - (total - shift)) + (c - shift)
        beside = np.nextafter(total, np.copysign(np.inf, lost))
        total = np.where(tie & (lost != 0), beside, total)
    return total.astype(dtype)


def horner32(coefficients, x):
    """The polynomial in float32 steps at `x`, a float64 array that holds float32 numbers.

    Returns a float64 array that holds float32 numbers. Each step's product and sum round to
    float32 together, through float64: not the fused result in about one case of 2**29.
    """
    value = np.full_like(x, coefficients[0])
    rounded = np.empty(x.shape, np.float32)
    for coefficient in coefficients[1:]:
        value *= x
        value += coefficient
        rounded[...] = value
        value[...] = rounded
    return value
