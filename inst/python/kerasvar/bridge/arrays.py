"""Arrays put together, turned and multiplied, as R means it.

Axes are numbered from 0. A vector of R's has no axes: it is a row or a column as needed.
"""

import math

import numpy as np

from .. import dtypes
from ..operators import binary as operate
from ..subscript import python_selection
from ..subscript.selection import fast_selection
from . import data
from .arithmetic import against
from .recycle import down_columns, recycle, unflattened
from .widths import orderable

__all__ = ["bind", "combine", "cross", "multiply", "permute", "reshape", "reverse", "select_where",
           "sort", "transpose"]  # fmt: skip


def reshape(x, shape):
    """The same elements, column by column, in another shape.

    Raises ValueError if their number does not fit.
    """
    backend, x, _ = data.tensor_of(x)
    size = math.prod(backend.shape(x))
    if math.prod(shape) != size:
        raise ValueError(f"{size} elements do not fit the shape {tuple(shape)}.")
    return backend.tensor(unflattened(backend, down_columns(backend, x), tuple(shape)), copy=True)


def permute(x, axes=None):
    """The axes in another order, by default reversed; of a vector, a matrix of one row.

    Raises ValueError if `axes` is no permutation.
    """
    backend, x, _ = data.tensor_of(x)
    rank = len(backend.shape(x))
    if axes is None:
        axes = tuple(range(rank))[::-1]
    if sorted(axes) != list(range(rank)):
        raise ValueError(f"`perm` must be a permutation of 1 to {rank}.")
    return backend.tensor(backend.function("permute_dims")(x, tuple(axes)), copy=True)


def transpose(x):
    """The transposed matrix; a value of one axis or none becomes a row.

    Raises ValueError for more than two axes.
    """
    backend, x, _ = data.tensor_of(x)
    shape = backend.shape(x)
    if len(shape) > 2:
        raise ValueError(f"A matrix is needed. Received: {len(shape)} axes.")
    if len(shape) < 2:
        return backend.tensor(backend.function("reshape")(x, (1, -1)), copy=True)
    return permute(x)


def combine(values, kinds):
    """All elements of all values, each column by column, as one vector."""
    backend, parts = _met(values, kinds)
    parts = [down_columns(backend, part) for part in parts]
    return backend.function("concat")(parts, 0)


def bind(values, kinds, axis):
    """Matrices and vectors side by side: as rows (axis 0) or columns (axis 1) of one matrix.

    A vector is one row or column, recycled to the others' length; values of one axis are vectors.

    Raises ValueError for lengths that do not fit or a value of more than two axes.
    """
    backend, parts = _met(values, kinds)
    shapes = [backend.shape(part) for part in parts]
    if any(len(shape) > 2 for shape in shapes):
        raise ValueError("Only matrices and vectors can be bound.")
    lengths = {shape[1 - axis] for shape in shapes if len(shape) == 2}
    if len(lengths) > 1:
        side = ("columns", "rows")[axis]
        raise ValueError(f"The matrices must have equally many {side}: {sorted(lengths)}.")
    length = lengths.pop() if lengths else max(math.prod(shape) for shape in shapes)
    parts = [
        part if len(shape) == 2 else _line(backend, part, shape, length, axis)
        for part, shape in zip(parts, shapes)
        if len(shape) == 2 or math.prod(shape) or not length
    ]
    return backend.function("concat")(parts, axis)


def _line(backend, part, shape, length, axis):
    given = math.prod(shape)
    if given and length % given or given > length:
        raise ValueError(f"A vector of length {given} does not fit {length} elements.")
    part = down_columns(backend, part)
    if given != length:
        part = recycle(part, (length,), backend)
    whole = backend.function("broadcast_to")(part, (length,))
    return backend.function("reshape")(whole, (1, -1) if axis == 0 else (-1, 1))


def reverse(x):
    """The elements in reverse order, as a vector."""
    backend, x, _ = data.tensor_of(x)
    x = down_columns(backend, x)
    size = math.prod(backend.shape(x))
    backwards = np.arange(size - 1, -1, -1)
    return backend.select(x, fast_selection((backwards,), (size,), (size,)))


def sort(x, decreasing=False):
    """The elements in order, without NaN, as a vector. Raises TypeError for complex numbers."""
    backend, x, dtype = data.tensor_of(x)
    if dtype.startswith("complex") or dtype == "string":
        raise TypeError(f"{dtype} has no order.")
    x = down_columns(backend, x)
    if not dtypes.is_int_dtype(dtype) and dtype != "bool":
        nan = np.asarray(backend.host(backend.function("isnan")(x)))
        if nan.any():
            x = backend.select(x, python_selection(nan.shape, ~nan))
    plain = "int32" if dtype == "bool" else orderable(backend, dtype)
    x = backend.function("sort")(x if plain == dtype else backend.cast(x, plain), 0)
    if decreasing:
        x = reverse(x)
    return x if plain == dtype else backend.cast(x, dtype)


def select_where(test, yes, no, kinds):
    """`yes` where `test` is true and `no` elsewhere, in the shape of `test`; both are recycled.

    `kinds` holds three. Raises ValueError if `test` has NaN, or lengths do not fit.
    """
    backend, (test, *others) = _met((test, yes, no), kinds, apart=1)
    shape = backend.shape(test)
    out = []
    for value in others:
        if backend.shape(value) != shape:
            vector = data.Operand(down_columns(backend, value), backend.dtype(value), backend, True)
            value = against(vector, shape).value
        out.append(backend.function("broadcast_to")(value, shape))
    return backend.function("where")(test, *out)


# -- products


def multiply(left, right, left_kind=data.OBJECT, right_kind=data.OBJECT):
    """The matrix product. A vector is a row or a column, whichever fits; the result has two axes.

    Values of more than two axes are stacks of matrices, as NumPy has it.
    Raises ValueError for shapes that do not fit.
    """
    backend, (left, right) = _met((left, right), (left_kind, right_kind), numbers=True)
    a, b = backend.shape(left), backend.shape(right)
    if len(a) < 2 and len(b) < 2:
        m, n = math.prod(a), math.prod(b)
        if m == n:
            a, b = (1, m), (n, 1)
        elif m == 1:
            a, b = (1, 1), (1, n)
        else:
            a, b = (m, 1), (1, n)
    elif len(a) < 2:
        n = math.prod(a)
        a = (1, n) if b[-2] == n else (n, 1)
    elif len(b) < 2:
        n = math.prod(b)
        b = (n, 1) if a[-1] == n else (1, n)
    if a[-1] != b[-2]:
        raise ValueError(
            f"The arrays do not fit: {backend.shape(left)} %*% {backend.shape(right)}."
        )
    shape = backend.function("reshape")
    left = left if backend.shape(left) == a else shape(left, a)
    right = right if backend.shape(right) == b else shape(right, b)
    return _matmul(backend, left, right)


def cross(left, right, left_kind, right_kind, second):
    """`t(left) %*% right`, or with `second` `left %*% t(right)`; `right` None stands for `left`."""
    if right is None:
        right, right_kind = left, left_kind
    backend, (left, right) = _met((left, right), (left_kind, right_kind), numbers=True)
    left, right = (_as_matrix(backend, x) for x in (left, right))
    turn = backend.function("permute_dims")
    if second:
        if backend.shape(left)[1] != backend.shape(right)[1]:
            # A column vector against rows of one element each.
            right = _fit(backend, right, backend.shape(left)[1], 1)
        right = turn(right, (1, 0))
    else:
        if backend.shape(left)[0] != backend.shape(right)[0]:
            left = _fit(backend, left, backend.shape(right)[0], 0)
        left = turn(left, (1, 0))
    if backend.shape(left)[1] != backend.shape(right)[0]:
        raise ValueError(
            f"The arrays do not fit: shapes {backend.shape(left)} and {backend.shape(right)}."
        )
    return _matmul(backend, left, right)


def _as_matrix(backend, x):
    shape = backend.shape(x)
    if len(shape) > 2:
        raise ValueError(f"A matrix is needed. Received: {len(shape)} axes.")
    return x if len(shape) == 2 else backend.function("reshape")(x, (-1, 1))


def _fit(backend, x, size, axis):
    shape = backend.shape(x)
    if shape[1 - axis] == size and shape[axis] == 1:
        return backend.function("permute_dims")(x, (1, 0))
    return x


def _matmul(backend, left, right):
    dtype = backend.dtype(left)
    return operate(backend, "matmul", left, dtype, right, backend.dtype(right))


# -- the parts


def _met(values, kinds, numbers=False, apart=0):
    """`(backend, tensors)`: the values in the dtype in which they meet.

    With `numbers`, truth values count as integers. The first `apart` are conditions: bool.
    """
    backend, operands = data.together(values, kinds)
    operands[apart:] = data.settled(operands[apart:], backend)
    meet = dtypes.result_type(*(found.dtype for found in operands[apart:]), backend=backend.name)
    if numbers and meet == "bool":
        meet = "int32"
    return backend, [
        _as(backend, found, "bool" if position < apart else meet)
        for position, found in enumerate(operands)
    ]


def _as(backend, found, dtype):
    if found.backend is None:
        array = np.asarray(found.value)
        if dtypes.is_int_dtype(dtype):
            dtypes.check_exact_cast(array, dtype)
        return backend.tensor(array, dtype)
    return found.value if found.dtype == dtype else backend.cast(found.value, dtype)
