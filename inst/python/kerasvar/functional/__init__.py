"""Functional scopes: state outside the function, on numpy, tensorflow, jax and torch.

Re-exports the public names, one by one. Names and behaviour are those of `flax.core`; on jax the
same program gives the same trees and the same random numbers. Nothing here imports jax or flax.

Other than in the reference, on purpose:
- A scope ends with its parents, not only with its own `temporary()` block. It raises
  JaxTransformError inside a transformation that it was not made in (there, that check is switched
  off), for tf.function and torch.func as well. Reading is always allowed.
- Dicts are copied on their way into a scope and out of it: neither what was put nor what was handed
  back changes later.
- A FrozenDict (LazyRng, Partitioned) that was made before jax was imported is a leaf for `jax.tree`,
  not a container, until kerasvar is next used; see `pytrees`. Import jax first.
- A NumPy key stays a NumPy key. `rng_counters` has the scope's own names alone.
- `Scope.get_flag` raises its ValueError, which the reference returns. Variables that are no dict are
  an ApplyScopeInvalidVariablesTypeError, not Python's AttributeError or TypeError.
- Dicts keep the order of their keys, which need not be comparable. `FrozenDict.items()` is a view;
  `pretty_repr` heeds `num_spaces` for a FrozenDict too.
- Union, intersection and difference of filters check both filters, and give a set, True or a
  DenyList of a frozenset where the reference may give a DenyList of a DenyList.
- `lazy_init` can return variables that are no arrays (text).
- `config` has only the settings that change something here; any other name is an error.
  `config.temp_flip_flag` is not seen by other threads and tasks.
- `Scope.param` also takes an initializer of `kerasvar.initializers`, or its name.
"""

from . import errors, meta
from .variables import ScopeVariables, assign_from, tree_from, variables_from
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
from .config import config
