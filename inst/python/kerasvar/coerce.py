"""The one way in: whatever is given as a value becomes an `Operand`, and is used as one from then on.

Python's values pass `operand`; a caller that knows more of its data makes the same record of them.
What an operand is for is said where it is used: beside a tensor in an operator (`beside`), or to be
stored (`into`). Frameworks are known by `backends` alone.
"""

from typing import NamedTuple

import numpy as np

from . import backends, dtypes, leaving, operators
from .dtypes import NUMBERS

_HOST = (np.ndarray, np.generic)


class Operand(NamedTuple):
    """A value, and what has to be known of it to compute with it or to store it."""

    value: object
    """A tensor of `backend`; where that is None, a NumPy array or a Python number."""

    dtype: object
    """The dtype's name; Python's bool, int, float or complex where it is weak, and gives way to the
    dtype that it meets."""

    backend: object = None
    """The `Backend` whose tensor it is; None for what may meet every backend."""

    vector: bool = False
    """Whether it has no axes of its own and is recycled along those that it meets; Python's never are."""

    @property
    def weak(self):
        """Whether it gives way to the dtype that it meets."""
        return self.dtype.__class__ is type

    @property
    def shape(self):
        """The shape, a tuple of int; () of a number."""
        return tuple(getattr(self.value, "shape", ()))

    def into(self, backend, dtype=None):
        """The value as a tensor of `backend` or a NumPy array, to be stored: from another framework it
        comes by way of the host. `dtype` is that of what it becomes, None for its own.

        Raises:
            ValueError: text for numbers, or numbers for text.
        """
        if dtype is not None and (self.dtype == "string") != (dtype == "string"):
            raise ValueError(f"Argument `value` is {_name(self.dtype)}, and the variable is {dtype}.")
        if self.backend is backend:
            return self.value
        if self.backend is not None:
            leaving.check(self.backend, self.value)
            return self.backend.host(self.value)
        if self.value.__class__ in NUMBERS:
            return np.asarray(self.value, dtypes.numpy_dtype(dtype or self.stored_dtype(backend)))
        return self.value

    def tensor(self, backend, dtype=None):
        """A tensor of `backend` with the value, in `dtype` (or its own) and memory of its own."""
        dtype = self.stored_dtype(backend) if dtype is None else backend.canonical_dtype(dtype)
        return backend.tensor(self.into(backend, dtype), dtype, copy=True)

    def stored_dtype(self, backend):
        """The dtype of a variable of `backend` that is made of it."""
        own = self.dtype
        if own.__class__ is type:
            own = dtypes.dtype_of_kinds({own})
        return backend.canonical_dtype(own)


def _of(value, dtype, backend=None):
    # A third of the cost of calling the class.
    return tuple.__new__(Operand, (value, dtype, backend, False))


def operand(x, stored=False, dtype=None):
    """The `Operand` of anything that has a value.

    Args:
        x: a number, text, a (nested) list of these, a NumPy array, a tensor of any framework, a
            Variable, or what has `__array__`.
        stored: a variable counts in its own dtype, out of reach of an autocast scope.
        dtype: the dtype of what it becomes, if that is known: Python's numbers are then rounded once.

    Raises:
        ValueError: it has no value, or a list holds something without one.
    """
    cls = x.__class__
    if cls in NUMBERS:
        return _of(x, cls)
    found = _tensor_operand(x, stored, dtype)
    if found is not None:
        return found
    if hasattr(x, "__array__"):
        return _of_array(np.asarray(x), dtype)
    return _of_python(x, dtype)


def beside(x, backend, stored=False):
    """`operand(x)` fit to stand beside a tensor of `backend`: its tensor, or a Python number.

    None if `x` is no operand.

    Raises:
        TypeError: it is another framework's: nothing moves between frameworks silently.
    """
    cls = x.__class__
    if cls in NUMBERS:
        return _of(x, cls)
    if isinstance(x, (list, tuple, str)):
        found = _of_python(x)
    else:
        found = _tensor_operand(x, stored)
        if found is None:
            number = next((n for n in (bool, int, float, complex) if isinstance(x, n)), None)
            # Of a class of its own, an IntEnum for instance.
            return None if number is None else _of(number(x), number)
    if found.backend is backend:
        return found
    if found.backend is not None:
        raise different_frameworks(backend, found.backend)
    if found.dtype == "string":
        # For the operator to refuse, where there is no text.
        return found
    dtype = backend.canonical_dtype(found.dtype)
    return _of(backend.tensor(found.value, dtype), dtype, backend)


def _tensor_operand(x, stored, dtype=None):
    if isinstance(x, operators.Array):
        if stored:
            return _of(x._read(live=True, cast=False), x._dtype, x._backend)
        return _of(x.value, x.dtype, x._backend)
    if isinstance(x, _HOST):
        return _of_array(np.asarray(x), dtype)
    backend = backends.backend_of(x)
    return None if backend is None else _of(x, backend.dtype(x), backend)


def _of_array(array, dtype=None):
    kind = array.dtype.kind
    if kind == "O" and not all(isinstance(item, (str, bytes)) for item in array.flat):
        return _of_python(array.tolist(), dtype)
    if kind in "OUST":
        return _of(array.astype(object), "string")
    return _of(array, dtypes.standardize_dtype(array.dtype))


def _of_python(x, wanted=None):
    """Of text or (nested) lists of numbers, text and tensors; of a number of a class of its own."""
    kinds = dtypes.kinds_of_python(x)
    dtype = dtypes.dtype_of_kinds(kinds)
    if wanted is not None and (wanted == "string") == (dtype == "string"):
        dtype = wanted
    if any(kind.__class__ is not type for kind in kinds):
        backend = _first_backend(x)
        if backend is not None:
            dtype = backend.canonical_dtype(dtype)
            return _of(_stacked(x, backend, dtype), dtype, backend)
    return _of(np.asarray(x, dtypes.numpy_dtype(dtype)), dtype)


def _first_backend(x):
    """The backend of the first tensor in nested lists; None if all are NumPy's arrays or numbers."""
    if not isinstance(x, (list, tuple)):
        return getattr(x, "_backend", None) or (
            None if isinstance(x, _HOST) else backends.backend_of(x)
        )
    return next((found for found in map(_first_backend, x) if found is not None), None)


def _stacked(x, backend, dtype):
    """Nested lists that hold tensors as one tensor, through which gradients flow; what is of another
    framework goes by way of the host."""
    if not isinstance(x, (list, tuple)):
        found = operand(x, stored=True)
        return backend.tensor(found.into(backend, dtype), dtype)
    parts = [_stacked(entry, backend, dtype) for entry in x]
    shapes = {backend.shape(part) for part in parts}
    if len(shapes) > 1:
        raise ValueError(f"A list must not be ragged. Received: parts of the shapes {sorted(shapes)}")
    reshape = backend.function("reshape")
    return backend.function("concat")([reshape(p, (1, *backend.shape(p))) for p in parts], 0)


def _name(dtype):
    return dtype.__name__ if dtype.__class__ is type else dtype


def different_frameworks(backend, other):
    """The error for a value of the backend `other` that meets one of `backend`."""
    return TypeError(
        f"Operands of two frameworks: {backend.name} and {other.name}. Nothing moves between "
        f"frameworks silently: convert one of them, e.g. with `variable.to_backend"
        f"({backend.name!r})` or through NumPy with `variable.numpy()`."
    )
