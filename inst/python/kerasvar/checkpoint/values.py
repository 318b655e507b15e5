"""Values as the format holds them: which of its dtypes stands for which, and what it has none for.

Complex numbers are pairs of floats (a last axis of 2), text is JSON in bytes, keys of jax's are the
numbers that they are made of.
"""

import base64
import json
import math

import numpy as np

from ..dtypes import ALLOWED, numpy_dtype

__all__ = ["NAMES", "decode_text", "dtype_named", "encode", "is_encoded", "stored_as"]

# The format's names of dtypes. Its own reader for NumPy lacks the last three.
_DTYPES = {
    "BOOL": "bool",
    "U8": "uint8", "U16": "uint16", "U32": "uint32", "U64": "uint64",
    "I8": "int8", "I16": "int16", "I32": "int32", "I64": "int64",
    "F16": "float16", "F32": "float32", "F64": "float64", "C64": "complex64",
    "BF16": "bfloat16", "F8_E4M3": "float8_e4m3fn", "F8_E5M2": "float8_e5m2",
}  # fmt: skip
_PARTS = {"complex64": "float32", "complex128": "float64"}
NAMES = {name: stored for stored, name in _DTYPES.items() if name not in _PARTS}


def dtype_named(stored):
    """Our name of a dtype of the format, or the format's own where we have none."""
    return _DTYPES.get(stored, stored)


def stored_as(dtype, shape, text_size=None):
    """`(dtype, shape)` in the format, for a value of our `dtype` and `shape`."""
    if dtype == "string":
        return "U8", (text_size,)
    if dtype in _PARTS:
        return NAMES[_PARTS[dtype]], (*shape, 2)
    return NAMES[dtype], tuple(shape)


def is_encoded(dtype, shape, stored, stored_shape):
    """Whether a value of this dtype and shape is stored so."""
    if dtype not in ALLOWED or not (
        isinstance(shape, list) and all(type(n) is int and n >= 0 for n in shape)
    ):
        return False
    if dtype == "string":
        return stored == "U8" and len(stored_shape) == 1 and math.prod(shape) <= stored_shape[0]
    return stored_as(dtype, shape) == (stored, stored_shape)


def encode(array, dtype):
    """The bytes of a value, an array of uint8 with one axis, in row-major order."""
    if dtype == "string":
        text = json.dumps([_text(x) for x in array.ravel()])
        return np.frombuffer(text.encode(), np.uint8)
    # Of one axis before the view: some dtypes of one byte allow it only so.
    array = np.ascontiguousarray(array, numpy_dtype(dtype)).reshape(-1)
    return array.view(np.uint8)


def decode_text(data, shape):
    """The array of text that `encode` gave these bytes for; ValueError if it did not."""
    try:
        found = [_bytes(x) if isinstance(x, list) else x for x in json.loads(data)]
        if not all(isinstance(x, (str, bytes)) for x in found):
            raise ValueError
        return np.array([*found, None], object)[:-1].reshape(shape)
    except (ValueError, TypeError, IndexError, RecursionError):
        raise ValueError("its text cannot be read") from None


def _text(x):
    """A string for JSON: itself, or its bytes in base 64, in a list."""
    return [base64.b64encode(x).decode()] if isinstance(x, bytes) else str(x)


def _bytes(x):
    return base64.b64decode(x[0])
