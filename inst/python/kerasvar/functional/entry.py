"""The ways into a scope: `bind` one to variables, or make a function of a scope a pure function.

Checks what it is given, makes the root scope, ends it, and hands back the variables that may have
changed. Semantics: `flax.core.scope`.
"""

import functools

from ..backends.tracing import DependsOnAbstractValue
from . import structs
from .variables import ScopeVariables, VariableStore
from .errors import (
    ApplyScopeInvalidVariablesStructureError,
    ApplyScopeInvalidVariablesTypeError,
    InvalidRngError,
    LazyInitError,
)
from .filters import in_filter
from .frozen import FrozenDict, unfreeze
from .rng import is_valid_rng, is_valid_rngs
from .scope import Scope

_A_KEY = (
    "a key (a jax key, or a uint32 array of shape (2,) as `kerasvar.random.key(seed)` makes it) or "
    "a dict from names to keys"
)


def _check_variables(variables):
    if not isinstance(variables, (dict, FrozenDict)):
        raise ApplyScopeInvalidVariablesTypeError(f"a {type(variables).__name__}")
    for col, entries in variables.items():
        if not isinstance(col, str):
            raise ApplyScopeInvalidVariablesTypeError(f"the collection name {col!r}")
        if not isinstance(entries, (dict, FrozenDict)):
            raise ApplyScopeInvalidVariablesTypeError(
                f"a {type(entries).__name__} as the collection {col!r}"
            )
        for name in entries:
            if not isinstance(name, str):
                raise ApplyScopeInvalidVariablesTypeError(
                    f"the name {name!r} in the collection {col!r}"
                )


def _check_not_doubled(variables):
    if isinstance(variables, ScopeVariables):
        variables = variables._tree
    params = variables.get("params") if isinstance(variables, (dict, FrozenDict)) else None
    if isinstance(params, (dict, FrozenDict)) and "params" in params:
        raise ApplyScopeInvalidVariablesStructureError(variables)


def _named_rngs(rngs, function):
    if not is_valid_rng(rngs) and not is_valid_rngs(rngs):
        raise ValueError(
            f"Argument `rngs` of a function made by `{function}` must be {_A_KEY}. "
            f"Received: {rngs!r} (type {type(rngs).__name__})"
        )
    return rngs if isinstance(rngs, (dict, FrozenDict)) else {"params": rngs}


def bind(variables, rngs=None, mutable=False, flags=None):
    """A root scope on variables, that stays until it is invalidated.

    Args:
        variables: dict from collection names to (nested) dicts with string keys; or
            `ScopeVariables` (see `variables_from`), which the scope then reads and writes.
        rngs: dict from names to keys.
        mutable: filter for the collections that may be written; those are copied first.
        flags: dict of settings.

    Raises:
        ApplyScopeInvalidVariablesTypeError: `variables` is no such dict.
        InvalidRngError: `rngs` is no such dict.
        InvalidFilterError: `mutable` is no filter.
    """
    store = None
    if isinstance(variables, ScopeVariables):
        store, variables = VariableStore(variables), variables._tree
    _check_variables(variables)
    if rngs is not None and not is_valid_rngs(rngs):
        raise InvalidRngError(
            "Argument `rngs` must be a dict from names to keys, such as "
            f"{{'params': kerasvar.random.key(0)}}. Received: {rngs!r} (type {type(rngs).__name__})"
        )
    if store is None:
        variables = {
            col: unfreeze(entries) if in_filter(mutable, col) else entries
            for col, entries in variables.items()
        }
    return Scope(variables, rngs=rngs, mutable=mutable, flags=flags, store=store)


def apply(fn, mutable=False, flags=None):
    """A pure function from one that takes a scope.

    Args:
        fn: takes a scope and any other arguments.
        mutable: filter for the collections that may be written.
        flags: dict of settings for the scope.

    Returns:
        A function of `(variables, *args, rngs=None, **kwargs)`, where rngs is a key, for "params",
        or a dict from names to keys. It returns what `fn` returns, or, if `mutable` is not False, a
        pair of that and the mutable collections as they are then. It raises what `bind` raises,
        ApplyScopeInvalidVariablesStructureError for a doubled "params", and ValueError if rngs is
        neither a key nor a dict of keys.
    """

    @functools.wraps(fn)
    def pure(variables, *args, rngs=None, **kwargs):
        rngs = None if rngs is None else _named_rngs(rngs, "apply")
        _check_not_doubled(variables)
        with bind(variables, rngs=rngs, mutable=mutable, flags=flags).temporary() as root:
            result = fn(root, *args, **kwargs)
        return result if mutable is False else (result, root.mutable_variables())

    return pure


def init(fn, mutable=True, flags=None):
    """A function that makes the variables for one that takes a scope.

    Args:
        fn, mutable, flags: as for `apply`; the flag "initializing" is set.

    Returns:
        A function of `(rngs, *args, **kwargs)`, where rngs is a key, for "params", or a dict from
        names to keys; ValueError if it is neither. It returns what `fn` returns and the variables.
    """

    @functools.wraps(fn)
    def make(rngs, *args, **kwargs):
        rngs = _named_rngs(rngs, "init")
        initializing = {**(flags or {}), "initializing": True}
        return apply(fn, mutable=mutable, flags=initializing)({}, *args, rngs=rngs, **kwargs)

    return make


def lazy_init(fn, mutable=True, flags=None):
    """`init` for when there are no data yet: the shapes of the data will do.

    Args:
        fn, mutable, flags: as for `init`.

    Returns:
        A function of `(rngs, *args, **kwargs)` that returns the variables alone. Anywhere in the
        arguments there may be a `ShapeDtypeStruct`, ours or jax's, a tf.TensorSpec or a torch
        tensor on the device "meta". What depends on its values is not computed: jax evaluates
        partially, torch computes with fake tensors, tensorflow traces a graph and runs the part of
        it that is known (so Python cannot branch on any tensor), NumPy's functions are asked for
        shapes only. LazyInitError if a variable depends on such a value.
    """
    make = init(fn, mutable, flags)

    def variables_of(*args, **kwargs):
        return make(*args, **kwargs)[1]

    @functools.wraps(fn)
    def lazily(rngs, *args, **kwargs):
        args, kwargs = structs.abstract_values((args, kwargs))
        backend = structs.backend_of_abstract_values((args, kwargs))
        if backend is None:
            return variables_of(rngs, *args, **kwargs)
        _named_rngs(rngs, "lazy_init")
        try:
            return backend.partial_eval(variables_of, (rngs, *args), kwargs)
        except DependsOnAbstractValue as error:
            raise LazyInitError(error) from None

    return lazily
