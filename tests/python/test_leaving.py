"""Values that leave a framework while it records, and `stop_gradient`: never a wrong gradient without a word."""

import copy

import numpy as np
import pytest

import kerasvar
from conftest import host
from kerasvar import Variable, stop_gradient, value_and_grad

DIFFERENTIABLE = ("tensorflow", "jax", "torch")
X = np.array([1.0, 2.0])


def sums(name):
    return kerasvar.backends.get(name).function("sum")


@pytest.fixture(params=DIFFERENTIABLE)
def name(request):
    pytest.importorskip(request.param)
    return request.param


@pytest.fixture
def v(name):
    return Variable(X, dtype="float32", name="v", backend=name)


LEAVING = {
    "np.asarray": np.asarray,
    "numpy()": lambda v: v.numpy(),
    "np.spacing, which no framework has": np.spacing,
    "out=": lambda v: np.exp(v, out=np.zeros(2, "float32")),
    "list of it": lambda v: np.array([v, v]),
    "to another backend": lambda v: v.to_backend("numpy"),
    "np.from_dlpack": np.from_dlpack,
}


@pytest.mark.parametrize("how", [*LEAVING, "assigned to another backend's"])
def test_leaving_while_gradients_are_recorded_is_an_error(v, name, how):
    other = Variable([0.0, 0.0], name="other", backend="numpy")

    def loss():
        LEAVING.get(how, other.assign)(v)
        return sums(name)(v * v)

    with pytest.raises(TypeError, match="stop_gradient"):
        value_and_grad(loss, [v])()
    np.testing.assert_array_equal(other.numpy(), [0, 0])
    np.testing.assert_array_equal(v.numpy(), X)


def test_a_scalar_does_not_become_a_python_number(name):
    s = Variable(2.0, name="s", backend=name)
    for leave in (float, complex):
        with pytest.raises(TypeError, match="stop_gradient"):
            value_and_grad(lambda: s * leave(s), [s])()
        assert leave(s) == 2


def test_a_constant_may_leave(v, name):
    def loss():
        return sums(name)(v * np.asarray(stop_gradient(v)))

    value, found = value_and_grad(loss, [v])()
    np.testing.assert_allclose(host(value), 5)
    np.testing.assert_allclose(host(found["v"]), X)
    inside = value_and_grad(lambda: sums(name)(v * stop_gradient(v * v)), [v])
    np.testing.assert_allclose(host(inside()[1]["v"]), X**2)


def test_numpy_s_functions_keep_the_gradient(v, name):
    _, found = value_and_grad(lambda: sums(name)(v * np.exp(v)), [v])()
    np.testing.assert_allclose(host(found["v"]), np.exp(X) * (1 + X), rtol=1e-6)


def test_what_is_not_differentiated_may_leave(v, name):
    steps = Variable(3, name="steps", backend=name)
    other = Variable([4.0, 5.0], name="other", backend=name, trainable=False)

    def loss():
        weights = other.numpy() * steps.numpy()
        assert (host(v > 1) == [False, True]).all()
        return sums(name)(v * weights)

    _, found = value_and_grad(loss, [v, steps])()
    np.testing.assert_allclose(host(found["v"]), [12, 15])
    assert found["steps"] is None


def test_logging_is_allowed(v, name):
    shown = []
    _, found = value_and_grad(lambda: shown.append(f"{v!r} {v}") or sums(name)(v * v), [v])()
    assert shown[0].count("[1. 2.]") == 2
    np.testing.assert_allclose(host(found["v"]), 2 * X)


def test_saving_is_allowed(v, name, tmp_path):
    def loss():
        kerasvar.checkpoint.save(tmp_path / "v.safetensors", [v])
        return sums(name)(v * v)

    value_and_grad(loss, [v])()
    w = Variable([0.0, 0.0], dtype="float32", name="v", backend="numpy")
    kerasvar.checkpoint.load(tmp_path / "v.safetensors", [w])
    np.testing.assert_array_equal(w.numpy(), X)


def test_outside_all_of_it_values_leave(v, backend):
    with kerasvar.AutocastScope("float16"):
        assert v.numpy().dtype == "float16"
    np.testing.assert_array_equal(v.numpy(), X)
    with kerasvar.StatelessScope([(v, [3.0, 4.0])]):
        np.testing.assert_array_equal(v.numpy(), [3, 4])
    np.testing.assert_array_equal(np.asarray(copy.copy(v)), X)


def test_stop_gradient_of_anything(variable, backend):
    v = variable([1.0, 2.0])
    constant = stop_gradient(v)
    v.assign([5.0, 6.0])
    np.testing.assert_array_equal(host(constant), [1, 2])
    assert v._backend.is_tensor(constant)
    np.testing.assert_array_equal(host(stop_gradient(v.snapshot())), [5, 6])
    with pytest.raises(TypeError, match="`x` must be a variable or a tensor.*3"):
        stop_gradient(3)


# ---- each framework's own way to record


def test_a_tape_records(backend):
    tf = pytest.importorskip("tensorflow")
    v = Variable(X, name="v", backend="tensorflow")
    fixed = Variable(X, trainable=False, backend="tensorflow")
    with tf.GradientTape() as tape:
        with pytest.raises(TypeError, match="'v'.*stop_gradient"):
            np.asarray(v)
        with tape.stop_recording():
            np.testing.assert_array_equal(np.asarray(v), X)
        np.testing.assert_array_equal(np.asarray(fixed), X)
        constant = np.asarray(stop_gradient(v))
        repr(v)
        loss = tf.reduce_sum(v * constant + np.square(v))
    np.testing.assert_allclose(tape.gradient(loss, v.value), 3 * X)
    np.testing.assert_array_equal(np.asarray(v), X)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        np.testing.assert_array_equal(np.asarray(v), X)


def test_a_traced_value_has_no_numbers():
    tf = pytest.importorskip("tensorflow")
    v = Variable(X, backend="tensorflow")

    @tf.function
    def traced():
        with pytest.raises(TypeError, match="no numbers yet.*tracing"):
            v.numpy()
        assert "shape=(2,)" in repr(v)
        return np.sum(v)

    assert traced() == 3


def test_jit_and_grad_of_jax():
    jax = pytest.importorskip("jax")
    v = Variable(X, dtype="float32", name="v", backend="jax")
    pure = kerasvar.functionalize(lambda: np.sum(v * np.asarray(v)), [v])
    constant = kerasvar.functionalize(lambda: np.sum(v * np.asarray(stop_gradient(v))), [v])
    with pytest.raises(TypeError, match="gradients are being recorded"):
        jax.grad(lambda s: pure(s)[0])(pure.state())
    with pytest.raises(TypeError, match="no numbers yet"):
        jax.jit(pure)(pure.state())
    found = jax.grad(lambda s: constant(s)[0])(pure.state())
    np.testing.assert_allclose(found["v"], X)


@pytest.mark.parametrize("transform", ["autograd", "func.grad"])
def test_torch_records_what_depends_on_the_state(transform):
    torch = pytest.importorskip("torch")
    v = Variable(X, dtype="float32", name="v", backend="torch")
    other = Variable(X, dtype="float32", name="other", backend="torch")

    def gradient(fn):
        pure = kerasvar.functionalize(fn, [v])
        if transform == "func.grad":
            return torch.func.grad(lambda s: pure(s)[0])(pure.state())["v"]
        state = {"v": pure.state()["v"].requires_grad_()}
        return torch.autograd.grad(pure(state)[0], state["v"])[0]

    with pytest.raises(TypeError, match="stop_gradient"):
        gradient(lambda: torch.sum(v * v.numpy()))
    found = gradient(lambda: torch.sum(v * stop_gradient(v) * torch.tensor(other.numpy())))
    np.testing.assert_allclose(found, X**2)

    def undifferentiated():
        with torch.no_grad():
            return torch.sum(v * v.numpy())

    pure = kerasvar.functionalize(undifferentiated, [v])
    assert float(pure({"v": pure.state()["v"].requires_grad_()})[0]) == 5


def test_a_trainable_torch_variable_is_read_every_day():
    pytest.importorskip("torch")
    v = Variable(X, dtype="float32", backend="torch")
    assert v.value.requires_grad
    np.testing.assert_array_equal(v.numpy(), X)
    np.testing.assert_array_equal(np.asarray(v), X)
    assert float(Variable(2.0, backend="torch")) == 2
