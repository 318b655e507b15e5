"""The initializers of variables as first values of parameters: functions of a key.

An initializer of `kerasvar.initializers` is called with a shape and has a seed of its own; a scope
calls with a key. Here the one becomes the other, and gives a tensor of a backend.
"""

import sys

from .. import backends, config, dtypes, shapes
from ..backends.tracing import AbstractArray


def from_key(init_fn):
    """`init_fn` as a function of a key and more.

    Args:
        init_fn: an initializer of `kerasvar.initializers`, its class, or its name; or a function of
            a key, which is returned as it is.

    Returns:
        For an initializer a function of `(key, shape, dtype=None, backend=None)`: what the
        initializer makes from the key (its own seed does not count) as a tensor of the backend. If
        that is None, it is jax for a jax key, else the default one.

    Raises:
        ValueError: there is no initializer of that name.
    """
    if isinstance(init_fn, str):
        from .. import initializers

        return FromKey(initializers.get(init_fn))
    # What is not imported has made nothing.
    initializers = sys.modules.get("kerasvar.initializers")
    if initializers is None:
        return init_fn
    if isinstance(init_fn, type) and issubclass(init_fn, initializers.Initializer):
        init_fn = init_fn()
    return FromKey(init_fn) if isinstance(init_fn, initializers.Initializer) else init_fn


class FromKey:
    """An initializer as a function of a key; see `from_key`."""

    def __init__(self, initializer):
        self._initializer = initializer
        self.__name__ = type(initializer).__name__

    def __call__(self, key, shape, dtype=None, backend=None):
        if isinstance(key, AbstractArray):
            values = AbstractArray(self.shape_of(shape), dtypes.numpy_dtype(dtype))
        else:
            values = self._initializer.draw(key, shape, dtype)
        own = backends.backend_of(values)
        if backend is None:
            keyed = (x for x in (own, backends.backend_of(key)) if x is not None and x.random is not None)
            backend = next((x.name for x in keyed), None) or config.backend()
        backend = backends.get(backend)
        return backend.tensor(values, backend.canonical_dtype(dtypes.standardize_dtype(values.dtype)))

    def shape_of(self, shape, dtype=None, backend=None):
        """The shape of what a call with these arguments gives."""
        return tuple(shapes.standardize_shape(shape))
