"""A variable of a scope, to be read and written like one: what `Scope.variable` returns.

It holds no value: reading asks the scope, writing tells it. Axis metadata (`meta`) it leaves out on
reading and keeps on writing. Semantics: `flax.core.scope.Variable`.
"""

from . import meta, pytrees


class VariableReference:
    """The variable `name` in `collection` of `scope`.

    Args:
        unbox: whether it reads without axis metadata, and keeps them when it is assigned.
    """

    __slots__ = ("collection", "name", "scope", "unbox")

    def __init__(self, scope, collection, name, unbox=True):
        self.scope = scope
        self.collection = collection
        self.name = name
        self.unbox = unbox

    def __repr__(self):
        return f"VariableReference({self.collection!r}, {self.name!r}, {self.scope.path_text!r})"

    @property
    def value(self):
        """The present value, None if there is none. Assigning raises what `put_variable` raises."""
        value = self.scope.get_variable(self.collection, self.name)
        return meta.unbox(value) if self.unbox else value

    @value.setter
    def value(self, value):
        if self.unbox:
            present = self.scope.get_variable(self.collection, self.name)
            is_leaf = meta.is_axis_metadata
            has_metadata = any(map(is_leaf, pytrees.leaves(present, is_leaf=is_leaf)))
            # A value of another structure has no place for the metadata.
            if has_metadata and pytrees.same_structure(present, value, is_leaf=is_leaf):
                value = meta.replace_boxed(present, value)
        self.scope.put_variable(self.collection, self.name, value)

    def is_mutable(self):
        """Whether it may be assigned."""
        return self.scope.is_mutable_collection(self.collection)
