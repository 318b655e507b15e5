"""Sharing one storage with another library's variable: `as_variable` for what comes, `as_keras` for Keras.

Finds whose a thing is through `sys.modules`, and imports the module for a library only if the library is
imported already (or, for `as_keras`, asked for).
"""

import sys

from .. import backends, config, naming, scopes
from ..options import Options
from ..variable import Variable


def as_keras(variable):
    """A `keras.Variable` that shares its storage with `variable`: a write to either shows in both.

    Asked again, it is the same object. Its name, path, dtype and flags are the variable's at the
    first time; `trainable` and the other flags are not kept in step.

    Raises:
        ValueError: Keras runs on another backend in this process (it has one a process).
        ImportError: Keras is not installed.
        TypeError: `variable` is no `kerasvar.Variable`.
    """
    config.ignore_keras()
    from . import keras

    if not isinstance(variable, Variable):
        raise TypeError(
            f"Argument `variable` must be a kerasvar.Variable. Received: {variable!r} "
            f"(type {type(variable).__name__})"
        )
    return keras.as_keras(variable)


def as_variable(x, name=None):
    """A variable around another library's, sharing its storage: nothing is copied.

    Args:
        x: a `keras.Variable`, `tf.Variable`, `torch.nn.Parameter` or `flax.nnx.Variable`; a
            `kerasvar.Variable` is returned as it is.
        name: the name; if None, that of `x` if it has one, else an automatic one.

    Returns:
        A variable of the same shape, dtype and backend. A write to either shows in both. Where the other
        library keeps an array (jax, numpy), a subscripted write makes a new one.

    Raises:
        TypeError: `x` is none of these (a tensor has no storage to share: make a `Variable` of it).
        ValueError: `x` has no value yet.
    """
    if isinstance(x, Variable):
        return x
    if name is not None:
        naming.check_name(name)
    for library in ("keras", "flax"):
        if library in sys.modules:
            wrap = getattr(__import__(f"{__name__}.{library}", fromlist=["wrap"]), "wrap")
            found = wrap(x, name)
            if found is not None:
                return found
    backend = backends.backend_of(x)
    if backend is None or not backend.is_container(x):
        raise TypeError(
            "Argument `x` must be a keras.Variable, tf.Variable, torch.nn.Parameter or nnx.Variable."
            f" Received: type {type(x).__module__}.{type(x).__qualname__}. "
            "To copy a value, make a Variable of it."
        )
    storage = backend.storage(x, backend.dtype(x), copy=False)
    trainable = getattr(x, "requires_grad", getattr(x, "trainable", True))
    # A tf.Variable's name is a path with an output's number behind it.
    path = getattr(x, "name", None)
    path = path.rpartition(":")[0] or path if path else None
    return around(storage, backend, name, path, trainable=bool(trainable))


def around(storage, backend, name, path=None, **state):
    """A variable around `storage`; `name` goes before the name in `path`, which goes before none."""
    value = storage.value
    if name is not None or path is None:
        name = name or naming.auto_name("variable")
        outer = scopes.current_path()
        path = f"{outer}/{name}" if outer else name
    own = Options(path.rpartition("/")[2], path, backend.dtype(value), **state)
    return Variable._around(storage, backend, tuple(backend.shape(value)), own)
