"""FrozenDict and its functions against flax.core's, on generated nested dicts."""

import copy as python_copy
import pickle

import hypothesis.strategies as st
import jax
import optree
import pytest
from hypothesis import given

from kerasvar.functional import FrozenDict, copy, freeze, pop, pretty_repr, unfreeze

flax_core = pytest.importorskip("flax.core")

keys = st.sampled_from(["a", "b", "c", "d"])
leaves = st.integers() | st.text(max_size=3) | st.tuples(st.integers()) | st.floats(allow_nan=False)
dicts = st.recursive(
    st.dictionaries(keys, leaves, max_size=3),
    lambda inner: st.dictionaries(keys, inner | leaves, max_size=3),
    max_leaves=8,
)


def is_plain(x):
    """Whether no FrozenDict, ours or flax's, is anywhere in a nested dict."""
    return type(x).__name__ != "FrozenDict" and (
        not isinstance(x, dict) or all(map(is_plain, x.values()))
    )


@given(dicts)
def test_it_equals_the_dict_it_was_made_of(tree):
    frozen, theirs = freeze(tree), flax_core.freeze(tree)
    assert frozen == tree and tree == frozen and frozen == theirs
    assert list(frozen) == list(theirs) and len(frozen) == len(theirs)
    assert frozen == FrozenDict(frozen) == FrozenDict(tree.items())
    assert unfreeze(frozen) == tree and is_plain(unfreeze(frozen))
    assert hash(frozen) == hash(freeze(dict(reversed(tree.items()))))


@given(dicts, dicts)
def test_inequality_is_that_of_dicts(a, b):
    assert (freeze(a) == freeze(b)) == (a == b)
    assert (freeze(a) == b) == (a == b)


@given(dicts)
def test_it_looks_as_flaxs_does(tree):
    frozen, theirs = freeze(tree), flax_core.freeze(tree)
    assert repr(frozen) == repr(theirs)
    assert frozen.pretty_repr(2) == theirs.pretty_repr(2)
    assert pretty_repr(tree, 3) == flax_core.pretty_repr(tree, 3)
    assert repr(frozen.keys()) == repr(theirs.keys())
    assert repr(frozen.values()) == repr(theirs.values())


@given(dicts, dicts, st.booleans())
def test_copy_and_pop_are_flaxs(tree, more, with_frozen):
    ours, theirs = (freeze(tree), flax_core.freeze(tree)) if with_frozen else (tree, tree)
    made, expected = copy(ours, more), flax_core.copy(theirs, more)
    assert made == expected and type(made).__name__ == type(expected).__name__
    for key in "abcd":
        if key in tree:
            rest, value = pop(ours, key)
            their_rest, their_value = flax_core.pop(theirs, key)
            assert rest == their_rest and value == their_value
            assert type(value).__name__ == type(their_value).__name__
        else:
            with pytest.raises(KeyError):
                pop(ours, key)
    assert ours == tree


@given(dicts)
def test_it_is_a_container_in_jaxs_trees_like_flaxs(tree):
    frozen, theirs = freeze(tree), flax_core.freeze(tree)
    ours = jax.tree_util.tree_flatten_with_path(frozen)[0]
    assert ours == jax.tree_util.tree_flatten_with_path(theirs)[0]
    mapped = jax.tree.map(str, frozen)
    assert isinstance(mapped, FrozenDict) and mapped == jax.tree.map(str, theirs)
    assert jax.tree.structure(frozen) == jax.tree.structure(freeze(dict(reversed(tree.items()))))


@given(dicts)
def test_it_is_a_container_in_optrees_trees(tree):
    frozen = freeze(tree)
    assert optree.tree_leaves(frozen) == optree.tree_leaves(tree)
    mapped = optree.tree_map(str, frozen)
    assert isinstance(mapped, FrozenDict) and mapped == optree.tree_map(str, tree)


def test_it_is_a_container_in_torchs_trees():
    trees = pytest.importorskip("torch.utils._pytree")
    frozen = freeze({"b": {"x": 1}, "a": 2})
    assert trees.tree_leaves(frozen) == [2, 1]
    assert trees.tree_map(lambda x: x + 1, frozen) == {"b": {"x": 2}, "a": 3}


@given(dicts)
def test_it_survives_pickling_and_copying(tree):
    frozen = freeze(tree)
    for again in (pickle.loads(pickle.dumps(frozen)), python_copy.deepcopy(frozen)):
        assert isinstance(again, FrozenDict) and again == frozen


def test_nobody_elses_dict_is_inside():
    inner, leaf = {"x": 1}, [1]
    tree = {"a": inner, "leaf": leaf}
    frozen = freeze(tree)
    inner["x"] = 2
    assert frozen["a"]["x"] == 1
    thawed = unfreeze(frozen)
    thawed["a"]["x"] = 3
    thawed["leaf"].append(2)
    assert frozen["a"]["x"] == 1 and frozen["leaf"] == [1]


def test_it_cannot_be_changed():
    frozen = freeze({"a": {"b": 1}})
    assert isinstance(frozen["a"], FrozenDict)
    with pytest.raises(ValueError, match="cannot be changed .key 'a'.*copy"):
        frozen["a"] = 1
    with pytest.raises(AttributeError):
        frozen.other = 1
    with pytest.raises(AttributeError):
        del frozen["a"]
    with pytest.raises(TypeError):
        hash(freeze({"a": [1]}))


def test_functions_refuse_what_is_no_dict():
    for function in (copy, lambda x: pop(x, 0)):
        with pytest.raises(TypeError, match="dict or a FrozenDict. Received: <class 'list'>"):
            function([1])
    assert unfreeze(3) == 3 and pretty_repr(3) == "3"


def test_differs_from_flax_keys_that_do_not_compare_are_no_error():
    frozen = freeze({1: "x", "a": "y"})
    assert jax.tree.map(str, frozen) == frozen
    with pytest.raises(TypeError):
        jax.tree.map(str, flax_core.freeze({1: "x", "a": "y"}))


def test_differs_from_flax_in_order_views_and_indentation():
    frozen = freeze({"b": 1, "a": {"d": 2, "c": 3}})
    assert list(unfreeze(frozen)) == ["b", "a"] and list(unfreeze(frozen)["a"]) == ["d", "c"]
    assert ("b", 1) in frozen.items() and len(frozen.items()) == 2
    assert pretty_repr(freeze({"a": 1}), 2) == "FrozenDict({\n  a: 1,\n})"
