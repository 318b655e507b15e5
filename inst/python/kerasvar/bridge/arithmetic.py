"""Operators as a column-major language means them: recycling first, then the operator table.

What meets in which dtype is told by `operators`, with a few rules on top that make the answers those
of an array language without silent integer overflow into nonsense:

* truth values count as integers (TRUE + TRUE is 2), and a power of integers is a float, as `/` is;
* `%/%` and `%%` of integers by zero are errors: there is no integer for the answer;
* an integer compared with a number that its dtype cannot hold is compared in a wider one;
* complex numbers have no order, text has nothing but equality.

Shapes: a vector is recycled down the columns of what it meets and must fit a whole number of times;
arrays of equal shape meet elementwise, others as NumPy broadcasts them.
"""

import math

import numpy as np

from .. import dtypes, operators
from ..subscript.selection import fast_selection
from . import door

__all__ = ["against", "binary", "quietly", "unary"]

_ARITHMETIC = frozenset(("add", "subtract", "multiply", "floor_divide", "remainder"))
_ORDER = frozenset(("less", "less_equal", "greater", "greater_equal"))
_COMPARISON = _ORDER | {"equal", "not_equal"}
_WHOLE = frozenset(("floor_divide", "remainder"))
_NARROW = frozenset(("int8", "int16", "uint8", "uint16", "uint32", "uint64"))

_rules = {}


def quietly():
    """A context in which NumPy does not warn that 1/0 is infinite and 0/0 not a number."""
    return np.errstate(all="ignore")


def binary(name, left, right, kinds):
    """`left <name> right`, a tensor; `name` is one of `Backend.operators`.

    Args:
        left, right: at least one is a variable or a tensor.
        kinds: the kind of `left` times 4, plus the kind of `right`.

    Raises:
        TypeError: operands of two frameworks; an operator that the dtypes do not have.
        ValueError: shapes that do not fit, missing values, a division of integers by zero.
    """
    if kinds:
        return _with_data(name, left, right, kinds >> 2, kinds & 3)
    backend = getattr(left, "_backend", None) or getattr(right, "_backend", None)
    if backend is None:
        backend = door.owner((left, right), (0, 0))
    left, left_dtype = door.operand(backend, left)
    right, right_dtype = door.operand(backend, right)
    _check_shapes(left, right)
    return _operate(backend, name, left, left_dtype, right, right_dtype)


def _with_data(name, left, right, left_kind, right_kind):
    backend = door.owner((left, right), (left_kind, right_kind))
    left, left_dtype = door.tensor(backend, left, left_kind)
    right, right_dtype = door.tensor(backend, right, right_kind)
    if left_kind >= door.VECTOR or right_kind >= door.VECTOR:
        left, left_dtype = _strong(backend, left, left_dtype, right_dtype, name)
        right, right_dtype = _strong(backend, right, right_dtype, left_dtype, name)
        left, right = _recycled(
            backend, left, left_kind >= door.VECTOR, right, right_kind >= door.VECTOR
        )
    else:
        _check_shapes(left, right)
    return _operate(backend, name, left, left_dtype, right, right_dtype)


def _operate(backend, name, left, left_dtype, right, right_dtype):
    try:
        rule = _rules[name, left_dtype, right_dtype]
    except KeyError:
        rule = _rules[name, left_dtype, right_dtype] = _rule(name, left_dtype, right_dtype)
    with np.errstate(all="ignore"):
        if rule is not None:
            left, left_dtype, right, right_dtype = rule(
                backend, left, left_dtype, right, right_dtype
            )
        return operators.binary(backend, name, left, left_dtype, right, right_dtype)


def unary(name, x):
    """`-x` ("negative"), `+x` ("positive") or `!x` ("logical_not"), a tensor.

    The negative of unsigned integers is signed and wide enough (int64 for uint32). Raises TypeError
    for text, and for the negative of uint64.
    """
    backend = door.owner_of(x)
    x, dtype = door.tensor(backend, x, door.OBJECT)
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
        x = backend.cast(x, _wide(backend, "int64" if dtype == "uint32" else "int32"))
    elif name == "positive":
        # On some frameworks `+x` is x itself, which a later write would change.
        return backend.tensor(x, copy=True)
    with quietly():
        return backend.operators[name](x)


# -- shapes


def _check_shapes(left, right):
    left, right = getattr(left, "shape", ()), getattr(right, "shape", ())
    if left == right or not len(left) or not len(right):
        return
    for a, b in zip(reversed(left), reversed(right)):
        if a != b and a != 1 and b != 1:
            raise ValueError(
                f"The arrays do not fit: shapes {tuple(left)} and {tuple(right)} are neither equal "
                "nor can they be broadcast."
            )


def _recycled(backend, left, left_vector, right, right_vector):
    if left_vector and right_vector:
        wanted = _common_length(_size(left), _size(right))
        return _repeat(backend, left, (wanted,)), _repeat(backend, right, (wanted,))
    if left_vector:
        return against(backend, left, right), right
    return left, against(backend, right, left)


def _common_length(a, b):
    if 0 in (a, b):
        return 0
    if max(a, b) % min(a, b):
        raise ValueError(f"The longer length ({max(a, b)}) is no multiple of the shorter ({min(a, b)}).")
    return max(a, b)


def against(backend, vector, other):
    """`vector` recycled down the columns of `other`, or fit to be broadcast to the same effect."""
    shape = tuple(getattr(other, "shape", ()))
    if not shape:
        return vector
    size, given = math.prod(shape), _size(vector)
    if size and (given == 0 or size % given):
        raise ValueError(
            f"A vector of length {given} does not fit the shape {shape}: {size} elements are no "
            "multiple of it."
        )
    return _repeat(backend, vector, shape)


def _repeat(backend, vector, shape):
    given = _size(vector)
    if 0 in shape:
        return _reshaped(backend, vector[:0], shape)
    if given == math.prod(shape) and len(shape) == 1:
        return vector
    if given == shape[0] and given:
        # Whole columns: one axis, the others by broadcasting.
        return _reshaped(backend, vector, (given,) + (1,) * (len(shape) - 1))
    if isinstance(vector, np.ndarray) and not backend.is_tensor(vector):
        return np.resize(vector, math.prod(shape)).reshape(shape, order="F")
    positions = np.resize(np.arange(given), math.prod(shape)).reshape(shape, order="F")
    if isinstance(vector, np.ndarray):
        return vector.reshape(-1)[positions]
    vector = _reshaped(backend, vector, (given,))
    return backend.select(vector, fast_selection((positions,), shape, shape))


def _reshaped(backend, vector, shape):
    if isinstance(vector, np.ndarray):
        return vector.reshape(shape)
    return backend.function("reshape")(vector, shape)


def _size(x):
    return math.prod(getattr(x, "shape", ()))


def _strong(backend, value, dtype, other, name):
    """A host vector, whose dtype is weak, as a host vector of the dtype in which it meets `other`."""
    if not isinstance(value, np.ndarray):
        return value, dtype
    if dtype not in door.WEAK:
        return backend.tensor(value, dtype), dtype
    target = dtypes.result_type(dtype, other, backend=backend.name)
    if name in _COMPARISON and _letter(other) in "bi":
        target = _wide(backend, "float64" if _letter(dtype) == "f" else "int64")
    elif target in _NARROW:
        dtypes.check_exact_cast(value, target)
    return backend.tensor(value, target), target


# -- dtypes


def _letter(dtype):
    if dtype.__class__ is type:
        return {int: "i", float: "f", complex: "c", bool: "b"}[dtype]
    if "int" in dtype:
        return "i"
    return dtype[0] if dtype[0] in "bcs" and not dtype.startswith("bf") else "f"


def _rule(name, left, right):
    """What to do before the operator table is asked, or None."""
    letters = {_letter(left), _letter(right)}
    if "s" in letters and (name not in ("equal", "not_equal") or letters != {"s"}):
        return _refuse(f"Text has no arithmetic and no order (`{name}`).")
    if "c" in letters and (name in _ORDER or name in _WHOLE):
        return _refuse(f"Complex numbers have no `{name}`.")
    if name in _COMPARISON and left != right:
        if letters == {"i", "f"} and float in (left, right):
            return _compare_exactly
        if letters <= {"b", "i"} and int in (left, right):
            return _compare_exactly
    if name in _WHOLE and letters <= {"b", "i"}:
        return _not_by_zero
    if letters == {"b"} and (name in _ARITHMETIC or name in _ORDER):
        return _as_integers
    if name == "pow" and letters <= {"b", "i"}:
        return _as_floats
    narrow = left in _NARROW or right in _NARROW
    if name in _ARITHMETIC and letters == {"i"} and int in (left, right) and narrow:
        return _in_range
    return None


def _refuse(message):
    def refuse(*_):
        raise TypeError(message)

    return refuse


def _cast(backend, x, dtype, target):
    """`x` as `target`, a dtype name; a Python number as the Python type of that kind."""
    if not hasattr(x, "shape"):
        kind = {"i": int, "f": float}[_letter(target)]
        return kind(x), kind
    return (x if dtype == target else backend.cast(x, target)), target


def _wide(backend, dtype):
    return dtypes.result_type(dtype, backend=backend.name)


def _as_integers(backend, left, left_dtype, right, right_dtype):
    return (
        *_cast(backend, left, left_dtype, "int32"),
        *_cast(backend, right, right_dtype, "int32"),
    )


def _as_floats(backend, left, left_dtype, right, right_dtype):
    target = dtypes.result_type(left_dtype, right_dtype, float, backend=backend.name)
    return (
        *_cast(backend, left, left_dtype, target),
        *_cast(backend, right, right_dtype, target),
    )


def _not_by_zero(backend, left, left_dtype, right, right_dtype):
    if _letter(left_dtype) == "b" or _letter(right_dtype) == "b":
        left, left_dtype, right, right_dtype = _as_integers(
            backend, left, left_dtype, right, right_dtype
        )
    zeros = right == 0
    if hasattr(right, "shape"):
        zeros = bool(np.any(backend.host(zeros)))
    if zeros:
        raise ValueError("An integer divided by zero is no integer; convert one side to a float.")
    return _in_range(backend, left, left_dtype, right, right_dtype)


def _in_range(backend, left, left_dtype, right, right_dtype):
    for x, dtype, other in ((left, left_dtype, right_dtype), (right, right_dtype, left_dtype)):
        if dtype is int and other in _NARROW:
            dtypes.check_exact_cast(x, other)
    return left, left_dtype, right, right_dtype


def _compare_exactly(backend, left, left_dtype, right, right_dtype):
    """An integer tensor and a number: neither is rounded to the other's dtype."""
    number = left if left_dtype in (int, float) else right
    if math.isfinite(number) and number == int(number) and abs(number) < 2**63:
        target = _wide(backend, "int64")
        if target == "int32" and not -(2**31) <= number < 2**31:
            target = "float32"
    else:
        target = _wide(backend, "float64")
    return (
        *_cast(backend, left, left_dtype, target),
        *_cast(backend, right, right_dtype, target),
    )
