"""bind, apply, init and lazy_init: what they accept, what they refuse, what they hand back."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import kerasvar
from kerasvar import random
from kerasvar.functional import (
    FrozenDict,
    LazyRng,
    ShapeDtypeStruct,
    apply,
    bind,
    errors,
    freeze,
    init,
    lazy_init,
)

flax_scope = pytest.importorskip("flax.core.scope")

VARIABLES = {
    "empty": {},
    "frozen": lambda library: library.freeze({"params": {"x": 1}}),
    "deep integer key": {"params": {"a": {1: 2}}},
    "integer key": {"params": {1: 2}},
    "integer collection": {1: {}},
    "collection no dict": {"params": 3},
    "doubled": {"params": {"params": {}}},
    "doubled, frozen": lambda library: {"params": library.freeze({"params": {}})},
}


@pytest.mark.parametrize("case", VARIABLES)
@pytest.mark.parametrize("function", ["apply", "bind"])
def test_variables_are_checked_as_flax_checks_them(case, function):
    def outcome(library, freeze):
        given = VARIABLES[case]
        if callable(given):
            given = given(type("library", (), {"freeze": staticmethod(freeze)}))
        try:
            if function == "bind":
                return library.bind(given).variables() == given
            return library.apply(lambda scope: 1)(given)
        except Exception as error:
            return type(error).__name__

    assert outcome(kerasvar.functional, freeze) == outcome(flax_scope, flax_scope.freeze)

# The frozen backend supplies no abstract values: see the test of what it says instead.
ABSTRACT = ("numpy", "tensorflow", "jax", "torch")


def test_what_is_no_dict_is_refused_by_name():
    # There, it is an AttributeError or a TypeError of Python's.
    for wrong, shown in (([1], "a list"), (None, "a NoneType"), (np.ones(2), "a ndarray")):
        for use in (lambda: bind(wrong), lambda: apply(lambda scope: 1)(wrong)):
            with pytest.raises(errors.ApplyScopeInvalidVariablesTypeError, match=shown):
                use()


KEYS = {
    "typed": lambda: jax.random.key(0),
    "raw": lambda: jax.random.PRNGKey(0),
    "another kind": lambda: jax.random.key(0, impl="rbg"),
    "numpy": lambda: np.array([0, 1], np.uint32),
    "wrong dtype": lambda: np.array([0, 1], np.int32),
    "wrong shape": lambda: np.array([0, 1, 2], np.uint32),
    "several": lambda: jax.random.split(jax.random.key(0)),
    "integer": lambda: 3,
    "list": lambda: [0, 1],
    "dict": lambda: {"a": jax.random.key(0)},
    "dict of integers": lambda: {"a": 3},
    "integer name": lambda: {1: jax.random.key(0)},
    "list of keys": lambda: [jax.random.key(0)],
    "None": lambda: None,
    "no keys": lambda: {},
}


@pytest.mark.parametrize("case", KEYS)
@pytest.mark.parametrize("function", ["init", "apply", "bind"])
def test_keys_are_checked_as_flax_checks_them(case, function):
    def outcome(library):
        rngs = KEYS[case]()
        try:
            if function == "bind":
                return list(library.bind({}, rngs=rngs).rngs)
            if function == "init":
                return list(library.init(lambda scope: list(scope.rngs))(rngs)[0])
            return library.apply(lambda scope: list(scope.rngs))({}, rngs=rngs)
        except Exception as error:
            return type(error).__name__

    assert outcome(kerasvar.functional) == outcome(flax_scope)


@pytest.mark.parametrize("backend", ["tensorflow", "torch"])
def test_a_tensor_is_no_key(backend):
    tensor = kerasvar.backends.get(backend).tensor(random.key(0))
    with pytest.raises(ValueError, match="must be a key .*kerasvar.random.key"):
        init(lambda scope: 1)(tensor)


def test_lazy_keys_and_frozen_dicts_of_keys_are_taken():
    for rngs in (LazyRng.create(random.key(0), "a"), freeze({"params": random.key(0)})):
        assert init(lambda scope: list(scope.rngs))(rngs)[0] == ["params"]


def test_messages_say_what_came():
    with pytest.raises(ValueError, match="`init` must be a key .*Received: 3 .type int"):
        init(lambda scope: 1)(3)
    with pytest.raises(errors.InvalidRngError, match="from names to keys.*type ndarray"):
        bind({}, rngs=random.key(0))
    with pytest.raises(
        errors.ApplyScopeInvalidVariablesStructureError, match="'kernel'.*variables\\['params'\\]"
    ) as caught:
        apply(lambda scope: 1)({"params": {"params": {}, "kernel": 1}})
    assert "inside its collection 'params'" in str(caught.value)


@pytest.mark.parametrize("mutable", [False, True, "stats", [], ["stats", "other"]])
def test_what_is_handed_back(mutable):
    def body(scope, x, *, y=0):
        if scope.is_mutable_collection("stats"):
            scope.put_variable("stats", "n", x)
        return x + y

    variables = freeze({"stats": {"n": 0}, "params": {"w": 1}})
    ours = apply(body, mutable)(variables, 1, y=2)
    theirs = flax_scope.apply(body, mutable)(flax_scope.freeze(variables.unfreeze()), 1, y=2)
    assert ours == theirs
    assert body.__name__ == apply(body).__name__ == init(body).__name__ == lazy_init(body).__name__


def test_init_says_so_by_a_flag():
    def body(scope):
        return dict(scope.push("a").flags)

    assert init(body, flags={"x": 1})(random.key(0)) == ({"initializing": True, "x": 1}, {})
    assert init(body, mutable=False)(random.key(0)) == {"initializing": True}
    assert apply(body, flags={"x": 1})({}) == {"x": 1}


# ---- lazy_init ---------------------------------------------------------------------------------


def layers(own):
    """A function of a scope; of its variables none depends on the values of the data."""

    def dense(scope, x, features):
        shape = (int(x.shape[-1]), features)
        kernel = scope.param("kernel", lambda key: own.tensor(random.uniform(key, shape)))
        return own.function("matmul")(x, kernel)

    def body(scope, x, scale=1.0):
        hidden = scope.child(dense, "first")(x, 3)
        scope.variable("stats", "mean", lambda: own.tensor(np.zeros(hidden.shape[-1:], np.float32)))
        return scope.child(dense, "second")(hidden * scale, 2)

    return body


def stand_ins(backend):
    yield ShapeDtypeStruct((5, 4), "float32", backend=backend)
    if backend == "jax":
        yield jax.ShapeDtypeStruct((5, 4), jnp.float32)
    if backend == "tensorflow":
        yield pytest.importorskip("tensorflow").TensorSpec((5, 4))
    if backend == "torch":
        yield pytest.importorskip("torch").empty((5, 4), device="meta")


@pytest.mark.parametrize("backend", ABSTRACT)
def test_shapes_do_for_data(backend):
    own = kerasvar.backends.get(backend)
    body = layers(own)
    _, expected = init(body)(random.key(0), own.tensor(np.ones((5, 4), np.float32)))
    for stand_in in stand_ins(backend):
        for found in (
            lazy_init(body)(random.key(0), stand_in),
            lazy_init(body)(random.key(0), x=stand_in, scale=2.0),
        ):
            assert found.keys() == expected.keys()
            for mine, theirs in zip(leaves(found), leaves(expected)):
                assert own.is_tensor(mine)
                np.testing.assert_array_equal(own.host(mine), own.host(theirs))


def leaves(tree):
    if isinstance(tree, (dict, FrozenDict)):
        return [leaf for key in sorted(tree) for leaf in leaves(tree[key])]
    return [tree]


@pytest.mark.parametrize("backend", ABSTRACT)
def test_a_variable_that_needs_the_data_is_an_error(backend):
    own = kerasvar.backends.get(backend)
    x = ShapeDtypeStruct((5, 4), backend=backend)

    def copied(scope, x):
        scope.param("w", lambda key: x)

    def computed(scope, x):
        scope.put_variable("stats", "sum", own.function("sum")(x * 2))

    for body in (copied, computed):
        with pytest.raises(errors.LazyInitError, match="only shape and dtype are known"):
            lazy_init(body)(random.key(0), x)
    # What is not handed back may depend on what it will.
    kept = lazy_init(lambda scope, x: (copied(scope, x), scope.make_rng()), mutable=False)
    with pytest.raises(errors.ScopeCollectionNotFound):
        kept(random.key(0), x)


@pytest.mark.parametrize("backend", ABSTRACT)
def test_what_only_needs_the_shape_is_known(backend):
    own = kerasvar.backends.get(backend)

    def body(scope, x):
        scope.put_variable("stats", "n", own.tensor(np.float32(x.shape[0] * x.shape[1])) / 2)
        scope.put_variable("stats", "text", "any")

    found = lazy_init(body)(random.key(0), ShapeDtypeStruct((5, 4), backend=backend))
    assert float(found["stats"]["n"]) == 10 and found["stats"]["text"] == "any"


def test_on_jax_it_is_flaxs():
    def body(scope, x, rate):
        w = scope.param("w", jax.nn.initializers.normal(), (x["a"].shape[-1], 2))
        both = jax.jit(lambda x, w: (x @ w, w * 2))(x["a"], w)
        if float(w[0, 0]) > -100:  # what is known has a value
            scope.put_variable("stats", "twice", both[1])
        scope.put_variable("stats", "rate", rate)
        return both[0]

    x = {"a": jax.ShapeDtypeStruct((5, 4), jnp.float32)}
    for key in (jax.random.key(0), jax.random.PRNGKey(0)):
        ours = lazy_init(body)(key, x, 3)
        theirs = flax_scope.lazy_init(body)(key, x, 3)
        assert jax.tree.structure(ours) == jax.tree.structure(theirs)
        for mine, reference in zip(jax.tree.leaves(ours), jax.tree.leaves(theirs)):
            assert type(mine) is type(reference) and np.array_equal(mine, reference)


def test_on_jax_it_can_be_transformed():
    def body(scope, x):
        return scope.param("w", jax.nn.initializers.normal(), (x.shape[-1], 2))

    x = jax.ShapeDtypeStruct((5, 4), jnp.float32)
    lazily = jax.jit(lambda key: lazy_init(body)(key, x))(jax.random.key(0))
    plainly = jax.jit(lambda key: init(body)(key, jnp.ones(x.shape))[1])(jax.random.key(0))
    assert (lazily["params"]["w"] == plainly["params"]["w"]).all()


def test_stand_ins_of_two_backends_do_not_go_together():
    mixed = (ShapeDtypeStruct((1,), backend="numpy"), ShapeDtypeStruct((1,), backend="torch"))
    with pytest.raises(ValueError, match="several backends .numpy, torch"):
        lazy_init(lambda scope, *xs: 1)(random.key(0), *mixed)


def test_structs_are_checked():
    kerasvar.set_backend("torch")
    struct = ShapeDtypeStruct([2, np.int64(3)])
    assert (struct.shape, struct.dtype, struct.backend) == ((2, 3), "float32", "torch")
    assert struct == ShapeDtypeStruct((2, 3), np.float32, "torch")
    for wrong in (lambda: ShapeDtypeStruct((None, 2)), lambda: ShapeDtypeStruct((2,), "nothing"),
                  lambda: ShapeDtypeStruct((2,), backend="nothing")):  # fmt: skip
        with pytest.raises(ValueError):
            wrong()


def test_without_stand_ins_it_is_init_without_the_output():
    body = layers(kerasvar.backends.get("numpy"))
    x = np.ones((5, 4), np.float32)
    found, expected = lazy_init(body)(random.key(0), x), init(body)(random.key(0), x)[1]
    assert all(map(np.array_equal, leaves(found), leaves(expected)))
    for data in (x, ShapeDtypeStruct((5, 4), backend="numpy")):
        with pytest.raises(ValueError, match="must be a key"):
            lazy_init(body)(3, data)
