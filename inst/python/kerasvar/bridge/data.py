"""What R hands over: a value and its kind -> an `Operand`, the record that `coerce` makes of Python's values.

An R array reaches Python as a view of R's own memory: column-major, not to be written to, and gone as
soon as the call returns. Whatever is kept for longer is copied, once, by whoever stores it. The kind says
what R knows of the value and Python does not; it goes with the value, as the next argument, into every
function that takes data:

* `OBJECT`: a Python object (a variable, a tensor) or a number, which is weakly typed;
* `ARRAY`: data with a `dim`, of a dtype of their own;
* `VECTOR`: data without a `dim`, as an array of one axis: weakly typed, and recycled;
* `VECTOR_TENSOR`: a tensor of one axis that R regards as a vector: of its own dtype, recycled.
"""

import numpy as np

from .. import backends, coerce, dtypes
from ..coerce import Operand
from ..operators import Array

__all__ = ["ARRAY", "OBJECT", "VECTOR", "VECTOR_TENSOR", "backend_of", "operand", "settled", "stored",
           "tensor", "tensor_of", "together"]  # fmt: skip

OBJECT, ARRAY, VECTOR, VECTOR_TENSOR = range(4)

_NAMES = {array.dtype: name for name in dtypes.ALLOWED for array in [np.empty(0, dtypes.numpy_dtype(name))]}
_FLOATS = frozenset(filter(dtypes.is_float_dtype, dtypes.ALLOWED))
_COMPLEX = (complex, "complex64", "complex128")
# What stands for a missing value: the smallest int32, and a NaN with this number in its low half.
_NA_INTEGER = -(2**31)
_NA_REAL = 1954
# A vector of 64-bit integers was one before it came here, so it keeps its dtype.
_OF_VECTORS = {"f": float, "i": int, "b": "bool", "c": complex, "O": "string", "u": "uint8"}


def operand(value, kind):
    """The `Operand` of a value of R's; one that takes part in an operation, so nothing may be missing.

    Raises:
        ValueError: missing values (says how many).
        TypeError: an object that has no value.
    """
    if kind == ARRAY or kind == VECTOR:
        found = _of_data(value, kind)
        count = count_missing(found.value)
        if count:
            _refuse_missing(count, found.value.dtype)
        return found
    if kind == OBJECT and isinstance(value, Array):
        return Operand(value.value, value.dtype, value._backend)
    try:
        found = coerce.operand(value)
    except ValueError:
        raise TypeError(
            f"Expected a number, an array or a tensor. Received: {type(value).__name__}"
        ) from None
    return found._replace(vector=True) if kind == VECTOR_TENSOR else found


def _of_data(value, kind):
    dtype = value.dtype
    if dtype.type is np.void:
        # Bytes come as a dtype without arithmetic.
        value, dtype = value.view(np.uint8), np.dtype(np.uint8)
    if kind == VECTOR and dtype != np.int64:
        dtype = _OF_VECTORS[dtype.kind]
    else:
        dtype = "string" if dtype.kind in "OUST" else _NAMES[dtype]
    # A third of the cost of calling the class.
    return tuple.__new__(Operand, (value, dtype, None, kind == VECTOR))


# ---- to be stored ----------------------------------------------------------------------------


def stored(value, kind, dtype, backend):
    """`(NumPy array or tensor of the backend, dtype)` of a value that is to be stored as `dtype`.

    The array is not copied and not cast; that it can be cast without a change is made sure of.

    Args:
        dtype: a dtype name; None for the value's own, which for a `VECTOR` and a number follows floatx
            (floats and complex numbers) or is int32, bool, string or uint8.

    Raises:
        ValueError: missing values (says how many); a fraction, an infinity or a number out of range
            that is to become an integer or bool.
        TypeError: text for numbers, or numbers for text; an object that has no value.
    """
    if value.__class__ is float and value == value and dtype is not None and dtypes.is_float_dtype(dtype):
        return np.array(value, dtypes.numpy_dtype(dtype)), dtype
    found = _of_data(value, kind) if kind == ARRAY or kind == VECTOR else operand(value, kind)
    if dtype is None:
        dtype = found.stored_dtype(backend)
    elif (found.dtype == "string") != (dtype == "string"):
        raise TypeError(f"`value` must be {'text' if dtype == 'string' else 'numbers'} for {dtype}")
    if kind == ARRAY or kind == VECTOR:
        count = count_missing(found.value)
        if count:
            _refuse_missing(count, found.value.dtype, dtype)
    value = np.asarray(found.value) if found.backend is None else found.into(backend)
    if found.dtype != dtype and (dtype not in _FLOATS or found.dtype in _COMPLEX):
        _check_exact(value, backend, backend.canonical_dtype(dtype))
    return value, dtype


def _check_exact(value, backend, dtype):
    if not isinstance(value, np.ndarray):
        if backend.trace_state() is not None:
            # There may be no numbers yet; it is cast as the framework casts.
            return
        # The check needs the numbers themselves; what is written is small as a rule.
        value = backend.host(value)
    dtypes.check_exact_cast(value, dtype)


def tensor(value, kind, dtype, backend):
    """`stored`, as a tensor of `backend` in memory of its own."""
    value, dtype = stored(value, kind, dtype, backend)
    return backend.tensor(value, backend.canonical_dtype(dtype), copy=True)


def _refuse_missing(count, own, dtype=None):
    """`own` is NumPy's dtype of the data; `dtype` what they are to become, None if they only take part
    in an operation."""
    has = f"The data have {count} missing value{'s' if count > 1 else ''} (NA)"
    if dtype is None:
        raise ValueError(f"{has}, which tensors have not.")
    if own.kind in "fc" and dtype.startswith(("float", "bfloat", "complex")):
        raise ValueError(f'{has}. With `na = "nan"` each becomes NaN; nothing does so silently.')
    raise ValueError(f"{has}, and {dtype} has no missing values.")


def count_missing(value):
    """How many of the data are R's missing values."""
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


# ---- to meet others --------------------------------------------------------------------------


def backend_of(x):
    """The backend of a variable or tensor."""
    return getattr(x, "_backend", None) or backends.backend_of(x)


def value_of(x):
    """`(backend, tensor)` of a variable or tensor; TypeError for what is neither."""
    if isinstance(x, Array):
        return x._backend, x.value
    backend = backends.backend_of(x)
    if backend is None:
        raise TypeError(f"`x` must be a variable or a tensor, not a {type(x).__name__}")
    return backend, x


def tensor_of(x):
    """`(backend, tensor, dtype)` of a variable or tensor; TypeError for what is neither."""
    backend, tensor = value_of(x)
    return backend, tensor, x.dtype if tensor is not x else backend.dtype(x)


def together(values, kinds):
    """`(backend, operands)`: the values as operands, and the backend in which they meet.

    It is that of the first variable or tensor among them. NumPy's arrays meet those of any backend, so
    they decide only where nothing else does; R's data decide nothing. The operands are tensors of the
    backend, numbers, or weak arrays of the host, whose dtype is not known before they meet.

    Raises what `operand` raises, and TypeError for two frameworks.
    """
    operands = [operand(value, kind) for value, kind in zip(values, kinds)]
    backend = None
    for found in operands:
        backend = found.backend
        if backend is not None:
            break
    else:
        # What lives in the backend whose tensors are NumPy's arrays.
        for value, kind in zip(values, kinds):
            backend = None if kind == ARRAY or kind == VECTOR else backend_of(value)
            if backend is not None:
                break
    return backend, [_beside(found, backend) for found in operands]


def _beside(found, backend):
    if found.backend is backend or found.weak:
        return found
    if found.backend is not None:
        raise coerce.different_frameworks(backend, found.backend)
    if found.dtype == "string":
        return found
    dtype = backend.canonical_dtype(found.dtype)
    if dtype != found.dtype:
        dtypes.check_exact_cast(found.value, dtype)
    return found._replace(value=backend.tensor(found.value, dtype), dtype=dtype, backend=backend)


def settled(operands, backend):
    """The operands with R's numbers as what they count as beside integers.

    A whole number that meets integers counts as an integer; a fraction that meets integers of 32 bits
    or more is a float64 where the backend holds it, since a float32 would round the integers.
    """
    strong = [found.dtype for found in operands if not found.weak]
    integers = [dtype for dtype in strong if dtypes.is_int_dtype(dtype)]
    if not integers or any("float" in d or "complex" in d for d in strong):
        return operands
    widest = dtypes.promote(*integers)
    return [
        _beside_integers(found, widest, backend) if found.dtype is float else found for found in operands
    ]


def _beside_integers(found, dtype, backend):
    value = found.value
    wide = dtypes.numpy_dtype(dtype).itemsize >= 4
    # What a narrow dtype cannot hold stays an integer, for the operator to refuse.
    low, high = dtypes.integer_range(dtype if wide else "int64")
    low = min(low, _NA_INTEGER)
    if value.__class__ is float:
        if value.is_integer() and low <= value <= high:
            return found._replace(value=int(value), dtype=int)
    elif np.isfinite(value).all() and (np.trunc(value) == value).all():
        # As Python's numbers, which compare with integers exactly.
        if not value.size or low <= float(value.min()) and float(value.max()) <= high:
            beyond = value.size and value.max() >= 2**63
            return found._replace(value=value.astype(np.uint64 if beyond else np.int64), dtype=int)
    if wide:
        double = dtypes.result_type("float64", backend=backend.name)
        value = np.asarray(value, dtypes.numpy_dtype(double))
        return found._replace(value=backend.tensor(value, double), dtype=double, backend=backend)
    return found
