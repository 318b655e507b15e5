"""Filters: which collections, or which random keys, something applies to.

A filter is True (all), False (none), a name, a collection of names, or a `DenyList` of a filter
(all but those): plain data, with the meaning that `flax.core.scope` gives it. Whatever its form, it
stands for a finite set of names or for the complement of one; read as that, once, what is asked of it
is set algebra.
"""

import dataclasses
from collections.abc import Collection
from typing import NamedTuple, Union

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


class _Names(NamedTuple):
    """The names in a finite set; with `others`, all names but those."""

    finite: frozenset
    others: bool

    def __contains__(self, name):
        return (name in self.finite) != self.others

    def __invert__(self):
        return _Names(self.finite, not self.others)

    def __and__(self, other):
        if self.others and other.others:
            return _Names(self.finite | other.finite, True)
        if self.others:
            self, other = other, self
        return _Names(frozenset(name for name in self.finite if name in other), False)

    def as_filter(self):
        if not self.others:
            return set(self.finite)
        return DenyList(set(self.finite)) if self.finite else True


def _names(filter_like):
    complement = False
    while isinstance(filter_like, DenyList):
        complement, filter_like = not complement, filter_like.deny
    if isinstance(filter_like, bool):
        return _Names(frozenset(), filter_like != complement)
    if isinstance(filter_like, str):
        return _Names(frozenset((filter_like,)), complement)
    if isinstance(filter_like, Collection):
        return _Names(frozenset(filter_like), complement)
    raise InvalidFilterError(filter_like)


# Each raises InvalidFilterError for what is no filter.


def in_filter(filter_like, col):
    """Whether the filter matches the name `col`."""
    return col in _names(filter_like)


def is_filter_empty(filter_like):
    """Whether the filter matches no name at all. "" is a name."""
    return _names(filter_like) == (frozenset(), False)


def filter_to_set(x):
    """The set of the names that the filter matches; AssertionError if it matches infinitely many."""
    names = _names(x)
    if names.others:
        raise AssertionError(
            f"The filter {x!r} matches infinitely many names and cannot become a set."
        )
    return set(names.finite)


def union_filters(a, b):
    """A filter for the names that `a` or `b` matches: a set, a DenyList of a set, or True."""
    return (~(~_names(a) & ~_names(b))).as_filter()


def intersect_filters(a, b):
    """A filter for the names that both `a` and `b` match: a set, a DenyList of a set, or True."""
    return (_names(a) & _names(b)).as_filter()


def subtract_filters(a, b):
    """A filter for the names that `a` matches and `b` does not: a set, a DenyList of a set, or True."""
    return (_names(a) & ~_names(b)).as_filter()


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
