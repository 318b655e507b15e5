"""Filters: which collections, or which random keys, something applies to.

A filter is True (all), False (none), a name, a collection of names, or a `DenyList` of a filter
(all but those). Filters are plain data: this module knows of nothing but names. Semantics:
`flax.core.scope`.
"""

import dataclasses
from collections.abc import Collection
from typing import Union

from . import pytrees
from .errors import InvalidFilterError

__all__ = [
    "DenyList",
    "Filter",
    "filter_to_set",
    "group_collections",
    "in_filter",
    "intersect_filters",
    "is_filter_empty",
    "subtract_filters",
    "union_filters",
]


@dataclasses.dataclass(frozen=True)
class DenyList:
    """Everything but what the filter `deny` matches.

    Sorts after every name, and among its kind by the text of `deny`, so that mixed lists can be
    sorted.
    """

    deny: "Filter"

    def _order(self, other):
        if isinstance(other, DenyList):
            return str(other.deny)
        return "" if isinstance(other, str) else None

    def __lt__(self, other):
        order = self._order(other)
        return NotImplemented if order is None else str(self.deny) < order

    def __gt__(self, other):
        order = self._order(other)
        if order is None:
            return NotImplemented
        return isinstance(other, str) or str(self.deny) > order


Filter = Union[bool, str, Collection, DenyList]


def _is_infinite(x):
    return x is True or isinstance(x, DenyList)


def in_filter(filter_like, col):
    """Whether the filter matches the name `col`.

    Raises:
        InvalidFilterError: `filter_like` is no filter.
    """
    if isinstance(filter_like, bool):
        return filter_like
    if isinstance(filter_like, str):
        return filter_like == col
    if isinstance(filter_like, Collection):
        return col in filter_like
    if isinstance(filter_like, DenyList):
        return not in_filter(filter_like.deny, col)
    raise InvalidFilterError(filter_like)


# No collection has this name: it stands for all those that a filter does not mention.
_UNMENTIONED = object()


def is_filter_empty(filter_like):
    """Whether the filter matches no name at all. A name is never empty, not even "".

    A DenyList is empty when what it denies matches every name, mentioned or not.

    Raises:
        InvalidFilterError: `filter_like` is no filter.
    """
    if isinstance(filter_like, DenyList):
        return in_filter(filter_like.deny, _UNMENTIONED)
    if isinstance(filter_like, str):
        return False
    if isinstance(filter_like, (bool, Collection)):
        return not filter_like
    raise InvalidFilterError(filter_like)


def filter_to_set(x):
    """The set of the names that the filter matches.

    Raises:
        AssertionError: it matches infinitely many (True, or any DenyList).
        InvalidFilterError: `x` is no filter.
    """
    if _is_infinite(x):
        raise AssertionError(
            f"The filter {x!r} matches infinitely many names and cannot become a set."
        )
    if x is False:
        return set()
    if isinstance(x, str):
        return {x}
    if isinstance(x, Collection):
        return set(x)
    raise InvalidFilterError(x)


# Each filter is a finite set or the complement of a filter, which leaves set algebra. What comes
# out is a set, a DenyList or a bool; a DenyList may hold another, so no form is canonical.


def union_filters(a, b):
    """A filter for the names that `a` or `b` matches: True, a set or a DenyList.

    Raises InvalidFilterError for what is no filter.
    """
    if a is True or b is True:
        return True
    if isinstance(a, DenyList) and isinstance(b, DenyList):
        return DenyList(intersect_filters(a.deny, b.deny))
    if isinstance(a, DenyList):
        return DenyList(subtract_filters(a.deny, b))
    if isinstance(b, DenyList):
        return DenyList(subtract_filters(b.deny, a))
    return filter_to_set(a) | filter_to_set(b)


def intersect_filters(a, b):
    """A filter for the names that both `a` and `b` match: `a` or `b` itself, a set or a DenyList.

    Raises InvalidFilterError for what is no filter.
    """
    if a is True:
        return b
    if b is True:
        return a
    if isinstance(a, DenyList) and isinstance(b, DenyList):
        return DenyList(union_filters(b.deny, a.deny))
    if isinstance(a, DenyList):
        return subtract_filters(b, a.deny)
    if isinstance(b, DenyList):
        return subtract_filters(a, b.deny)
    return filter_to_set(a) & filter_to_set(b)


def subtract_filters(a, b):
    """A filter for the names that `a` matches and `b` does not: False, a set or a DenyList.

    Raises InvalidFilterError for what is no filter.
    """
    if b is True:
        return False
    if a is True:
        return DenyList(b)
    if isinstance(a, DenyList) and isinstance(b, DenyList):
        return subtract_filters(b.deny, a.deny)
    if isinstance(a, DenyList):
        return DenyList(union_filters(a.deny, b))
    if isinstance(b, DenyList):
        return intersect_filters(a, b.deny)
    return filter_to_set(a) - filter_to_set(b)


def group_collections(xs, col_filters):
    """Deal out the collections of a tree to the filters: each goes to the first that matches it.

    Args:
        xs: a dict from collection names to (nested) dicts of variables.
        col_filters: a sequence of filters.

    Returns:
        A tuple of dicts, one a filter; the containers in them are copies, the leaves are not. What
        no filter matches is left out.
    """
    groups = tuple({} for _ in col_filters)
    for col in xs.keys():
        for group, col_filter in zip(groups, col_filters):
            if in_filter(col_filter, col):
                group[col] = pytrees.map(lambda leaf: leaf, xs[col])
                break
    return groups
