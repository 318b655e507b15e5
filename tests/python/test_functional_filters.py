"""Filters against flax.core's: the same answer, or an exception of its name."""

import dataclasses

import hypothesis.strategies as st
import pytest
from hypothesis import given

from kerasvar.functional import (
    DenyList,
    filter_to_set,
    group_collections,
    in_filter,
    intersect_filters,
    is_filter_empty,
    subtract_filters,
    union_filters,
)
from kerasvar.functional.errors import InvalidFilterError

flax_scope = pytest.importorskip("flax.core.scope")

names = st.sampled_from(["params", "stats", "cache", ""])
invalid = st.sampled_from([None, 3, 1.5])
# As data, so that each library makes its own DenyLists of it.
filters = st.recursive(
    st.booleans()
    | names
    | st.lists(names, max_size=3)
    | st.lists(names, max_size=3).map(tuple)
    | st.sets(names, max_size=3)
    | invalid,
    lambda inner: inner.map(lambda deny: {"deny": deny}),
    max_leaves=3,
)


def made(description, library_deny_list):
    if isinstance(description, dict):
        return library_deny_list(made(description["deny"], library_deny_list))
    return description


def outcome(function, *args):
    """What a call gives, without the library's own class in it, or the name of what it raises."""
    try:
        return type_free(function(*args))
    except Exception as error:
        return f"raises {type(error).__name__}"


def type_free(x):
    if type(x).__name__ == "DenyList":
        return {"deny": type_free(x.deny)}
    return x


@given(filters, names)
def test_membership_is_flaxs(description, name):
    ours, theirs = made(description, DenyList), made(description, flax_scope.DenyList)
    assert outcome(in_filter, ours, name) == outcome(flax_scope.in_filter, theirs, name)
    assert outcome(is_filter_empty, ours) == outcome(flax_scope.is_filter_empty, theirs)
    assert outcome(filter_to_set, ours) == outcome(flax_scope.filter_to_set, theirs)


valid = filters.filter(lambda d: outcome(in_filter, made(d, DenyList), "x") in (True, False))
operations = pytest.mark.parametrize(
    "operation", [union_filters, intersect_filters, subtract_filters]
)


@operations
@given(valid, valid)
def test_set_operations_are_flaxs(operation, a, b):
    ours = operation(made(a, DenyList), made(b, DenyList))
    reference = getattr(flax_scope, operation.__name__)
    theirs = reference(made(a, flax_scope.DenyList), made(b, flax_scope.DenyList))
    for name in ("params", "stats", "cache", "", "unmentioned"):
        assert in_filter(ours, name) == flax_scope.in_filter(theirs, name)
    if isinstance(theirs, set):
        assert ours == theirs


@operations
@given(valid, valid)
def test_set_operations_give_the_simplest_filter(operation, a, b):
    found = operation(made(a, DenyList), made(b, DenyList))
    if isinstance(found, DenyList):
        assert type(found.deny) is frozenset and found.deny
    else:
        assert found is True or type(found) is set


@operations
@given(filters, invalid, st.booleans())
def test_differs_from_flax_set_operations_check_both_filters(operation, a, b, swapped):
    a = made(a, DenyList)
    for wrong in (b, DenyList(b), [[]]):
        with pytest.raises(InvalidFilterError):
            operation(*((wrong, a) if swapped else (a, wrong)))


@given(valid, valid, names | st.just("unmentioned"))
def test_set_operations_are_set_operations(a, b, name):
    a, b = made(a, DenyList), made(b, DenyList)
    in_a, in_b = in_filter(a, name), in_filter(b, name)
    assert in_filter(union_filters(a, b), name) == (in_a or in_b)
    assert in_filter(intersect_filters(a, b), name) == (in_a and in_b)
    assert in_filter(subtract_filters(a, b), name) == (in_a and not in_b)


@given(st.dictionaries(names, st.dictionaries(names, st.integers(), max_size=2)),
       st.lists(filters, max_size=3))  # fmt: skip
def test_groups_are_flaxs(tree, descriptions):
    ours = outcome(group_collections, tree, [made(d, DenyList) for d in descriptions])
    theirs = outcome(
        flax_scope.group_collections, tree, [made(d, flax_scope.DenyList) for d in descriptions]
    )
    assert ours == theirs


def test_groups_are_copies():
    tree = {"params": {"dense": {"kernel": 1}}}
    (group,) = group_collections(tree, [True])
    group["params"]["dense"]["kernel"] = 2
    assert tree == {"params": {"dense": {"kernel": 1}}}


def test_deny_lists_sort_behind_names_and_by_their_text():
    ours = sorted([DenyList("b"), "z", DenyList("a"), "a"])
    theirs = sorted([flax_scope.DenyList("b"), "z", flax_scope.DenyList("a"), "a"])
    assert list(map(type_free, ours)) == list(map(type_free, theirs))
    with pytest.raises(TypeError):
        assert DenyList("a") < 3


def test_deny_lists_are_values():
    assert DenyList("a") == DenyList("a") != DenyList("b")
    assert hash(DenyList(("a", "b"))) == hash(DenyList(("a", "b")))
    with pytest.raises(dataclasses.FrozenInstanceError):
        DenyList("a").deny = "b"


def test_errors_name_what_came():
    with pytest.raises(InvalidFilterError, match="Received: 3.5 .type float"):
        in_filter(3.5, "params")
    with pytest.raises(AssertionError, match="infinitely many"):
        filter_to_set(DenyList("params"))
