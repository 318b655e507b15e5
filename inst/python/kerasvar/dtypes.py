"""dtypes: one name for each, from any framework's spelling, and the rule by which they promote.

A dtype is a string here, one of `ALLOWED`. A framework's own dtype objects are known by their
attributes; none is ever imported. How a framework stores a dtype, and whether it can, is told by
`backends`. The promotion lattice is JAX's (its type promotion page) as Keras 3 narrows it: Python's
int, float and complex are weak, unsigned 64 with a signed integer is a weak float, float8 never
promotes, weak results take floatx's width.
"""

import itertools

import ml_dtypes
import numpy as np

from . import backends, config

ALLOWED = (
    "bool",
    "uint8", "uint16", "uint32", "uint64",
    "int8", "int16", "int32", "int64",
    "bfloat16", "float16", "float32", "float64",
    "float8_e4m3fn", "float8_e5m2",
    "complex64", "complex128",
    "string",
)  # fmt: skip
_FLOAT8 = ("float8_e4m3fn", "float8_e5m2")

# Each type's next higher ones. "int" and "float" are Python's, weak; Python's complex needs no node
# of its own, since complex64 is the lowest complex type and every float lies below or beside it.
_LATTICE = {
    "bool": ["int"],
    "int": ["uint8", "int8"],
    "uint8": ["uint16", "int16"],
    "uint16": ["uint32", "int32"],
    "uint32": ["uint64", "int64"],
    "uint64": ["float"],
    "int8": ["int16"],
    "int16": ["int32"],
    "int32": ["int64"],
    "int64": ["float"],
    "float": ["bfloat16", "float16"],
    "bfloat16": ["float32"],
    "float16": ["float32"],
    "float32": ["float64", "complex64"],
    "float64": ["complex128"],
    "complex64": ["complex128"],
    "complex128": [],
}
NUMBERS = frozenset((bool, int, float, complex))
"""Python's types of numbers, which stand for weak dtypes."""

_WEAK = {int: "int", float: "float", complex: "complex64"}
_NARROW = {"int64": "int32", "uint64": "uint32", "float64": "float32", "complex128": "complex64"}


def _above(node):
    found = {node}
    for higher in _LATTICE[node]:
        found |= _above(higher)
    return frozenset(found)


_ABOVE = {node: _above(node) for node in _LATTICE}

# Both grow by the spellings in use, which are few. The names stand in for themselves.
_standardized = {name: name for name in ALLOWED}
_promoted = {}
# The backends that were asked what they hold, by name.
_asked = {}


def standardize_dtype(dtype, backend=None):
    """The name in `ALLOWED` of a dtype in any framework's spelling.

    Args:
        dtype: None (floatx), a name, a Python type (bool, int, float, complex, str), a dtype or
            scalar type of NumPy, ml_dtypes or jax, a torch dtype, a tf.DType.
        backend: the backend's name, the default one if None. Python's int is int64 and complex
            is complex128 on tensorflow, int32 and complex64 elsewhere.

    Raises:
        ValueError: anything else.
    """
    try:
        name = _standardized.get(dtype)
    except TypeError:
        # Unhashable, so no dtype of anybody's.
        name = None
    if name is not None:
        return name
    if dtype is None:
        return config.floatx()
    # Identity, because tf.int64 == int and np.dtype(int) == int hold.
    if dtype is int or dtype is complex or (isinstance(dtype, str) and dtype == "int"):
        wide = (backend or config.backend()) == "tensorflow"
        if dtype is complex:
            return "complex128" if wide else "complex64"
        return "int64" if wide else "int32"
    name = _foreign_name(dtype)
    if name not in ALLOWED:
        raise ValueError(
            f"`dtype` must be one of {', '.join(ALLOWED)}, or a framework's own of these. "
            f"Received: {dtype!r} (type {type(dtype).__module__}.{type(dtype).__qualname__})"
        )
    if type(dtype).__hash__ is not None and not hasattr(dtype, "as_datatype_enum"):
        # A tf.DType hashes and compares as its number: kept here, tf.float32 would answer for 1.
        _standardized[dtype] = name
    return name


def _foreign_name(dtype):
    if dtype is float:
        return "float32"
    if dtype is bool:
        return "bool"
    if dtype is str:
        return "string"
    if isinstance(dtype, str):
        # Keras takes the written form of torch's and jax's dtypes.
        return dtype.rpartition(".")[2] if dtype.startswith(("torch.", "jax.numpy.")) else None
    if isinstance(dtype, type) and issubclass(dtype, np.generic):
        dtype = np.dtype(dtype)
    if isinstance(dtype, np.dtype):
        return "string" if dtype.kind in "UST" else dtype.name
    module = type(dtype).__module__.partition(".")[0]
    if module == "torch":
        return str(dtype).rpartition(".")[2]
    name = getattr(dtype, "name", None) or getattr(dtype, "__name__", None)
    return name if isinstance(name, str) else None


def result_type(*dtypes, backend=None):
    """The dtype in which values of `dtypes` meet.

    Args:
        dtypes: as `standardize_dtype` takes them; Python's int, float and complex are weak, which
            means that they give way to any other type of their own kind or a higher one.
        backend: the backend's name, the default one if None.

    Returns:
        A name in `ALLOWED`; floatx for no dtypes. A 64-bit result becomes its 32-bit sibling where
        the backend cannot hold it (jax unless x64 is enabled).

    Raises:
        ValueError: float8 and string meet nothing implicitly.
    """
    try:
        name = _promoted[dtypes]
    except (KeyError, TypeError):
        name = promote(*dtypes, backend=backend)
    if name in _NARROW:
        try:
            asked = _asked[backend]
        except KeyError:
            asked = backends.get(backend or config.backend())
            if backend is not None:
                _asked[backend] = asked
        if not asked.holds_64_bits:
            return _NARROW[name]
    return name


def narrow(name):
    """The 32-bit sibling of a 64-bit dtype; any other as it is."""
    return _NARROW.get(name, name)


def promote(*dtypes, backend=None):
    """`result_type` for a backend that holds every dtype."""
    if not dtypes:
        return config.floatx()
    weak = {_WEAK[d] for d in dtypes if isinstance(d, type) and d in _WEAK}
    strong = {
        standardize_dtype(d, backend) for d in dtypes if not (isinstance(d, type) and d in _WEAK)
    }
    if strong.intersection(_FLOAT8):
        raise ValueError(_no_promotion(dtypes, "float8 never promotes implicitly"))
    nodes = weak | strong
    if "string" in nodes and len(nodes) > 1:
        raise ValueError(_no_promotion(dtypes, "string meets string only"))
    if "string" in nodes:
        name = "string"
    else:
        common = frozenset.intersection(*(_ABOVE[node] for node in nodes))
        name = next(node for node in common if common <= _ABOVE[node])
    width = config.floatx()[-2:]
    if name in ("int", "float"):
        name += width
    elif name == "complex64" and not strong and width == "64":
        name = "complex128"
    if all(d in _WEAK or d in _standardized for d in dtypes):
        # Not so "int", which means something else on each backend.
        _promoted[dtypes] = name
    return name


config.on_floatx_change(_promoted.clear)


def _no_promotion(dtypes, reason):
    shown = ", ".join(d.__name__ if isinstance(d, type) else str(d) for d in dtypes)
    return f"no common dtype for ({shown}): {reason}. Cast one to the dtype you want."


def is_float_dtype(dtype):
    """Whether `dtype` is a float, bfloat16 and float8 included (as Keras has it)."""
    return standardize_dtype(dtype).startswith(("float", "bfloat"))


def is_int_dtype(dtype):
    """Whether `dtype` is an integer, signed or not; bool is none."""
    return standardize_dtype(dtype).startswith(("int", "uint"))


_NUMPY = {
    name: np.dtype(getattr(ml_dtypes, name) if name in ("bfloat16", *_FLOAT8) else name)
    for name in ALLOWED
    if name != "string"
}
_NUMPY["string"] = np.dtype(object)


def numpy_dtype(name):
    """The `np.dtype` that holds `name` on the host; strings are held as objects."""
    try:
        return _NUMPY[name]
    except (KeyError, TypeError):
        return _NUMPY[standardize_dtype(name)]


def kinds_of_python(value):
    """The set of Python types and dtype names in a number, text or (nested) list.

    Raises:
        ValueError: something in it is no number and no text.
    """
    kinds = set()
    _collect_kinds([value], kinds)
    return kinds


def dtype_of_kinds(kinds):
    """The dtype of a variable made from Python numbers, text or lists of these kinds without a dtype.

    bool stays bool, integers are int32, floats floatx, complex numbers complex64 (complex128 where
    floatx is float64), text is string; a list has its widest element's. What carries a dtype of its
    own (an array in a list) counts with that one. An empty list has floatx.
    """
    if not kinds:
        return config.floatx()
    if int in kinds and kinds <= {int, bool}:
        # Whatever floatx's width, and whether or not the numbers fit: what a variable is does not
        # depend on how large its first value happens to be.
        return "int32"
    if float in kinds and kinds <= {float, int, bool}:
        # Not by promotion, where (as in Keras) bfloat16 for floatx makes weak floats float16.
        kinds = {config.floatx()}
    return promote(*sorted(kinds, key=str))


def _collect_kinds(values, kinds):
    # Types first: a long list of floats is then one pass in C.
    for kind in set(map(type, values)):
        if kind in (bool, int, float, complex, str):
            kinds.add(kind)
        elif issubclass(kind, (list, tuple)):
            nested = (v for v in values if type(v) is kind)
            _collect_kinds(list(itertools.chain.from_iterable(nested)), kinds)
        elif hasattr(kind, "dtype"):
            kinds.update(standardize_dtype(v.dtype) for v in values if type(v) is kind)
        else:
            base = next((b for b in (bool, int, float, complex, str) if issubclass(kind, b)), None)
            if base is None:
                raise ValueError(
                    "`value` must be numbers, text, or lists of them. "
                    f"Received: {kind.__module__}.{kind.__qualname__}"
                )
            kinds.add(base)


def integer_range(name):
    """`(lowest, highest)` of an integer dtype or bool, as Python ints."""
    if name == "bool":
        return 0, 1
    limits = np.iinfo(_NUMPY[name])
    return int(limits.min), int(limits.max)


def check_exact_cast(array, dtype):
    """Refuse a cast that would change an integer or a truth value without saying so.

    For values whose writer expects no rounding. Floats may round to a narrower float.

    Args:
        array: a NumPy array, or what `np.asarray` takes.
        dtype: the dtype it is to be cast to.

    Raises:
        ValueError: a fraction, NaN or infinity, or a number out of range into an integer or bool;
            an imaginary part into a real dtype. Says how many and shows the first.
    """
    array = np.asarray(array)
    target = numpy_dtype(dtype)
    name = standardize_dtype(dtype)
    if array.dtype == target or name == "string" or array.size == 0:
        return
    if array.dtype.kind == "c" and target.kind != "c":
        _refuse(array, array.imag != 0, name, "has an imaginary part")
        array = array.real
    if target.kind not in "iub" or array.dtype.kind == "b":
        return
    low, high = integer_range(name)
    if array.dtype.kind in "iu":
        held = np.iinfo(array.dtype)
        if held.min >= low and held.max <= high:
            return
        below = array < max(low, held.min)
        above = array > min(high, held.max)
        _refuse(array, below | above, name, f"is out of range ({low} to {high})")
        return
    if array.dtype.kind not in "fV":
        raise ValueError(f"cannot cast {array.dtype} to {name}")
    _refuse(array, ~np.isfinite(array), name, "is not finite")
    _refuse(array, np.trunc(array) != array, name, "has a fraction")
    # float(high) rounds 2**63 - 1 up to 2**63, which itself is out of range.
    wide = array.astype(np.float64)
    outside = (wide < float(low)) | (wide >= float(high) + 1)
    _refuse(array, outside, name, f"is out of range ({low} to {high})")


def _refuse(array, wrong, name, reason):
    count = int(np.count_nonzero(wrong))
    if count:
        first = np.asarray(array)[np.asarray(wrong)].flat[0]
        more = f" (and {count - 1} more)" if count > 1 else ""
        raise ValueError(
            f"cannot put {array.dtype} values into {name} exactly: {first} {reason}{more}"
        )
