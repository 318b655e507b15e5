"""Pure functions of state and gradients, under each framework's transformations; formulas as oracle."""

import numpy as np
import pytest

import kerasvar
from conftest import host
from kerasvar import Variable, functionalize, value_and_grad

W = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], np.float32)
B = np.array([0.5, -0.5], np.float32)
X = np.array([[1.0, 0.0, 2.0], [0.0, 1.0, 1.0]], np.float32)


def model(backend):
    with kerasvar.name_scope("layer"):
        w = Variable(W, name="w", backend=backend)
        b = Variable(B, name="b", backend=backend)
    return w, b


def step(w, b):
    """A function that reads and writes: the result, and b and the first row of w changed."""

    def forward(x):
        y = x @ w + b
        b.assign_add(1.0)
        w[0] = 2 * b
        return y

    return forward


EXPECTED = X @ W + B
NEW = {"layer/w": np.concatenate([[2 * (B + 1)], W[1:]]), "layer/b": B + 1}


def assert_states(found, expected):
    assert set(found) == {"layer/w", "layer/b"}
    for path, value in found.items():
        np.testing.assert_allclose(host(value), expected[path], rtol=1e-6)


def tensor(backend, x):
    return kerasvar.backends.get(backend).tensor(np.asarray(x, np.float32))


def test_a_pure_function(backend):
    w, b = model(backend)
    pure = functionalize(step(w, b), [w, b])
    state = pure.state()
    assert_states(state, {"layer/w": W, "layer/b": B})
    result, new = pure(state, tensor(backend, X))
    np.testing.assert_allclose(host(result), EXPECTED)
    assert_states(new, NEW)
    assert_states(state, {"layer/w": W, "layer/b": B})
    np.testing.assert_array_equal(w.numpy(), W)
    np.testing.assert_array_equal(b.numpy(), B)
    _, again = pure({"layer/w": W * 0, "layer/b": [1, 1]}, tensor(backend, X))
    np.testing.assert_allclose(host(again["layer/b"]), [2, 2])


def test_clashing_paths_are_listed(variable):
    clash = [variable([1.0], name="a"), variable([1.0], name="a"), variable([1.0], name="b")]
    with pytest.raises(ValueError, match="same path: 'a'"):
        functionalize(lambda: None, clash)
    with pytest.raises(ValueError, match="same path: 'a'"):
        value_and_grad(lambda: None, clash)
    v = clash[2]
    assert list(functionalize(lambda: None, [v, v]).state()) == ["b"]  # one variable twice is one


def test_errors(variable):
    v = variable([1.0], name="a")
    pure = functionalize(lambda: None, [v])
    with pytest.raises(ValueError, match=r"Missing: \['a'\]; unknown: \['b'\]"):
        pure({"b": [1.0]})
    with pytest.raises(ValueError, match=r"\(1,\).*\(2,\)"):
        pure({"a": [1.0, 2.0]})
    with pytest.raises(TypeError, match="`variables`.*3"):
        functionalize(lambda: None, [3])
    with pytest.raises(ValueError, match="one backend.*no variable"):
        value_and_grad(lambda: None, [])
    with pytest.raises(ValueError, match="of one backend"):
        other = "numpy" if v.backend != "numpy" else "frozen"
        value_and_grad(lambda: None, [v, Variable([1.0], name="c", backend=other)])


def test_an_error_inside_leaves_everything(variable):
    v = variable([1.0], name="a")

    def fails():
        v.assign([2.0])
        raise KeyError("inside")

    with pytest.raises(KeyError, match="inside"):
        functionalize(fails, [v])({"a": [5.0]})
    assert v.numpy() == 1 and not kerasvar.in_stateless_scope()


# ---- under the frameworks' transformations


def test_jax_transformations():
    jax = pytest.importorskip("jax")
    w, b = model("jax")
    pure = functionalize(step(w, b), [w, b])
    state = pure.state()
    traces = []
    jitted = jax.jit(lambda s, x: traces.append(1) or pure(s, x))
    for _ in range(3):
        result, new = jitted(state, X)
    assert len(traces) == 1
    np.testing.assert_allclose(result, EXPECTED)
    assert_states(new, NEW)

    def loss(state, x):
        y, new = pure(state, x)
        return (y**2).sum() + (new["layer/w"] ** 2).sum()

    found = jax.grad(loss)(state, X)
    y = EXPECTED
    by_w = X.T @ (2 * y) + 2 * W
    by_w[0] -= 2 * W[0]  # the first row is replaced
    np.testing.assert_allclose(found["layer/w"], by_w, rtol=1e-6)
    np.testing.assert_allclose(found["layer/b"], (2 * y).sum(0) + 8 * (B + 1), rtol=1e-6)

    ys, news = jax.vmap(pure, in_axes=(None, 0))(state, X)
    np.testing.assert_allclose(ys, EXPECTED)
    assert news["layer/w"].shape == (2, 3, 2)
    many = {"layer/w": np.stack([W, W * 0]), "layer/b": np.stack([B, B])}
    ys, news = jax.vmap(pure, in_axes=(0, None))(many, X)
    np.testing.assert_allclose(ys, [EXPECTED, np.zeros_like(EXPECTED) + B])
    np.testing.assert_allclose(news["layer/b"], np.stack([B, B]) + 1)
    np.testing.assert_array_equal(w.numpy(), W)
    np.testing.assert_array_equal(b.numpy(), B)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_tf_function(jit_compile):
    tf = pytest.importorskip("tensorflow")
    w, b = model("tensorflow")
    pure = functionalize(step(w, b), [w, b])
    compiled = tf.function(pure, jit_compile=jit_compile)
    result, new = compiled(pure.state(), tf.constant(X))
    np.testing.assert_allclose(result, EXPECTED)
    assert_states(new, NEW)
    np.testing.assert_array_equal(w.numpy(), W)


def test_tf_function_with_the_variables_themselves():
    tf = pytest.importorskip("tensorflow")
    w, b = model("tensorflow")
    held = w.numpy()

    @tf.function
    def train(x):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum((x @ w + b) ** 2)
        by_w, by_b = tape.gradient(loss, [w.value, b.value])
        w.assign_sub(0.01 * by_w)
        b[0] = by_b[0]
        return loss

    loss = train(tf.constant(X))
    np.testing.assert_allclose(loss, (EXPECTED**2).sum(), rtol=1e-6)
    np.testing.assert_allclose(w.numpy(), W - 0.01 * X.T @ (2 * EXPECTED), rtol=1e-6)
    np.testing.assert_allclose(b.numpy(), [(2 * EXPECTED).sum(0)[0], B[1]], rtol=1e-6)
    np.testing.assert_array_equal(held, W)


def test_torch_func():
    torch = pytest.importorskip("torch")
    w, b = model("torch")
    pure = functionalize(step(w, b), [w, b])
    state, x = pure.state(), torch.tensor(X)

    def loss(state, x):
        y, new = pure(state, x)
        return (y**2).sum() + (new["layer/w"] ** 2).sum(), new

    found, new = torch.func.grad(loss, has_aux=True)(state, x)
    y = EXPECTED
    by_w = X.T @ (2 * y) + 2 * W
    by_w[0] -= 2 * W[0]
    np.testing.assert_allclose(found["layer/w"].numpy(), by_w, rtol=1e-6)
    np.testing.assert_allclose(found["layer/b"].numpy(), (2 * y).sum(0) + 8 * (B + 1), rtol=1e-6)
    assert_states(new, NEW)
    ys = torch.func.vmap(lambda s, x: x @ s["layer/w"], in_dims=(None, 0))(state, x)
    np.testing.assert_allclose(ys.detach().numpy(), X @ W)
    np.testing.assert_array_equal(w.numpy(), W)
    assert w.value.grad is None


# ---- gradients with one spelling

DIFFERENTIABLE = ("tensorflow", "jax", "torch")


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_value_and_grad(name):
    pytest.importorskip(name)
    w, b = model(name)
    counter = Variable(0, dtype="int32", name="counter", backend=name)
    unused = Variable([1.0], name="unused", backend=name)
    sums = kerasvar.backends.get(name).function("sum")

    def loss(x, *, scale):
        counter.assign_add(1)
        return sums((x @ w + b) ** 2) * scale

    call = value_and_grad(loss, [w, b, counter, unused])
    for i in range(2):
        value, gradients = call(tensor(name, X), scale=0.5)
        np.testing.assert_allclose(host(value), 0.5 * (EXPECTED**2).sum(), rtol=1e-6)
        assert list(gradients) == ["layer/w", "layer/b", "counter", "unused"]
        np.testing.assert_allclose(host(gradients["layer/w"]), X.T @ EXPECTED, rtol=1e-6)
        np.testing.assert_allclose(host(gradients["layer/b"]), EXPECTED.sum(0), rtol=1e-6)
        assert gradients["counter"] is None
        assert gradients["unused"] is None
        assert counter.numpy() == i + 1  # what the function assigns stays
    np.testing.assert_array_equal(w.numpy(), W)


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_gradients_go_through_assigned_values_and_subscripts(name):
    pytest.importorskip(name)
    v = Variable([1.0, 2.0, 3.0], name="v", backend=name)
    sums = kerasvar.backends.get(name).function("sum")

    def loss():
        v.assign(v * v)
        v[0] = v[1] * 10
        return sums(v[:2])

    value, gradients = value_and_grad(loss, [v])()
    np.testing.assert_allclose(host(value), 40 + 4)
    np.testing.assert_allclose(host(gradients["v"]), [0, 44, 0])
    np.testing.assert_allclose(v.numpy(), [40, 4, 9])


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_gradient_descent_arrives(name):
    pytest.importorskip(name)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(50, 3)).astype("float32")
    truth = np.array([[1.0], [-2.0], [0.5]], np.float32)
    w = Variable(np.zeros((3, 1), np.float32), name="w", backend=name)
    xs, ys = tensor(name, x), tensor(name, x @ truth)
    mean = kerasvar.backends.get(name).function("mean")
    call = value_and_grad(lambda: mean((xs @ w - ys) ** 2), [w])
    for _ in range(100):
        _, gradients = call()
        w.assign_sub(0.3 * gradients["w"])
    np.testing.assert_allclose(w.numpy(), truth, atol=1e-3)


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_a_loss_with_axes_is_refused(name):
    pytest.importorskip(name)
    v = Variable([1.0, 2.0], name="v", backend=name)
    with pytest.raises(ValueError, match=r"without axes.*\(2,\)"):
        value_and_grad(lambda: v * 2, [v])()


def _stop_gradient(name, x):
    if name == "jax":
        import jax

        return jax.lax.stop_gradient(x)
    if name == "torch":
        return x.detach()
    import tensorflow as tf

    return tf.stop_gradient(x)


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_none_is_what_the_loss_does_not_depend_on_and_zeros_are_zeros(name):
    pytest.importorskip(name)
    backend = kerasvar.backends.get(name)
    sums = backend.function("sum")
    names = ("a", "times_zero", "cancels", "stopped", "overwritten", "unused", "steps", "alias")
    v = {n: Variable([1.0, -2.0], name=n, backend=name) for n in names if n != "steps"}
    v["steps"] = Variable(3, name="steps", backend=name)

    def loss():
        v["overwritten"].assign([5.0, 5.0])
        v["alias"].assign(v["a"])
        parts = [v["a"] ** 2, v["times_zero"] * 0, v["cancels"] - v["cancels"]]
        parts += [_stop_gradient(name, v["stopped"].value), v["overwritten"] * 1, v["alias"] * 3, v["steps"] * 1.0]
        total = sums(parts[0])
        for part in parts[1:]:
            total = total + sums(part)
        return total

    expected = {"a": [5.0, -1.0], "times_zero": [0.0, 0.0], "cancels": [0.0, 0.0], "stopped": None}
    expected.update({"overwritten": None, "unused": None, "steps": None, "alias": None})
    _, found = value_and_grad(loss, v.values())()
    assert list(found) == list(names[:6]) + ["alias", "steps"]
    for path, gradient in found.items():
        if expected[path] is None:
            assert gradient is None, path
        else:
            np.testing.assert_allclose(host(gradient), expected[path], err_msg=path)


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_integer_variables_alone_have_no_gradients(name):
    pytest.importorskip(name)
    steps = Variable(3, name="steps", backend=name)
    other = Variable([1.0], name="other", backend=name)
    value, found = value_and_grad(lambda: kerasvar.backends.get(name).function("sum")(other * steps), [steps])()
    assert found == {"steps": None} and host(value) == 3


@pytest.mark.parametrize("kept", [True, False])
def test_jax_dependence_under_control_flow_and_transformations(kept, monkeypatch):
    jax = pytest.importorskip("jax")
    from jax import lax
    from jax import numpy as jnp

    from kerasvar.backends import jax as ours

    if not kept:
        # JAX versions that keep no jaxpr with what `vjp` returns.
        whole = ours.reaches_loss
        monkeypatch.setattr(ours, "reaches_loss", lambda pull_back, loss: whole(lambda ct: pull_back(ct), loss))
    v = {n: Variable([1.0, 2.0], name=n, backend="jax") for n in "abcde"}

    def loss(x):
        a, b, c, d, e = (variable.value for variable in v.values())
        inner = jax.jit(lambda p, q: (p * 2, q * 3))(a, b)[0]
        branch = lax.cond(x > 0, lambda: jnp.sum(c), lambda: jnp.sum(c) * 0)
        last, _ = lax.scan(lambda carry, _: (carry * d, None), jnp.ones(2), None, length=2)
        if x > 100:  # a concrete condition stays one
            raise AssertionError
        return jnp.sum(inner) + branch + jnp.sum(last)

    call = value_and_grad(loss, v.values())
    expected = {"a": [2, 2], "b": None, "c": [1, 1], "d": [2, 4], "e": None}

    def check(found):
        for path, gradient in found.items():
            if expected[path] is None:
                assert gradient is None, path
            else:
                np.testing.assert_allclose(gradient, np.broadcast_to(expected[path], np.shape(gradient)))

    check(call(jnp.float32(1))[1])
    np.testing.assert_allclose(call(jnp.float32(-1))[1]["c"], [0, 0])
    fast = value_and_grad(lambda: jnp.sum(v["a"].value ** 2) + 0 * jnp.sum(v["b"].value), [v["a"], v["b"], v["c"]])
    _, found = jax.jit(fast)()
    np.testing.assert_allclose(found["a"], [2, 4])
    np.testing.assert_allclose(found["b"], [0, 0])
    assert found["c"] is None
    scaled = value_and_grad(lambda s: s * jnp.sum(v["a"].value), [v["a"], v["c"]])
    _, found = jax.vmap(scaled)(jnp.arange(3.0))
    np.testing.assert_allclose(found["a"], [[0, 0], [1, 1], [2, 2]])
    assert found["c"] is None


@pytest.mark.parametrize("name", DIFFERENTIABLE)
@pytest.mark.parametrize("what", [3.5, None, 1, "text", [1.0], "numpy", "int"], ids=repr)
def test_a_loss_that_is_no_float_tensor_is_refused(name, what):
    pytest.importorskip(name)
    v = Variable([1.0, 2.0], name="v", backend=name)
    match = "must return a loss"
    if what == "numpy":
        what, match = np.array(3.0), "must return a loss.*numpy tensor"
    elif what == "int":
        what, match = kerasvar.backends.get(name).tensor(np.array(3, np.int32)), "must return a float.*int32"
    v_before = v.numpy()

    def loss():
        v.assign([5.0, 5.0])
        return what

    with pytest.raises(TypeError, match=match):
        value_and_grad(loss, [v])()
    np.testing.assert_array_equal(v.numpy(), v_before)


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_a_variable_is_a_loss(name):
    pytest.importorskip(name)
    v = Variable(2.0, name="v", backend=name)
    value, found = value_and_grad(lambda: v, [v])()
    assert host(value) == 2 and host(found["v"]) == 1


@pytest.mark.parametrize("name", ["numpy", "frozen"])
def test_numpy_has_no_gradients_and_says_so(name):
    v = Variable([1.0], name="v", backend=name)
    with pytest.raises(NotImplementedError, match=f"{name} backend.*tensorflow, jax or torch"):
        value_and_grad(lambda: v.value.sum(), [v])()
