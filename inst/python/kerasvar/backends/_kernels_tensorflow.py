"""TensorFlow: the operators it has no kernels for, computed in another dtype or by other means.

What a kernel gives must be what the same operator gives on NumPy.
"""

import tensorflow as tf

from ._defaults import ordered_complex

_COMPARISONS = ("less", "less_equal", "greater", "greater_equal")


_BOOL = {
    "add": tf.logical_or,
    "multiply": tf.logical_and,
    "abs": tf.identity,
}


def matmul(left, right):
    """NumPy's matmul: operands of rank 1 are a row on the left, a column on the right.

    Raises ValueError for an operand without axes.
    """
    ranks = left.shape.rank, right.shape.rank
    if ranks == (2, 2):
        return tf.raw_ops.MatMul(a=left, b=right)
    if 0 in ranks:
        raise ValueError(f"`matmul` needs operands with axes. Received: ranks {ranks}")
    row, column = ranks[0] == 1, ranks[1] == 1
    if not row and not column:
        return tf.matmul(left, right)
    left, right = tf.convert_to_tensor(left), tf.convert_to_tensor(right)
    product = tf.matmul(left[None, :] if row else left, right[:, None] if column else right)
    return tf.squeeze(product, [axis for axis, drop in ((-2, row), (-1, column)) if drop])


def _raw(operation):
    return lambda left, right: operation(x=left, y=right)


# The raw operations: tf.add and its kin first look for other types' own ways to add, which takes
# longer than adding 3 x 3 numbers, and tf.add converts a number on the left by itself.
RAW = {
    "add": _raw(tf.raw_ops.AddV2),
    "subtract": _raw(tf.raw_ops.Sub),
    "multiply": _raw(tf.raw_ops.Mul),
    "divide": _raw(tf.raw_ops.RealDiv),
    "floor_divide": _raw(tf.raw_ops.FloorDiv),
    "remainder": _raw(tf.raw_ops.FloorMod),
    "pow": _raw(tf.raw_ops.Pow),
    "matmul": matmul,
    "equal": _raw(tf.raw_ops.Equal),
    "not_equal": _raw(tf.raw_ops.NotEqual),
    "less": _raw(tf.raw_ops.Less),
    "less_equal": _raw(tf.raw_ops.LessEqual),
    "greater": _raw(tf.raw_ops.Greater),
    "greater_equal": _raw(tf.raw_ops.GreaterEqual),
    "logical_and": _raw(tf.raw_ops.LogicalAnd),
    "logical_or": _raw(tf.raw_ops.LogicalOr),
    "negative": lambda x: tf.raw_ops.Neg(x=x),
}

_ORDER_COMPLEX = ordered_complex(RAW, lambda x: (tf.math.real(x), tf.math.imag(x)))


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
        elif dtype == "string" and operator == "add":
            return _raw(tf.raw_ops.Add), dtype
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
