"""The functions of `base.FUNCTIONS` that tf.math has under another name, or with another meaning."""

import tensorflow as tf


def _reduction(function):
    def reduce(x, axis=None, keepdims=False):
        return function(x, axis=axis, keepdims=keepdims)

    return reduce


def _of_parts(test, joined):
    """A test of floats, also of complex numbers, which TensorFlow's does not take."""

    def test_any(x):
        if x.dtype.is_complex:
            return joined(test(tf.math.real(x)), test(tf.math.imag(x)))
        return test(x)

    return test_any


FUNCTIONS = {
    "trigamma": lambda x: tf.math.polygamma(tf.ones_like(x), x),
    "isnan": _of_parts(tf.math.is_nan, tf.logical_or),
    "isinf": _of_parts(tf.math.is_inf, tf.logical_or),
    "isfinite": _of_parts(tf.math.is_finite, tf.logical_and),
    "sum": _reduction(tf.reduce_sum),
    "prod": _reduction(tf.reduce_prod),
    "max": _reduction(tf.reduce_max),
    "min": _reduction(tf.reduce_min),
    "any": _reduction(tf.reduce_any),
    "all": _reduction(tf.reduce_all),
    "mean": _reduction(tf.reduce_mean),
    "cumulative_sum": tf.cumsum,
    "cumulative_prod": tf.math.cumprod,
    "sort": lambda x, axis: tf.sort(x, axis=axis),
    "flip": lambda x, axis: tf.reverse(x, [axis % x.shape.rank]),
    "where": tf.where,
    "reshape": tf.reshape,
    "permute_dims": lambda x, axes: tf.transpose(x, perm=axes),
    "concat": tf.concat,
    "broadcast_to": tf.broadcast_to,
}
