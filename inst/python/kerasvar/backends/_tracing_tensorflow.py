"""TensorFlow: the function is traced into a graph, and of the graph only what is known is run.

While it is traced, known values are symbolic as well: Python cannot branch on them.
"""

import optree
import tensorflow as tf

from .tracing import DependsOnUnknown, Tracing


class TensorflowTracing(Tracing):
    def trace_state(self):
        return id(tf.compat.v1.get_default_graph()) if tf.inside_function() else None

    def _abstractly(self, function):
        # tf.function would do as well, at twice the time.
        with tf.__internal__.FuncGraph("abstractly").as_default():
            return function()

    def hollow(self, shape, dtype):
        return tf.zeros(shape, tf.as_dtype(dtype))

    def unknown(self, shape, dtype):
        return tf.TensorSpec(shape, tf.as_dtype(dtype))

    def is_unknown(self, x):
        return isinstance(x, tf.TensorSpec)

    def lazily(self, function, args, kwargs):
        leaves, tree = optree.tree_flatten((args, kwargs))
        unknown = [self.is_unknown(x) for x in leaves]
        returned = []

        def flat(*placeholders):
            given = iter(placeholders)
            args, kwargs = tree.unflatten(
                [next(given) if u else x for u, x in zip(unknown, leaves)]
            )
            out, out_tree = optree.tree_flatten(function(*args, **kwargs))
            returned.append((out, out_tree))

        specs = [x for u, x in zip(unknown, leaves) if u]
        traced = tf.compat.v1.wrap_function(flat, specs)
        out, out_tree = returned[0]
        return out_tree.unflatten([_known(traced, x) for x in out])


def _known(traced, x):
    if not tf.is_tensor(x) or getattr(x, "graph", None) is not traced.graph:
        return x
    try:
        return traced.prune([], x)()
    except Exception as error:
        # It has no public name: x hangs on a placeholder.
        if type(error).__name__ != "UnliftableError":
            raise
        raise DependsOnUnknown(f"shape {tuple(x.shape)}, dtype {x.dtype.name}") from error
