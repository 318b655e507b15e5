"""What a framework must supply so that functions can run without (half of) their data.

A `Backend` is a `Tracing` too. Three questions are asked here: what is being transformed right now
(jit, grad, vmap, a tf.function), which shapes would a function give, and what would it give if of
some arguments only shape and dtype were known. The defaults fit a framework that has no answer: it
computes. An *abstract value* is a framework's own stand-in for a tensor without values; NumPy has
none, and gets `AbstractArray`.
"""

import contextlib

import numpy as np
import optree

from ._abstract import AbstractArray, UnknownValueError, computing_shapes


class DependsOnAbstractValue(Exception):
    """A result of `Tracing.partial_eval` needs what is not known; the text says shape and dtype."""


class Tracing:
    """What functional scopes ask of a framework."""

    # -- keys, names, trees

    random = None
    """The framework's own random functions (a module with `jax.random`'s names) if it has keys of
    its own; they answer for its keys. Other keys are NumPy's, and `kerasvar.random` answers."""

    def is_key(self, x):
        """Whether `x`, a tensor of this framework, is one random key."""
        return False

    def named_scope(self, name):
        """A context manager: what is computed inside bears the name in the framework's profiles."""
        return contextlib.nullcontext()

    def constrain_sharding(self, tensor, names, mesh):
        """The tensor, its axes split over the axes `names` of `mesh` (None: the one in force)."""
        return tensor

    def register_pytree(self, cls, flatten, unflatten, by_key):
        """Make `cls` a container for the framework's tree utilities, if it has some that must be
        told; nothing if it is one already. The arguments are those of `backends.register_pytree`."""

    # -- gradients

    def stop_gradient(self, tensor):
        """The tensor as a constant: no gradient flows through it."""
        return tensor

    def may_record(self):
        """Whether `is_recorded` can say yes outside of every scope: a quick answer."""
        return False

    def is_recorded(self, tensor, sources):
        """Whether the framework records what is computed of the tensor, or is tracing, so that it has
        no values at all.

        `sources()` iterates over the tensors that stand in the place of variables at present: on a
        framework whose variables record all the time, what depends on none of these does not count."""
        return False

    # -- tracing

    def is_traced(self, x):
        """Whether `x`, anything, is a tensor of this framework that has no numbers yet."""
        return False

    def check_kept(self, old, new):
        """Raise RuntimeError if `new` must not be kept where `old` was, since it is traced and would
        mean nothing once the trace is over."""

    def select_traced(self, tensor, key):
        """`tensor[key]` as the framework has it, where positions in `key` are traced."""
        return tensor[key]

    def updated_traced(self, tensor, key, value):
        """A new tensor like `tensor`, with `value` in the place of `select_traced(tensor, key)`."""
        raise NotImplementedError(f"The {self.name} backend writes to no positions that are traced.")

    def trace_state(self):
        """What is being transformed: equal at two moments within the same, None outside all."""
        return None

    def eval_shape(self, function):
        """Return `function()`; the framework's operations called inside compute no values.

        What is returned must be the host's own data (shapes), no tensor from inside."""
        token = computing_shapes.set(self)
        try:
            return self._eval_shape(function)
        finally:
            computing_shapes.reset(token)

    def _eval_shape(self, function):
        return function()

    def from_abstract(self, array, dtype=None):
        """What `tensor(array, dtype)` is for an AbstractArray.

        Raises:
            UnknownValueError: outside `eval_shape` there is no such tensor.
        """
        if computing_shapes.get() is not self:
            raise UnknownValueError(
                f"A {self.name} tensor was to be made of {array!r}, which has no values."
            )
        nothing = self.function("broadcast_to")(self.tensor(np.zeros((), bool)), array.shape)
        return self.cast(nothing, self.canonical_dtype(dtype or array.dtype.name))

    def abstract_value(self, shape, dtype):
        """An abstract value of that shape (tuple of int) and dtype (a name), for `partial_eval`."""
        raise NotImplementedError(
            f"The {self.name} backend cannot run a function without its data; pass arrays."
        )

    def is_abstract(self, x):
        """Whether `x` is an abstract value of this framework."""
        return False

    def partial_eval(self, function, args, kwargs):
        """Call `function(*args, **kwargs)`, where some leaves of the arguments are abstract values.

        Returns:
            What the function returns. What does not depend on an abstract value has values.

        Raises:
            DependsOnAbstractValue: something in the result does.
        """
        result = function(*args, **kwargs)
        for leaf in optree.tree_leaves(result):
            if self.is_abstract(leaf):
                raise DependsOnAbstractValue(f"shape {self.shape(leaf)}, dtype {self.dtype(leaf)}")
        return result
