"""What can go wrong with scopes: one class a mistake, each message with its likely cause.

The classes, and the situations in which they are raised, are those of `flax.errors`; the sentences
are our own. A message names what there is of it: scope path, variable, collection. Pickling keeps
class and message. This module knows nothing of scopes: it is told everything it says.
"""

import copyreg


class FlaxError(Exception):
    """The family's root; it has the reference's name, so that code that catches it runs."""

    def __reduce__(self):
        # Not by the constructor: the subclasses' take facts, and what is kept is the message.
        return copyreg.__newobj__, (type(self), str(self))


# ---- what `apply`, `init` and `bind` are given ------------------------------------------------


class ApplyScopeInvalidVariablesTypeError(FlaxError):
    """The variables are no dict of collections that are dicts with string keys."""

    def __init__(self, what="something else"):
        super().__init__(
            "Argument `variables` must be a dict from collection names to dicts with string keys, "
            f"such as {{'params': {{'kernel': ...}}}}. Received: {what}."
        )


class ApplyScopeInvalidVariablesStructureError(FlaxError):
    """The params collection was wrapped twice: `{'params': {'params': ...}}`."""

    def __init__(self, variables):
        inside = ", ".join(map(repr, variables["params"]))
        super().__init__(
            "Argument `variables` has a collection 'params' inside its collection 'params' "
            f"(which holds: {inside}). A whole tree of variables was probably taken for the "
            "params collection; pass variables['params'] in its place."
        )


class InvalidRngError(FlaxError):
    """A random key is missing, or is no key."""


class InvalidFilterError(FlaxError):
    """A filter is neither a bool, a name, a collection of names nor a DenyList."""

    def __init__(self, filter_like):
        super().__init__(
            "A filter must be True, False, a name, a collection of names or a DenyList of one of "
            f"these. Received: {filter_like!r} (type {type(filter_like).__name__})."
        )


class LazyInitError(FlaxError):
    """A variable would need a value of which `lazy_init` was given only shape and dtype."""

    def __init__(self, what):
        super().__init__(
            f"A variable depends on an argument of which only shape and dtype are known ({what}). "
            "Its initializer may use the argument's shape and dtype but not its values; pass an "
            "array for that argument, or leave the variable's collection out of `mutable`."
        )


# ---- what a scope is asked for ----------------------------------------------------------------


class ScopeParamNotFoundError(FlaxError):
    """A parameter is not there and may not be made."""

    def __init__(self, param_name, scope_path):
        super().__init__(
            f"Scope {scope_path!r} has no parameter {param_name!r}, and the collection 'params' is "
            "not mutable. Either it has another name than at `init`, or the variables are those of "
            "another function."
        )


class ScopeVariableNotFoundError(FlaxError):
    """A variable is not there and may not, or cannot, be made."""

    def __init__(self, name, col, scope_path):
        super().__init__(
            f"Scope {scope_path!r} has no variable {name!r} in the collection {col!r}, and it "
            f"cannot be made: either {col!r} is not mutable (add it to `mutable`) or no `init_fn` "
            "was given."
        )


class ScopeCollectionNotFound(FlaxError):
    """A variable was asked for in a collection that has none at all."""

    def __init__(self, col_name, var_name, scope_path):
        super().__init__(
            f"Scope {scope_path!r} was asked for {var_name!r}, but the collection {col_name!r} is "
            f"empty. Either it was passed without its name (pass {{{col_name!r}: ...}}), or its "
            f"variables are still to be made: run `init`, or make {col_name!r} mutable."
        )


class ScopeParamShapeError(FlaxError):
    """A parameter has another shape than its initializer would give it."""

    def __init__(self, param_name, scope_path, value_shape, init_shape):
        super().__init__(
            f"Parameter {param_name!r} in scope {scope_path!r} (collection 'params') has shape "
            f"{value_shape}, but its initializer makes shape {init_shape}. The inputs probably "
            "have another shape than at `init`, or the function other settings."
        )


class ModifyScopeVariableError(FlaxError):
    """A variable in a collection that is not mutable was written."""

    def __init__(self, col, variable_name, scope_path):
        super().__init__(
            f"Variable {variable_name!r} in scope {scope_path!r} cannot be written: its collection "
            f"{col!r} is not mutable. Pass mutable=[{col!r}] to `apply` or `bind`."
        )


class InvalidScopeError(FlaxError):
    """A scope was used after the call it was made for had ended."""

    def __init__(self, scope_name, scope_path=None):
        where = "" if scope_path is None else f" (path {scope_path!r})"
        super().__init__(
            f"Scope {scope_name!r}{where} is no longer valid: the `apply`, `init` or "
            "`temporary()` block it belongs to has ended. Return values from the function rather "
            "than keep its scope, or use `bind` for a scope that stays."
        )


class JaxTransformError(FlaxError):
    """A scope was used inside a transformation that it was not made in.

    The name is the reference's; it stands for the transformations of every framework (jit, grad,
    vmap; tf.function; torch.func).
    """

    def __init__(self, scope_path=None):
        which = "A scope" if scope_path is None else f"Scope {scope_path!r}"
        super().__init__(
            f"{which} was made outside the transformation (jit, grad, vmap, tf.function, ...) that "
            "now uses it, or inside one that has ended: what it writes or counts would leak. Call "
            "`apply` or `init` inside the transformed function and pass the variables as arguments."
        )


# ---- metadata ---------------------------------------------------------------------------------


class PartitioningUnspecifiedError(FlaxError):
    """An axis of a Partitioned value was added or removed without saying which name it has."""

    def __init__(self, target):
        super().__init__(
            "An axis of a Partitioned value was added or removed, but `params` has no "
            "'partition_name' (for an axis that is not partitioned it must be None). The names are "
            f"{getattr(target, 'names', target)!r}."
        )
