"""Variables made, read and assigned: values in and values out, each copied exactly once."""

import contextlib
import copy
import ctypes
import math

import numpy as np

from .. import backends, config, dtypes, memory_order
from ..variable import Variable
from . import door
from .access import get_dimnames, set_dimnames

__all__ = ["assign", "assign_add", "assign_sub", "attribute", "clone", "column_major", "create", "dtype", "fill",
           "from_integer64", "get", "initial_value", "shape", "snapshot"]

_INT32 = np.iinfo(np.int32)
# Beyond this a float64 no longer holds every integer.
_EXACT = 2**53
# Elements from which on a second copy of the data costs more than a second call.
_LARGE = 100_000


# -- in


def create(initializer, kind, shape, dtype, options):
    """A `Variable`; `options` are the other arguments of its constructor.

    One element without axes makes a variable without axes, or with one of length 1 if `shape` says
    so: the caller's language may have no numbers, only vectors of length 1.

    Raises:
        ValueError: as `door.host`, and as `Variable`.
    """
    backend = options.get("backend") or config.backend()
    if dtype is not None:
        dtype = dtypes.standardize_dtype(dtype, backend)
    if kind == door.ARRAY or kind == door.VECTOR:
        initializer, dtype = door.host(initializer, kind, dtype)
        if kind == door.VECTOR and initializer.size == 1 and shape is None:
            initializer = initializer.reshape(())
    elif type(initializer) in (bool, int, float, complex):
        if shape is not None and tuple(shape) == (1,):
            initializer = [initializer]
    else:
        return Variable(initializer, shape=shape, dtype=dtype, **options)
    if dtype is not None and dtypes.is_int_dtype(dtype):
        # The dtype that the backend will use: JAX may hold 32 bits only.
        dtypes.check_exact_cast(initializer, backends.get(backend).canonical_dtype(dtype))
    elif dtype == "bool":
        dtypes.check_exact_cast(initializer, dtype)
    return Variable(initializer, shape=shape, dtype=dtype, **options)


def initial_value(value, kind, shape, dtype):
    """What an initializer of the caller's returned, as a tensor or an array of `shape`.

    A vector fills the shape down the columns.

    Raises ValueError for another number of elements, and as `door.host`.
    """
    if kind == door.ARRAY or kind == door.VECTOR:
        value, dtype = door.host(value, kind, dtype)
        if kind == door.VECTOR and value.size == math.prod(shape):
            value = value.reshape(tuple(shape), order="F")
        # The caller's memory is gone once this returns.
        return memory_order.row_major(value, dtypes.numpy_dtype(dtype))
    if type(value) in (bool, int, float, complex):
        # A number is a vector of length 1 over there.
        return np.full(shape, value) if math.prod(shape) == 1 else np.asarray(value)
    return value


def assign(variable, value, kind):
    """Replace the variable's value; returns the new one (a snapshot).

    Raises:
        ValueError: another shape (a vector fills a variable of one axis), a missing value, a value
            that an integer or bool variable cannot hold exactly. The variable is as it was.
    """
    variable.assign(_for(variable, value, kind))
    return variable.snapshot()


def assign_add(variable, value, kind):
    """Add `value`; as `assign`."""
    variable.assign_add(_for(variable, value, kind))
    return variable.snapshot()


def assign_sub(variable, value, kind):
    """Subtract `value`; as `assign`."""
    variable.assign_sub(_for(variable, value, kind))
    return variable.snapshot()


def _for(variable, value, kind):
    if kind in (door.ARRAY, door.VECTOR):
        value, _ = door.host(value, kind, variable._dtype)
        if kind == door.VECTOR and value.size == 1 and variable.shape == ():
            value = value.reshape(())
    elif isinstance(value, (bool, int, float, complex)):
        dtypes.check_exact_cast(value, variable._dtype)
        if variable.shape == (1,):
            value = np.asarray([value])
    elif kind == door.VECTOR_TENSOR and variable.shape == () and tuple(value.shape) == (1,):
        value = backends.backend_of(value).function("reshape")(value, ())
    return value


def from_integer64(bits):
    """The int64 array whose bits came as float64; the caller's missing value is the smallest."""
    array = bits.view(np.int64)
    if array.size and array.min() == np.iinfo(np.int64).min:
        count = int((array == np.iinfo(np.int64).min).sum())
        raise ValueError(f"The data have {count} missing values (NA), and int64 has none.")
    return array


# -- out


def snapshot(variable):
    """The value as a tensor that stays as it is."""
    return variable.snapshot()


def clone(variable):
    """A variable of its own with the same value and options, dimnames too."""
    copied = copy.copy(variable)
    set_dimnames(copied, get_dimnames(variable))
    return copied


def get(variable, name):
    """The attribute `name`."""
    return getattr(variable, name)


def attribute(variable, name, value):
    """Set the attribute `name`."""
    setattr(variable, name, value)


def shape(x):
    """The shape of a variable or a tensor, a list of int."""
    own = getattr(x, "_shape", None)
    if own is None or not isinstance(x, Variable):
        own = backends.backend_of(x).shape(x)
    return list(own)


def dtype(x):
    """The name of the dtype of a variable or a tensor."""
    return x.dtype if isinstance(x, Variable) else backends.backend_of(x).dtype(x)


def column_major(x, lent=False):
    """The value of a variable or tensor as plain data for the caller, who copies it at once.

    Returns:
        A number or str for a value without axes; else an array whose axes are the value's and whose
        memory runs down the columns: float64 for any float, complex128, bool, int32 for integers
        that fit, float64 for wider ones, object (str). For 64-bit integers beyond 2**53 a tuple of
        one array: their bits, as float64. With `lent`, for a large array of floats or of integers
        that fit a dict of its `shape` and `integer`: the caller is to make room for it and call
        `fill`.

    Raises:
        ValueError: an unsigned integer beyond int64.
    """
    with _borrowed(x) as array:
        if lent and array.size >= _LARGE and array.dtype.kind not in "bcOUST":
            target = _target(array)
            if target in ("float64", "int32"):
                return {"shape": list(array.shape), "integer": target == "int32"}
        return _column_major(array)


def fill(x, memory):
    """Write the value of a variable or tensor into memory that the caller has just made for it.

    `memory` is a column-major view of it, of the dtype that `column_major` would return; that the
    view is marked read-only is not the caller's doing. Returns the first element, by which the
    caller can see that its memory was filled and not a copy of it.
    """
    room = (ctypes.c_char * memory.nbytes).from_address(memory.ctypes.data)
    with _borrowed(x) as array:
        memory_order.copy_into(np.ndarray(memory.shape, memory.dtype, room, order="F"), array)
        return array[(0,) * array.ndim].astype(memory.dtype).item()


@contextlib.contextmanager
def _borrowed(x):
    """The value as a NumPy array, perhaps of live memory: to be copied before the block ends."""
    if isinstance(x, Variable):
        # Other threads may write.
        with x._lock:
            yield np.asarray(x._backend.borrow(x.value))
    else:
        yield np.asarray(backends.backend_of(x).borrow(x))


def _column_major(array):
    if array.dtype.kind in "OUST":
        return _text(array)
    target = _target(array)
    if target == "bits":
        return (np.array(array, np.int64, order="F", ndmin=1).view(np.float64),)
    if array.ndim == 0:
        return array.astype(target)[()].item()
    if array.dtype == target and array.flags.f_contiguous:
        return array
    return memory_order.column_major(array, target)


def _target(array):
    kind = array.dtype.kind
    if kind in "iu":
        return _integer_target(array)
    return {"b": "bool", "c": "complex128"}.get(kind, "float64")


def _integer_target(array):
    size = array.dtype.itemsize
    if size < 4:
        return "int32"
    if array.size == 0:
        return "int32" if array.dtype == np.int32 else "float64"
    low, high = int(array.min()), int(array.max())
    if array.dtype == np.int32:
        # The smallest is the caller's missing value.
        return "int32" if low > _INT32.min else "float64"
    if -_EXACT <= low and high <= _EXACT:
        return "float64"
    if high > np.iinfo(np.int64).max:
        raise ValueError(f"{high} does not fit into int64; cast the value to a float first.")
    return "bits"


def _text(array):
    plain = [x.decode() if isinstance(x, bytes) else str(x) for x in array.ravel(order="F").tolist()]
    if array.ndim == 0:
        return plain[0]
    out = np.empty(len(plain), object)
    out[:] = plain
    return out.reshape(array.shape, order="F")
