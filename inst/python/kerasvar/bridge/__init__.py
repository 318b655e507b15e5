"""Functions for a caller in another language: one call an operation, plain data or tensors out.

This module knows variables, tensors and how a column-major language thinks of an array: data that lie
down the columns, vectors without axes that are recycled, a number that stands for "missing". It
names no framework. What comes in as data says with a `kind` (see `door`) what it is over there.
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
from .door import ARRAY, OBJECT, VECTOR, VECTOR_TENSOR, host, tensor
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
    from_integer64,
    get,
    initial_value,
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
    "from_integer64",
    "get",
    "host",
    "initial_value",
    "logarithm",
    "missing",
    "multiply",
    "over_axes",
    "permute",
    "reshape",
    "reverse",
    "round_to",
    "running",
    "select_where",
    "shape",
    "significant",
    "snapshot",
    "sort",
    "tensor",
    "transpose",
    "unary",
    "value_range",
    "whole",
]
