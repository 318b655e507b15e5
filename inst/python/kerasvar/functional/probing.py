"""Which shapes an initializer would give, as far as possible without computing anything.

The function is called with a key without values, while the framework that the parameter belongs to
computes shapes only: `jax.eval_shape`, torch's fake tensors, a TensorFlow graph that is never run.
On NumPy, and where `kerasvar.random` draws for another framework, the numbers are `AbstractArray`s:
no draw is made, and NumPy's functions give shapes for shapes. What looks at values all the same (a
conversion to a framework's tensor that these arrays do not know, an unusual NumPy function) cannot
be answered so: it is called once more with a real key, and computes. Initializers of
`kerasvar.initializers` are not called at all.
"""

from contextvars import ContextVar

import numpy as np

from .. import backends
from ..backends.tracing import AbstractArray
from . import pytrees
from .initial import FromKey

_probing = ContextVar("kerasvar_functional_probing", default=False)


def is_probing():
    """Whether a function is being called for its shapes: the transformation is our own."""
    return _probing.get()


def mismatch(scope, value, init_fn, args, kwargs):
    """Where the shapes of `value` and of what `init_fn(key, *args, **kwargs)` gives differ.

    Leaves are compared in order, for as many as there are of both.

    Returns:
        The first pair (shape in `value`, shape that `init_fn` gives) that differs, or None.
    """
    if isinstance(init_fn, FromKey):
        wanted = [init_fn.shape_of(*args, **kwargs)]
    else:
        wanted = _probed(scope, value, lambda key: _shapes(init_fn(key, *args, **kwargs)))
    for have, want in zip(_shapes(value), wanted):
        if have is not None and want is not None and have != want:
            return have, want
    return None


def _shapes(tree):
    return [_shape(leaf) for leaf in pytrees.leaves(tree)]


def _shape(leaf):
    """The shape; None if it is not known (a tensor in a graph); () for what has none."""
    try:
        shape = tuple(getattr(leaf, "shape", ()))
    except (TypeError, ValueError):
        return None
    return None if None in shape else shape


def _probed(scope, value, call):
    *attempts, (last, key) = _attempts(value)
    counted = dict(scope.rng_counters)
    token = _probing.set(True)
    try:
        for backend, abstract in attempts:
            try:
                return backend.eval_shape(lambda: call(abstract()))
            except Exception:
                # Whatever it is: what is wrong with the function itself will show again below.
                scope.rng_counters.update(counted)
        return last.eval_shape(lambda: call(key())) if last else call(key())
    finally:
        _probing.reset(token)


def _attempts(value):
    """Pairs (backend to call under, maker of a key), cheapest first; errors of the last count."""
    found = filter(None, map(backends.backend_of, pytrees.leaves(value)))
    found = sorted(found, key=lambda backend: backend.name == "numpy")
    backend = found[0] if found else backends.get("numpy")
    if backend.random is not None:
        return [(backend, lambda: backend.random.key(0))]
    if backend.name != "numpy":
        return [(backend, _abstract_key), (backend, _real_key), (None, _real_key)]
    # NumPy arrays may be the parameters of a function that is another's, with keys of its own (a
    # checkpoint that was restored for jax).
    for other in backends.loaded():
        if other.random is not None:
            return [(other, _abstract_key), (other, lambda: other.random.key(0)), (None, _real_key)]
    return [(backend, _abstract_key), (None, _real_key)]


def _abstract_key():
    return AbstractArray((2,), np.uint32)


def _real_key():
    return np.zeros(2, np.uint32)
