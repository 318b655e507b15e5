"""Which shape an initializer would give, as far as possible without computing anything.

The function is called with a key without values, while the framework that the parameter belongs to
computes shapes only: `jax.eval_shape`, torch's fake tensors, a TensorFlow graph that is never run.
On NumPy, and where `kerasvar.random` draws for another framework, the numbers are `AbstractArray`s:
no draw is made, and NumPy's functions give shapes for shapes. What looks at values all the same (a
conversion to a framework's tensor that these arrays do not know, an unusual NumPy function) cannot
be answered so: it is called once more with a real key, and computes. Initializers of
`kerasvar.initializers` are not called at all.
"""

import numpy as np

from .. import backends
from ..backends.pytrees import is_imported
from . import tracing, trees
from .initial import FromKey

__all__ = ["mismatch"]


def mismatch(scope, value, init_fn, args, kwargs):
    """Where the shapes of `value` and of what `init_fn(key, *args, **kwargs)` gives differ.

    Leaves are compared in order, for as many as there are of both.

    Returns:
        The first pair (shape in `value`, shape that `init_fn` gives) that differs, or None.
    """
    held = [_shape(leaf) for leaf in trees.leaves(value)]
    for have, want in zip(held, _initial_shapes(scope, value, init_fn, args, kwargs)):
        if have is not None and want is not None and have != want:
            return have, want
    return None


def _shape(leaf):
    """The shape; None if it is not known (a tensor in a graph); () for what has none."""
    shape = getattr(leaf, "shape", None)
    if shape is None:
        return np.shape(leaf) if isinstance(leaf, (bool, int, float, complex)) else ()
    try:
        shape = tuple(shape)
    except (TypeError, ValueError):
        return None
    return None if None in shape else shape


def _initial_shapes(scope, value, init_fn, args, kwargs):
    if isinstance(init_fn, FromKey):
        return [init_fn.shape_of(*args, **kwargs)]

    def call(key):
        return [_shape(leaf) for leaf in trees.leaves(init_fn(key, *args, **kwargs))]

    attempts = _attempts(value)
    counted = dict(scope.rng_counters)
    with tracing.probing():
        for backend, key in attempts[:-1]:
            try:
                return backend.abstractly(lambda: call(key()))
            except Exception:
                # Whatever it is: what is wrong with the function itself will show again below.
                scope.rng_counters.update(counted)
        backend, key = attempts[-1]
        return backend.abstractly(lambda: call(key())) if backend else call(key())


def _attempts(value):
    """Pairs (backend to call under, maker of a key), cheapest first; errors of the last count."""
    owner = _owner(value)
    if owner.random is not None:
        return [(owner, owner.probe_key)]
    jax = backends.get("jax") if is_imported("jax") else None
    abstract = backends.get("numpy").probe_key
    if owner.name != "numpy":
        return [(owner, abstract), (owner, _real_key), (None, _real_key)]
    if jax is not None:
        # NumPy arrays may be the parameters of a function that is jax's (a restored checkpoint).
        return [(jax, abstract), (jax, jax.probe_key), (None, _real_key)]
    return [(owner, abstract), (None, _real_key)]


def _real_key():
    return np.zeros(2, np.uint32)


def _owner(value):
    owners = [owner for owner in map(backends.backend_of, trees.leaves(value)) if owner is not None]
    foreign = [owner for owner in owners if owner.name != "numpy"]
    return (foreign or owners or [backends.get("numpy")])[0]
