"""Functions for a caller in another language: one call an operation, plain data or tensors out.

This room knows variables, tensors and how a column-major language thinks of an array: data that lie
down the columns, vectors without axes that are recycled, a number that stands for "missing". It
names no framework. What comes in as data says with a `kind` (see `door`) what it is over there.
"""

from .door import ARRAY, OBJECT, VECTOR, VECTOR_TENSOR, host, tensor
from .values import (
    assign,
    assign_add,
    assign_sub,
    attribute,
    column_major,
    create,
    from_integer64,
    get,
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
    "column_major",
    "create",
    "from_integer64",
    "get",
    "host",
    "shape",
    "snapshot",
    "tensor",
]
