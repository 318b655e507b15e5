"""R's operators: recycling first, then the operator table.

What meets in which dtype is told by `operators`, with a few rules on top that make the answers R's:

* truth values count as integers (TRUE + TRUE is 2);
* `/` and `^` of integers are floats: float64 for integers of 32 bits or more, where the backend holds it;
* a whole number that meets integers counts as one (`data.settled`);
* `%/%` and `%%` of integers by zero are errors: there is no integer for the answer;
* an integer compared with a number that its dtype cannot hold is compared in a wider one;
* complex numbers have no order, text has nothing but equality.

Shapes: a vector is recycled down the columns of what it meets and must fit a whole number of times;
arrays of equal shape meet elementwise, others as NumPy broadcasts them.
"""

import math

import numpy as np

from .. import dtypes, operators
from . import data
from .recycle import recycle

__all__ = ["against", "binary", "check_shapes", "float_for", "quietly", "unary"]

_ARITHMETIC = frozenset(("add", "subtract", "multiply", "floor_divide", "remainder"))
_ORDER = frozenset(("less", "less_equal", "greater", "greater_equal"))
_COMPARISON = _ORDER | {"equal", "not_equal"}
_LOGICAL = frozenset(("logical_and", "logical_or"))
_WHOLE = frozenset(("floor_divide", "remainder"))
_REAL = frozenset(("divide", "pow"))
_NARROW = frozenset(("int8", "int16", "uint8", "uint16", "uint32", "uint64"))

# What the operators are called where the messages are read.
_SYMBOLS = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/", "pow": "^", "remainder": "%%",
            "floor_divide": "%/%", "equal": "==", "not_equal": "!=", "less": "<", "less_equal": "<=",
            "greater": ">", "greater_equal": ">=", "logical_and": "&", "logical_or": "|"}  # fmt: skip

_rules = {}


def quietly():
    """A context in which NumPy does not warn that 1/0 is infinite and 0/0 not a number."""
    return np.errstate(all="ignore")


def binary(name, left, right, left_kind=data.OBJECT, right_kind=data.OBJECT):
    """`left <name> right`, a tensor; `name` is one of `Backend.operators`.

    Args:
        left, right: at least one is a variable or a tensor; their kinds are those of `data`.

    Raises:
        TypeError: operands of two frameworks; an operator that the dtypes do not have.
        ValueError: shapes that do not fit, missing values, a division of integers by zero.
    """
    backend, (left, right) = data.together((left, right), (left_kind, right_kind))
    if left.vector or right.vector:
        left, right = _recycled(left, right)
    else:
        check_shapes(left.shape, right.shape)
    return _operate(backend, name, left, right)


def _operate(backend, name, left, right):
    try:
        rule = _rules[name, left.dtype, right.dtype]
    except KeyError:
        rule = _rules[name, left.dtype, right.dtype] = _rule(name, left.dtype, right.dtype)
    with np.errstate(all="ignore"):
        return rule(backend, name, left, right)


def _by_table(backend, name, left, right):
    return operators.binary(backend, name, left.value, left.dtype, right.value, right.dtype)


def unary(name, x):
    """`-x` ("negative"), `+x` ("positive") or `!x` ("logical_not"), a tensor.

    The negative of unsigned integers is signed and wide enough (int64 for uint32). Raises TypeError
    for text, and for the negative of uint64.
    """
    backend, x, dtype = data.tensor_of(x)
    if dtype == "string":
        raise TypeError("Text has no arithmetic.")
    if name == "logical_not":
        x = x if dtype == "bool" else backend.cast(x, "bool")
    elif dtype == "bool":
        x = backend.cast(x, "int32")
    elif name == "negative" and dtype.startswith("uint"):
        # A negative number, and not what is left of it modulo 2**8.
        if dtype == "uint64":
            raise TypeError("`-` of uint64 has no dtype that holds it; cast it to a float first.")
        signed = "int64" if dtype == "uint32" else "int32"
        x = backend.cast(x, dtypes.result_type(signed, backend=backend.name))
    elif name == "positive":
        # On some frameworks `+x` is x itself, which a later write would change.
        return backend.tensor(x, copy=True)
    with quietly():
        return backend.operators[name](x)


# -- shapes


def check_shapes(left, right):
    """Raise ValueError if NumPy does not broadcast the two shapes."""
    if left == right or not left or not right:
        return
    for a, b in zip(reversed(left), reversed(right)):
        if a != b and a != 1 and b != 1:
            raise ValueError(
                f"The arrays do not fit: shapes {left} and {right} are neither equal "
                "nor can they be broadcast."
            )


def _recycled(left, right):
    if left.vector and right.vector:
        shape = (_common_length(math.prod(left.shape), math.prod(right.shape)),)
        return against(left, shape), against(right, shape)
    if left.vector:
        return against(left, right.shape), right
    return left, against(right, left.shape)


def _common_length(a, b):
    if 0 in (a, b):
        return 0
    if max(a, b) % min(a, b):
        raise ValueError(f"The longer length ({max(a, b)}) is no multiple of the shorter ({min(a, b)}).")
    return max(a, b)


def against(vector, shape):
    """An operand recycled down the columns of a shape, or fit to be broadcast to the same effect.

    Raises ValueError if its length does not fit a whole number of times.
    """
    if not shape or not vector.shape:
        return vector
    size, given = math.prod(shape), math.prod(vector.shape)
    if size and (given == 0 or size % given):
        raise ValueError(
            f"A vector of length {given} does not fit the shape {shape}: {size} elements are no "
            "multiple of it."
        )
    return vector._replace(value=recycle(vector.value, shape, vector.backend), vector=False)


# -- dtypes


def _letter(dtype):
    if dtype.__class__ is type:
        return {int: "i", float: "f", complex: "c", bool: "b"}[dtype]
    if "int" in dtype:
        return "i"
    return dtype[0] if dtype[0] in "bcs" and not dtype.startswith("bf") else "f"


def _rule(name, left, right):
    """What computes the operator for two dtypes: a function of the backend, the name and the operands."""
    letters = {_letter(left), _letter(right)}
    strong = {_letter(dtype) for dtype in (left, right) if dtype.__class__ is not type}
    if "s" in letters and (name not in ("equal", "not_equal") or letters != {"s"}):
        return _refuse("Text has no arithmetic and no order (`{}`).")
    if "c" in letters and (name in _ORDER or name in _WHOLE):
        return _refuse("Complex numbers have no `{}`.")
    if name in _LOGICAL:
        return _by_table
    if name in _COMPARISON:
        if strong <= {"b", "i"} and {int, float} & {left, right}:
            return _compare_with_numbers
        return _as_integers if letters == {"b"} and name in _ORDER else _by_table
    if strong == {"i"} and float in (left, right):
        return _settle
    if name in _REAL:
        return _as_floats if letters <= {"b", "i"} else _by_table
    if name in _WHOLE and letters <= {"b", "i"}:
        return _not_by_zero
    if letters == {"b"}:
        return _as_integers
    if strong == {"i"} and int in (left, right) and {left, right} & _NARROW:
        return _in_range
    return _by_table


def _refuse(message):
    def refuse(backend, name, *_):
        raise TypeError(message.format(_SYMBOLS[name]))

    return refuse


def _cast(backend, x, dtype):
    """An operand as `dtype`, a dtype name; a number or weak array as the Python type of that kind."""
    if not x.weak:
        return x if x.dtype == dtype else x._replace(value=backend.cast(x.value, dtype), dtype=dtype)
    kind = {"i": int, "f": float}[_letter(dtype)]
    if isinstance(x.value, np.ndarray):
        array = x.value.astype(float) if kind is float else x.value
        return x._replace(value=array, dtype=kind)
    return x._replace(value=kind(x.value), dtype=kind)


def _settle(backend, name, left, right):
    left, right = data.settled((left, right), backend)
    if float in (left.dtype, right.dtype):
        return _by_table(backend, name, left, right)
    return _rule(name, left.dtype, right.dtype)(backend, name, left, right)


def _as_integers(backend, name, left, right):
    return _by_table(backend, name, _cast(backend, left, "int32"), _cast(backend, right, "int32"))


def _as_floats(backend, name, left, right):
    target = float_for(backend, *(x.dtype for x in (left, right) if not x.weak))
    return _by_table(backend, name, _cast(backend, left, target), _cast(backend, right, target))


def float_for(backend, *own):
    """The dtype of what a function of the real line gives for these dtypes: a float's own, float64 for
    integers of 32 bits or more, where the backend holds it, and floatx for narrower ones."""
    meet = dtypes.result_type(*own, backend=backend.name)
    if dtypes.is_int_dtype(meet) and dtypes.numpy_dtype(meet).itemsize >= 4:
        return dtypes.result_type("float64", backend=backend.name)
    return dtypes.result_type(meet, float, backend=backend.name)


def _not_by_zero(backend, name, left, right):
    if "b" in (_letter(left.dtype), _letter(right.dtype)):
        left, right = _cast(backend, left, "int32"), _cast(backend, right, "int32")
    zeros = right.value == 0
    if right.backend is not None:
        zeros = backend.host(zeros)
    if np.any(zeros):
        raise ValueError("An integer divided by zero is no integer; convert one side to a float.")
    return _in_range(backend, name, left, right)


def _in_range(backend, name, left, right):
    for x, other in ((left, right), (right, left)):
        if x.dtype is int and other.dtype in _NARROW:
            dtypes.check_exact_cast(x.value, other.dtype)
    return _by_table(backend, name, left, right)


# -- integers compared with numbers

# For a fraction the nearest integer that gives the same answer.
_ROUND = {"less": np.ceil, "less_equal": np.floor, "greater": np.floor, "greater_equal": np.ceil,
          "equal": np.floor, "not_equal": np.floor}  # fmt: skip


def _compare_with_numbers(backend, name, left, right):
    """Integers, or truth values, and R's numbers, whatever they are: neither are rounded."""
    if left.weak:
        name, left, right = operators.MIRRORED[name], right, left
    if left.dtype == "bool":
        left = _cast(backend, left, "int32")
    low, high = dtypes.integer_range(left.dtype)
    numbers = np.asarray(right.value)
    whole = numbers if right.dtype is int else _ROUND[name](numbers)
    # Beyond these the answer is the same for every integer of the dtype, and so it is beside no number.
    above = whole > high if right.dtype is int else whole >= float(high) + 1
    below = whole < low
    neither = whole != numbers if name in ("equal", "not_equal") else np.isnan(numbers)
    outside = np.asarray(above | below | neither)
    inside = np.where(outside, 0, whole)
    inside = inside.astype(np.uint64 if low == 0 else np.int64)
    if not outside.any():
        return _by_table(backend, name, left, right._replace(value=inside if inside.ndim else inside.item(), dtype=int))
    answers = np.asarray(_always(name, above, below))
    if outside.all():
        shape = np.broadcast_shapes(left.shape, numbers.shape)
        return backend.tensor(np.broadcast_to(answers, shape), "bool", copy=True)
    result = _by_table(backend, name, left, right._replace(value=inside, dtype=int))
    return backend.function("where")(
        backend.tensor(outside, "bool"), backend.tensor(answers, "bool"), result
    )


def _always(name, above, below):
    """Whether `x <name> number` holds where the number is above or below all integers, or no number."""
    if name in ("equal", "not_equal"):
        return np.full(above.shape, name == "not_equal")
    return above if name.startswith("less") else below
