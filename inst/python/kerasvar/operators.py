"""The operator table and the promotion rule; no framework is named here.

Operands meet in the dtype of the JAX/Keras lattice (`dtypes.result_type`), the same on every
backend. What was worked out for a pair of dtypes is remembered, so that an operation costs the
framework's own call and a look in a table.
"""

import functools

import numpy as np

from . import coerce, dtypes
from .dtypes import NUMBERS

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

_LOGICAL = frozenset(("logical_and", "logical_or", "logical_xor", "logical_not"))
# What a Python integer beyond the range of the other operand's dtype comes to in a comparison: the
# same as this one with the nearest integer in range, (above, below).
_BEYOND = {
    "equal": ("greater", "less"),
    "not_equal": ("less_equal", "greater_equal"),
    "less": ("less_equal", "less"),
    "less_equal": ("less_equal", "less"),
    "greater": ("greater", "greater_equal"),
    "greater_equal": ("greater", "greater_equal"),
}
MIRRORED = {
    "less": "greater", "greater": "less", "less_equal": "greater_equal",
    "greater_equal": "less_equal", "equal": "equal", "not_equal": "not_equal",
}  # fmt: skip
# The Python type that has a dtype's kind.
_PYTHON = {
    name: bool if name == "bool"
    else float if "float" in name
    else complex if "complex" in name
    else str if name == "string"
    else int
    for name in dtypes.ALLOWED
}  # fmt: skip
_RANGES = {name: dtypes.integer_range(name) for name in dtypes.ALLOWED if _PYTHON[name] is int}

# (backend, operator, left dtype, right dtype)
#     -> (function, dtype to compute in, dtype to cast the result to or None, range of the integers)
_plans = {}
# (backend, operator, dtype) -> the first three of these
_unary_plans = {}


def _meeting(operator, left, right):
    """`(dtype in which the operands meet, whether it is the result's)`, before any cap."""
    if operator in _LOGICAL:
        return "bool", False
    if operator in _BEYOND:
        float8 = {d for d in (left, right) if d not in NUMBERS and d.startswith("float8")}
        if len(float8) == 1 and {left, right} <= float8 | {bool, int, float}:
            # Nothing is promoted: the two are of one type, or one is a number.
            return float8.pop(), False
        return dtypes.promote(left, right), False
    if operator == "divide":
        return dtypes.promote(left, right, float), True
    meet = dtypes.promote(left, right)
    if meet == "bool" and operator in ("floor_divide", "remainder", "pow"):
        # As in Keras on jax, and for the remainder everywhere: quotients of truth values are numbers.
        return "int32", True
    if meet == "int8" and operator == "matmul" and left == right:
        # As in Keras on every backend: sums of products of bytes leave a byte's range at once.
        return "int32", True
    return meet, True


def _plan(backend, operator, left, right):
    if operator == "matmul" and (left in NUMBERS or right in NUMBERS):
        raise ValueError("`matmul` needs operands with axes. Received: a number")
    if "string" in (left, right) and (left == right or operator in _LOGICAL):
        _check_defined(operator, "string")
    wide, of_result = _meeting(operator, left, right)
    _check_defined(operator, wide)
    meet = wide if backend.holds_64_bits else dtypes.narrow(wide)
    function, compute = backend.kernel(operator, meet)
    result = meet if of_result and compute != meet else None
    plan = (function, compute, result, _RANGES.get(meet))
    if wide == dtypes.narrow(wide) or wide in (left, right):
        # A 64-bit result of narrower operands is another when x64 is switched on or off.
        _plans[backend, operator, left, right] = plan
    return plan


def _check_defined(operator, dtype):
    kind = _PYTHON[dtype]
    undefined = {
        "subtract": kind is bool,
        "negative": kind is bool,
        "round": kind is bool,
        "floor_divide": kind is complex,
        "remainder": kind is complex,
        "bitwise_invert": kind not in (bool, int),
    }
    if undefined.get(operator) or kind is str and operator not in ("add", *_BEYOND):
        instead = " Use `^` or cast to an integer." if operator == "subtract" else ""
        raise TypeError(f"`{operator}` is not defined for {dtype}.{instead}")


dtypes.config.on_floatx_change(_plans.clear)


def binary(backend, operator, left, left_dtype, right, right_dtype):
    """`operator` on the values and dtypes of two operands, one of which at least is a tensor.

    In place of a Python number there may be a NumPy array with a Python type for its dtype: weak,
    as the numbers are.

    Raises:
        ValueError: the dtypes never promote; matmul with a number.
        TypeError: the operator is not defined for the dtype in which they meet.
        OverflowError: a Python integer is out of the range of that dtype (comparisons answer).
    """
    try:
        function, compute, result, limits = _plans[backend, operator, left_dtype, right_dtype]
    except KeyError:
        function, compute, result, limits = _plan(backend, operator, left_dtype, right_dtype)
    if right_dtype in NUMBERS:
        if limits is not None and not _fits(right, limits):
            return _beyond(backend, operator, left, left_dtype, right, limits)
        right = _number(backend, right, compute)
    elif right_dtype != compute:
        right = backend.cast(right, compute)
    if left_dtype in NUMBERS:
        if limits is not None and not _fits(left, limits):
            operator = MIRRORED.get(operator, operator)
            return _beyond(backend, operator, right, right_dtype, left, limits)
        left = _number(backend, left, compute)
    elif left_dtype != compute:
        left = backend.cast(left, compute)
    value = function(left, right)
    return value if result is None else backend.cast(value, result)


def _fits(x, limits):
    if x.__class__ is np.ndarray:
        return x.size == 0 or limits[0] <= x.min() and x.max() <= limits[1]
    return limits[0] <= x <= limits[1]


def _number(backend, x, dtype):
    if x.__class__ is np.ndarray:
        return backend.tensor(x.astype(dtypes.numpy_dtype(dtype)), dtype)
    return backend.number(_PYTHON[dtype](x), dtype)


def _beyond(backend, operator, x, dtype, number, limits):
    if operator not in _BEYOND or isinstance(number, np.ndarray):
        raise OverflowError(
            f"The number {number} is out of the range of the other operand, {dtype} "
            f"({limits[0]} to {limits[1]}). Cast that to a wider dtype."
        )
    above = number > limits[1]
    operator = _BEYOND[operator][0 if above else 1]
    return binary(backend, operator, x, dtype, limits[1] if above else limits[0], int)


def unary(backend, operator, x, dtype, *arguments):
    """`operator` on one tensor of `dtype`; `round` takes the number of decimals.

    Raises:
        TypeError: the operator is not defined for the dtype.
    """
    try:
        function, compute, result = _unary_plans[backend, operator, dtype]
    except KeyError:
        _check_defined(operator, dtype)
        function, compute = backend.kernel(operator, dtype)
        result = dtype if compute != dtype else None
        _unary_plans[backend, operator, dtype] = function, compute, result
    if result is None:
        return function(x, *arguments)
    return backend.cast(function(backend.cast(x, compute), *arguments), result)


def steady(compute):
    """The method of a variable `compute(self, other)`, which nobody writes to meanwhile where its value
    is a live object: a framework may move a value's memory when it is written."""

    @functools.wraps(compute)
    def method(self, other=None):
        storage = self._storage
        if storage is None or not storage.live:
            return compute(self, other)
        beside = other._storage if isinstance(other, Array) else None
        if beside is None or not beside.live:
            with storage.lock:
                return compute(self, other)
        # In one order everywhere, so that no two threads wait for each other.
        first, second = sorted((storage.lock, beside.lock), key=id)
        with first, second:
            return compute(self, other)

    return method


def _forward(operator):
    def method(self, other):
        backend = self._backend
        if other.__class__ in NUMBERS:
            return binary(backend, operator, self.value, self.dtype, other, other.__class__)
        other = coerce.beside(other, backend)
        if other is None:
            return NotImplemented
        return binary(backend, operator, self.value, self.dtype, other.value, other.dtype)

    return steady(method)


def _reflected(operator):
    def method(self, other):
        backend = self._backend
        other = coerce.beside(other, backend)
        if other is None:
            return NotImplemented
        return binary(backend, operator, other.value, other.dtype, self.value, self.dtype)

    return steady(method)


def _in_place(operator):
    def method(self, other):
        self._accumulate(operator, other)
        return self

    return method


def _unary(operator):
    return steady(lambda self, _: unary(self._backend, operator, self.value, self.dtype))


class Array:
    """What has Python's operators: a class that has `_backend`, `value`, `_read`, `_check_leaving`, `dtype`
    and `_accumulate`.

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

    @steady
    def __round__(self, ndigits=None):
        return unary(self._backend, "round", self.value, self.dtype, ndigits or 0)

    def _scalar(self, wanted):
        if self.shape != ():
            raise TypeError(
                f"Only a variable without axes can become a Python {wanted}. "
                f"The variable {self.path!r} has the shape {self.shape}."
            )
        return self._backend.host(self._read(live=False))[()]

    def __int__(self):
        return int(self._scalar("int"))

    def __float__(self):
        self._check_leaving()
        return float(self._scalar("float"))

    def __complex__(self):
        self._check_leaving()
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
