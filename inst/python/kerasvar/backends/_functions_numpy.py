"""The functions of `base.FUNCTIONS` that NumPy has under another name, or with another meaning."""

import math

import numpy as np

__all__ = ["FUNCTIONS"]


def _gamma(x):
    return np.array([_gamma_of(value) for value in x.astype(np.float64).ravel().tolist()]).reshape(
        x.shape
    ).astype(x.dtype)


def _gamma_of(x):
    if math.isnan(x) or x == -math.inf or (x <= 0 and x == math.floor(x)):
        return math.nan
    try:
        return math.gamma(x)
    except OverflowError:
        return math.inf


def _mean(x, axis=None, keepdims=False):
    if 0 in x.shape:
        # NaN as everywhere; NumPy alone warns.
        with np.errstate(invalid="ignore"):
            return np.sum(x, axis=axis, keepdims=keepdims) / 0
    return np.mean(x, axis=axis, keepdims=keepdims)


FUNCTIONS = {
    "mean": _mean,
    "gamma": _gamma,
    "cumulative_sum": np.cumsum,
    "cumulative_prod": np.cumprod,
    "cumulative_max": lambda x, axis: np.maximum.accumulate(x, axis=axis),
    "cumulative_min": lambda x, axis: np.minimum.accumulate(x, axis=axis),
}
