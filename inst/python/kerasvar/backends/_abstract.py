"""AbstractArray: a NumPy array without values, which NumPy's functions turn into another such.

NumPy itself says which shape and dtype a result has. A view is made of an array whose strides are
all zero; any other function is called with arrays that have one more axis in front, of length 0.
Neither has elements to store or to compute: a parameter of any size costs nothing. This is done for
elementwise ufuncs, their `reduce`, `accumulate` and `outer`, for matmul, for subscripts and for the
functions listed below; any other, and whoever asks for values, gets an UnknownValueError. Values
are not checked, nor what NumPy checks only where there are some (the maximum of an empty axis).

It is no subclass of np.ndarray: `np.asarray` and the frameworks read such memory without asking.
"""

import functools
from contextvars import ContextVar

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple


class UnknownValueError(TypeError):
    """The values of an array were asked for of which only shape and dtype are known."""


computing_shapes = ContextVar("kerasvar_computing_shapes", default=None)
"""The backend that is computing shapes alone at present; see `Tracing.eval_shape`."""


def _functions(names):
    return [getattr(np, name) for name in names.split()]


_VIEWS = _functions(
    "reshape transpose moveaxis swapaxes expand_dims squeeze broadcast_to flip split array_split "
    "diagonal atleast_1d atleast_2d rollaxis"
)
# These look at shape and dtype alone, and what they give has values.
_KNOWN = _functions("shape ndim size zeros_like ones_like empty_like full_like")
_ELEMENTWISE = _functions("where clip isclose round around roll real imag nan_to_num copy")
# Those along an axis, by the position of that argument and its default.
_AXES = {
    (1, None): "sum mean prod max min amax amin any all var std argmax argmin median ptp "
    "count_nonzero cumsum cumprod",
    (1, -1): "sort argsort",
    (1, 0): "concatenate stack",
}
_AXIS = {f: axis for axis, names in _AXES.items() for f in _functions(names)}
_AXIS[np.linalg.norm] = (2, None)


def _replaced(replace, x):
    """`x`, a list, tuple or dict entered, with `replace(a)` for each array `a` that has axes."""
    if isinstance(x, AbstractArray) or (isinstance(x, np.ndarray) and x.ndim):
        return replace(x)
    if type(x) in (list, tuple):
        return type(x)(_replaced(replace, element) for element in x)
    return {k: _replaced(replace, v) for k, v in x.items()} if type(x) is dict else x


def _abstract(found, skip=0):
    """AbstractArrays of the shapes and dtypes of what was found, without the first `skip` axes."""
    if isinstance(found, (list, tuple)):
        return type(found)(_abstract(part, skip) for part in found)
    return AbstractArray(found.shape[skip:], found.dtype)


def _on_views(function, args, kwargs):
    def view(x):
        return x._view if isinstance(x, AbstractArray) else x

    return function(*_replaced(view, args), **_replaced(view, kwargs))


def _on_batches(function, args, kwargs, flat=False):
    """What `function` gives for arrays in batches of none, all with as many axes, or all flat."""

    def shape(x):
        return (x.size,) if flat else x.shape

    shapes = []
    _replaced(lambda x: shapes.append(shape(x)), [args, kwargs])
    ndim = max(map(len, shapes))

    def batch(x):
        return np.empty((0, *(1,) * (ndim - len(shape(x))), *shape(x)), x.dtype)

    with np.errstate(all="ignore"):
        found = function(*_replaced(batch, args), **_replaced(batch, kwargs))
    return _abstract(found, skip=1)


def _elementwise(function, args, kwargs):
    args = [np.asarray(x) if type(x) in (list, tuple) else x for x in args]
    return _on_batches(function, args, kwargs)


def _along_axis(function, args, kwargs, position, default):
    args, kwargs = list(args), dict(kwargs)
    axis = args[position] if len(args) > position else kwargs.get("axis", default)
    ndim = np.ndim(args[0][0] if type(args[0]) in (list, tuple) else args[0])
    ndim += function is np.stack
    if axis is None:
        # Most of these lay the elements out in a row, or might as well.
        flat = not kwargs.keys() & {"keepdims", "ord"}
        shifted = 1 if flat else tuple(range(1, ndim + 1))
    else:
        # NumPy lets an array without axes have the axis 0.
        flat = not ndim
        shifted = tuple(a + 1 for a in normalize_axis_tuple(axis, ndim or 1))
        shifted = shifted if np.ndim(axis) else shifted[0]
    if len(args) > position:
        args[position] = shifted
    else:
        kwargs["axis"] = shifted
    return _on_batches(function, args, kwargs, flat)


def _matmul(a, b):
    # A vector on the left is a row, one on the right a column.
    row, column = np.ndim(a) == 1, np.ndim(b) == 1
    found = _on_batches(np.matmul, (a[None] if row else a, b[:, None] if column else b), {})
    found = found[..., 0] if column else found
    return (found[0] if column else found[..., 0, :]) if row else found


# ---- the array --------------------------------------------------------------------------------


class AbstractArray(np.lib.mixins.NDArrayOperatorsMixin):
    """An array of `shape` (tuple of int) and `dtype` (np.dtype) of which no values are known."""

    __slots__ = ("_view",)

    def __init__(self, shape, dtype):
        self._view = np.broadcast_to(np.zeros((), dtype), shape)

    shape = property(lambda self: self._view.shape)
    dtype = property(lambda self: self._view.dtype)
    ndim = property(lambda self: self._view.ndim)
    size = property(lambda self: self._view.size)
    T = property(lambda self: self.transpose())

    def __repr__(self):
        return f"AbstractArray(shape={self.shape}, dtype={self.dtype})"

    def __len__(self):
        return len(self._view)

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def __getitem__(self, index):
        index = index if type(index) is tuple else (index,)
        if any(isinstance(i, AbstractArray) for i in index):
            self._no_values("__getitem__")
        return _abstract(np.empty((0, *self.shape), self.dtype)[(slice(None), *index)], skip=1)

    def astype(self, dtype, *args, **kwargs):
        return AbstractArray(self.shape, dtype)

    def reshape(self, *shape, **kwargs):
        return _abstract(self._view.reshape(*shape, **kwargs))

    def transpose(self, *axes):
        return _abstract(self._view.transpose(*axes))

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        if kwargs.get("out") is None:
            if method == "__call__" and ufunc is np.matmul:
                return _matmul(*inputs)
            if method == "__call__" and ufunc.signature is None:
                return _elementwise(ufunc, inputs, kwargs)
            if method == "outer":
                a, b = inputs
                return ufunc(np.reshape(a, np.shape(a) + (1,) * np.ndim(b)), b, **kwargs)
            if method in ("reduce", "accumulate"):
                return _along_axis(getattr(ufunc, method), inputs, kwargs, 1, 0)
        self._no_values(f"np.{ufunc.__name__}")

    def __array_function__(self, function, types, args, kwargs):
        if kwargs.get("out") is None:
            if function in _KNOWN:
                return _on_views(function, args, kwargs)
            if function in _VIEWS:
                return _abstract(_on_views(function, args, kwargs))
            if function in _AXIS:
                return _along_axis(function, args, kwargs, *_AXIS[function])
            if function in _ELEMENTWISE and (function is not np.where or len(args) > 1):
                return _elementwise(function, args, kwargs)
            if function is np.ravel:
                return args[0].reshape(-1)
            if function is np.dot and np.ndim(args[0]) and np.ndim(args[1]) in (1, 2):
                return np.matmul(*args)
        self._no_values(f"np.{function.__name__}")

    def __getattr__(self, name):
        # An array's methods are NumPy's functions, or (tolist) want values.
        if name.startswith("_") or not callable(getattr(np.ndarray, name, None)):
            raise AttributeError(f"An AbstractArray has no attribute {name!r}.")
        return functools.partial(getattr(np, name, _refusing(name)), self)

    def __jax_array__(self):
        return self._tensor("jax")

    def __tf_tensor__(self, dtype=None, name=None):
        return self._tensor("tensorflow", None if dtype is None else dtype.name)

    def __torch_tensor__(self):
        # No protocol of torch's: our own backend asks.
        return self._tensor("torch")

    def _tensor(self, name, dtype=None):
        backend = computing_shapes.get()
        if backend is None or backend.name != name:
            self._no_values(f"a conversion to {name}")
        return backend.from_abstract(self, dtype)

    def _no_values(self, name):
        raise UnknownValueError(
            f"The values of {self!r} were asked for (by `{name}`); only its shape and dtype are "
            "known. Use those alone, or pass an array."
        )


def _refusing(name):
    return lambda self, *args, **kwargs: self._no_values(name)


for _name in (
    "__array__ __bool__ __int__ __float__ __complex__ __index__ __setitem__ __contains__"
).split():
    setattr(AbstractArray, _name, _refusing(_name))
