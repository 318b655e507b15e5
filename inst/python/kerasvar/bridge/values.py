"""Variables made, read and assigned: values in and values out, each copied exactly once."""

import contextlib
import copy
import ctypes
import math

import numpy as np

from .. import backends, coerce, config, dtypes, leaving, memory_order, operators, shapes
from ..variable import Variable
from . import data, lists
from .arithmetic import against, check_shapes
from .recycle import recycle

__all__ = ["assign", "assign_add", "assign_sub", "attribute", "clone", "column_major", "create", "dtype", "fill",
           "fitted", "fitted_state", "from_integer64", "get", "initial_value", "plain", "shape", "snapshot"]  # fmt: skip

_INT32 = np.iinfo(np.int32)
# Beyond this a float64 no longer holds every integer.
_EXACT = 2**53
# Elements from which on a second copy of the data costs more than a second call.
_LARGE = 100_000


# -- in


def create(initializer, kind, shape, dtype, options):
    """A `Variable`; `options` are the other arguments of its constructor.

    One element without axes makes a variable without axes, or with one of length 1 if `shape` says
    so: R has no numbers, only vectors of length 1.

    Raises:
        ValueError: as `data.stored`, and as `Variable`.
    """
    backend = backends.get(options.get("backend") or config.backend())
    if dtype is not None:
        dtype = dtypes.standardize_dtype(dtype, backend.name)
    if kind != data.OBJECT or _is_number(initializer):
        initializer, dtype = data.stored(initializer, kind, dtype, backend)
        wanted = () if shape is None else tuple(shape)
        if kind != data.ARRAY and math.prod(initializer.shape) == 1 and wanted in ((), (1,)):
            initializer = _reshaped(backend, initializer, wanted)
    return Variable(initializer, shape=shape, dtype=dtype, **options)


def _is_number(x):
    return isinstance(x, (bool, int, float, complex))


def _reshaped(backend, x, shape):
    reshape = np.reshape if isinstance(x, np.ndarray) else backend.function("reshape")
    return reshape(x, shape)


def initial_value(value, kind, shape, dtype):
    """What an initializer of R's returned, as a tensor or an array of `shape`.

    A vector fills the shape down the columns.

    Raises ValueError for another number of elements, and as `data.stored`.
    """
    if kind == data.OBJECT and not _is_number(value):
        return value
    host = backends.get("numpy")
    backend = data.backend_of(value) if kind == data.VECTOR_TENSOR else host
    value, dtype = data.stored(value, kind, dtype, backend)
    if kind != data.ARRAY and math.prod(value.shape) == math.prod(shape):
        value = recycle(value, tuple(shape), None if backend is host else backend)
        value = value if value.shape == tuple(shape) else _reshaped(backend, value, tuple(shape))
    # R's memory is gone once this returns.
    return value if backend is not host else memory_order.copied(value, dtypes.numpy_dtype(dtype), "C")


def assign(variable, value, kind):
    """Replace the variable's value; returns the new one (a snapshot).

    Raises:
        ValueError: another shape (a vector fills a variable of one axis), a missing value, a value
            that an integer or bool variable cannot hold exactly. The variable is as it was.
    """
    variable.assign(fitted(variable, value, kind))
    return variable.snapshot()


def fitted(variable, value, kind):
    """A value for the variable as a NumPy array or tensor that can be cast to its dtype without a change.

    Raises as `assign`, but for the shape.
    """
    backend, shape = variable._backend, variable._shape
    vector = kind in (data.VECTOR, data.VECTOR_TENSOR) or _is_number(value)
    value, _ = data.stored(value, kind, variable._dtype, backend)
    if vector and value.shape != shape and math.prod(value.shape) == 1 and shape in ((), (1,)):
        value = _reshaped(backend, value, shape)
    return value


def plain(value, kind):
    """A value for a Python function that knows nothing of kinds, in memory of its own.

    Raises as `data.operand`.
    """
    if kind == data.ARRAY or kind == data.VECTOR:
        return np.array(data.operand(value, kind).value, order="C")
    return value


def fitted_state(variables, places, leaves, kinds):
    """The mapping from path to value that `places`, `leaves` and `kinds` describe (see `lists.build`),
    each value fit for the variable of its path.

    Raises as `assign`, but for the shape.
    """
    wanted = {("." + variable.path,): variable for variable in variables}
    for position, (place, leaf, kind) in enumerate(zip(places, leaves, kinds)):
        variable = wanted.get(tuple(place))
        if variable is not None and kind is not None:
            leaves[position], kinds[position] = fitted(variable, leaf, kind), data.OBJECT
    return lists.build(places, leaves, kinds)


def assign_add(variable, value, kind):
    """`variable + value`, as R's `+` has it, in place; returns the new value (a snapshot).

    Raises:
        ValueError: a shape that does not fit the variable's, a missing value, a value or a result
            that an integer or bool variable cannot hold exactly. The variable is as it was.
    """
    return _accumulated(variable, "add", value, kind)


def assign_sub(variable, value, kind):
    """`variable - value` in place: see `assign_add`."""
    return _accumulated(variable, "subtract", value, kind)


def _accumulated(variable, operator, value, kind):
    backend, shape, dtype = variable._backend, variable._shape, variable._dtype
    theirs = None if kind in (data.ARRAY, data.VECTOR) else data.operand(value, kind).backend
    if theirs not in (None, backend):
        raise coerce.different_frameworks(backend, theirs)
    value, _ = data.stored(value, kind, dtype, backend)
    own = None if isinstance(value, np.ndarray) else backend
    if kind in (data.VECTOR, data.VECTOR_TENSOR) and math.prod(value.shape) != 1:
        value = against(data.Operand(value, dtype, own, True), shape).value
    elif math.prod(value.shape) == 1 and kind != data.ARRAY:
        value = _reshaped(backend, value, ())
    check_shapes(shape, tuple(value.shape))
    if not shapes.broadcasts_to(tuple(value.shape), shape):
        raise ValueError(
            f"The sum has another shape than the variable {variable.path!r}: the variable has {shape}, "
            f"the value {tuple(value.shape)}."
        )
    value = backend.tensor(value, dtype)
    whole = dtypes.is_int_dtype(dtype) or dtype == "bool"
    if whole and not (variable._storage is not None and variable._storage.replicated):
        variable._change(lambda now: _exactly(backend, operator, now, value, dtype))
    else:
        Variable._accumulate(variable, operator, value)
    return variable.snapshot()


def _exactly(backend, operator, now, value, dtype):
    """The sum or difference of two tensors of an integer dtype or bool; ValueError if it is out of range."""
    traced = backend.trace_state() is not None
    if dtype == "bool":
        cast = [backend.cast(x, "int32") for x in (now, value)]
        new = backend.operators[operator](*cast)
        if not traced:
            dtypes.check_exact_cast(backend.host(new), dtype)
        return backend.cast(new, dtype)
    new = operators.binary(backend, operator, now, dtype, value, dtype)
    if not traced:
        # Whoever adds a negative number gets less, and whoever adds another does not.
        before, after, change = (backend.host(x) for x in (now, new, value))
        less = after < before if operator == "add" else after > before
        wrong = less != (change < 0)
        if np.any(wrong):
            low, high = dtypes.integer_range(dtype)
            count = int(np.sum(wrong))
            raise ValueError(
                f"{count} of the results {'are' if count > 1 else 'is'} out of the range of {dtype} ({low} to {high})."
            )
    return new


def from_integer64(bits):
    """The int64 array whose bits came as float64; the caller's missing value is the smallest."""
    array = bits.view(np.int64)
    if array.size and array.min() == np.iinfo(np.int64).min:
        count = int((array == np.iinfo(np.int64).min).sum())
        raise ValueError(f"The data have {count} missing values (NA), and int64 has none.")
    return array


# -- out


snapshot = Variable.snapshot
clone = copy.copy


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
        that fit a dict of its `shape` and `integer`: R is to allocate it and call
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
    place = (ctypes.c_char * memory.nbytes).from_address(memory.ctypes.data)
    with _borrowed(x) as array:
        memory_order.copy_into(np.ndarray(memory.shape, memory.dtype, place, order="F"), array)
        return array[(0,) * array.ndim].astype(memory.dtype).item()


@contextlib.contextmanager
def _borrowed(x):
    """The value as a NumPy array, perhaps of live memory: to be copied before the block ends."""
    if isinstance(x, Variable):
        x._check_leaving()
        # Other threads may write.
        with x._lock:
            yield np.asarray(x._backend.borrow(x.value))
    else:
        backend = backends.backend_of(x)
        leaving.check(backend, x)
        yield np.asarray(backend.borrow(x))


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
    return memory_order.copied(array, target, "F")


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
