"""Filters: which collections, or which random keys, something applies to.

A filter is True (all), False (none), a name, a collection of names, or a `DenyList` of a filter
(all but those). Filters are plain data: this module knows of nothing but names. Each is a finite
set or the complement of one; the functions bring it to that form and do set algebra on it.
Semantics: `flax.core.scope`.
"""

import contextlib
import dataclasses
from collections.abc import Collection
from typing import NamedTuple, Union

from . import pytrees
from .errors import InvalidFilterError


@dataclasses.dataclass(frozen=True)
class DenyList:
    """Everything but what the filter `deny` matches.

    Sorts after every name, and among its kind by the text of `deny`, so that mixed lists can be
    sorted.
    """

    deny: "Filter"

    def __lt__(self, other):
        if isinstance(other, str):
            return False
        return str(self.deny) < str(other.deny) if isinstance(other, DenyList) else NotImplemented

    def __gt__(self, other):
        if isinstance(other, str):
            return True
        return other < self if isinstance(other, DenyList) else NotImplemented


Filter = Union[bool, str, Collection, DenyList]


class _Names(NamedTuple):
    """What a filter matches: the names, or, as a complement, all but them."""

    names: frozenset
    complement: bool = False

    def __contains__(self, name):
        return (name in self.names) is not self.complement

    def __invert__(self):
        return _Names(self.names, not self.complement)

    def __and__(self, other):
        if self.complement and other.complement:
            return _Names(self.names | other.names, True)
        if self.complement:
            return _Names(other.names - self.names)
        return _Names(frozenset(name for name in self.names if name in other))

    def as_filter(self):
        if not self.complement:
            return set(self.names)
        return DenyList(self.names) if self.names else True


def _matched(filter_like):
    """The normal form of a filter; InvalidFilterError if it is none."""
    if isinstance(filter_like, DenyList):
        return ~_matched(filter_like.deny)
    if isinstance(filter_like, bool):
        return _Names(frozenset(), complement=filter_like)
    if isinstance(filter_like, str):
        return _Names(frozenset((filter_like,)))
    if isinstance(filter_like, Collection):
        with contextlib.suppress(TypeError):  # an element that has no hash is no name
            return _Names(frozenset(filter_like))
    raise InvalidFilterError(filter_like)


def in_filter(filter_like, col):
    """Whether the filter matches the name `col`.

    Raises:
        InvalidFilterError: `filter_like` is no filter.
    """
    return col in _matched(filter_like)


def is_filter_empty(filter_like):
    """Whether the filter matches no name at all. A name is never empty, not even "".

    A DenyList counts as empty when what it denies matches all names but those it mentions.

    Raises:
        InvalidFilterError: `filter_like` is no filter.
    """
    names, complement = _matched(filter_like)
    return not complement and (not names or isinstance(filter_like, DenyList))


def filter_to_set(x):
    """The set of the names that the filter matches.

    Raises:
        AssertionError: it matches infinitely many (True, or any DenyList).
        InvalidFilterError: `x` is no filter.
    """
    if x is True or isinstance(x, DenyList):
        raise AssertionError(
            f"The filter {x!r} matches infinitely many names and cannot become a set."
        )
    return set(_matched(x).names)


# What follows gives the simplest filter there is: a set, True, or a DenyList of a frozenset. Each
# raises InvalidFilterError for what is no filter.


def union_filters(a, b):
    """A filter for the names that `a` or `b` matches."""
    return (~(~_matched(a) & ~_matched(b))).as_filter()


def intersect_filters(a, b):
    """A filter for the names that both `a` and `b` match."""
    return (_matched(a) & _matched(b)).as_filter()


def subtract_filters(a, b):
    """A filter for the names that `a` matches and `b` does not."""
    return (_matched(a) & ~_matched(b)).as_filter()


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
