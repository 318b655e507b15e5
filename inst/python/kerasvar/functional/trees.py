"""Trees: nested containers and what lies at their ends.

The one door to pytrees for this package. Its trees are optree's: dicts, lists, tuples, named
tuples, None (an empty tree) and registered classes. A class registered here is a node for optree
now, and for each framework that has tree utilities of its own as soon as it is imported, be that
before or after.
This module knows no framework: the backends say how theirs is told.
"""

import optree

from ..backends import pytrees

__all__ = ["in_order", "leaves", "map", "register", "same_structure"]


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
    return optree.tree_structure(tree, is_leaf=is_leaf) == optree.tree_structure(
        other, is_leaf=is_leaf
    )


def in_order(keys):
    """The keys, sorted; those that cannot be compared are sorted by type first."""
    try:
        return sorted(keys)
    except TypeError:
        return sorted(keys, key=lambda key: (type(key).__qualname__, str(key)))


def register(cls, flatten, unflatten):
    """Make the instances of `cls` nodes of trees.

    Args:
        cls: a class; each can be registered once.
        flatten: instance -> (children, their names, a hashable description of the rest). A name is
            a `pytrees.Key` (what is found with `[]`) or a `pytrees.Attribute`.
        unflatten: (description, children) -> instance. The children can be anything.
    """

    def with_entries(instance):
        children, names, rest = flatten(instance)
        return children, rest, tuple(name.name for name in names)

    # One namespace for everybody: a user's `optree.tree_map` is to know these classes too.
    everywhere = getattr(optree.registry, "__GLOBAL_NAMESPACE")
    optree.register_pytree_node(cls, with_entries, unflatten, namespace=everywhere)
    pytrees.register_node(cls, flatten, unflatten)
