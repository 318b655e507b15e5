"""TensorFlow: the operators it has no kernels for, computed in another dtype or by other means.

What a kernel gives must be what the same operator gives on NumPy.
"""

import tensorflow as tf

_COMPARISONS = ("less", "less_equal", "greater", "greater_equal")


def _lexicographic(function, strict):
    """A comparison of complex numbers as NumPy makes it: by the real parts, then the imaginary."""

    def kernel(left, right):
        left_real, right_real = tf.math.real(left), tf.math.real(right)
        tied = function(tf.math.imag(left), tf.math.imag(right))
        return strict(left_real, right_real) | (tf.equal(left_real, right_real) & tied)

    return kernel


_ORDER_COMPLEX = {
    "less": _lexicographic(tf.less, tf.less),
    "less_equal": _lexicographic(tf.less_equal, tf.less),
    "greater": _lexicographic(tf.greater, tf.greater),
    "greater_equal": _lexicographic(tf.greater_equal, tf.greater),
}
_BOOL = {
    "add": tf.logical_or,
    "multiply": tf.logical_and,
    "abs": tf.identity,
    "bitwise_invert": tf.logical_not,
}


def matmul(left, right):
    """NumPy's matmul: operands of rank 1 are a row on the left, a column on the right."""
    left, right = tf.convert_to_tensor(left), tf.convert_to_tensor(right)
    row, column = left.shape.rank == 1, right.shape.rank == 1
    if not row and not column:
        return tf.matmul(left, right)
    product = tf.matmul(left[None, :] if row else left, right[:, None] if column else right)
    return tf.squeeze(product, [axis for axis, drop in ((-2, row), (-1, column)) if drop])


class TensorflowKernels:
    def kernel(self, operator, dtype):
        function = self.operators[operator]
        if dtype == "bool":
            if operator == "matmul":
                return function, "int32"
            if operator in _COMPARISONS:
                return function, "uint8"
            return _BOOL.get(operator, function), dtype
        if dtype.startswith("uint"):
            if operator == "abs":
                return tf.identity, dtype
            if operator in ("pow", "matmul", "negative"):
                return function, "int64"
        elif dtype in ("int8", "int16") and operator == "matmul":
            return function, "int32"
        elif dtype.startswith("float8"):
            return function, "float32"
        elif dtype.startswith("complex"):
            if operator == "round":
                return self._round_complex, dtype
            return _ORDER_COMPLEX.get(operator, function), dtype
        return function, dtype

    def _round_complex(self, x, decimals):
        rounded = self.operators["round"]
        return tf.complex(rounded(tf.math.real(x), decimals), rounded(tf.math.imag(x), decimals))
