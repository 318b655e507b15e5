"""State that belongs to a context: name, autocast, stateless and device scopes.

All of it is held in `contextvars`, so threads and async tasks do not see each other's. A scope is a
frame on an immutable chain: entering puts one on, leaving goes back to the frame below, which makes
one scope object fit to be entered twice, nested or from several threads. Of variables this module knows
only that they have `_finish_initialization()`, `path` and `_coerce()`; frameworks it does not know.
"""

import contextlib
from contextvars import ContextVar
from typing import NamedTuple

from . import dtypes, naming


class ReadingFrame(NamedTuple):
    """What decides how a variable reads: the innermost autocast scope and stateless scope."""

    autocast: object
    stateless: object
    below: object


# One variable for both, so that reading a value outside every scope costs one look.
_reading = ContextVar("kerasvar_reading", default=None)
reading = _reading.get

_names = ContextVar("kerasvar_names", default=None)
_device = ContextVar("kerasvar_device", default=None)


# ---- names -----------------------------------------------------------------------------------


class NameFrame(NamedTuple):
    scope: object
    path: str
    below: object


class name_scope:
    """Variables created inside have `name` in front of their own in `path`.

    Args:
        name: a string without `/`; an empty one adds nothing.
        caller: any object; with `deduplicate`, entering again directly inside a scope of the same
            caller and name adds nothing. A caller's `_parent_path` takes the place of
            `override_parent`.
        deduplicate: see `caller`.
        override_parent: a path that replaces the one of the scopes outside; "" for none.

    The semantics are those of `keras.name_scope`. Raises ValueError for a bad name.
    """

    def __init__(self, name, caller=None, deduplicate=True, override_parent=None):
        self.name = naming.check_name(name)
        self.caller = caller
        self.deduplicate = deduplicate
        if override_parent is None and deduplicate:
            override_parent = getattr(caller, "_parent_path", None)
        self.override_parent = override_parent

    def __enter__(self):
        frame = _names.get()
        if frame is not None and self._continues(frame.scope):
            path = frame.path
        else:
            parent = frame.path if frame is not None else ""
            if self.override_parent is not None:
                parent = "/".join(part for part in self.override_parent.split("/") if part)
            path = "/".join(part for part in (parent, self.name) if part)
        _names.set(NameFrame(self, path, frame))
        return self

    def __exit__(self, *exception):
        _names.set(_names.get().below)

    def _continues(self, outer):
        return (
            self.deduplicate
            and self.caller is not None
            and self.caller is outer.caller
            and self.name == outer.name
        )


def current_path():
    """The names of the open name scopes joined by `/`; "" outside all of them."""
    frame = _names.get()
    return "" if frame is None else frame.path


# ---- autocast --------------------------------------------------------------------------------


def _enter_reading(**changed):
    frame = _reading.get()
    autocast, stateless = (None, None) if frame is None else frame[:2]
    kept = {"autocast": autocast, "stateless": stateless, **changed}
    _reading.set(ReadingFrame(below=frame, **kept))


class AutocastScope:
    """Inside, float variables with `autocast=True` read as `dtype`; their storage does not change.

    Args:
        dtype: a float dtype; None turns an outer autocast scope off.

    Raises:
        ValueError: `dtype` is not a float.
    """

    def __init__(self, dtype):
        if dtype is not None:
            dtype = dtypes.standardize_dtype(dtype)
            if not dtypes.is_float_dtype(dtype):
                raise ValueError(
                    f"Argument `dtype` of `AutocastScope` must be a float dtype. Received: {dtype!r}"
                )
        self.dtype = dtype

    def __enter__(self):
        _enter_reading(autocast=None if self.dtype is None else self)
        return self

    def __exit__(self, *exception):
        _reading.set(_reading.get().below)


def get_autocast_scope():
    """The innermost autocast scope in force, or None."""
    frame = _reading.get()
    return None if frame is None else frame.autocast


# ---- stateless -------------------------------------------------------------------------------


class StatelessScope:
    """Inside, nothing is written to storage: assignments are kept by the scope, and reads see them.

    Args:
        state_mapping: pairs (variable, value), or a mapping of them: the values that the variables
            have inside. A value is cast to its variable's dtype and must have its shape.
        collect_losses: whether `add_loss` is expected to be used (kept for its reader).
        initialize_variables: whether variables created inside are initialised on leaving the
            outermost stateless scope.

    Semantics of `keras.StatelessScope`, but a variable is known by identity and kept alive.
    Raises ValueError for a key that is no variable and for a value whose shape does not fit.
    """

    def __init__(self, state_mapping=None, collect_losses=False, initialize_variables=True):
        self.collect_losses = collect_losses
        self.initialize_variables = initialize_variables
        self.losses = []
        self.state_mapping = {}
        given = []
        pairs = state_mapping.items() if hasattr(state_mapping, "items") else state_mapping or ()
        for variable, value in pairs:
            if not hasattr(variable, "_coerce"):
                raise ValueError(
                    "Argument `state_mapping` must pair `Variable`s with values. "
                    f"Received the key {variable!r} (type {type(variable).__name__})"
                )
            # A copy where somebody could write to the value: snapshots taken inside are it.
            copied = variable._coerce(value, "state_mapping", copy=True)
            self.state_mapping[variable] = copied
            # Of another variable it is a constant to whoever reads it, as that is outside.
            if not hasattr(value, "_coerce"):
                given.append(copied)
        self.given = tuple(given)

    def __enter__(self):
        _enter_reading(stateless=self)
        return self

    def __exit__(self, *exception):
        below = _reading.get().below
        _reading.set(below)
        outermost = below is None or below.stateless is None
        if outermost and self.initialize_variables:
            initialize_all_variables()

    def get_current_value(self, variable):
        """The value that `variable` has by this scope, or None if the scope has none for it."""
        return self.state_mapping.get(variable)

    def add_update(self, update):
        """Take `(variable, value)`: inside, the variable reads as that value from now on."""
        variable, value = update
        self.state_mapping[variable] = value

    def add_loss(self, loss):
        """Append to `losses`."""
        self.losses.append(loss)


def get_stateless_scope():
    """The innermost stateless scope in force, or None."""
    frame = _reading.get()
    return None if frame is None else frame.stateless


def in_stateless_scope():
    """Whether a stateless scope is in force."""
    return get_stateless_scope() is not None


# Variables created in a stateless scope from a callable, in order of creation. A tuple, so that a
# task, which starts with a copy of this context, adds to its own and never to its parent's.
_pending = ContextVar("kerasvar_pending", default=())


def defer_initialization(variable):
    """Note a variable that was created inside a stateless scope."""
    _pending.set((*_pending.get(), variable))


def initialize_all_variables():
    """Initialise the variables that were created inside a stateless scope and still wait.

    Raises:
        ValueError: inside a stateless scope.
        RuntimeError: an initializer failed: names the variable, which keeps waiting and can be
            tried again; the others are initialised all the same.
    """
    if in_stateless_scope():
        raise ValueError("Variables cannot be initialised inside a stateless scope; leave it first.")
    failed = []
    for variable in _pending.get():
        # Whatever ends this, an interrupt too, what was not initialised still waits.
        try:
            variable._finish_initialization()
        except Exception as error:
            failed.append((variable, error))
        else:
            _pending.set(tuple(v for v in _pending.get() if v is not variable))
    if failed:
        listed = "; ".join(f"{v.path!r}: {type(e).__name__}: {e}" for v, e in failed)
        raise RuntimeError(
            f"The initializer failed for {listed}. "
            "Call `initialize_all_variables()` to try again."
        ) from failed[0][1]


# ---- devices ---------------------------------------------------------------------------------


@contextlib.contextmanager
def device(name):
    """Variables created inside live on the device `name`, e.g. "cpu:0" or "gpu:0".

    Raises ValueError if `name` is no string; a device that the backend does not have is the
    framework's own error.
    """
    if not isinstance(name, str) or not name:
        raise ValueError(f"Argument `name` must be a string such as 'cpu:0'. Received: {name!r}")
    token = _device.set(name.lower())
    try:
        yield
    finally:
        _device.reset(token)


def current_device():
    """The name given to the innermost `device` scope, or None."""
    return _device.get()


def clear_session():
    """Let automatic names start over and forget variables that wait for their initialisation.

    Scopes that are open stay open.
    """
    naming.reset_names()
    _pending.set(())
