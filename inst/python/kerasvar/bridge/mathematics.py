"""R's elementwise and running functions of one tensor.

Functions of the real line give floats for integers, as `/` does (`float_for`); those that keep whole numbers whole leave integers as they are; truth values count as integers. Running functions go
down the columns and give a vector: sums of integers run in int64 and products in float64, so that
they do not overflow, where the backend holds these.
"""

import math

import numpy as np

from .. import dtypes
from . import data
from .arithmetic import float_for, quietly
from .recycle import down_columns
from .widths import accumulator, check_numeric, orderable

__all__ = ["elementwise", "logarithm", "missing", "round_to", "running", "significant"]

_SMOOTH = frozenset((
    "sqrt", "exp", "expm1", "log", "log1p", "log2", "log10", "cos", "sin", "tan", "acos", "asin",
    "atan", "cosh", "sinh", "tanh", "acosh", "asinh", "atanh", "lgamma", "gamma", "digamma",
    "trigamma",
))  # fmt: skip
_WHOLE = frozenset(("floor", "ceil", "trunc"))
_SPECIAL = frozenset(("lgamma", "gamma", "digamma", "trigamma"))
_REAL_ONLY = _WHOLE | _SPECIAL | {"cospi", "sinpi", "tanpi", "sign"}


def elementwise(name, x):
    """The function `name` of every element; raises TypeError where the dtype has no such function."""
    backend, x, dtype = _operand(name, x)
    if dtype.startswith("complex") and name in _REAL_ONLY:
        raise TypeError(f"`{name}` is not defined for complex numbers.")
    with quietly():
        if name in _SMOOTH:
            x = _float(backend, x, dtype)
            dtype = backend.dtype(x)
            if name in _SPECIAL and dtype in ("float16", "bfloat16"):
                # Not every framework has these for half precision.
                x = backend.function(name)(backend.cast(x, "float32"))
                return backend.cast(x, dtype)
            return backend.function(name)(x)
        if name in _OF_PI:
            return _OF_PI[name](backend, _float(backend, x, dtype))
        if dtype == "bool":
            x, dtype = backend.cast(x, "int32"), "int32"
        if dtype.startswith("uint") and name in ("abs", "sign"):
            if name == "sign":
                x = backend.cast(backend.cast(x, "bool"), dtype)
            return backend.tensor(x, copy=True)
        if name == "abs":
            return backend.operators["abs"](x)
        if name in _WHOLE and dtypes.is_int_dtype(dtype):
            return backend.tensor(x, copy=True)
        return backend.function(name)(x)


def logarithm(x, base):
    """The logarithm to `base`, a number."""
    backend, x, dtype = _operand("log", x)
    x = _float(backend, x, dtype)
    with quietly():
        if base in (2, 10) and not dtype.startswith("complex"):
            return backend.function(f"log{int(base)}")(x)
        scale = np.log(np.float64(base))
        value = backend.operators["divide"](
            backend.function("log")(x), backend.number(float(scale), backend.dtype(x))
        )
    return value


def round_to(x, digits):
    """Rounded to `digits` places after the point, halves to even; negative digits before it."""
    backend, x, dtype = _operand("round", x)
    with quietly():
        if not dtypes.is_int_dtype(dtype) and dtype != "bool":
            return backend.operators["round"](x, digits)
        if digits >= 0 or dtype == "bool":
            return backend.tensor(x, "int32" if dtype == "bool" else None, copy=True)
        # Of an integer only the front digits are wanted, which a float64 has.
        wide = backend.cast(x, _double(backend))
        unit = 10.0**-digits
        wide = backend.operators["round"](_scaled(backend, wide, 1 / unit), 0)
        return backend.cast(_scaled(backend, wide, unit), dtype)


def significant(x, digits):
    """Rounded to `digits` significant digits (at least one)."""
    backend, x, dtype = _operand("signif", x)
    if dtype.startswith("complex"):
        raise TypeError("`signif` is not defined for complex numbers.")
    digits = max(int(digits), 1)
    with quietly():
        wide = backend.cast(x, _double(backend))
        function, operators = backend.function, backend.operators
        one = function("where")(_is(backend, wide, "isfinite"), wide, backend.constant(1.0, wide))
        one = function("where")(operators["equal"](one, backend.constant(0.0, one)),
                                backend.constant(1.0, one), one)
        places = function("floor")(function("log10")(operators["abs"](one)))
        exponent = operators["subtract"](places, backend.constant(digits - 1.0, places))
        # Multiplying by a power of ten above one is exact where multiplying by 0.1 is not.
        ten = backend.constant(10.0, wide)
        up = operators["pow"](ten, function("maximum")(exponent, backend.constant(0.0, wide)))
        down = operators["pow"](
            ten, function("maximum")(operators["negative"](exponent), backend.constant(0.0, wide))
        )
        scaled = operators["multiply"](operators["divide"](one, up), down)
        rounded = operators["round"](scaled, 0)
        rounded = operators["divide"](operators["multiply"](rounded, up), down)
        keep = operators["logical_and"](
            _is(backend, wide, "isfinite"), operators["not_equal"](wide, backend.constant(0.0, wide))
        )
        return backend.cast(function("where")(keep, rounded, wide), "int32" if dtype == "bool" else dtype)


def running(name, x):
    """The running "sum", "prod", "max" or "min" down the columns, a vector."""
    backend, x, dtype = _operand(f"cum{name}", x)
    if name in ("max", "min"):
        if dtype.startswith("complex"):
            raise TypeError(f"`cum{name}` is not defined for complex numbers.")
        target = "int32" if dtype == "bool" else dtype
    else:
        target = accumulator(backend, name, dtype)
    computed = orderable(backend, target) if name in ("max", "min") else target
    x = backend.cast(x, computed) if computed != dtype else x
    with quietly():
        x = backend.function(f"cumulative_{name}")(down_columns(backend, x), 0)
    return x if computed == target else backend.cast(x, target)


def missing(name, x):
    """Whether each element is "isnan", "isinf", "isfinite", a tensor of bool."""
    backend, x, dtype = data.tensor_of(x)
    if dtype == "string" or dtype == "bool" or dtypes.is_int_dtype(dtype):
        shape = backend.shape(x)
        return backend.tensor(np.full(shape, name == "isfinite" and dtype != "string"))
    return _is(backend, x, name)


# -- the parts


def _operand(name, x):
    backend, x, dtype = data.tensor_of(x)
    check_numeric(name, dtype)
    return backend, x, dtype


def _float(backend, x, dtype):
    target = float_for(backend, dtype)
    return x if target == dtype else backend.cast(x, target)


def _double(backend):
    return dtypes.result_type("float64", backend=backend.name)


def _scaled(backend, x, factor):
    # Dividing by a whole power of ten is exact where multiplying by its inverse is not.
    name, number = ("multiply", factor) if factor >= 1 else ("divide", 1 / factor)
    return backend.operators[name](x, backend.number(float(number), backend.dtype(x)))


def _is(backend, x, name):
    if backend.dtype(x).startswith("float8"):
        x = backend.cast(x, "float32")
    return backend.function(name)(x)


# In half turns, so that zeros and ones are exact: sin is only ever asked for angles of at most a
# quarter turn either way.


def _sinpi(backend, x):
    operators, one = backend.operators, backend.constant(1.0, x)
    turned = _within_a_turn(backend, x)
    size = operators["abs"](turned)
    size = backend.function("minimum")(size, operators["subtract"](one, size))
    return operators["multiply"](backend.function("sign")(turned), _sin_of(backend, size))


def _cospi(backend, x):
    half = backend.constant(0.5, x)
    size = backend.operators["abs"](_within_a_turn(backend, x))
    return _sin_of(backend, backend.operators["subtract"](half, size))


def _within_a_turn(backend, x):
    """`x` less an even number, between -1 and 1."""
    operators, two = backend.operators, backend.constant(2.0, x)
    turns = operators["round"](operators["divide"](x, two), 0)
    return operators["subtract"](x, operators["multiply"](two, turns))


def _sin_of(backend, halves):
    return backend.function("sin")(
        backend.operators["multiply"](halves, backend.constant(math.pi, halves))
    )


_OF_PI = {
    "cospi": _cospi,
    "sinpi": _sinpi,
    "tanpi": lambda backend, x: backend.operators["divide"](_sinpi(backend, x), _cospi(backend, x)),
}
