"""Pytrees: nested containers and what lies at their ends.

They are optree's: dicts, lists, tuples, named tuples, None (an empty tree) and registered classes. A
class that is registered here is a container for `jax.tree` and `torch.utils._pytree` too. Python
does not say when a framework has been imported, so whichever of these comes first tells it: the
registration, if the framework is imported by then; the making of an instance (the classes are
`Container`s); and whatever asks for the backend, such as a scope, or a variable of it. What this
cannot see: an instance that was made before jax was imported is no container for `jax.tree`, but a
leaf, until kerasvar is next used in one of these ways.
"""

import optree

from .. import backends


class Container:
    """What a registered class derives from: a new instance, be it an unpickled one, tells the
    frameworks that were imported meanwhile."""

    __slots__ = ()

    def __new__(cls, *args, **kwargs):
        backends.register_imported()
        return super().__new__(cls)


def map(function, tree, *rest, is_leaf=None):
    """The tree with `function(leaf, *corresponding)` in place of each leaf.

    The trees in `rest` must have the structure of `tree`; below a leaf of `tree` they may have any.
    Dicts keep the order of their keys.

    Raises:
        ValueError: a structure differs.
    """
    return optree.tree_map(function, tree, *rest, is_leaf=is_leaf)


def leaves(tree, is_leaf=None):
    """The leaves of the tree, those of a dict in the order of its sorted keys."""
    return optree.tree_leaves(tree, is_leaf=is_leaf)


def same_structure(tree, other, is_leaf=None):
    """Whether two trees differ in nothing but their leaves."""
    one, two = (optree.tree_structure(x, is_leaf=is_leaf) for x in (tree, other))
    return one == two


def in_order(keys):
    """The keys, sorted; those that cannot be compared are sorted by type first."""
    try:
        return sorted(keys)
    except TypeError:
        return sorted(keys, key=lambda key: (type(key).__qualname__, str(key)))


def register(cls, flatten, unflatten, by_key=False):
    """Make `cls`, a subclass of `Container`, a container; each class once. The arguments are those of
    `backends.register_pytree`."""

    def with_entries(instance):
        children, names, rest = flatten(instance)
        return children, rest, names

    # One namespace for everybody: a user's `optree.tree_map` is to know these classes too.
    everywhere = getattr(optree.registry, "__GLOBAL_NAMESPACE")
    optree.register_pytree_node(cls, with_entries, unflatten, namespace=everywhere)
    backends.register_pytree(cls, flatten, unflatten, by_key)
