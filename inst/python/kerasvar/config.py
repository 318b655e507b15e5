"""Process-wide settings: the default float type and the default backend.

This module knows names, never frameworks: a backend is a string here, the known names come from the
registry in `backends`, and an imported Keras is found through `sys.modules` and asked, never imported.
Settings that belong to a context (scopes) live in `scopes`, not here.
"""

import functools
import os
import sys

_FLOATX_NAMES = ("float16", "bfloat16", "float32", "float64")

_floatx = "float32"
_backend = None
_keras_is_ours = False
_listeners = []


def floatx():
    """The float dtype used where none is given: "float16", "bfloat16", "float32" or "float64"."""
    return _floatx


def set_floatx(value):
    """Set the default float dtype, by the names `keras.config.set_floatx` takes.

    Raises:
        ValueError: for any other value.
    """
    global _floatx
    if not isinstance(value, str) or value not in _FLOATX_NAMES:
        raise ValueError(f"`value` must be one of {', '.join(_FLOATX_NAMES)}. Received: {value!r}")
    _floatx = str(value)
    for forget in _listeners:
        forget()


def on_floatx_change(forget):
    """Have `forget()` called after each `set_floatx`, for tables that depend on it."""
    _listeners.append(forget)
    return forget


def backend():
    """The name of the backend used where none is given.

    The first that is set of: `set_backend()`, the environment variables KERASVAR_BACKEND and
    KERAS_BACKEND, the backend of a Keras that was imported before TensorFlow, "numpy". TensorFlow
    imports Keras by itself, so that a Keras which came after it says nothing about anybody's choice.

    Raises:
        ValueError: the environment names a backend that is not registered.
    """
    if _backend is not None:
        return _backend
    for variable in ("KERASVAR_BACKEND", "KERAS_BACKEND"):
        name = os.environ.get(variable)
        if name:
            return _known(name, f"the environment variable {variable}")
    return _imported_keras_backend() or "numpy"


def set_backend(name):
    """Set the default backend; None goes back to the environment's, Keras's, or "numpy".

    Variables that exist keep theirs. The framework is not imported here.

    Raises:
        ValueError: `name` is not a registered backend.
    """
    global _backend
    _backend = None if name is None else _known(name, "`name`")


def _known(name, where):
    from . import backends

    known = backends.names()
    if not isinstance(name, str) or name not in known:
        raise ValueError(f"{where} must be one of {', '.join(known)}. Received: {name!r}")
    return str(name)


def ignore_keras():
    """Called before Keras is imported on our own account: such a Keras is nobody's choice of a backend."""
    global _keras_is_ours
    _keras_is_ours = _keras_is_ours or "keras" not in sys.modules


def _imported_keras_backend():
    keras = sys.modules.get("keras")
    if keras is None or _keras_is_ours or not _keras_came_first():
        return None
    try:
        name = keras.config.backend()
    except AttributeError:
        # A Keras that is only half imported yet (it imports us), or one older than version 3.
        return None
    from . import backends

    # Keras has backends that hold no values we could share (openvino); those are not ours.
    return name if name in backends.names() else None


@functools.cache
def _keras_came_first():
    # A module moves to the end of `sys.modules` when its import is complete, and the submodules of
    # the package whose import began first are complete first. Asked once Keras is there, the answer
    # stays what it is.
    for module in list(sys.modules):
        package, _, inside = module.partition(".")
        if inside and package in ("keras", "tensorflow"):
            return package == "keras"
    return True
