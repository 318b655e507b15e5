"""class Variable: identity, state, reading, assigning.

What a framework does is behind `self._backend` and `self._storage` (`backends/base.py`); what scopes
are in force is asked of `scopes`; subscripts are turned into selections by `subscript`. Values enter
through one door, `_value_for`, and are copied there or by the storage, exactly once.
"""

import contextlib
import threading
from operator import attrgetter

import numpy as np

from . import backends, config, dtypes, naming, operators, scopes, shapes
from .backends._host import cast as host_cast
from .copies import Copies
from .protocols import Protocols
from .subscript import python_selection
from .summary import summary

__all__ = ["Variable", "by_path"]

_AGGREGATIONS = (None, "none", "mean", "sum", "only_first_replica")
_NO_DEVICE = _NO_LOCK = contextlib.nullcontext()
_NUMBERS = frozenset((bool, int, float, complex))
_PLAIN = _NUMBERS | {list, tuple}
_ACCUMULATED = ("add", "subtract")
_SYNCHRONIZATIONS = (None, "none", "on_read", "on_write", "auto")


class Variable(operators.Array, Protocols, Copies):
    """A named, shaped, typed container whose value lives in one framework and is updated in place.

    Args:
        initializer: a number, a (nested) list, an array or a tensor of any framework; or a callable
            taking `shape` and `dtype`; or an initializer's name.
        shape: iterable of int >= 0; needed with a callable. With a value, what it must have.
        dtype: the dtype (`standardize_dtype`). Without it an array or tensor keeps its own, Python
            floats get floatx, integers int32, logicals bool, and a callable floatx.
        trainable: whether gradients are wanted.
        autocast: whether it reads as the dtype of an autocast scope (floats only).
        aggregation: None, "none", "mean", "sum" or "only_first_replica": how a distributed
            variable's replicas become one value (tensorflow).
        synchronization: None, "none", "on_read", "on_write" or "auto": when they do.
        name: a string without "/"; automatic if None: variable, variable_1, ...
        layout: how the value lies on several devices (jax: a sharding).
        backend: "numpy", "tensorflow", "jax", "torch" or a registered one; the default one if None.
        **kwargs: `regularizer`, `constraint`.

    Raises:
        ValueError: an argument is not as above; the message names it and what came.
        ImportError: the backend is not installed.

    `value` is the framework's own tensor: on numpy and jax a snapshot, on tensorflow and torch the
    live tf.Variable and Parameter, which tapes and optimizers need. What `snapshot()`, `numpy()`
    and `__array__` hand out never changes. Semantics otherwise: `keras.Variable` (Keras 3).
    """

    # Of the class, so that what most variables never have costs them nothing.
    _storage = None
    _initializer = None
    _regularizer = None
    _constraint = None
    _overwrite_with_gradient = False
    _keras_twin = None

    def __init__(
        self,
        initializer,
        shape=None,
        dtype=None,
        trainable=True,
        autocast=True,
        aggregation="none",
        synchronization="auto",
        name=None,
        layout=None,
        backend=None,
        **kwargs,
    ):
        if name is None or name == "":
            name = naming.auto_name("variable")
        else:
            naming.check_name(name)
        if aggregation not in _AGGREGATIONS:
            raise ValueError(_not_among("aggregation", aggregation, _AGGREGATIONS))
        if synchronization not in _SYNCHRONIZATIONS:
            raise ValueError(_not_among("synchronization", synchronization, _SYNCHRONIZATIONS))
        self._backend = backend = backends.get(config.backend() if backend is None else backend)
        self._name = name
        path = scopes.current_path()
        self._path = f"{path}/{name}" if path else name
        self._trainable = bool(trainable)
        self._autocast = bool(autocast)
        self._aggregation = aggregation or "none"
        self._synchronization = synchronization or "none"
        self._layout = layout
        self._lock = threading.Lock()
        if kwargs:
            self._set_extras(kwargs)
        if dtype is not None:
            dtype = dtypes.standardize_dtype(dtype, backend.name)
        if isinstance(initializer, str) and dtype != "string":
            from . import initializers

            initializer = initializers.get(initializer)
        if callable(initializer):
            if backends.backend_of(initializer) is None:
                self._begin_with_callable(initializer, shape, dtype)
                return
        if scopes.in_stateless_scope():
            raise ValueError(
                f"The variable {self._path!r} cannot be created from a value inside a stateless "
                "scope. Create it before, or give a callable `initializer` and a `shape`."
            )
        self._begin_with_value(initializer, shape, dtype)

    # -- creation

    def _set_extras(self, kwargs):
        for key in ("regularizer", "constraint"):
            if key in kwargs:
                setattr(self, key, kwargs.pop(key))
        if kwargs:
            raise TypeError(f"Variable() got unexpected arguments: {', '.join(sorted(kwargs))}")

    def _begin_with_callable(self, initializer, shape, dtype):
        if shape is None:
            raise ValueError(
                "Argument `shape` is needed when `initializer` is a callable. "
                f"Received: initializer={initializer!r} and shape=None"
            )
        self._dtype = self._backend.canonical_dtype(dtype or config.floatx())
        self._shape = self._full_shape(shape)
        self._initializer = initializer
        if scopes.in_stateless_scope():
            scopes.defer_initialization(self)
        else:
            self._finish_initialization()

    def _begin_with_value(self, initializer, shape, dtype):
        value, own_dtype = self._value_for(initializer, dtype)
        self._dtype = self._backend.canonical_dtype(dtype or own_dtype)
        self._shape = tuple(value.shape)
        if None in self._shape:
            self._full_shape(self._shape)
        if shape is not None and self._full_shape(shape) != self._shape:
            raise ValueError(
                f"Argument `shape` is {self._full_shape(shape)}, but `initializer` has the shape "
                f"{self._shape}."
            )
        self._make_storage(value)

    def _full_shape(self, shape):
        shape = shapes.standardize_shape(shape)
        if None in shape:
            raise ValueError(
                "Argument `shape` must be fully-defined (no unknown dimensions). "
                f"Received: shape={shape} for the variable {self._path!r}"
            )
        return shape

    def _finish_initialization(self):
        """Give a variable that was made from a callable its first value."""
        with self._lock:
            if self._storage is not None:
                return
            self._make_storage(self._initial_value())
            self._initializer = None

    def _initial_value(self):
        value, _ = self._value_for(
            self._initializer(self._shape, dtype=self._dtype), self._dtype
        )
        if tuple(value.shape) != self._shape:
            raise ValueError(
                f"The initializer of the variable {self._path!r} returned the shape "
                f"{tuple(value.shape)} for shape={self._shape}."
            )
        return value

    def _make_storage(self, value):
        backend = self._backend
        device = scopes.current_device()
        with _NO_DEVICE if device is None else backend.device(device):
            storage = backend.storage(
                value,
                self._dtype,
                trainable=self._trainable,
                name=self._path,
                aggregation=self._aggregation,
                synchronization=self._synchronization,
                layout=self._layout,
            )
        self._hold(storage)

    def _hold(self, storage):
        self._storage = storage
        if storage.replicated:
            # The framework writes from several threads that wait for each other.
            self._lock = _NO_LOCK

    @classmethod
    def _around(cls, storage, backend, *, name, dtype, shape, **state):
        """A variable around a storage that exists already."""
        self = cls.__new__(cls)
        defaults = {
            "autocast": True,
            "aggregation": "none",
            "synchronization": "auto",
            "layout": None,
            "trainable": True,
            "path": name,
        }
        for key, value in {**defaults, **state}.items():
            setattr(self, f"_{key}", value)
        self._name = name
        self._backend = backend
        self._dtype = dtype
        self._shape = shape
        self._lock = threading.Lock()
        self._hold(storage)
        return self

    # -- the door

    def _value_for(self, value, dtype=None):
        """`(tensor of this backend or NumPy array, dtype of its own)` of anything that has a value."""
        backend = self._backend
        if type(value) in _NUMBERS and dtype is not None and dtype != "string":
            return np.asarray(value, dtype=dtypes.numpy_dtype(dtype)), dtype
        if type(value) in _PLAIN:
            return self._of_python(value, dtype)
        if isinstance(value, np.ndarray):
            if value.dtype.kind == "O" and value.size:
                return self._of_python(value.tolist(), dtype)
            if value.dtype.kind in "OUST" and dtype is None:
                return value.astype(object), "string"
            return value, dtypes.standardize_dtype(value.dtype) if dtype is None else dtype
        if isinstance(value, Variable):
            # In its own dtype: what an autocast scope makes of it is for computing with.
            if value._backend is backend:
                return backend.tensor(value._current()), value._dtype
            return value._backend.host(value._read(live=False, cast=False)), value._dtype
        if backend.is_tensor(value):
            return value, backend.dtype(value)
        other = backends.backend_of(value)
        if other is not None:
            return other.host(value), other.dtype(value)
        if hasattr(value, "__array__"):
            value = np.asarray(value)
            return value, dtypes.standardize_dtype(value.dtype)
        return self._of_python(value, dtype)

    def _of_python(self, value, dtype):
        # Asked even where the dtype is known: NumPy reads None as NaN, and "1" as 1.
        own = dtypes.dtype_of_python(value, self._backend.name)
        if dtype is not None:
            if (own == "string") != (dtype == "string"):
                raise ValueError(f"Argument `value` is {own}, and the variable is {dtype}.")
            own = dtype
        return backends.from_list(self._backend, value, own), own

    def _coerce(self, value, argument="value", copy=False):
        """`value` as a tensor of this variable's backend, dtype and shape; see `Backend.tensor`.

        Raises ValueError, naming `argument`, if the shape is another.
        """
        value, _ = self._value_for(value, self._dtype)
        self._check_shape(value, argument)
        return self._backend.tensor(value, self._dtype, copy=copy)

    def _check_shape(self, value, argument):
        if not shapes.shape_equal(value.shape, self._shape):
            raise ValueError(
                f"Argument `{argument}` must have the shape of the variable {self._path!r}: "
                f"expected {self._shape}, received {tuple(value.shape)}."
            )

    # -- identity and state

    @property
    def name(self):
        """The variable's own name (str)."""
        return self._name

    @property
    def path(self):
        """The names of the scopes it was made in and its own, joined by "/" (str)."""
        return self._path

    # Read so often that a getter in Python would show.
    shape = property(attrgetter("_shape"), doc="The shape (tuple of int).")

    @property
    def ndim(self):
        """The number of axes (int)."""
        return len(self._shape)

    @property
    def size(self):
        """The number of elements (int)."""
        return int(np.prod(self._shape, dtype=np.int64))

    @property
    def dtype(self):
        """The dtype it reads as (str): its own, or an autocast scope's."""
        frame = scopes.reading()
        if frame is not None and frame.autocast is not None and self._casts():
            return frame.autocast.dtype
        return self._dtype

    @property
    def _dtype(self):
        # The storage's, if a framework may have changed it; else what the variable was made with.
        storage = self._storage
        return storage is not None and storage.dtype or self._first_dtype

    @_dtype.setter
    def _dtype(self, dtype):
        self._first_dtype = dtype

    def _casts(self):
        return self._autocast and dtypes.is_float_dtype(self._dtype)

    @property
    def backend(self):
        """The name of the backend it lives in (str)."""
        return self._backend.name

    @property
    def trainable(self):
        """Whether gradients are wanted (bool)."""
        return self._trainable

    @trainable.setter
    def trainable(self, value):
        self._trainable = bool(value)
        if self._storage is not None:
            self._storage.set_trainable(self._trainable)

    @property
    def autocast(self):
        """Whether it reads as the dtype of an autocast scope (bool)."""
        return self._autocast

    @property
    def aggregation(self):
        """How a distributed variable's replicas become one value (str)."""
        return self._aggregation

    @property
    def synchronization(self):
        """When a distributed variable's replicas become one value (str)."""
        return self._synchronization

    @property
    def layout(self):
        """How the value lies on several devices, or None."""
        return self._layout

    @property
    def regularizer(self):
        """A callable from the value to a loss, or None."""
        return self._regularizer

    @regularizer.setter
    def regularizer(self, value):
        self._regularizer = _callable_or_none("regularizer", value)

    @property
    def constraint(self):
        """A callable from the value to an allowed value, or None."""
        return self._constraint

    @constraint.setter
    def constraint(self, value):
        self._constraint = _callable_or_none("constraint", value)

    @property
    def overwrite_with_gradient(self):
        """Whether an optimizer should put the gradient in place of the value (bool)."""
        return self._overwrite_with_gradient

    @overwrite_with_gradient.setter
    def overwrite_with_gradient(self, value):
        if not isinstance(value, bool):
            raise TypeError(
                "Attribute `overwrite_with_gradient` must be a bool. "
                f"Received: {value!r} (type {type(value).__name__})"
            )
        self._overwrite_with_gradient = value

    # -- reading

    @property
    def value(self):
        """The framework's own tensor: see the class for which are live and which are snapshots."""
        frame = scopes.reading()
        if frame is None:
            if self._storage is not None:
                return self._storage.value
        elif frame.autocast is None and frame.stateless is not None:
            value = frame.stateless.state_mapping.get(self)
            if value is not None:
                return value
        return self._read(live=True)

    def snapshot(self):
        """The value as a tensor of the framework that stays as it is, whatever is written later."""
        return self._read(live=False)

    def _read(self, live, cast=True):
        frame = scopes.reading()
        value = None
        if frame is not None and frame.stateless is not None:
            value = frame.stateless.get_current_value(self)
        if value is None:
            if self._storage is None:
                value = self._placeholder()
            else:
                value = self._storage.value if live else self._storage.snapshot()
        if cast and frame is not None and frame.autocast is not None and self._casts():
            if frame.autocast.dtype != self._dtype:
                value = self._backend.cast(value, frame.autocast.dtype)
        return value

    def _placeholder(self):
        return self._backend.tensor(self._initial_value(), self._dtype)

    def numpy(self):
        """The value as a NumPy array, read-only where it shares memory; it never changes."""
        if scopes.reading() is None and self._storage is not None:
            return self._storage.host()
        return self._backend.host(self._read(live=False))

    # -- assigning

    def assign(self, value):
        """Replace the value; cast to the variable's dtype as the framework casts.

        Args:
            value: anything with a value, of exactly the variable's shape.

        Returns:
            The new value, as `value` reads.

        Raises:
            ValueError: another shape. The variable is then as it was.
        """
        if (
            not self._backend.is_tensor(value)
            or self._dtype == "string"
            or value.__class__ is np.ndarray and value.dtype.kind == "O"
        ):
            value, _ = self._value_for(value, self._dtype)
        if value.shape != self._shape:
            self._check_shape(value, "value")
        frame, storage = scopes.reading(), self._storage
        if frame is None and storage is not None:
            with self._lock:
                storage.assign(value)
            return storage.value
        if frame is not None and frame.stateless is not None:
            value = self._backend.tensor(value, self._dtype, copy=True)
            frame.stateless.state_mapping[self] = value
            return value if frame.autocast is None else self.value
        with self._lock:
            self._put(value)
        return self.value

    def assign_add(self, value):
        """Add `value`, which broadcasts to the shape; computed in the variable's own dtype.

        Returns the new value. Concurrent calls lose nothing.
        """
        return self._accumulate("add", value)

    def assign_sub(self, value):
        """Subtract `value`: see `assign_add`."""
        return self._accumulate("subtract", value)

    def _accumulate(self, operator, value):
        backend = self._backend
        if isinstance(value, Variable) and value._backend is not backend:
            raise operators.different_frameworks(backend, value._backend)
        operand, dtype = operators.operand(backend, self._stored(value))
        if operand is NotImplemented:
            operand, dtype = self._value_for(value, self._dtype)
        value = operand
        if self._storage is not None and self._storage.replicated and operator in _ACCUMULATED:
            if not scopes.in_stateless_scope():
                value = backend.tensor(self._value_for(value, self._dtype)[0], self._dtype)
                self._storage.accumulate(operator, value)
                return self.value
        with self._lock:
            new = operators.binary(backend, operator, self._current(), self._dtype, value, dtype)
            self._check_shape(new, "value")
            self._put(new)
        return self.value

    @staticmethod
    def _stored(value):
        """A variable's value in its own dtype, out of reach of an autocast scope."""
        return value._current() if isinstance(value, Variable) else value

    def _current(self):
        """The value in the variable's own dtype: the stateless scope's, or the stored one."""
        stateless = scopes.get_stateless_scope()
        value = None if stateless is None else stateless.get_current_value(self)
        if value is None:
            value = self._placeholder() if self._storage is None else self._storage.value
        return value

    def _put(self, value):
        stateless = scopes.get_stateless_scope()
        if stateless is not None:
            stateless.add_update((self, self._backend.tensor(value, self._dtype, copy=True)))
        elif self._storage is None:
            self._make_storage(value)
        else:
            self._storage.assign(value)

    def _update(self, selection, value, op="set"):
        """Write `value` (tensor of this backend or NumPy array) to the selected positions in place."""
        with self._lock:
            stateless = scopes.get_stateless_scope()
            if stateless is not None:
                new = self._backend.updated(self._current(), selection, value, op)
                stateless.add_update((self, new))
                return
            if self._storage is None:
                self._make_storage(self._initial_value())
            self._storage.update(selection, value, op)

    # -- subscripts

    def __getitem__(self, key):
        value = self.value
        if isinstance(key, Variable):
            key = key.numpy()
        return self._backend.select(value, python_selection(self._shape, key))

    def __setitem__(self, key, value):
        selection = python_selection(self._shape, key)
        value, _ = self._value_for(value, self._dtype)
        shape = selection.shape
        extra = len(value.shape) - len(shape)
        if extra > 0 and tuple(value.shape[:extra]) == (1,) * extra:
            value = self._backend.tensor(value, self._dtype)
            value = self._backend.function("reshape")(value, tuple(value.shape[extra:]))
        if value.shape != shape and not shapes.broadcasts_to(tuple(value.shape), shape):
            raise ValueError(
                f"Argument `value` of shape {tuple(value.shape)} does not broadcast to the selected "
                f"shape {shape} of the variable {self._path!r}."
            )
        if shape != selection.index_shape and len(value.shape):
            value = self._backend.tensor(value, self._dtype)
            value = self._backend.function("broadcast_to")(value, shape)
            value = self._backend.function("reshape")(value, selection.index_shape)
        elif isinstance(value, np.ndarray):
            value = host_cast(value, dtypes.numpy_dtype(self._dtype))
        else:
            value = self._backend.tensor(value, self._dtype)
        self._update(selection, value)

    def __len__(self):
        if not self._shape:
            raise TypeError("len() of a variable without axes")
        return self._shape[0]

    def __iter__(self):
        value = self.snapshot()
        for position in range(len(self)):
            yield self._backend.select(value, python_selection(self._shape, position))

    def __repr__(self):
        try:
            shown = f", value={summary(self)}"
        except Exception:
            # A value that is nowhere (torch's meta device) or not there yet (while tracing).
            shown = ""
        return f"<Variable path={self._path}, shape={self._shape}, dtype={self.dtype}{shown}>"


def by_path(variables, clash="Several of `variables` have the same path: {}"):
    """A dict from path to variable, for what needs unique paths (a state, a checkpoint).

    Args:
        variables: an iterable of variables, or one.
        clash: what is said of the paths that several variables have.

    Raises:
        ValueError: several variables have the same path: lists which.
        TypeError: something in `variables` is no variable.
    """
    if isinstance(variables, Variable):
        variables = [variables]
    found, clashing = {}, []
    for variable in variables:
        if not isinstance(variable, Variable):
            raise TypeError(
                "`variables` must be Variables. "
                f"Received: {variable!r} (type {type(variable).__name__})"
            )
        if found.setdefault(variable.path, variable) is not variable:
            clashing.append(variable.path)
    if clashing:
        raise ValueError(clash.format(", ".join(map(repr, dict.fromkeys(clashing)))))
    return found


def _not_among(argument, received, allowed):
    return (
        f"Argument `{argument}` must be one of {', '.join(map(repr, allowed))}. "
        f"Received: {received!r}"
    )


def _callable_or_none(attribute, value):
    if value is not None and not callable(value):
        raise ValueError(
            f"Attribute `{attribute}` must be a callable or None. "
            f"Received: {value!r} (type {type(value).__name__})"
        )
    return value


# Equality is elementwise; a variable is itself, so it can be a key.
Variable.__hash__ = object.__hash__
# The names of the classes stay, whatever files they are in: other languages' methods hang on them.
Variable.__module__ = operators.Array.__module__ = "kerasvar"
backends.register_class(Variable)
