"""Trees to variables and back, and functions of a scope that run on variables."""

import jax
import numpy as np
import optree
import pytest

import kerasvar
from kerasvar import Variable, random
from kerasvar.functional import (
    FrozenDict,
    ScopeVariables,
    apply,
    assign_from,
    bind,
    errors,
    freeze,
    init,
    meta,
    tree_from,
    variables_from,
)


@pytest.fixture
def own(backend):
    return kerasvar.backends.get(backend)


def tree_of(own):
    """A tree with something of everything."""
    tensor = own.tensor
    return {
        "params": {
            "encoder": {"kernel": tensor(np.arange(6, dtype=np.float32).reshape(2, 3))},
            "bias": tensor(np.float16([1, 2])),
            "boxed": meta.Partitioned(tensor(np.ones((2, 2), np.float32)), ("in", None)),
        },
        "stats": {
            "encoder": {
                "kernel": tensor(np.array(7, np.int32)),
                "pair": (tensor(np.array([True])), None),
            },
            "text": "kept",
        },
        "empty": {},
    }


def assert_same(own, one, other):
    assert optree.tree_structure(one) == optree.tree_structure(other)
    for a, b in zip(optree.tree_leaves(one), optree.tree_leaves(other)):
        if own.is_tensor(a):
            assert own.dtype(a) == own.dtype(b) and own.shape(a) == own.shape(b)
            assert np.array(own.host(a)).tobytes() == np.array(own.host(b)).tobytes()
        else:
            assert a == b


def test_round_trips_are_exact(own):
    tree = tree_of(own)
    variables = variables_from(tree)
    assert_same(own, tree_from(variables), tree)
    assert_same(own, tree_from(variables_from(freeze(tree))), tree)
    assert_same(own, tree_from(variables.tree), tree)
    assign_from(variables, tree)
    assert_same(own, tree_from(variables), tree)


def test_variables_are_named_by_their_scopes(own):
    variables = variables_from(tree_of(own))
    assert isinstance(variables, ScopeVariables) and len(variables) == 5
    assert all(isinstance(variable, Variable) for variable in variables)
    assert {v.path: (v.trainable, v.shape, v.dtype) for v in variables.collection("params")} == {
        "encoder/kernel": (True, (2, 3), "float32"),
        "bias": (True, (2,), "float16"),
        "boxed": (True, (2, 2), "float32"),
    }
    assert {v.path: (v.trainable, v.shape, v.dtype) for v in variables.collection("stats")} == {
        "encoder/kernel": (False, (), "int32"),
        "encoder/pair/0": (False, (1,), "bool"),
    }
    # The frozen backend's tensors are NumPy's arrays.
    assert {v.backend for v in variables} == {"numpy" if own.name == "frozen" else own.name}
    assert repr(variables) == "<ScopeVariables params: 3, stats: 2, empty: 0>"
    assert variables[0] in list(variables)
    with kerasvar.name_scope("model"):
        inside = variables_from({"params": {"a": {"w": 1.0}}})
    assert inside[0].path == "model/a/w"


def test_any_backend_can_be_asked_for(own):
    tree = {"params": {"w": np.arange(3, dtype=np.float32), "n": 2}}
    variables = variables_from(tree, backend=own.name)
    assert [(v.backend, v.dtype) for v in variables] == [(own.name, "int32"), (own.name, "float32")]
    back = tree_from(variables)
    assert own.is_tensor(back["params"]["w"])
    np.testing.assert_array_equal(own.host(back["params"]["w"]), tree["params"]["w"])
    assert int(back["params"]["n"]) == 2


def test_jaxs_typed_keys_stay_what_they_are():
    tree = {"state": {"key": jax.random.key(0), "raw": jax.random.PRNGKey(0)}}
    variables = variables_from(tree)
    assert [v.path for v in variables] == ["raw"]
    assert tree_from(variables)["state"]["key"] is tree["state"]["key"]


def test_trees_do_not_change_when_variables_do(own):
    variables = variables_from({"params": {"w": own.tensor(np.zeros(2, np.float32))}})
    before = tree_from(variables)
    variables[0].assign(np.ones(2, np.float32))
    variables[0][0] = 5
    np.testing.assert_array_equal(own.host(before["params"]["w"]), [0, 0])


def test_assigning_a_part(own):
    variables = variables_from(tree_of(own))
    before = tree_from(variables)
    assign_from(variables, {"params": {"encoder": {"kernel": np.zeros((2, 3))}}})
    assign_from(variables, freeze({"params": {"boxed": np.zeros((2, 2))}}))
    after = tree_from(variables)
    assert not np.any(own.host(after["params"]["encoder"]["kernel"]))
    assert not np.any(own.host(after["params"]["boxed"].value))
    assert after["params"]["boxed"].names == ("in", None)
    for tree in (before, after):
        del tree["params"]["encoder"], tree["params"]["boxed"]
    assert_same(own, before, after)


def test_if_anything_is_wrong_nothing_is_assigned(own):
    variables = variables_from(tree_of(own))
    before = tree_from(variables)
    ones = np.ones((2, 3))
    for wrong, message in (
        ({"encoder": {"kernel": ones}, "bias": np.ones(3)}, "`tree`.*'bias': expected .2,."),
        (
            {"encoder": {"kernel": ones}, "other": 1.0},
            "/params/other, for which there is no variable",
        ),
        ({"bias": {"deeper": 1.0}, "encoder": {"kernel": ones}}, "/params/bias another structure"),
        ({"encoder": 1.0}, "/params/encoder another structure"),
    ):
        with pytest.raises(ValueError, match=message):
            assign_from(variables, {"params": wrong})
        assert_same(own, tree_from(variables), before)


def test_what_is_no_tree_is_refused():
    with pytest.raises(TypeError, match="`tree` must be a dict .*Received: 3"):
        variables_from(3)
    with pytest.raises(TypeError, match="a dict at 'params'. Received: int"):
        variables_from({"params": 3})
    with pytest.raises(TypeError, match="what `variables_from` returned.*Received: list"):
        tree_from([Variable(1.0)])
    with pytest.raises(ValueError, match="/"):
        variables_from({"params": {"a/b": 1.0}})


# ---- running on variables ----------------------------------------------------------------------


def network(own):
    matmul = own.function("matmul")

    def dense(scope, x, features):
        shape = (int(x.shape[-1]), features)
        return matmul(x, scope.param("kernel", lambda key: own.tensor(random.uniform(key, shape))))

    def body(scope, x):
        hidden = scope.child(dense, "dense")(x, 3)
        mean = scope.variable("stats", "mean", lambda: own.tensor(np.zeros(3, np.float32)))
        if scope.is_mutable_collection("stats"):
            mean.value = mean.value * 0.5 + hidden[0]
        return hidden - mean.value

    return body


def test_a_function_of_a_scope_runs_statefully(own):
    body, x = network(own), own.tensor(np.ones((2, 4), np.float32))
    _, tree = init(body)(random.key(0), x)
    variables = variables_from(tree)
    (mean,) = variables.collection("stats")
    for _ in range(3):
        # The same steps, once with trees and once with variables.
        expected, changed = apply(body, mutable=["stats"])(tree, x)
        tree = {**tree, **changed}
        result, also_changed = apply(body, mutable=["stats"])(variables, x)
        np.testing.assert_array_equal(own.host(result), own.host(expected))
        np.testing.assert_array_equal(mean.numpy(), own.host(changed["stats"]["mean"]))
        assert_same(own, also_changed, changed)
    assert_same(own, tree_from(variables), tree)
    # What is written to a variable is read by the function.
    (kernel,) = variables.collection("params")
    kernel[...] = 0
    assert not np.any(own.host(apply(body)(variables, x) + mean.value))


def test_the_filter_protects_variables(own):
    variables = variables_from({"params": {"w": own.tensor(np.zeros(2, np.float32))}})
    with pytest.raises(errors.ModifyScopeVariableError):
        bind(variables).put_variable("params", "w", own.tensor(np.ones(2, np.float32)))
    assert not variables[0].numpy().any()


def test_what_apply_returns_does_not_change_later(own):
    variables = variables_from({"stats": {"n": own.tensor(np.zeros(2, np.float32))}})
    _, changed = apply(lambda scope: None, mutable=True)(variables)
    variables[0].assign(np.ones(2, np.float32))
    assert not np.any(own.host(changed["stats"]["n"]))


def test_new_variables_are_added(own):
    variables = variables_from({"params": {}}, backend=own.name)

    def body(scope):
        scope.push("a").param("w", lambda key: own.tensor(random.uniform(key, (2,))))
        scope.put_variable("cache", "b", {"x": np.ones(2, np.float32), "y": 3})

    apply(body, mutable=True)(variables, rngs=random.key(0))
    assert {(v.path, v.trainable, v.backend) for v in variables} == {
        ("a/w", True, own.name),
        ("b/x", False, own.name),
        ("b/y", False, own.name),
    }
    _, tree = init(body)(random.key(0))
    expected = own.host(tree["params"]["a"]["w"])
    np.testing.assert_array_equal(variables.collection("params")[0].numpy(), expected)


def test_structures_are_written_leaf_by_leaf(own):
    tree = {
        "state": {
            "pair": (own.tensor(np.zeros(2, np.float32)), own.tensor(np.zeros((), np.float32)))
        }
    }
    variables = variables_from(tree)
    first, second = variables
    scope = bind(variables, mutable=True)
    scope.put_variable("state", "pair", (np.ones(2, np.float32), 2.0))
    assert first.numpy().tolist() == [1, 1] and float(second) == 2
    with pytest.raises(ValueError, match="expected ..,"):
        scope.put_variable("state", "pair", (np.zeros(2, np.float32), np.ones(3)))
    assert first.numpy().tolist() == [1, 1]
    assert variables[0] is first and variables[1] is second
    scope.put_variable("state", "pair", np.ones(3, np.float32))
    assert [v.path for v in variables] == ["pair"]


def test_axis_metadata_around_variables(own):
    boxed = meta.Partitioned(own.tensor(np.zeros(2, np.float32)), ("in",))
    variables = variables_from({"stats": {"m": boxed}})
    reference = bind(variables, mutable=True).variable("stats", "m")
    reference.value = reference.value + 1
    assert variables[0].numpy().tolist() == [1, 1]
    assert tree_from(variables)["stats"]["m"].names == ("in",)


@pytest.mark.parametrize("backend", ["tensorflow", "jax", "torch"])
def test_gradients_reach_the_variables(backend):
    own = kerasvar.backends.get(backend)
    body, x = network(own), own.tensor(np.ones((2, 4), np.float32))
    _, tree = init(body)(random.key(0), x)
    variables = variables_from(tree)
    (kernel,) = variables.collection("params")
    if backend == "torch":
        own.function("sum")(apply(body)(variables, x)).backward()
        gradient = kernel.value.grad
    elif backend == "tensorflow":
        tf = pytest.importorskip("tensorflow")
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(apply(body)(variables, x))
        gradient = tape.gradient(loss, kernel.value)
    else:

        def loss_of(value):
            with kerasvar.StatelessScope({kernel: value}):
                return apply(body)(variables, x).sum()

        gradient = jax.jit(jax.grad(loss_of))(kernel.value)
    np.testing.assert_allclose(own.host(gradient), np.full((4, 3), 2.0), rtol=1e-6)


def test_a_stateless_scope_keeps_what_the_function_writes(own):
    body, x = network(own), own.tensor(np.ones((2, 4), np.float32))
    _, tree = init(body)(random.key(0), x)
    variables = variables_from(tree)
    (mean,) = variables.collection("stats")
    before = np.array(mean.numpy())
    with kerasvar.StatelessScope() as stateless:
        apply(body, mutable=["stats"])(variables, x)
        inside = stateless.get_current_value(mean)
    np.testing.assert_array_equal(mean.numpy(), before)
    _, changed = apply(body, mutable=["stats"])(tree, x)
    np.testing.assert_array_equal(own.host(inside), own.host(changed["stats"]["mean"]))


def test_frozen_dicts_become_dicts_that_can_grow():
    variables = variables_from({"params": freeze({"a": {"w": 1.0}})})
    assert not isinstance(variables.tree["params"]["a"], FrozenDict)
    bind(variables, mutable=True).push("a").put_variable("params", "v", 2.0)
    assert [v.path for v in variables] == ["a/v", "a/w"]
