"""Functional scopes: state outside the function, on numpy, tensorflow, jax and torch.

Re-exports the public names, one by one. Names and behaviour are those of `flax.core`; on jax the
same program gives the same trees and the same random numbers. Nothing here imports jax or flax: jax
is noticed when it is imported.
"""

from . import errors, meta
from .bridge import ScopeVariables, assign_from, tree_from, variables_from
from .entry import apply, bind, init, lazy_init
from .filters import (
    DenyList,
    filter_to_set,
    group_collections,
    in_filter,
    intersect_filters,
    is_filter_empty,
    subtract_filters,
    union_filters,
)
from .frozen import FrozenDict, copy, freeze, pop, pretty_repr, unfreeze
from .meta import AxisMetadata, map_axis_meta, unbox
from .reference import VariableReference
from .rng import LazyRng
from .scope import Scope
from .structs import ShapeDtypeStruct
from .switches import config
