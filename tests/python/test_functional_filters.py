"""Filters against flax.core's: the same names matched, or an exception of its name."""

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


NAMES = ["params", "stats", "cache", "", "unmentioned"]


def matched(in_filter, filter_like):
    return [in_filter(filter_like, name) for name in NAMES]


@given(filters)
def test_membership_is_flaxs(description):
    ours, theirs = made(description, DenyList), made(description, flax_scope.DenyList)
    answers = outcome(matched, flax_scope.in_filter, theirs)
    assert outcome(matched, in_filter, ours) == answers
    if isinstance(answers, str):
        assert outcome(is_filter_empty, ours) == answers
    else:
        # Flax (0.12) takes DenyList(DenyList("params")) for empty, though it matches "params".
        assert is_filter_empty(ours) == (not any(answers))
    if not isinstance(description, dict):
        assert outcome(is_filter_empty, ours) == outcome(flax_scope.is_filter_empty, theirs)
    as_set = outcome(flax_scope.filter_to_set, theirs)
    # Flax refuses every DenyList, before it looks at what is denied, which may be everything but a few.
    if as_set == "raises AssertionError" and isinstance(answers, str):
        as_set = answers
    elif as_set == "raises AssertionError" and not answers[-1]:
        as_set = {name for name, there in zip(NAMES, answers) if there}
    assert outcome(filter_to_set, ours) == as_set


@pytest.mark.parametrize("operation", [union_filters, intersect_filters, subtract_filters])
@given(filters, filters)
def test_set_operations_match_the_names_that_flaxs_match(operation, a, b):
    def theirs():
        result = getattr(flax_scope, operation.__name__)(
            made(a, flax_scope.DenyList), made(b, flax_scope.DenyList)
        )
        return matched(flax_scope.in_filter, result)

    def ours():
        result = operation(made(a, DenyList), made(b, DenyList))
        # A finite set or the complement of one, whatever came.
        assert result is True or type(result.deny if type(result) is DenyList else result) is set
        return matched(in_filter, result)

    if "raises InvalidFilterError" in (outcome(is_filter_empty, made(x, DenyList)) for x in (a, b)):
        # Flax may answer without a look at the other one.
        assert outcome(ours) == "raises InvalidFilterError"
    else:
        assert outcome(ours) == outcome(theirs)


valid = filters.filter(lambda d: outcome(in_filter, made(d, DenyList), "x") in (True, False))


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
