"""Functions of scopes under the frameworks' own transformations."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import kerasvar
from kerasvar import random
from kerasvar.functional import FrozenDict, apply, freeze, init

flax_scope = pytest.importorskip("flax.core.scope")


def network(own, numbers=random):
    """Two dense layers, statistics of their own, and noise if there is a key for it."""
    matmul, mean = own.function("matmul"), own.function("mean")

    def dense(scope, x, features):
        shape = (int(x.shape[-1]), features)
        kernel = scope.param("kernel", lambda key: own.tensor(numbers.uniform(key, shape)))
        bias = scope.param("bias", lambda key: own.tensor(np.zeros(features, np.float32)))
        return matmul(x, kernel) + bias

    def body(scope, x):
        hidden = scope.child(dense, "first")(x, 3)
        running = scope.variable("stats", "mean", lambda: own.tensor(np.zeros(3, np.float32)))
        if scope.is_mutable_collection("stats"):
            running.value = 0.5 * running.value + 0.5 * mean(hidden, 0)
        if scope.has_rng("noise"):
            noise = own.tensor(numbers.uniform(scope.make_rng("noise"), (3,)))
            hidden = hidden * noise
        return mean(scope.child(dense, "second")(hidden - running.value, 2))

    return body


X = np.arange(8, dtype=np.float32).reshape(2, 4)


def case(backend):
    own = kerasvar.backends.get(backend)
    body = network(own)
    x = own.tensor(X)
    _, variables = init(body)(random.key(0), x)
    return own, body, x, variables


def host(own, tree):
    if isinstance(tree, (dict, FrozenDict)):
        return {key: host(own, value) for key, value in tree.items()}
    return np.array(own.host(tree))


def assert_close(ours, theirs):
    assert jax.tree.structure(ours) == jax.tree.structure(theirs)
    for a, b in zip(jax.tree.leaves(ours), jax.tree.leaves(theirs)):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


@pytest.fixture(scope="module")
def reference():
    """Loss, statistics and gradients, worked out by hand."""
    own, body, x, variables = case("numpy")
    loss, changed = apply(body, mutable=["stats"])(variables, x, rngs={"noise": random.key(1)})
    noise = random.uniform(_noise_key(), (3,))
    params = variables["params"]
    hidden = X @ params["first"]["kernel"] + params["first"]["bias"]
    stats = 0.5 * variables["stats"]["mean"] + 0.5 * hidden.mean(0)
    inner = hidden * noise - stats
    # d loss / d (output of the second layer) is 1/4 everywhere.
    upstream = np.full((2, 2), 0.25, np.float32)
    back = upstream @ params["second"]["kernel"].T
    back_hidden = back * noise - 0.25 * np.broadcast_to(back.sum(0), (2, 3))
    gradients = {
        "first": {"bias": back_hidden.sum(0), "kernel": X.T @ back_hidden},
        "second": {"bias": upstream.sum(0), "kernel": inner.T @ upstream},
    }
    expected = (inner @ params["second"]["kernel"] + params["second"]["bias"]).mean()
    np.testing.assert_allclose(loss, expected, rtol=1e-5)
    np.testing.assert_allclose(changed["stats"]["mean"], stats, rtol=1e-6)
    return {"loss": loss, "stats": stats, "gradients": gradients, "params": params}


def _noise_key():
    return kerasvar.functional.bind({}, rngs={"noise": random.key(1)}).make_rng("noise")


def loss_of(body, variables, x):
    def loss(params):
        tree = {**variables, "params": params}
        return apply(body, mutable=["stats"])(tree, x, rngs={"noise": random.key(1)})

    return loss


def test_jax(reference):
    own, body, x, variables = case("jax")
    loss = loss_of(body, variables, x)
    (value, changed), gradients = jax.value_and_grad(loss, has_aux=True)(variables["params"])
    assert_close(gradients, reference["gradients"])
    np.testing.assert_allclose(value, reference["loss"], rtol=1e-5)
    np.testing.assert_allclose(changed["stats"]["mean"], reference["stats"], rtol=1e-6)
    # Under jit, and with a FrozenDict of parameters, which is a pytree of jax's.
    jitted = jax.jit(jax.grad(lambda params: loss(params)[0]))
    for params in (variables["params"], freeze(variables["params"])):
        assert_close(host(own, jitted(params)), reference["gradients"])
    shapes = jax.eval_shape(init(body), random.key(0), x)[1]
    assert jax.tree.map(lambda s: s.shape, shapes) == jax.tree.map(jnp.shape, variables)
    inside = jax.jit(init(body))(jax.random.key(0), x)[1]
    assert_close(host(own, inside), host(own, variables))
    batched = jax.vmap(lambda x: loss_of(body, variables, x)(variables["params"])[0])
    np.testing.assert_allclose(batched(jnp.stack([x, x])), [reference["loss"]] * 2, rtol=1e-5)


def test_jax_is_flaxs_under_transformations():
    own = kerasvar.backends.get("jax")
    body = network(own, jax.random)
    key, x = jax.random.key(0), own.tensor(X)
    for transform in (lambda f: f, jax.jit):
        ours = transform(init(body))(key, x)[1]
        theirs = transform(flax_scope.init(body))(key, x)[1]
        assert jax.tree.structure(ours) == jax.tree.structure(theirs)
        assert all(map(np.array_equal, jax.tree.leaves(ours), jax.tree.leaves(theirs)))

    def gradients(library):
        def loss(variables):
            return library.apply(body, mutable=["stats"])(variables, x, rngs={"noise": key})

        return jax.jit(jax.grad(loss, has_aux=True))(ours)

    for mine, reference in zip(*(jax.tree.leaves(gradients(lib)) for lib in
                                 (kerasvar.functional, flax_scope))):  # fmt: skip
        assert np.array_equal(mine, reference)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_tensorflow(reference, jit_compile):
    tf = pytest.importorskip("tensorflow")
    own, body, x, variables = case("tensorflow")

    @tf.function(autograph=False, jit_compile=jit_compile)
    def step(params):
        with tf.GradientTape() as tape:
            tape.watch(params)
            value, changed = loss_of(body, variables, x)(params)
        return value, changed, tape.gradient(value, params)

    value, changed, gradients = step(variables["params"])
    np.testing.assert_allclose(value, reference["loss"], rtol=1e-5)
    np.testing.assert_allclose(changed["stats"]["mean"], reference["stats"], rtol=1e-6)
    assert_close(host(own, gradients), reference["gradients"])
    inside = tf.function(lambda x: init(body)(random.key(0), x)[1], autograph=False)(x)
    assert_close(host(own, inside), host(own, variables))


def test_torch(reference):
    torch = pytest.importorskip("torch")
    own, body, x, variables = case("torch")
    loss = loss_of(body, variables, x)
    for params in (variables["params"], freeze(variables["params"])):
        gradients, (value, changed) = torch.func.grad_and_value(loss, has_aux=True)(params)
        assert_close(host(own, gradients), reference["gradients"])
        np.testing.assert_allclose(value, reference["loss"], rtol=1e-5)
        np.testing.assert_allclose(changed["stats"]["mean"], reference["stats"], rtol=1e-6)
    batched = torch.func.vmap(lambda x: loss_of(body, variables, x)(variables["params"])[0])
    np.testing.assert_allclose(batched(torch.stack([x, x])), [reference["loss"]] * 2, rtol=1e-5)
    inside = torch.func.vmap(lambda x: init(body)(random.key(0), x)[0])(torch.stack([x, x]))
    assert inside.shape == (2,)


@pytest.mark.parametrize("backend", ["numpy", "tensorflow", "jax", "torch"])
def test_the_initial_trees_are_the_same_everywhere(backend):
    own, _, _, variables = case(backend)
    expected = host(kerasvar.backends.get("numpy"), case("numpy")[3])
    for ours, theirs in zip(jax.tree.leaves(host(own, variables)), jax.tree.leaves(expected)):
        assert ours.dtype == theirs.dtype and ours.tobytes() == theirs.tobytes()
