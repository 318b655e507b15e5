"""Sharing storage with `flax.nnx.Variable`, whose array Flax keeps; this file alone knows flax."""

from flax import nnx

from .. import backends
from . import around


def wrap(x, name):
    """A variable around an `nnx.Variable`; None if `x` is none."""
    if not isinstance(x, nnx.Variable):
        return None
    if hasattr(x, "set_value"):
        read, write = x.get_value, x.set_value
    else:  # before 0.12

        def read():
            return x.value

        def write(value):
            x.value = value

    backend = backends.get("jax")
    if not backend.is_tensor(read()):
        raise ValueError(f"Argument `x`: the {type(x).__name__} holds no array. Received: {read()!r}")
    storage = backend.shared_storage(read, write)
    return around(storage, backend, name, trainable=isinstance(x, nnx.Param))
