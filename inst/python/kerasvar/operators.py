"""The operator table and the promotion rule; no framework is named here.

Operands meet in the dtype of the JAX/Keras lattice (`dtypes.result_type`), the same on every
backend. What was worked out for a pair of dtypes is remembered, so that an operation costs the
framework's own call and a look in a table.
"""

import numpy as np

from . import backends, dtypes

__all__ = ["BINARY", "COMPARISONS", "UNARY", "Operators", "binary", "operand"]

# Python's method -> the operator's name in `Backend.operators`.
BINARY = {
    "add": "add",
    "sub": "subtract",
    "mul": "multiply",
    "truediv": "divide",
    "floordiv": "floor_divide",
    "mod": "remainder",
    "pow": "pow",
    "matmul": "matmul",
    "and": "logical_and",
    "or": "logical_or",
    "xor": "logical_xor",
}
COMPARISONS = {
    "eq": "equal",
    "ne": "not_equal",
    "lt": "less",
    "le": "less_equal",
    "gt": "greater",
    "ge": "greater_equal",
}
UNARY = {"neg": "negative", "pos": "positive", "abs": "abs", "invert": "bitwise_invert"}

_WEAK = frozenset((int, float, complex))
# The Python type that has a dtype's kind.
_PYTHON = {
    name: bool if name == "bool"
    else float if "float" in name
    else complex if "complex" in name
    else str if name == "string"
    else int
    for name in dtypes.ALLOWED
}  # fmt: skip
_LOGICAL = frozenset(("logical_and", "logical_or", "logical_xor", "logical_not"))

# (backend, operator, left dtype, right dtype) -> (function, dtype to compute in, dtype of the result)
_plans = {}


def _plan(backend, operator, left, right):
    if operator in _LOGICAL:
        meet = "bool"
    elif operator == "divide":
        meet = dtypes.result_type(left, right, float, backend=backend.name)
    else:
        meet = dtypes.result_type(left, right, backend=backend.name)
    compute = backend.prepare(operator, meet)
    result = None if compute == meet else meet
    if operator in ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal"):
        result = None
    plan = (backend.operators[operator], compute, result)
    _plans[backend, operator, left, right] = plan
    return plan


dtypes.config.on_floatx_change(_plans.clear)


def operand(backend, x):
    """`(tensor or Python number, dtype)` of an operand for `backend`; NotImplemented if it is none.

    Raises:
        TypeError: `x` belongs to another framework.
    """
    cls = type(x)
    if cls in _WEAK:
        return x, cls
    if backend.is_tensor(x):
        return x, backend.dtype(x)
    if cls is bool:
        return x, "bool"
    storage_backend = getattr(x, "_backend", None)
    if storage_backend is not None and hasattr(x, "_coerce"):
        if storage_backend is not backend:
            raise different_frameworks(backend, storage_backend)
        return x.value, x.dtype
    if isinstance(x, (np.ndarray, np.generic)):
        tensor = backend.tensor(np.asarray(x))
        return tensor, backend.dtype(tensor)
    if isinstance(x, (list, tuple)):
        dtype = dtypes.dtype_of_python(x, backend.name)
        return backend.tensor(np.asarray(x, dtypes.numpy_dtype(dtype)), dtype), dtype
    other = backends.owner(x)
    if other is not None:
        raise different_frameworks(backend, other)
    return NotImplemented, None


def different_frameworks(backend, other):
    """The error for a value of the backend `other` that meets one of `backend`."""
    return TypeError(
        f"Operands of two frameworks: {backend.name} and {other.name}. Nothing moves between "
        f"frameworks silently: convert one of them, e.g. with `variable.to_backend"
        f"({backend.name!r})` or through NumPy with `variable.numpy()`."
    )


def binary(backend, operator, left, left_dtype, right, right_dtype):
    """`operator` on two operands as `operand` gives them, one of which at least is a tensor."""
    try:
        function, compute, result = _plans[backend, operator, left_dtype, right_dtype]
    except KeyError:
        function, compute, result = _plan(backend, operator, left_dtype, right_dtype)
    if left_dtype != compute:
        left = _in_dtype(backend, left, left_dtype, compute)
    if right_dtype != compute:
        right = _in_dtype(backend, right, right_dtype, compute)
    value = function(left, right)
    return value if result is None else backend.cast(value, result)


def _in_dtype(backend, x, dtype, compute):
    if dtype in _WEAK or type(x) is bool:
        return backend.number(_PYTHON[compute](x), compute)
    return backend.cast(x, compute)


def _forward(operator):
    def method(self, other):
        backend = self._backend
        other, dtype = operand(backend, other)
        if other is NotImplemented:
            return NotImplemented
        return binary(backend, operator, self.value, self.dtype, other, dtype)

    return method


def _reflected(operator):
    def method(self, other):
        backend = self._backend
        other, dtype = operand(backend, other)
        if other is NotImplemented:
            return NotImplemented
        return binary(backend, operator, other, dtype, self.value, self.dtype)

    return method


def _in_place(operator):
    def method(self, other):
        self._accumulate(operator, other)
        return self

    return method


def _unary(operator):
    def method(self):
        return self._backend.operators[operator](self.value)

    return method


class Operators:
    """Python's operators for a class that has `_backend`, `value`, `dtype` and `_accumulate`.

    The results are tensors. `&`, `|` and `^` are the logical operations, as in Keras. `v += x` and
    its kin (arithmetic only) write to the variable; the result is cast to its dtype.
    """

    for _method, _operator in BINARY.items():
        locals()[f"__{_method}__"] = _forward(_operator)
        locals()[f"__r{_method}__"] = _reflected(_operator)
        if _operator not in _LOGICAL:
            locals()[f"__i{_method}__"] = _in_place(_operator)
    for _method, _operator in COMPARISONS.items():
        locals()[f"__{_method}__"] = _forward(_operator)
    for _method, _operator in UNARY.items():
        locals()[f"__{_method}__"] = _unary(_operator)
    del _method, _operator

    def __round__(self, ndigits=None):
        return self._backend.operators["round"](self.value, ndigits or 0)

    def _scalar(self, wanted):
        if self.shape != ():
            raise TypeError(
                f"Only a variable without axes can become a Python {wanted}. "
                f"The variable {self.path!r} has the shape {self.shape}."
            )
        return self._backend.host(self.value)[()]

    def __int__(self):
        return int(self._scalar("int"))

    def __float__(self):
        return float(self._scalar("float"))

    def __complex__(self):
        return complex(self._scalar("complex"))

    def __index__(self):
        if not dtypes.is_int_dtype(self.dtype):
            raise TypeError(
                f"Only a variable of integers can be an index; {self.path!r} is {self.dtype}."
            )
        return int(self._scalar("index"))

    def __bool__(self):
        raise TypeError(
            f"The variable {self.path!r} has no truth value; compare its elements or use `numpy()`."
        )
