"""The door for the caller's data: from a view of the caller's memory to a host array of a dtype.

Such a view is read-only or must be treated so, column-major, and gone as soon as the call returns:
whatever leaves here for longer is copied, once, by whoever stores it. Every value comes with a kind:

* `OBJECT`: a Python object (a variable, a tensor) or a Python number, which is weakly typed;
* `ARRAY`: data with axes and a dtype of their own;
* `VECTOR`: data without axes, as a 1-d array: weakly typed, and recycled where it meets an array;
* `VECTOR_TENSOR`: a 1-d tensor that the caller regards as a vector: of its own dtype, recycled.
"""

import numpy as np

from .. import backends, dtypes, operators

__all__ = ["ARRAY", "OBJECT", "VECTOR", "VECTOR_TENSOR", "WEAK", "count_missing", "host", "operand",
           "owner", "owner_of", "tensor", "weak_dtype"]

OBJECT, ARRAY, VECTOR, VECTOR_TENSOR = range(4)

# What stands for a missing value: the smallest int32, and a NaN with this number in its low half.
_NA_INTEGER = -(2**31)
_NA_REAL = 1954
WEAK = frozenset((int, float, complex))
"""The dtypes of data without axes that give way to what they meet."""
_OWN = {"f": float, "i": int, "b": "bool", "c": complex, "O": "string", "u": "uint8"}


def host(value, kind, dtype=None):
    """`(array, dtype)` of data of the kind `ARRAY` or `VECTOR`, checked for missing values.

    Args:
        value: the array, maybe a view of memory that is not ours.
        dtype: a dtype name; None for the data's own, which for a `VECTOR` follows floatx (floats
            and complex numbers) or is int32, bool, string or uint8.

    Returns:
        The array, not copied and not cast, and the dtype it should have.

    Raises:
        ValueError: missing values (says how many); a value that `dtype` cannot hold exactly, if it
            is an integer or bool.
    """
    value = _known(value)
    if dtype is None:
        dtype = weak_dtype(value) if kind == VECTOR else _name(value)
        if dtype.__class__ is type:
            dtype = dtypes.dtype_of_python(dtype())
    _refuse_missing(value, dtype)
    dtypes.check_exact_cast(value, dtype)
    return value, dtype


def tensor(backend, value, kind):
    """`(tensor of the backend or Python number, dtype or weak type)`: `value` as an operand.

    A `VECTOR` stays a host array: the dtype in which it meets the other operand is not known yet.
    """
    if kind == ARRAY:
        value, dtype = host(value, kind)
        value = backend.tensor(value, backend.canonical_dtype(dtype))
        return value, backend.dtype(value)
    if kind == VECTOR:
        value = _known(value)
        _refuse_missing(value)
        return value, weak_dtype(value)
    return operand(backend, value)


def operand(backend, value):
    """`operators.operand`, which also takes text and refuses what is neither."""
    tensor, dtype = operators.operand(backend, value)
    if tensor is not NotImplemented:
        return tensor, dtype
    if isinstance(value, str):
        return np.asarray(value, object), "string"
    raise TypeError(f"Expected a number, an array or a tensor. Received: {type(value).__name__}")


def weak_dtype(value):
    """The weak Python type, or the dtype's name, that a `VECTOR` has."""
    return "int64" if value.dtype == np.int64 else _OWN[value.dtype.kind]


def _name(value):
    return "string" if value.dtype.kind in "OUST" else dtypes.standardize_dtype(value.dtype)


def _known(value):
    # Bytes come as a dtype without arithmetic.
    return value.view(np.uint8) if value.dtype.type is np.void else value


def _refuse_missing(value, dtype=None):
    """`dtype` is what the data are to become, None if they only take part in an operation."""
    count = count_missing(value)
    if not count:
        return
    has = f"The data have {count} missing value{'s' if count > 1 else ''} (NA)"
    if dtype is None:
        raise ValueError(f"{has}, which tensors have not.")
    if value.dtype.kind in "fc" and dtype.startswith(("float", "bfloat", "complex")):
        raise ValueError(f'{has}. With `na = "nan"` each becomes NaN; nothing does so silently.')
    raise ValueError(f"{has}, and {dtype} has no missing values.")


def count_missing(value):
    """How many of the data are the caller's missing values."""
    kind = value.dtype.kind
    if value.size == 0:
        return 0
    if value.dtype == np.int32:
        return int((value == _NA_INTEGER).sum()) if value.min() == _NA_INTEGER else 0
    if value.dtype == np.float64:
        # A NaN anywhere makes the smallest NaN, in one pass.
        if not np.isnan(value.min()):
            return 0
        bits = np.ascontiguousarray(value[np.isnan(value)]).view(np.uint64)
        return int(((bits & np.uint64(0xFFFFFFFF)) == _NA_REAL).sum())
    if kind == "c":
        return max(count_missing(value.real), count_missing(value.imag))
    if kind == "O":
        return sum(item is None for item in value.flat)
    return 0


def owner(values, kinds):
    """The backend in which values meet: that of the first variable or tensor among them.

    NumPy's arrays meet those of any backend, so they decide only where nothing else does. The
    caller's data decide nothing.
    """
    found = None
    for value, kind in zip(values, kinds):
        if kind == ARRAY or kind == VECTOR:
            continue
        backend = getattr(value, "_backend", None)
        if backend is None:
            backend = backends.backend_of(value)
            if isinstance(value, np.ndarray):
                found = found or backend
                continue
        if backend is not None:
            return backend
    return found


def owner_of(x):
    """The backend of a variable or tensor."""
    return getattr(x, "_backend", None) or backends.backend_of(x)
