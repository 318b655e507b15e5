"""Functions of an array language by one name and one signature on every backend: NumPy's.

The names: elementwise f(x): exp expm1 log log1p log2 log10 sqrt sin cos tan asin acos atan sinh cosh
tanh asinh acosh atanh floor ceil trunc sign lgamma gamma digamma trigamma isnan isinf isfinite;
reductions f(x, axis=None, keepdims=False): sum prod max min any all mean; along an axis f(x, axis):
cumulative_sum cumulative_prod cumulative_max cumulative_min sort flip; and where(c, a, b),
maximum(a, b), minimum(a, b), reshape(x, shape), permute_dims(x, axes), concat(tensors, axis),
broadcast_to(x, shape). A table lists what the framework calls otherwise, or has not; what it does
not list is the framework's own function of that name.
"""

import math

import numpy as np

__all__ = ["FUNCTIONS"]


def _elementwise(function):
    """`function` of a float for every element, computed in float64."""

    def apply(x):
        out = np.empty(x.shape, np.float64)
        flat = x.astype(np.float64).ravel()
        out.reshape(-1)[:] = [function(value) for value in flat.tolist()]
        return out.astype(x.dtype)

    return apply


def _is_pole(x):
    return x <= 0 and x == math.floor(x)


def _lgamma(x):
    if math.isinf(x) or _is_pole(x):
        return math.inf
    return math.lgamma(x)


def _gamma(x):
    if math.isnan(x) or x == -math.inf or _is_pole(x):
        return math.nan
    try:
        return math.gamma(x)
    except OverflowError:
        return math.inf


# Asymptotic series (Abramowitz and Stegun 6.3.18 and 6.4.12), good to 1e-16 from 10 on; smaller
# arguments climb there by recurrence, and those below 1/2 are reflected.
_DIGAMMA = (-1 / 12, 1 / 120, -1 / 252, 1 / 240, -1 / 132, 691 / 32760, -1 / 12)
_TRIGAMMA = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6)


def _digamma(x):
    if not math.isfinite(x):
        return x if x > 0 else math.nan
    if _is_pole(x):
        return math.nan
    if x < 0.5:
        return _digamma(1 - x) - math.pi / math.tan(math.pi * x)
    total = 0.0
    while x < 10:
        total -= 1 / x
        x += 1
    square = 1 / (x * x)
    series = 0.0
    for coefficient in reversed(_DIGAMMA):
        series = (series + coefficient) * square
    return total + math.log(x) - 0.5 / x + series


def _trigamma(x):
    if math.isnan(x):
        return x
    if math.isinf(x):
        return 0.0 if x > 0 else math.nan
    if _is_pole(x):
        return math.inf
    if x < 0.5:
        return (math.pi / math.sin(math.pi * x)) ** 2 - _trigamma(1 - x)
    total = 0.0
    while x < 10:
        total += 1 / (x * x)
        x += 1
    square = 1 / (x * x)
    series = 0.0
    for coefficient in reversed(_TRIGAMMA):
        series = (series + coefficient) * square
    return total + (1 + series) / x + square / 2


def _mean(x, axis=None, keepdims=False):
    if 0 in x.shape:
        # NaN as everywhere; NumPy alone warns.
        with np.errstate(invalid="ignore"):
            return np.sum(x, axis=axis, keepdims=keepdims) / 0
    return np.mean(x, axis=axis, keepdims=keepdims)


FUNCTIONS = {
    "mean": _mean,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "asinh": np.arcsinh,
    "acosh": np.arccosh,
    "atanh": np.arctanh,
    "lgamma": _elementwise(_lgamma),
    "gamma": _elementwise(_gamma),
    "digamma": _elementwise(_digamma),
    "trigamma": _elementwise(_trigamma),
    "cumulative_sum": np.cumsum,
    "cumulative_prod": np.cumprod,
    "cumulative_max": lambda x, axis: np.maximum.accumulate(x, axis=axis),
    "cumulative_min": lambda x, axis: np.minimum.accumulate(x, axis=axis),
    # NumPy has these names from version 2 on.
    "permute_dims": np.transpose,
    "concat": np.concatenate,
}
