"""class Variable: identity, state, reading, assigning.

What a framework does is behind `self._backend` and `self._storage` (`backends/base.py`); what scopes
are in force is asked of `scopes`; subscripts are turned into selections by `subscript`. Values enter
as `coerce.operand`s, and are copied by the storage, once.
"""

import contextlib
from operator import attrgetter

import numpy as np

from . import backends, coerce, config, dtypes, leaving, naming, operators, options, scopes, shapes
from .backends._host import cast as host_cast
from .copies import Copies
from .dtypes import NUMBERS
from .locks import NoLock, new_lock
from .protocols import Protocols
from .subscript import python_selection
from .subscript.broadcast import broadcast
from .summary import summary

_NO_DEVICE = contextlib.nullcontext()
_ACCUMULATED = ("add", "subtract")


def _option(field, doc, settable=False):
    """A property for a field of `Options`."""

    def write(self, value):
        self._set_options(**{field: options.check(field, value, self._shape)})

    # A getter in Python would show.
    return property(attrgetter(f"_options.{field}"), write if settable else None, doc=doc)


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
        unknown = kwargs.keys() - {"regularizer", "constraint"}
        if unknown:
            raise TypeError(f"Variable() got unexpected arguments: {', '.join(sorted(unknown))}")
        if aggregation != "none":
            aggregation = options.check("aggregation", aggregation)
        if synchronization != "auto":
            synchronization = options.check("synchronization", synchronization)
        self._backend = backend = backends.get(config.backend() if backend is None else backend)
        path = scopes.current_path()
        path = f"{path}/{name}" if path else name
        self._lock = new_lock()
        if dtype is not None:
            dtype = dtypes.standardize_dtype(dtype, backend.name)
        if isinstance(initializer, str) and dtype != "string":
            from . import initializers

            initializer = initializers.get(initializer)
        later = callable(initializer) and backends.backend_of(initializer) is None
        if later:
            dtype = dtype or config.floatx()
        elif scopes.in_stateless_scope():
            raise ValueError(
                f"The variable {path!r} cannot be created from a value inside a stateless "
                "scope. Create it before, or give a callable `initializer` and a `shape`."
            )
        else:
            value, dtype = self._incoming(initializer, dtype)
        self._options = options.Options(
            name,
            path,
            backend.canonical_dtype(dtype),
            bool(trainable),
            bool(autocast),
            aggregation,
            synchronization,
            layout,
            options.check("regularizer", kwargs.get("regularizer")),
            options.check("constraint", kwargs.get("constraint")),
        )
        self._typed = self._options
        if later:
            self._begin_with_callable(initializer, shape)
        else:
            self._begin_with_value(value, shape)

    # -- creation

    def _begin_with_callable(self, initializer, shape):
        if shape is None:
            raise ValueError(
                "Argument `shape` is needed when `initializer` is a callable. "
                f"Received: initializer={initializer!r} and shape=None"
            )
        self._shape = self._full_shape(shape)
        self._initializer = initializer
        if scopes.in_stateless_scope():
            scopes.defer_initialization(self)
        else:
            self._finish_initialization()

    def _begin_with_value(self, value, shape):
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
                f"Received: shape={shape} for the variable {self.path!r}"
            )
        return shape

    def _finish_initialization(self):
        """Give a variable that was made from a callable its first value."""
        if self._lock._is_owned():
            raise self._met_again()
        with self._lock:
            if self._storage is not None:
                return
            self._make_storage(self._initial_value())
            self._initializer = None

    def _initial_value(self):
        value = self._initializer(self._shape, dtype=self._dtype)
        value, _ = self._incoming(value, self._dtype)
        if tuple(value.shape) != self._shape:
            raise ValueError(
                f"The initializer of the variable {self.path!r} returned the shape "
                f"{tuple(value.shape)} for shape={self._shape}."
            )
        return value

    def _make_storage(self, value):
        device = scopes.current_device()
        with _NO_DEVICE if device is None else self._backend.device(device):
            self._hold(self._options.storage(self._backend, value))

    def _hold(self, storage):
        if storage.replicated:
            # The framework writes from several threads that wait for each other.
            self._lock = NoLock()
        storage.lock = self._lock
        # What knows the dtype: the storage, where its framework may change it.
        self._typed = self._options if storage.dtype is None else storage
        self._storage = storage

    def _met_again(self):
        return RuntimeError(
            f"The variable {self.path!r} is being written, and what runs meanwhile in the same thread "
            "(an initializer, a finalizer, a signal handler) wrote to it. It may read it, and another "
            "thread may write."
        )

    @classmethod
    def _around(cls, storage, backend, shape, own):
        """A variable around a storage that exists already; `own` are its `Options`."""
        self = cls.__new__(cls)
        self._options = own
        self._backend = backend
        self._shape = shape
        self._lock = new_lock()
        self._hold(storage)
        return self

    # -- values on their way in

    def _incoming(self, value, dtype):
        """`(tensor of this backend or NumPy array, dtype of a variable made of it)` of any value."""
        backend = self._backend
        if value.__class__ in NUMBERS and dtype is not None and dtype != "string":
            return np.asarray(value, dtypes.numpy_dtype(dtype)), dtype
        value = coerce.operand(value, stored=True, dtype=dtype)
        return value.into(backend, dtype), dtype or value.stored_dtype(backend)

    def _coerce(self, value, argument="value", copy=False):
        """`value` as a tensor of this variable's backend, dtype and shape; with `copy`, in memory that
        nobody else can write to.

        Raises ValueError, naming `argument`, if the shape is another.
        """
        value, _ = self._incoming(value, self._dtype)
        self._check_shape(value, argument)
        return self._backend.tensor(value, self._dtype, copy=copy)

    @staticmethod
    def _known_shape(value):
        """The shape of a tensor; None where not even the number of axes is known while it is traced."""
        return None if getattr(value.shape, "rank", 0) is None else tuple(value.shape)

    def _check_shape(self, value, argument):
        known = self._known_shape(value)
        if known is None:
            # For the framework to check once it is known.
            return
        if not shapes.shape_equal(known, self._shape):
            raise ValueError(
                f"Argument `{argument}` must have the shape of the variable {self.path!r}: "
                f"expected {self._shape}, received {tuple(value.shape)}."
            )

    # -- identity and state

    name = _option("name", "The variable's own name (str).")
    path = _option("path", 'The names of the scopes it was made in and its own, joined by "/" (str).')

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

    _dtype = property(attrgetter("_typed.dtype"))

    def _casts(self):
        return self._options.autocast and dtypes.is_float_dtype(self._dtype)

    @property
    def backend(self):
        """The name of the backend it lives in (str)."""
        return self._backend.name

    trainable = _option("trainable", "Whether gradients are wanted (bool).")

    @trainable.setter
    def trainable(self, value):
        self._set_options(trainable=bool(value))
        if self._storage is not None:
            self._storage.set_trainable(self.trainable)

    autocast = _option("autocast", "Whether it reads as the dtype of an autocast scope (bool).")
    aggregation = _option(
        "aggregation", "How a distributed variable's replicas become one value (str)."
    )
    synchronization = _option(
        "synchronization", "When a distributed variable's replicas become one value (str)."
    )
    layout = _option("layout", "How the value lies on several devices, or None.")
    regularizer = _option("regularizer", "A callable from the value to a loss, or None.", True)
    constraint = _option("constraint", "A callable from the value to an allowed value, or None.", True)
    overwrite_with_gradient = _option(
        "overwrite_with_gradient",
        "Whether an optimizer should put the gradient in place of the value (bool).",
        True,
    )
    dimnames = _option(
        "dimnames",
        "For each axis the names of its positions (a tuple of str) or None; None without any.",
        True,
    )

    def _set_options(self, **changed):
        self._options = self._options._replace(**changed)

    # -- reading

    @property
    def value(self):
        """The framework's own tensor: see the class for which are live and which are snapshots."""
        frame = scopes.reading()
        if frame is None:
            if self._storage is not None:
                return self._storage.value
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
        """The value as a NumPy array, read-only where it shares memory; it never changes.

        Raises TypeError where gradients are being recorded, which would lack what is made of it: see
        `stop_gradient`.
        """
        self._check_leaving()
        if scopes.reading() is None and self._storage is not None:
            return self._storage.host()
        return self._backend.host(self._read(live=False))

    def _check_leaving(self):
        if scopes.reading() is not None or self._backend.may_record():
            leaving.check(self._backend, self._read(live=False), f"The variable {self.path!r}")

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
        value = _whole(value)
        if (
            not self._backend.is_tensor(value)
            or self._dtype == "string"
            or (value.__class__ is np.ndarray and value.dtype.kind == "O")
        ):
            value, _ = self._incoming(value, self._dtype)
        if value.shape != self._shape:
            self._check_shape(value, "value")
        self._replace(value)
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
        value = _whole(value)
        value = coerce.beside(value, backend, stored=True) or coerce.operand(value)
        if self._storage is not None and self._storage.replicated and operator in _ACCUMULATED:
            if not scopes.in_stateless_scope():
                tensor = backend.tensor(value.into(backend, self._dtype), self._dtype)
                self._storage.accumulate(operator, tensor)
                return self.value
        return self._change(
            lambda now: operators.binary(
                backend, operator, now, self._dtype, value.value, value.dtype
            )
        )

    def _change(self, function):
        """Assign what `function` makes of the present value, with nobody writing in between."""
        if self._lock._is_owned():
            raise self._met_again()
        with self._lock:
            new = function(self._read(live=True, cast=False))
            self._check_shape(new, "value")
            self._put(new)
        return self.value

    def _replace(self, value):
        """Write all of `value`, a tensor of this backend or NumPy array of the variable's shape."""
        if self._lock._is_owned():
            raise self._met_again()
        with self._lock:
            self._put(value)

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
        if self._lock._is_owned():
            raise self._met_again()
        with self._lock:
            stateless = scopes.get_stateless_scope()
            if stateless is not None:
                new = self._backend.updated(self._read(live=True, cast=False), selection, value, op)
                stateless.add_update((self, new))
                return
            if self._storage is None:
                self._make_storage(self._initial_value())
            self._storage.update(selection, value, op)

    # -- subscripts

    @operators.steady
    def __getitem__(self, key):
        value = self.value
        if isinstance(key, Variable):
            key = self._key_of(key)
        try:
            selection = python_selection(self._shape, key)
        except Exception:
            if not self._is_traced_key(key):
                raise
            return self._backend.select_traced(value, key)
        return self._backend.select(value, selection)

    def _key_of(self, variable):
        value = variable.value
        return value if variable._backend.is_traced(value) else variable.numpy()

    def _is_traced_key(self, key):
        """Whether a subscript has positions that are traced: there are no numbers to check."""
        if isinstance(key, tuple):
            return any(map(self._is_traced_key, key))
        if isinstance(key, slice):
            return any(map(self._is_traced_key, (key.start, key.stop, key.step)))
        return self._backend.is_traced(key)

    def __setitem__(self, key, value):
        if isinstance(key, Variable):
            key = self._key_of(key)
        try:
            selection = python_selection(self._shape, key)
        except Exception:
            if not self._is_traced_key(key):
                raise
            selection = None
        value, _ = self._incoming(_whole(value), self._dtype)
        if selection is None or not self._is_known(value):
            self._write_traced(key, value)
            return
        if isinstance(value, np.ndarray):
            value = host_cast(value, dtypes.numpy_dtype(self._dtype))
            value = broadcast(value, selection)
        else:
            value = self._backend.tensor(value, self._dtype)
            value = broadcast(value, selection, self._backend)
        self._update(selection, value)

    def _is_known(self, value):
        if isinstance(value, np.ndarray):
            return True
        shape = self._known_shape(value)
        return shape is not None and None not in shape

    def _write_traced(self, key, value):
        value = self._backend.tensor(value, self._dtype)
        self._change(lambda now: self._backend.updated_traced(now, key, value))

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
        return f"<Variable path={self.path}, shape={self._shape}, dtype={self.dtype}{shown}>"


def _whole(value):
    """A snapshot in place of a variable that another thread may be writing to; not where gradients may
    flow from it into a scope."""
    if isinstance(value, Variable) and scopes.reading() is None:
        storage = value._storage
        if storage is not None and storage.live:
            return value.snapshot()
    return value


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


# Equality is elementwise; a variable is itself, so it can be a key.
Variable.__hash__ = object.__hash__
# The names of the classes stay, whatever files they are in: other languages' methods hang on them.
Variable.__module__ = operators.Array.__module__ = "kerasvar"
backends.register_class(Variable)
