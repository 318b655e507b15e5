"""AbstractArray: a NumPy array without values, which NumPy's functions turn into another such.

Shapes of views come from NumPy itself, asked with an array of strides zero, which costs no memory;
dtypes from calls with arrays of one element. What only depends on shape and dtype (`np.zeros_like`)
is a real array. Whoever asks for values, or calls a function that is not known here, gets an
`UnknownValueError`. A framework that is computing shapes alone may make a tensor of one.
"""

import math
from contextvars import ContextVar

import numpy as np

__all__ = ["AbstractArray", "UnknownValueError"]


class UnknownValueError(TypeError):
    """The values of an array were asked for of which only shape and dtype are known."""


computing_shapes = ContextVar("kerasvar_computing_shapes", default=None)
"""The backend whose tensors have no values either at present; see `Tracing.abstractly`."""


def _hollow_tensor(array, name, dtype=None):
    backend = computing_shapes.get()
    if backend is None or backend.name != name:
        _no_values(f"a conversion to {name}")(array)
    return backend.from_abstract(array, dtype)


def _is_abstract(x):
    return isinstance(x, AbstractArray)


def _with(replace, x):
    """`x`, a list or tuple entered, with `replace(a)` for each abstract array `a`."""
    if _is_abstract(x):
        return replace(x)
    if type(x) in (list, tuple):
        return type(x)(_with(replace, element) for element in x)
    if type(x) is dict:
        return {key: _with(replace, value) for key, value in x.items()}
    return x


def _hollow(x):
    return np.broadcast_to(np.zeros((), bool), x.shape)


def _single(x):
    return np.ones((1,) * x.ndim, x.dtype)


def _dtype(function, args, kwargs):
    """The dtype that the function gives for such arguments, found with single elements."""

    def shrink(x):
        if isinstance(x, np.ndarray):
            return np.ones((1,) * x.ndim, x.dtype)
        return type(x)(map(shrink, x)) if type(x) in (list, tuple) else x

    args = shrink(tuple(_with(_single, args)))
    with np.errstate(all="ignore"):
        return np.asarray(function(*args, **_with(_single, kwargs))).dtype


# ---- shapes by kind of function ---------------------------------------------------------------


def _as_view(function, args, kwargs):
    dtype = next(x for x in (*args, *kwargs.values()) if _is_abstract(x)).dtype
    found = function(*_with(_hollow, args), **_with(_hollow, kwargs))
    if isinstance(found, (list, tuple)):
        return type(found)(AbstractArray(part.shape, dtype) for part in found)
    return AbstractArray(found.shape, dtype)


def _as_reduction(function, args, kwargs):
    return _reduced(function, args, kwargs, kwargs.get("axis", args[1] if len(args) > 1 else None))


def _reduced(function, args, kwargs, axis):
    shape = args[0].shape
    axes = range(len(shape)) if axis is None else np.atleast_1d(axis)
    gone = {int(a) % max(len(shape), 1) for a in axes}
    if kwargs.get("keepdims"):
        shape = tuple(1 if a in gone else n for a, n in enumerate(shape))
    else:
        shape = tuple(n for a, n in enumerate(shape) if a not in gone)
    return AbstractArray(shape, _dtype(function, args, kwargs))


def _as_elementwise(function, args, kwargs):
    shape = np.broadcast_shapes(*(np.shape(x) for x in args))
    return AbstractArray(shape, _dtype(function, args, kwargs))


def _as_same_shape(function, args, kwargs):
    return AbstractArray(args[0].shape, _dtype(function, args, kwargs))


def _as_along(function, args, kwargs):
    """Same shape along an axis, flat where the axis is None (an array without axes gets one)."""
    default = None if function in (np.cumsum, np.cumprod) else -1
    axis = kwargs.get("axis", args[1] if len(args) > 1 else default)
    array = args[0]
    shape = array.shape if axis is not None and array.shape else (array.size,)
    return AbstractArray(shape, _dtype(function, args, kwargs))


def _as_join(function, args, kwargs):
    parts = args[0]
    axis = kwargs.get("axis", args[1] if len(args) > 1 else 0)
    shape = list(np.shape(parts[0]))
    if function is np.stack:
        shape.insert(axis % (len(shape) + 1), len(parts))
    else:
        shape[axis] = sum(np.shape(part)[axis] for part in parts)
    return AbstractArray(shape, _dtype(function, args, kwargs))


def _as_known(function, args, kwargs):
    # A real array of the right dtype, at no cost: these look at shape and dtype alone.
    def typed(x):
        return np.broadcast_to(np.zeros((), x.dtype), x.shape)

    return function(*_with(typed, args), **_with(typed, kwargs))


def _matmul_shape(a, b):
    if not a or not b:
        raise ValueError("matmul needs arrays of at least one axis")
    left, right = (1, *a) if len(a) == 1 else a, (*b, 1) if len(b) == 1 else b
    if left[-1] != right[-2]:
        raise ValueError(f"matmul: the shapes {tuple(a)} and {tuple(b)} do not fit")
    shape = np.broadcast_shapes(left[:-2], right[:-2])
    return shape + left[-2:-1] * (len(a) > 1) + right[-1:] * (len(b) > 1)


def _as_dot(function, args, kwargs):
    a, b = map(np.shape, args)
    if not a or not b:
        return _as_elementwise(np.multiply, args, kwargs)
    if len(b) == 1:
        return AbstractArray(_matmul_shape(a, b), _dtype(function, args, kwargs))
    if a[-1] != b[-2]:
        raise ValueError(f"dot: the shapes {a} and {b} do not fit")
    return AbstractArray(a[:-1] + b[:-2] + b[-1:], _dtype(function, args, kwargs))


_KINDS = {
    _as_view: "reshape transpose moveaxis swapaxes expand_dims squeeze broadcast_to ravel flip "
    "split array_split diagonal atleast_1d atleast_2d rollaxis",
    _as_reduction: "sum mean prod max min amax amin any all var std argmax argmin median ptp "
    "count_nonzero",
    _as_elementwise: "where clip isclose",
    _as_same_shape: "round around roll real imag nan_to_num copy",
    _as_along: "cumsum cumprod sort argsort",
    _as_join: "concatenate stack",
    _as_known: "shape ndim size zeros_like ones_like empty_like full_like",
    _as_dot: "dot",
}
_RULES = {getattr(np, name): rule for rule, names in _KINDS.items() for name in names.split()}
_RULES[np.linalg.norm] = lambda function, args, kwargs: _reduced(
    function, args, kwargs, kwargs.get("axis")
)


# ---- the array --------------------------------------------------------------------------------


def _no_values(name):
    def method(self, *args, **kwargs):
        raise UnknownValueError(
            f"The values of {self!r} were asked for (by `{name}`); only its shape and dtype are "
            "known. Use those alone, or pass an array."
        )

    method.__name__ = name
    return method


def _by_function(name):
    function = getattr(np, name)

    def method(self, *args, **kwargs):
        return function(self, *args, **kwargs)

    method.__name__ = name
    return method


class AbstractArray(np.lib.mixins.NDArrayOperatorsMixin):
    """An array of `shape` (tuple of int) and `dtype` (np.dtype) of which no values are known."""

    __slots__ = ("dtype", "shape")

    def __init__(self, shape, dtype):
        self.shape = tuple(map(int, shape))
        self.dtype = np.dtype(dtype)

    def __repr__(self):
        return f"AbstractArray(shape={self.shape}, dtype={self.dtype})"

    @property
    def ndim(self):
        return len(self.shape)

    @property
    def size(self):
        return math.prod(self.shape)

    @property
    def T(self):
        return self.transpose()

    def __len__(self):
        return len(_hollow(self))

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def __getitem__(self, index):
        if any(_is_abstract(i) for i in (index if type(index) is tuple else (index,))):
            _no_values("__getitem__")(self)
        return AbstractArray(np.shape(_hollow(self)[index]), self.dtype)

    def astype(self, dtype, *args, **kwargs):
        return AbstractArray(self.shape, dtype)

    def reshape(self, *shape, **kwargs):
        return AbstractArray(_hollow(self).reshape(*shape, **kwargs).shape, self.dtype)

    def transpose(self, *axes):
        return AbstractArray(_hollow(self).transpose(*axes).shape, self.dtype)

    def __jax_array__(self):
        return _hollow_tensor(self, "jax")

    def __tf_tensor__(self, dtype=None, name=None):
        return _hollow_tensor(self, "tensorflow", None if dtype is None else dtype.name)

    def __torch_tensor__(self):
        # No protocol of torch's: our own backend asks.
        return _hollow_tensor(self, "torch")

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **kwargs):
        if out is not None:
            _no_values("out")(self)
        call = ufunc if method == "__call__" else getattr(ufunc, method)
        if method == "__call__" and ufunc is np.matmul:
            shape = _matmul_shape(*map(np.shape, inputs))
        elif method == "__call__" and ufunc.signature is None:
            shape = np.broadcast_shapes(*map(np.shape, inputs))
        elif method == "outer":
            shape = sum(map(np.shape, inputs), ())
        elif method == "accumulate":
            shape = inputs[0].shape
        elif method == "reduce":
            return _reduced(call, inputs, kwargs, kwargs.get("axis", 0))
        else:
            return NotImplemented
        if ufunc.nout > 1:
            kinds = [np.asarray(part).dtype for part in call(*_with(_single, inputs), **kwargs)]
            return tuple(AbstractArray(shape, kind) for kind in kinds)
        return AbstractArray(shape, _dtype(call, inputs, kwargs))

    def __array_function__(self, function, types, args, kwargs):
        if function not in _RULES:
            _no_values(f"np.{function.__name__}")(self)
        return _RULES[function](function, args, kwargs)


for _name in (
    "__array__ __bool__ __int__ __float__ __complex__ __index__ __setitem__ __contains__ "
    "item tolist tobytes"
).split():
    setattr(AbstractArray, _name, _no_values(_name))
for _name in (
    "sum mean prod max min any all var std argmax argmin ravel squeeze swapaxes clip round cumsum "
    "cumprod dot copy"
).split():
    setattr(AbstractArray, _name, _by_function(_name))
