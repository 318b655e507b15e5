"""A variable or tensor in a few numbers, computed where it lives: only those numbers leave the device.

Text has no order and complex numbers have none either, so both are refused. Quantiles are the
linearly interpolated ones of NumPy (R's type 7), of the finite elements.
"""

import numpy as np

from .. import backends, dtypes
from ..subscript import Selection, python_selection
from ..variable import Variable

__all__ = ["counts", "summary", "thinned"]

QUARTILES = (0.0, 0.25, 0.5, 0.75, 1.0)


def summary(x):
    """Quartiles, mean, and how many elements are zero or not finite.

    Args:
        x: a Variable or a tensor, of numbers or bools.

    Returns:
        A dict: `size`, `zeros`, `not_finite`, `quartiles` (minimum, three quartiles and maximum of
        the finite elements; NaN if there are none) and `mean` (of the same).

    Raises:
        TypeError: text or complex numbers.
    """
    backend, flat = _flat_floats(x)
    size = int(flat.shape[0])
    if not size:
        return {"size": 0, "zeros": 0, "not_finite": 0, "quartiles": [np.nan] * 5, "mean": np.nan}
    finite = backend.function("isfinite")(flat)
    count = _count(backend, finite)
    zeros = _count(backend, backend.operators["equal"](flat, _constant(backend, flat, 0)))
    kept = backend.function("where")(finite, flat, _constant(backend, flat, 0))
    total = float(backend.host(backend.function("sum")(kept)))
    return {
        "size": size,
        "zeros": zeros,
        "not_finite": size - count,
        "quartiles": _quantiles(backend, _sorted(backend, flat, finite), count),
        "mean": total / count if count else np.nan,
    }


def counts(x, breaks):
    """How many finite elements lie in each of the intervals (breaks[i], breaks[i + 1]].

    The first interval has its lower end too. Raises what `summary` raises.
    """
    backend, flat = _flat_floats(x)
    breaks = np.asarray(breaks, np.float64)
    if not int(flat.shape[0]):
        return [0] * (len(breaks) - 1)
    finite = backend.function("isfinite")(flat)
    ordered, size = _sorted(backend, flat, finite), _count(backend, finite)
    # For each break, by bisection, how many elements are not beyond it.
    low, high = np.zeros(len(breaks), np.int64), np.full(len(breaks), size)
    while (low < high).any():
        middle = (low + high) // 2
        value = _at(backend, ordered, np.minimum(middle, size - 1))
        before = (value <= breaks) & (low < high)
        low, high = np.where(before, middle + 1, low), np.where(before | (low >= high), high, middle)
    low[0] = 0
    return np.diff(low).tolist()


def thinned(x, cells):
    """Every k-th row and column of a matrix, so that neither are more than `cells`.

    Returns:
        A float64 array. Raises TypeError for text and complex numbers, ValueError if `x` is no matrix.
    """
    backend, tensor = _tensor(x)
    shape = tuple(backend.shape(tensor))
    if len(shape) != 2:
        raise ValueError(f"Argument `x` must be a matrix. Received: shape {shape}")
    steps = tuple(slice(None, None, max(1, -(-size // cells))) for size in shape)
    chosen = backend.select(tensor, python_selection(shape, steps))
    return np.asarray(backend.host(chosen)).astype(np.float64)


def _tensor(x):
    variable = isinstance(x, Variable)
    backend = x._backend if variable else backends.backend_of(x)
    dtype = x.dtype if variable else backend.dtype(x)
    if dtype == "string" or dtype.startswith("complex"):
        raise TypeError(f"Argument `x` must be of numbers that have an order. Received: {dtype}")
    return backend, backend.tensor(x.value if variable else x)


def _flat_floats(x):
    backend, tensor = _tensor(x)
    dtype = backend.dtype(tensor)
    narrow = dtypes.is_float_dtype(dtype) and dtype != "float64"
    wide = "float32" if narrow else dtypes.result_type("float64", backend=backend.name)
    flat = backend.function("reshape")(tensor, (-1,))
    return backend, flat if dtype == wide else backend.cast(flat, wide)


def _constant(backend, like, value):
    dtype = backend.dtype(like)
    return backend.tensor(np.asarray(value, dtypes.numpy_dtype(dtype)), dtype)


def _count(backend, mask):
    return int(backend.host(backend.function("sum")(backend.cast(mask, "int32"))))


def _sorted(backend, flat, finite):
    """Ascending, with what is not finite behind."""
    beyond = _constant(backend, flat, np.inf)
    return backend.function("sort")(backend.function("where")(finite, flat, beyond), 0)


def _at(backend, ordered, positions):
    selection = Selection((positions.astype(np.int64),), positions.shape, positions.shape)
    return np.asarray(backend.host(backend.select(ordered, selection))).astype(np.float64)


def _quantiles(backend, ordered, count):
    if not count:
        return [np.nan] * len(QUARTILES)
    place = (count - 1) * np.asarray(QUARTILES)
    below = np.floor(place).astype(np.int64)
    values = _at(backend, ordered, np.concatenate([below, np.minimum(below + 1, count - 1)]))
    low, high = values[: len(place)], values[len(place) :]
    return (low + (high - low) * (place - below)).tolist()
