"""Shapes: one tuple of sizes from the many ways people and frameworks write one.

A size is a plain int, or None for one that is not known yet. The frameworks' own shapes are known
by their attributes, never imported. What a shape means for a value is no business of this module.
"""

import operator

import numpy as np


def standardize_shape(shape):
    """`shape` as a tuple of non-negative ints and None.

    Takes tuples, lists and any other iterable of ints, NumPy integers, integer tensors of rank 0
    and None; a `torch.Size` and a `tf.TensorShape`. Symbolic sizes (`torch.SymInt`, the
    dimensions of `jax.export`) become None. The conditions are Keras's.

    Raises:
        ValueError: `shape` is None, of unknown rank or no iterable; a dimension is a string, a
            float, negative, or nothing that stands for one integer.
    """
    if type(shape) is tuple:
        for size in shape:
            if type(size) is not int or size < 0:
                break
        else:
            return shape
    if shape is None:
        raise ValueError("`shape` must be a sequence of sizes. Received: None")
    if isinstance(shape, (str, bytes)):
        raise ValueError(f"`shape` must be a sequence of sizes. Received: {shape!r}")
    try:
        sizes = list(shape)
    except (TypeError, ValueError) as error:
        # ValueError is what a tf.TensorShape of unknown rank says.
        raise ValueError(
            f"`shape` must be a sequence of sizes. Received: {shape!r} (type {_type_name(shape)})"
        ) from error
    return tuple(_size(size, axis, sizes) for axis, size in enumerate(sizes))


def shape_equal(a_shape, b_shape, axis=None, allow_none=True):
    """Whether two shapes agree, None standing for any size.

    Args:
        axis: an axis, or several, left out of the comparison (negative counts from the end).
        allow_none: False makes None equal to None alone.
    """
    if len(a_shape) != len(b_shape):
        return False
    skipped = ()
    if axis is not None:
        axes = (axis,) if isinstance(axis, (int, np.integer)) else axis
        skipped = {range(len(a_shape))[one] for one in axes}
    for position, (a, b) in enumerate(zip(a_shape, b_shape)):
        if a == b or position in skipped or (allow_none and (a is None or b is None)):
            continue
        return False
    return True


def broadcasts_to(shape, target):
    """Whether an array of `shape` broadcasts to exactly `target`; both are tuples of int."""
    missing = len(target) - len(shape)
    return missing >= 0 and all(a == b or a == 1 for a, b in zip(shape, target[missing:]))


def _size(size, axis, sizes):
    if size is None or _is_symbolic(size):
        return None
    if type(size).__name__ == "Dimension" and hasattr(size, "value"):
        # What iterating over a tf.TensorShape of TensorFlow 1 behaviour gives.
        return _size(size.value, axis, sizes)
    try:
        number = _integer_of(size)
    except Exception:
        reason = "is no integer"
    else:
        if number >= 0:
            return number
        reason = "is negative"
    raise ValueError(
        f"`shape` must have sizes that are integers, at least 0, or None: dimension {axis} "
        f"{reason}. Received: {size!r} (type {_type_name(size)}) in {tuple(sizes)!r}"
    )


def _integer_of(size):
    """The integer that `size` is, or that a rank 0 tensor holds; floats are refused, however round."""
    if isinstance(size, (str, bytes, float, np.floating)):
        raise ValueError
    try:
        return operator.index(size)
    except Exception:
        if getattr(size, "shape", ()) not in ((), None) and len(size.shape) > 0:
            raise
    number = int(size)
    if isinstance(np.asarray(size)[()], (float, np.floating)):
        raise ValueError
    return number


def _is_symbolic(size):
    kind = type(size)
    if kind.__module__.partition(".")[0] == "torch":
        return kind.__name__ == "SymInt"
    return kind.__name__ == "_DimExpr" and kind.__module__.startswith("jax")


def _type_name(value):
    return f"{type(value).__module__}.{type(value).__qualname__}"
