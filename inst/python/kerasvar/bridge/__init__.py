"""What only R needs: functions that R calls, one an operation, with plain data or tensors out.

This package knows variables, tensors and how R thinks of an array: data that lie down the columns,
vectors without axes that are recycled, a number that stands for "missing". It names no framework. What
comes in as data says with a kind (see `data`) what R knows of it. Nothing outside imports this package.
"""

from .arithmetic import binary, unary
from .arrays import (
    bind,
    combine,
    cross,
    multiply,
    permute,
    reshape,
    reverse,
    select_where,
    sort,
    transpose,
)
from .data import ARRAY, OBJECT, VECTOR, VECTOR_TENSOR, stored, tensor
from .mathematics import elementwise, logarithm, missing, round_to, running, significant
from .reductions import over_axes, value_range, whole
from .values import (
    assign,
    assign_add,
    assign_sub,
    attribute,
    column_major,
    create,
    dtype,
    fill,
    fitted,
    fitted_state,
    from_integer64,
    get,
    initial_value,
    plain,
    shape,
    snapshot,
)

__all__ = [
    "ARRAY",
    "OBJECT",
    "VECTOR",
    "VECTOR_TENSOR",
    "assign",
    "assign_add",
    "assign_sub",
    "attribute",
    "binary",
    "bind",
    "column_major",
    "combine",
    "create",
    "cross",
    "dtype",
    "elementwise",
    "fill",
    "fitted",
    "fitted_state",
    "from_integer64",
    "get",
    "initial_value",
    "logarithm",
    "missing",
    "multiply",
    "over_axes",
    "permute",
    "plain",
    "reshape",
    "reverse",
    "round_to",
    "running",
    "select_where",
    "shape",
    "significant",
    "snapshot",
    "sort",
    "stored",
    "tensor",
    "transpose",
    "unary",
    "value_range",
    "whole",
]
