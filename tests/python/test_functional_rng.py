"""Random keys of scopes: flax.core's key data for the same path and count, on every backend."""

import hypothesis.strategies as st
import jax
import numpy as np
import optree
import pytest
from hypothesis import given

from kerasvar import random
from kerasvar.functional import LazyRng, Scope, bind, config

flax_scope = pytest.importorskip("flax.core.scope")
flax_config = pytest.importorskip("flax").config

paths = st.lists(st.text(max_size=4) | st.integers(0, 2**40) | st.booleans(), max_size=4)
seeds = st.integers(0, 2**31)


def data(key):
    """The two words of a key, be it typed, raw or NumPy's."""
    if isinstance(key, jax.Array) and jax.dtypes.issubdtype(key.dtype, jax.dtypes.prng_key):
        key = jax.random.key_data(key)
    return np.asarray(key).tolist()


def makers(seed):
    """A key of every kind, and the one that flax is given for it."""
    typed, raw = jax.random.key(seed), jax.random.PRNGKey(seed)
    return [(typed, typed), (raw, raw), (random.key(seed), typed)]


@given(seeds, paths, st.booleans())
def test_paths_are_folded_as_flax_folds_them(seed, path, separated):
    with (
        config.temp_flip_flag("fix_rng_separator", separated),
        flax_config.temp_flip_flag("fix_rng_separator", separated),
    ):
        for ours, theirs in makers(seed):
            folded = LazyRng.create(ours, *path).as_jax_rng()
            assert data(folded) == data(flax_scope.LazyRng.create(theirs, *path).as_jax_rng())
            assert type(folded) is type(ours)


def test_keys_elsewhere_are_plain_arrays():
    key = bind({}, rngs={"params": random.key(0)}).push("dense").make_rng()
    assert type(key) is np.ndarray and key.dtype == np.uint32 and key.shape == (2,)


@given(seeds, st.lists(st.sampled_from(["a", "b", "params"]), max_size=3), st.integers(1, 3))
def test_make_rng_counts_as_flax_counts(seed, path, count):
    for ours, theirs in makers(seed):
        scope = Scope({}, {"params": ours, "dropout": ours})
        reference = flax_scope.Scope({}, {"params": theirs, "dropout": theirs})
        for name in path:
            scope, reference = scope.push(name), reference.push(name)
        for _ in range(count):
            # "noise" has no key of its own and takes one of "params".
            for name in ("dropout", "noise", "params"):
                assert data(scope.make_rng(name)) == data(reference.make_rng(name))


def test_the_path_grows_and_can_be_dropped():
    lazy = LazyRng.create(LazyRng.create(random.key(0), "a"), "b", 1)
    assert lazy.suffix == ("a", "b", 1)
    assert lazy.clear_suffix().suffix == ()
    assert lazy.clear_suffix().as_jax_rng() is lazy.rng
    assert lazy.replace(suffix=("c",)).suffix == ("c",)


@pytest.mark.parametrize("part", [b"a", 1.5, None, np.int32(3)])
def test_paths_are_of_text_and_integers(part):
    with pytest.raises(ValueError, match="str and int. Received: "):
        LazyRng.create(random.key(0), part).as_jax_rng()
    with pytest.raises(ValueError):
        flax_scope.LazyRng.create(jax.random.key(0), part).as_jax_rng()


def test_negative_integers_are_refused():
    with pytest.raises(OverflowError):
        LazyRng.create(random.key(0), -1).as_jax_rng()


def test_it_is_a_node_with_the_key_as_only_leaf():
    lazy = LazyRng.create(jax.random.key(0), "a")
    ((path, leaf),), _ = jax.tree_util.tree_flatten_with_path(lazy)
    assert leaf is lazy.rng and path == (jax.tree_util.GetAttrKey("rng"),)
    assert optree.tree_leaves(LazyRng.create(3, "a")) == [3]
    assert jax.tree.map(lambda x: x, lazy).suffix == ("a",)
    inside = jax.jit(lambda lazy: lazy.as_jax_rng())(lazy)
    assert data(inside) == data(lazy.as_jax_rng())


def test_one_key_can_serve_scopes_under_jit():
    def draw(key):
        return bind({}, rngs={"params": key}).push("a").make_rng()

    for key in (jax.random.key(3), jax.random.PRNGKey(3)):
        assert data(jax.jit(draw)(key)) == data(draw(key)) == data(draw(random.key(3)))
