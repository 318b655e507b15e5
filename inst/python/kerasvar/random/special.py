"""The error function and its inverse, in float32 and float64, as XLA evaluates them.

The uniform bounds of a truncated normal, and every normal, pass through here, and in the tails a
last bit is magnified several hundred times: so the approximations, and the order in which they are
evaluated, are those of XLA's CPU compiler. Only additions, multiplications, divisions and square
roots are asked of NumPy, which IEEE 754 makes the same on every processor; the exceptions are the
libm's `log` and `erf` for float64, which XLA asks as well.

Sources: M. Giles, "Approximating the erfinv function" (GPU Computing Gems, 2011), both precisions;
S. Moshier's Cephes library for log1p and for log in float32; the rational approximation of erf in
float32 that Eigen documents.
"""

import math

import numpy as np

from .fma import horner32, horner64


def _float32(*numbers):
    return tuple(float(np.float32(number)) for number in numbers)


# Giles: erf_inv(x) = x p(w) with w = -log(1 - x x); central, then the tail in sqrt(w).
_CENTRAL32 = _float32(
    2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087,
    -0.00125372503, -0.00417768164, 0.246640727, 1.50140941,
)  # fmt: skip
_TAIL32 = _float32(
    -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773,
    -0.0076224613, 0.00943887047, 1.00167406, 2.83297682,
)  # fmt: skip
_CENTRAL64 = (
    -3.6444120640178196996e-21, -1.685059138182016589e-19, 1.2858480715256400167e-18,
    1.115787767802518096e-17, -1.333171662854620906e-16, 2.0972767875968561637e-17,
    6.6376381343583238325e-15, -4.0545662729752068639e-14, -8.1519341976054721522e-14,
    2.6335093153082322977e-12, -1.2975133253453532498e-11, -5.4154120542946279317e-11,
    1.051212273321532285e-09, -4.1126339803469836976e-09, -2.9070369957882005086e-08,
    4.2347877827932403518e-07, -1.3654692000834678645e-06, -1.3882523362786468719e-05,
    0.0001867342080340571352, -0.00074070253416626697512, -0.0060336708714301490533,
    0.24015818242558961693, 1.6536545626831027356,
)  # fmt: skip
_TAIL64 = (
    2.2137376921775787049e-09, 9.0756561938885390979e-08, -2.7517406297064545428e-07,
    1.8239629214389227755e-08, 1.5027403968909827627e-06, -4.013867526981545969e-06,
    2.9234449089955446044e-06, 1.2475304481671778723e-05, -4.7318229009055733981e-05,
    6.8284851459573175448e-05, 2.4031110387097893999e-05, -0.0003550375203628474796,
    0.00095328937973738049703, -0.0016882755560235047313, 0.0024914420961078508066,
    -0.0037512085075692412107, 0.005370914553590063617, 1.0052589676941592334,
    3.0838856104922207635,
)  # fmt: skip
_FAR_TAIL64 = (
    -2.7109920616438573243e-11, -2.5556418169965252055e-10, 1.5076572693500548083e-09,
    -3.7894654401267369937e-09, 7.6157012080783393804e-09, -1.4960026627149240478e-08,
    2.9147953450901080826e-08, -6.7711997758452339498e-08, 2.2900482228026654717e-07,
    -9.9298272942317002539e-07, 4.5260625972231537039e-06, -1.9681778105531670567e-05,
    7.5995277030017761139e-05, -0.00021503011930044477347, -0.00013871931833623122026,
    1.0103004648645343977, 4.8499064014085844221,
)  # fmt: skip

# Cephes: log1p(x) = x - x x / 2 + x x x P(x) / Q(x). It is meant for x above sqrt(1/2) - 1, but XLA
# uses it down to 1 - sqrt(2), where it is some units off in the last place; jax's normals show it.
_LOG1P_P = (
    4.5270000862445199635215e-5, 4.9854102823193375972212e-1, 6.5787325942061044846969,
    2.9911919328553073277375e1, 6.0949667980987787057556e1, 5.7112963590585538103336e1,
    2.0039553499201281259648e1,
)  # fmt: skip
_LOG1P_Q = (
    1.0, 1.5062909083469192043167e1, 8.3047565967967209469434e1, 2.2176239823732856465394e2,
    3.0909872225312059774938e2, 2.1642788614495947685003e2, 6.0118660497603843919306e1,
)  # fmt: skip
_LOG1P_P32, _LOG1P_Q32 = _float32(*_LOG1P_P), _float32(*_LOG1P_Q)
_LOG1P_NEAR = math.sqrt(2.0) - 1.0

# Cephes: log(1 + x) = x - x x / 2 + x x x R(x), R in three parts of degree 2.
_LOG32 = (
    _float32(7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1),
    _float32(-1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1),
    _float32(2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1),
)
_LN2_UPPER, _LN2_LOWER = _float32(0.693359375, -2.12194440e-4)

_ERF32_P = _float32(
    0.00022905065861350646, 0.0034082910107109506, 0.050955695062380861, 0.18520832239976145,
    1.128379143519084,
)  # fmt: skip
_ERF32_Q = _float32(
    -1.1791602954361697e-7, 0.000023547966471313185, 0.0010179625278914885, 0.014070470171167667,
    0.11098505178285362, 0.49746925110067538, 1.0,
)  # fmt: skip
# erf rounds to 1 from here on.
_ERF32_ONE = np.float32(3.832506856900711)


def erf(x):
    """The error function of a float32 or float64 array, elementwise, in its dtype."""
    if x.dtype == np.float64:
        return np.array([math.erf(v) for v in x.ravel().tolist()], np.float64).reshape(x.shape)
    saturated = np.abs(x) >= _ERF32_ONE
    inner = np.where(saturated, np.float32(0), x)
    square = (inner * inner).astype(np.float64)
    p = horner32(_ERF32_P, square).astype(np.float32)
    q = horner32(_ERF32_Q, square).astype(np.float32)
    return np.where(saturated, np.copysign(np.float32(1), x), inner * p / q)


def erf_inv(x):
    """The inverse error function of a 1-d float32 or float64 array within [-1, 1], in its dtype.

    Infinite at -1 and 1.
    """
    outermost = np.abs(x) == 1
    at_the_end = outermost.any()
    inner = np.where(outermost, x.dtype.type(0), x) if at_the_end else x
    w = -_log1p(-(inner * inner))
    if x.dtype == np.float32:
        p = _pieces(w, horner32, ((5.0, _CENTRAL32, 2.5), (np.inf, _TAIL32, 3.0)))
    else:
        p = _pieces(
            w,
            horner64,
            ((6.25, _CENTRAL64, 3.125), (16.0, _TAIL64, 3.25), (np.inf, _FAR_TAIL64, 5.0)),
        )
    p *= inner
    if at_the_end:
        p[outermost] = np.copysign(x.dtype.type(np.inf), x[outermost])
    return p


def _pieces(w, horner, pieces):
    """Giles' polynomials: the first one in w, which is nearly all, the others in sqrt(w)."""
    limit, coefficients, centre = pieces[0]
    p = horner(coefficients, (w - w.dtype.type(centre)).astype(np.float64)).astype(w.dtype)
    for next_limit, coefficients, centre in pieces[1:]:
        rows = np.flatnonzero((w >= limit) & (w < next_limit))
        shifted = np.sqrt(w[rows]) - w.dtype.type(centre)
        p[rows] = horner(coefficients, shifted.astype(np.float64))
        limit = next_limit
    return p


def _log1p(x):
    """log(1 + x) of a 1-d float32 or float64 array in (-1, 0]."""
    near = x > x.dtype.type(-_LOG1P_NEAR)
    far = ~near
    result = np.empty_like(x)
    if x.dtype == np.float32:
        result[near] = _log1p_near32(x[near])
        result[far] = _log32(x[far] + np.float32(1))
    else:
        result[near] = _log1p_near64(x[near])
        result[far] = [math.log(v) for v in (x[far] + 1.0).tolist()]
    return result


def _log1p_near64(x):
    square = x * x
    ratio = horner64(_LOG1P_P, x) / horner64(_LOG1P_Q, x)
    # Halving is exact: here, and in float32, a plain sum rounds as a fused one would.
    return x + ((x * square) * ratio - 0.5 * square)


def _log1p_near32(x):
    wide = x.astype(np.float64)
    square = x * x
    p = horner32(_LOG1P_P32, wide).astype(np.float32)
    ratio = p / horner32(_LOG1P_Q32, wide).astype(np.float32)
    return x + ((x * square) * ratio - np.float32(0.5) * square)


def _log32(y):
    """log of a float32 array of positive numbers."""
    mantissa, exponent = np.frexp(y)
    low = mantissa < np.float32(math.sqrt(0.5))
    exponent = (exponent - low).astype(np.float32)
    x = np.where(low, mantissa + mantissa, mantissa) - np.float32(1)
    square = x * x
    cube = square * x
    wide = x.astype(np.float64)
    parts = [horner32(part, wide) for part in _LOG32]
    wide_cube = cube.astype(np.float64)
    r = _step32(_step32(parts[0], wide_cube, parts[1]), wide_cube, parts[2])
    r = _step32(r, wide_cube, exponent * np.float32(_LN2_LOWER))
    mantissa_part = (x - np.float32(0.5) * square) + r.astype(np.float32)
    return _step32(exponent.astype(np.float64), _LN2_UPPER, mantissa_part).astype(np.float32)


def _step32(a, b, c):
    """a * b + c of float32 numbers held as float64, rounded to float32, held as float64."""
    return (a * b + c).astype(np.float32).astype(np.float64)
