"""JAX: `jax.eval_shape`, and partial evaluation of what does not depend on a ShapeDtypeStruct."""

import threading

import jax
from jax.extend import core, linear_util
from jax.interpreters import partial_eval

from .. import dtypes
from .tracing import DependsOnUnknown, Tracing

# Its place moved with JAX 0.10.
_trace_state = getattr(core, "get_opaque_trace_state", None) or jax.core.get_opaque_trace_state


def _outside():
    # Asked in a thread of its own: the first to need this page may be inside a transformation.
    found = []
    thread = threading.Thread(target=lambda: found.append(_trace_state(convention="flax")))
    thread.start()
    thread.join()
    return found[0]


_OUTSIDE = _outside()


def reaches_loss(pull_back, loss):
    """Which of its arguments a function's result depends on: a list of bool, in the order of leaves.

    `pull_back` is what `jax.vjp` returned. A branch that was not taken counts too.
    """
    linear = getattr(pull_back, "jaxpr", None)
    if linear is not None:
        return partial_eval.dce_jaxpr(linear, [True] * len(linear.outvars))[1]
    # Before it was kept there: which cotangents are computed from the result's?
    backward = jax.make_jaxpr(pull_back)(jax.numpy.ones_like(loss)).jaxpr
    known = set(backward.invars)
    for equation in backward.eqns:
        if any(x in known for x in equation.invars if not isinstance(x, core.Literal)):
            known.update(equation.outvars)
    return [not isinstance(x, core.Literal) and x in known for x in backward.outvars]


class JaxTracing(Tracing):
    random = jax.random

    def is_key(self, x):
        if jax.dtypes.issubdtype(x.dtype, jax.dtypes.prng_key):
            return x.shape == ()
        raw = jax.eval_shape(lambda: jax.random.key_data(jax.random.key(0)))
        return (x.shape, x.dtype) == (raw.shape, raw.dtype)

    def named_scope(self, name):
        return jax.named_scope(name)

    def partition_spec(self, names):
        """The `jax.sharding.PartitionSpec` of the names."""
        return jax.sharding.PartitionSpec(*names)

    def named_sharding(self, names, mesh):
        """The `jax.sharding.NamedSharding` of the names on `mesh`."""
        return jax.sharding.NamedSharding(mesh, self.partition_spec(names))

    def constrain_sharding(self, tensor, names, mesh):
        if mesh is not None:
            sharding = self.named_sharding(names, mesh)
        elif jax.sharding.get_abstract_mesh().empty:
            return tensor
        else:
            sharding = self.partition_spec(names)
        return jax.lax.with_sharding_constraint(tensor, sharding)

    def trace_state(self):
        state = _trace_state(convention="flax")
        return None if state == _OUTSIDE else state

    def _abstractly(self, function):
        found = []

        def thunk():
            found.append(function())

        jax.eval_shape(thunk)
        return found[0]

    def hollow(self, shape, dtype):
        return jax.numpy.zeros(shape, dtypes.numpy_dtype(dtype))

    def probe_key(self):
        return jax.random.key(0)

    def unknown(self, shape, dtype):
        return jax.ShapeDtypeStruct(shape, dtypes.numpy_dtype(self.canonical_dtype(dtype)))

    def is_unknown(self, x):
        return isinstance(x, jax.ShapeDtypeStruct)

    def lazily(self, function, args, kwargs):
        leaves, tree = jax.tree_util.tree_flatten((args, kwargs))
        returned = []

        def flat(*leaves):
            args, kwargs = tree.unflatten(leaves)
            out, out_tree = jax.tree_util.tree_flatten(function(*args, **kwargs))
            returned.append((out, out_tree))
            # What is no tracer has its value already, and need be nothing that JAX could trace.
            return [x for x in out if isinstance(x, jax.core.Tracer)]

        inputs = [
            partial_eval.PartialVal.unknown(jax.core.ShapedArray(x.shape, x.dtype))
            if self.is_unknown(x)
            else partial_eval.PartialVal.known(x)
            for x in leaves
        ]
        debug_info = jax.api_util.debug_info("lazy_init", function, args, kwargs)
        wrapped = linear_util.wrap_init(flat, debug_info=debug_info)
        _, traced, _ = partial_eval.trace_to_jaxpr_nounits(wrapped, inputs)
        out, out_tree = returned[0]
        for x in traced:
            if not x.is_known():
                aval = x.get_aval()
                raise DependsOnUnknown(f"shape {aval.shape}, dtype {aval.dtype}")
        # A known constant may come as JAX's host array; what it stood for was a jax array.
        known = (jax.numpy.asarray(x.get_known()) for x in traced)
        return out_tree.unflatten(
            [next(known) if isinstance(x, jax.core.Tracer) else x for x in out]
        )
