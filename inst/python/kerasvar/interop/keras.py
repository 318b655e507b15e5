"""Sharing storage with `keras.Variable`, both ways; this file alone imports Keras.

On tensorflow and torch a keras.Variable and ours hold the same tf.Variable or Parameter. On jax and
numpy Keras replaces an array at each assign, so there the keras.Variable keeps it and our storage
reads and writes it there, by Keras's own `value` and `assign`.
"""

import contextlib

import keras
from keras.src.backend import AutocastScope
from keras.src.backend.common.stateless_scope import in_stateless_scope

from .. import backends
from . import around

# Of a keras.Variable and of ours under the same names: arguments of both, and attributes alone.
_FLAGS = ("trainable", "aggregation", "synchronization")
_SET_LATER = ("regularizer", "constraint", "overwrite_with_gradient")


def as_keras(variable):
    """See `interop.as_keras`."""
    twin = getattr(variable, "_keras_twin", None)
    if twin is not None:
        return twin
    running = keras.config.backend()
    if variable.backend != running:
        raise ValueError(
            f"Argument `variable` lives in {variable.backend}, and Keras runs on {running} in this "
            f"process. Use `variable.to_backend({running!r})`, or start with KERAS_BACKEND="
            f"{variable.backend}."
        )
    outer, _, scope = variable.path.rpartition("/")[0].rpartition("/")
    given = ("name", "autocast", *_FLAGS)
    arguments = {field: getattr(variable, field) for field in given}
    # The live container goes through Keras's constructor as it is; an array becomes Keras's to keep.
    value = variable._storage.value if variable._storage is not None else variable.value
    with keras.name_scope(scope, override_parent=outer) if scope else contextlib.nullcontext():
        twin = keras.Variable(value, dtype=variable._dtype, **arguments)
    for field in _SET_LATER:
        setattr(twin, field, getattr(variable, field))
    variable._hold(_storage_of(twin, variable._backend, variable._dtype))
    variable._keras_twin = twin
    twin._kerasvar_twin = variable
    return twin


def wrap(x, name):
    """A variable around a `keras.Variable`; None if `x` is none."""
    if not isinstance(x, keras.Variable):
        return None
    known = getattr(x, "_kerasvar_twin", None)
    # A deep copy of `x` has a copy of ours, which shares nothing with it.
    if getattr(known, "_keras_twin", None) is x and name in (None, known.name):
        return known
    if x._value is None:
        raise ValueError(f"Argument `x`: the keras.Variable {x.path!r} has no value yet.")
    backend = backends.get(keras.config.backend())
    dtype = backend.dtype(backend.tensor(x._value))
    variable = around(
        _storage_of(x, backend, dtype),
        backend,
        name,
        x.path,
        autocast=x._autocast,
        **{field: getattr(x, field) for field in (*_FLAGS, *_SET_LATER)},
    )
    variable._keras_twin = x
    x._kerasvar_twin = variable
    return variable


def _storage_of(x, backend, dtype):
    if backend.is_container(x._value):
        return backend.storage(x._value, dtype, copy=False)

    def read():
        # What Keras's stateless scope says, so that a layer may use our variable under `fit`; not its
        # autocast scope, which is no business of a storage.
        with AutocastScope(None):
            return x.value

    def write(value):
        if not in_stateless_scope():
            backend.check_kept(x._value, value)
        x.assign(value)

    return backend.shared_storage(read, write)
