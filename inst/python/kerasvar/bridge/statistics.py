"""A variable or tensor in a few numbers, computed where it lives: only those numbers leave the device.

Text has no order and complex numbers have none either, so both are refused. Quantiles are the
linearly interpolated ones of NumPy (R's type 7), of the finite elements.
"""

import numpy as np

from .. import dtypes
from ..subscript import Selection, python_selection
from . import data

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
    zeros = _count(backend, backend.operators["equal"](flat, backend.constant(0, flat)))
    kept = backend.function("where")(finite, flat, backend.constant(0, flat))
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


def block_means(x, cells):
    """A matrix as at most `cells` by `cells` blocks of equal size (the last ones may be smaller).

    Returns:
        A dict: `values`, a float64 array with the mean of the finite elements of each block, NaN where
        a block has none (where a block is one element, that element); `rows` and `columns`, how many of
        the matrix a block spans.

    Raises TypeError for text and complex numbers, ValueError if `x` is no matrix.
    """
    backend, tensor = _tensor(x)
    shape = tuple(backend.shape(tensor))
    if len(shape) != 2:
        raise ValueError(f"Argument `x` must be a matrix. Received: shape {shape}")
    rows, columns = (max(1, -(-size // cells)) for size in shape)
    if 0 in shape:
        values = np.zeros((-(-shape[0] // rows), -(-shape[1] // columns)))
    elif (rows, columns) == (1, 1):
        values = np.asarray(backend.host(tensor)).astype(np.float64)
    else:
        wide = _as_floats(backend, tensor)
        finite = backend.function("isfinite")(wide)
        total = backend.function("where")(finite, wide, backend.constant(0, wide))
        sums = []
        for part in (total, backend.cast(finite, backend.dtype(wide))):
            part = _block_sums(backend, _block_sums(backend, part, 0, rows), 1, columns)
            sums.append(np.asarray(backend.host(part)).astype(np.float64))
        with np.errstate(invalid="ignore"):
            values = sums[0] / sums[1]
    return {"values": values, "rows": rows, "columns": columns}


def _block_sums(backend, x, axis, size):
    """The sums of each `size` rows (axis 0) or columns (axis 1), of what is left over the last."""
    shape = backend.shape(x)
    whole = shape[axis] // size * size
    before = (slice(None),) * axis

    def summed(start, stop, blocks):
        part = backend.select(x, python_selection(shape, (*before, slice(start, stop))))
        length = (stop - start) // blocks
        part = backend.function("reshape")(part, (*shape[:axis], blocks, length, *shape[axis + 1 :]))
        return backend.function("sum")(part, axis=axis + 1)

    parts = [summed(0, whole, whole // size)] if whole else []
    if whole < shape[axis]:
        parts.append(summed(whole, shape[axis], 1))
    return backend.function("concat")(parts, axis)


def _tensor(x):
    backend, tensor, dtype = data.tensor_of(x)
    if dtype == "string" or dtype.startswith("complex"):
        raise TypeError(f"Argument `x` must be of numbers that have an order. Received: {dtype}")
    return backend, backend.tensor(tensor)


def _flat_floats(x):
    backend, tensor = _tensor(x)
    return backend, _as_floats(backend, backend.function("reshape")(tensor, (-1,)))


def _as_floats(backend, tensor):
    dtype = backend.dtype(tensor)
    narrow = dtypes.is_float_dtype(dtype) and dtype != "float64"
    wide = "float32" if narrow else dtypes.result_type("float64", backend=backend.name)
    return tensor if dtype == wide else backend.cast(tensor, wide)


def _count(backend, mask):
    return int(backend.host(backend.function("sum")(backend.cast(mask, "int32"))))


def _sorted(backend, flat, finite):
    """Ascending, with what is not finite behind."""
    beyond = backend.constant(np.inf, flat)
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
