"""What a framework must supply so that functions can run without (half of) their data.

A `Backend` is a `Tracing` too. Three questions are asked here: what is being transformed right now
(jit, grad, vmap, a tf.function), which shapes would a function give, and what would it give if of
some arguments only shape and dtype were known. The defaults fit a framework that has no answer: it
computes. An *unknown* is a framework's own stand-in for a tensor without values.
"""

import contextlib

import optree

from ._abstract import AbstractArray, UnknownValueError, computing_shapes

__all__ = ["AbstractArray", "DependsOnUnknown", "Tracing", "UnknownValueError"]


class DependsOnUnknown(Exception):
    """A result of `Tracing.lazily` needs the values of an unknown; the text says what it is."""


class Tracing:
    """What functional scopes ask of a framework."""

    # -- keys, names

    random = None
    """The framework's own random functions (a module with `jax.random`'s names) if it has keys of
    its own; they answer for its keys. ForeignCell keys are NumPy's, and `kerasvar.random` answers."""

    def is_key(self, x):
        """Whether `x`, a tensor of this framework, is one random key."""
        return False

    def named_scope(self, name):
        """A context manager: what is computed inside bears the name in the framework's profiles."""
        return contextlib.nullcontext()

    def constrain_sharding(self, tensor, names, mesh):
        """The tensor, its axes split over the axes `names` of `mesh` (None: the one in force)."""
        return tensor

    # -- tracing

    def trace_state(self):
        """What is being transformed: equal at two moments within the same, None outside all."""
        return None

    def abstractly(self, function):
        """Return `function()`; the framework's operations called inside compute no values.

        What is returned must be the host's own data (shapes), no tensor from inside."""
        token = computing_shapes.set(self)
        try:
            return self._abstractly(function)
        finally:
            computing_shapes.reset(token)

    def _abstractly(self, function):
        return function()

    def hollow(self, shape, dtype):
        """A tensor without values, to be used inside `abstractly`."""
        return AbstractArray(shape, dtype)

    def from_abstract(self, array, dtype=None):
        """What `tensor(array, dtype)` is for an AbstractArray.

        Raises:
            UnknownValueError: outside `abstractly` there is no such tensor.
        """
        if computing_shapes.get() is not self:
            raise UnknownValueError(
                f"A {self.name} tensor was to be made of {array!r}, which has no values."
            )
        return self.hollow(array.shape, dtype or array.dtype.name)

    def probe_key(self):
        """A random key to be used inside `abstractly`."""
        return AbstractArray((2,), "uint32")

    def unknown(self, shape, dtype):
        """An unknown of that shape (tuple of int) and dtype (a name), for `lazily`."""
        raise NotImplementedError(
            f"The {self.name} backend cannot run a function without its data; pass arrays."
        )

    def is_unknown(self, x):
        """Whether `x` is an unknown of this framework."""
        return False

    def lazily(self, function, args, kwargs):
        """Call `function(*args, **kwargs)`, where some leaves of the arguments are unknowns.

        Returns:
            What the function returns. What does not depend on an unknown's values has values.

        Raises:
            DependsOnUnknown: something in the result does.
        """
        result = function(*args, **kwargs)
        for leaf in optree.tree_leaves(result):
            if self.is_unknown(leaf):
                raise DependsOnUnknown(f"shape {self.shape(leaf)}, dtype {self.dtype(leaf)}")
        return result
