"""Frameworks' own functions given a variable, NumPy's protocols, DLPack."""

import numpy as np
import pytest

import kerasvar
from conftest import host
from kerasvar import Variable


@pytest.fixture
def v(variable, array):
    return variable(array)


# ---- NumPy


NUMPY = {
    **{f.__name__: f for f in (
        np.exp, np.expm1, np.log, np.log1p, np.sqrt, np.square, np.sin, np.arctan, np.tanh, np.floor,
        np.sign, np.abs, np.negative, np.isnan, np.sum, np.prod, np.mean, np.max, np.std, np.var,
        np.any, np.argmax, np.ravel, np.transpose, np.squeeze, np.flip, np.diagonal, np.tril,
        np.zeros_like,
    )},
    "sum of an axis": lambda x: np.sum(x, axis=1, keepdims=True),
    "cumsum": lambda x: np.cumsum(x, axis=0),
    "sort": lambda x: np.sort(x, axis=1),
    "maximum": lambda x: np.maximum(x, 0.5),
    "where": lambda x: np.where(FLOATS > 0.5, x, 0),
    "concatenate": lambda x: np.concatenate([x, x, FLOATS], axis=1),
    "stack": lambda x: np.stack((x, FLOATS)),
    "reshape": lambda x: np.reshape(x, (3, 2)),
    "expand_dims": lambda x: np.expand_dims(x, 1),
    "clip": lambda x: np.clip(x, 0.3, 0.6),
    "dot": lambda x: np.dot(x, FLOATS.T),
    "matmul": lambda x: np.matmul(FLOATS.T, x),
    "tensordot": lambda x: np.tensordot(x, FLOATS.T, 1),
    "einsum": lambda x: np.einsum("ij,kj->ik", x, FLOATS),
    "tile": lambda x: np.tile(x, (2, 1)),
    "broadcast_to": lambda x: np.broadcast_to(x, (2, 2, 3)),
    "roll": lambda x: np.roll(x, 1),
    "split": lambda x: np.split(x, 3, axis=1)[1],
    "by keyword": lambda x: np.sum(a=x),
}  # fmt: skip
FLOATS = np.array([[0.3, 0.7, 0.2], [0.9, 0.4, 0.6]])


@pytest.mark.parametrize("name", NUMPY)
def test_numpy_s_functions_are_answered_by_the_framework(variable, backend, name):
    function = NUMPY[name]
    found = function(variable(FLOATS, dtype="float32"))
    if backend in ("numpy", "frozen"):
        assert isinstance(found, (np.ndarray, np.generic))
    else:
        assert kerasvar.backends.backend_of(found).name == backend
    np.testing.assert_allclose(host(found), function(FLOATS), rtol=1e-5)


def test_numpy_s_other_functions_get_a_copy(v, array):
    np.testing.assert_array_equal(host(np.add.reduce(v)), array.sum(0))
    np.testing.assert_array_equal(host(np.multiply.outer(v, [1, 2])), np.multiply.outer(array, [1, 2]))
    np.testing.assert_array_equal(host(np.where([True, False, True, True], v, 0)), array * [1, 0, 1, 1])
    np.testing.assert_array_equal(np.spacing(v), np.spacing(array))
    other = Variable(array, backend="numpy" if v.backend != "numpy" else "frozen")
    assert np.allclose(v, other) and np.allclose(other, v)
    out = np.zeros_like(array)
    np.exp(v, out=out)
    np.testing.assert_allclose(out, np.exp(array))
    assert np.shape(v) == (3, 4) and np.ndim(v) == 2 and np.size(v) == 12
    with pytest.raises(ValueError):
        np.reshape(v, (5, 5))


@pytest.mark.parametrize("dtype", ["int32", "uint8", "bool", "float16"])
def test_numpy_s_functions_of_other_dtypes(variable, dtype):
    array = np.array([1, 0, 3]).astype(dtype)
    for function in (np.exp, np.sqrt, np.sum, np.mean, np.max, np.isfinite):
        np.testing.assert_allclose(host(function(variable(array))), function(array), rtol=1e-3)


def test_array_follows_numpy_2(v, array):
    shared = np.asarray(v)
    assert shared.dtype == "float32" and (shared == array).all()
    copy = np.array(v)
    copy[:] = -1
    np.testing.assert_array_equal(v.numpy(), array)
    assert v.__array__("float64").dtype == "float64"
    assert np.asarray(v, dtype="int32").dtype == "int32"
    assert np.asarray(v, dtype="float32", copy=False).dtype == "float32"
    with pytest.raises(ValueError, match="copy"):
        np.asarray(v, dtype="float64", copy=False)
    assert v.__array__(copy=True).flags.writeable


def test_a_variable_is_no_out(v, array):
    with pytest.raises(TypeError, match="`out=`"):
        np.add(array, 1, out=v)
    np.testing.assert_array_equal(v.numpy(), array)


# ---- the frameworks


def test_jax_functions(array):
    jax = pytest.importorskip("jax")
    jnp = jax.numpy
    v = Variable(array, backend="jax")
    np.testing.assert_allclose(jnp.dot(v, array.T), array @ array.T)
    np.testing.assert_allclose(jnp.where(array > 3, v, 0), np.where(array > 3, array, 0))
    np.testing.assert_allclose(jnp.concatenate([v, v]), np.concatenate([array, array]))
    np.testing.assert_allclose(jnp.sum(v), array.sum())
    np.testing.assert_allclose(jax.jit(lambda x: x * 2)(v), array * 2)
    np.testing.assert_allclose(jax.grad(lambda x: (x * x).sum())(v), array * 2)
    v.assign_add(1)  # what was traced is no constant
    np.testing.assert_allclose(jnp.sum(v), (array + 1).sum())
    v.assign(array)
    np.testing.assert_allclose(jax.jit(lambda x: jnp.sin(v) + x)(1.0), np.sin(array) + 1, rtol=1e-6)
    assert isinstance(jnp.asarray(v), jax.Array)
    assert isinstance(jnp.ones((3, 4)) + v, jax.Array)
    assert isinstance(v + jnp.ones((3, 4)), jax.Array)


def test_tensorflow_functions(array):
    tf = pytest.importorskip("tensorflow")
    v = Variable(array, backend="tensorflow")
    np.testing.assert_allclose(tf.matmul(v, array.T), array @ array.T)
    np.testing.assert_allclose(tf.reduce_sum(v), array.sum())
    np.testing.assert_allclose(tf.convert_to_tensor(v), array)
    np.testing.assert_allclose(tf.constant(array) + v, array * 2)
    np.testing.assert_allclose(tf.function(lambda x: tf.sin(v) + x)(1.0), np.sin(array) + 1, rtol=1e-6)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(v * v)
    np.testing.assert_allclose(tape.gradient(loss, v.value), 2 * array)
    with pytest.raises((ValueError, TypeError)):
        tf.convert_to_tensor(v, dtype="int32")


def test_torch_functions(array):
    torch = pytest.importorskip("torch")
    v = Variable(array, backend="torch")
    x = torch.ones(2, 4)
    np.testing.assert_allclose(
        torch.nn.functional.linear(x, v).detach(), np.ones((2, 4)) @ array.T
    )
    np.testing.assert_allclose(torch.sum(v).detach(), array.sum())
    np.testing.assert_allclose(torch.cat([v, v]).detach(), np.concatenate([array, array]))
    np.testing.assert_allclose(torch.stack((v, v), dim=0).detach()[1], array)
    assert isinstance(torch.ones(3, 4) + v, torch.Tensor)
    torch.sum(v * v).backward()
    np.testing.assert_allclose(v.value.grad, 2 * array)
    torch.optim.SGD([v.value], lr=0.5).step()  # the Parameter is the variable
    np.testing.assert_allclose(v.numpy(), array - array)


def test_a_variable_of_another_framework_is_refused(array):
    torch = pytest.importorskip("torch")
    jax = pytest.importorskip("jax")
    with pytest.raises(TypeError, match="lives in jax.*torch function.*to_backend"):
        torch.sum(Variable(array, backend="jax"))
    with pytest.raises(TypeError) as caught:
        jax.numpy.multiply(Variable(array, backend="torch"), 2)
    # JAX puts its own words around an argument's.
    assert "lives in torch" in f"{caught.value} {caught.value.__context__}"


def test_snapshots_survive_a_framework_s_own_writes(array):
    torch = pytest.importorskip("torch")
    v = Variable(array, backend="torch")
    held, tensor = v.numpy(), v.snapshot()
    with torch.no_grad():
        v.value.add_(5)
        v.value.data.mul_(2)
    np.testing.assert_array_equal(held, array)
    np.testing.assert_array_equal(tensor, array)
    np.testing.assert_array_equal(v.numpy(), (array + 5) * 2)

    tf = pytest.importorskip("tensorflow")
    v = Variable(array, backend="tensorflow")
    held, tensor = v.numpy(), v.snapshot()
    v.value.assign_add(array)
    tf.raw_ops.ResourceScatterNdUpdate(ref=v.value.handle, indices=[[0]], updates=[array[1]])
    np.testing.assert_array_equal(held, array)
    np.testing.assert_array_equal(tensor, array)


# ---- DLPack


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "int8", "complex64"])
def test_dlpack_of_other_dtypes(variable, backend, dtype):
    torch = pytest.importorskip("torch")
    v = variable([1, 0, 2], dtype=dtype)
    if dtype == "bfloat16" and backend in ("numpy", "frozen"):
        with pytest.raises((BufferError, TypeError)):  # NumPy's DLPack has no bfloat16
            torch.from_dlpack(v)
        return
    t = torch.from_dlpack(v)
    assert kerasvar.standardize_dtype(t.dtype) == dtype and t.tolist() == [1, 0, 2]


def test_dlpack_hands_out_a_copy(v, array):
    out = np.from_dlpack(v)
    np.testing.assert_array_equal(out, array)
    v[0] = -1
    np.testing.assert_array_equal(out, array)
    assert v.__dlpack_device__()[0] == 1
    torch = pytest.importorskip("torch")
    t = torch.from_dlpack(v)
    t.fill_(9)
    assert v.numpy()[0, 0] == -1 and v.numpy()[1, 1] == 5
    with pytest.raises(BufferError, match="copy"):
        v.__dlpack__(copy=False)


@pytest.mark.parametrize("to", ["numpy", "tensorflow", "jax", "torch", "frozen"])
def test_to_another_backend(variable, backend, array, to):
    pytest.importorskip(to) if to != "frozen" else None
    with kerasvar.name_scope("a"):
        v = variable(array, name="w", trainable=False, autocast=False, aggregation="mean")
    u = v.to_backend(to)
    assert u is not v and u.backend == to and (u.path, u.name) == ("a/w", "w")
    assert (u.trainable, u.autocast, u.aggregation, u.dtype) == (False, False, "mean", "float32")
    np.testing.assert_array_equal(u.numpy(), array)
    u[0] = 7
    v[1] = 8
    assert v.numpy()[0, 1] == 1 and u.numpy()[1, 1] == 5
    with pytest.raises(ValueError, match="`backend`"):
        v.to_backend("mxnet")


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint16", "bfloat16", "float8_e5m2", "complex64"])
def test_any_dtype_moves(variable, dtype):
    v = variable([1, 0, 1], dtype=dtype)
    for to in kerasvar.available_backends():
        u = v.to_backend(to)
        assert u.dtype == dtype and u.numpy().tobytes() == v.numpy().tobytes()


def test_results_of_a_tensor_and_a_variable(variable, backend, array):
    v = variable(array)
    if backend in ("numpy", "frozen"):
        tensor = v.value
    else:
        tensor = v.snapshot()
    for result in (tensor + v, v + tensor, tensor * v, v - tensor):
        assert v._backend.is_tensor(result)
    np.testing.assert_array_equal(host(tensor + v), array * 2)
