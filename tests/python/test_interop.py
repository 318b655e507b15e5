"""Storage shared with Keras's, TensorFlow's, torch's and Flax's variables, both ways.

Keras has one backend a process, so each part with Keras is a program of its own.
"""

import functools

import numpy as np
import pytest

import kerasvar
from conftest import host
from keras_oracle import ask_keras
from kerasvar import Variable, as_variable
from kerasvar.options import Options

COMMON = """
import json, traceback
import numpy as np, keras, kerasvar
from kerasvar import Variable, as_keras, as_variable
backend = keras.config.backend()
W = np.arange(6, dtype="float32").reshape(3, 2)
everything = {}
def see(name, *values):
    seen[name] = [np.asarray(keras.ops.convert_to_numpy(v)).tolist() if hasattr(v, "shape") else v for v in values]
"""


# Run one after the other in one process a backend, since starting one takes seconds.
PROGRAMS = {}

PROGRAMS["as_keras_shares_both_ways"] = """
with kerasvar.name_scope("a"), kerasvar.name_scope("b"):
    v = Variable(W, name="w", trainable=False, autocast=False)
held = v.numpy()
k = as_keras(v)
see("kind", isinstance(k, keras.Variable), k.name, k.path, k.dtype, k.trainable, tuple(k.shape) == (3, 2))
see("same", as_keras(v) is k, as_variable(k) is v, v.trainable)
k.assign(W + 1)
see("ours after theirs", v.numpy(), v + 0, v[0])
v.assign(W * 2)
see("theirs after ours", k.value, k.numpy())
v[1] = -1
v[[0, 2], [1, 0]] = [7, 8]
see("theirs after a subscript", k.value)
k.assign_add(W * 0 + 1)
v += 1
see("both added", k.value, v.numpy())
snapshot = v.numpy()
k.assign(W)
v[0] = 9
see("snapshot", snapshot, held)
bare = as_keras(Variable([1.0], name="bare"))
see("bare", bare.path)
with keras.name_scope("inside"):
    see("no scope of ours", as_keras(Variable([1.0], name="x")).path)
"""

PROGRAMS["a_step_of_adam_changes_ours"] = """
v = Variable(W, name="w")
optimizer = keras.optimizers.Adam(0.1)
gradient = keras.ops.convert_to_tensor(W - 2)
optimizer.apply([gradient], [as_keras(v)])
see("step", v.numpy(), as_keras(v).value)
other = keras.Variable(W, name="w")
keras.optimizers.Adam(0.1).apply([gradient], [other])
see("Keras's own", other.value)
"""

PROGRAMS["a_layer_that_holds_ours_trains_with_fit"] = """
class Linear(keras.layers.Layer):
    def __init__(self, w):
        super().__init__()
        self.w = as_keras(w)
    def call(self, x):
        return keras.ops.matmul(x, self.w)

v = Variable(W * 0, name="w")
layer = Linear(v)
see("listed", [w.path for w in layer.weights], [w.path for w in layer.trainable_weights])
model = keras.Sequential([keras.Input((3,)), layer])
model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse")
rng = np.random.default_rng(0)
x = rng.normal(size=(64, 3)).astype("float32")
losses = model.fit(x, x @ W, epochs=30, batch_size=16, verbose=0).history["loss"]
see("learned", v.numpy())
see("losses", losses[-1] < 1e-3 * losses[0])
before = model.predict(x[:1], verbose=0)
v[2, :] = 0
see("the model sees it", model.predict(x[:1], verbose=0), before - x[:1] @ (np.array([[0], [0], [1]]) * W))
"""

PROGRAMS["a_layer_may_compute_with_ours"] = """
class Linear(keras.layers.Layer):
    def __init__(self, w):
        super().__init__()
        self.tracked = as_keras(w)
        self.ours = w
    def call(self, x):
        return keras.ops.matmul(x, self.ours.value) + 0 * self.ours[0]

v = Variable(W * 0, name="w")
model = keras.Sequential([keras.Input((3,)), Linear(v)])
model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse")
x = np.random.default_rng(0).normal(size=(64, 3)).astype("float32")
model.fit(x, x @ W, epochs=30, batch_size=16, verbose=0)
see("learned", v.numpy())
"""

PROGRAMS["a_layer_s_kernel_edited_in_place"] = """
dense = keras.layers.Dense(2)
model = keras.Sequential([keras.Input((3,)), dense])
dense.kernel.assign(W)
kernel = dense.kernel
w = as_variable(kernel)
see("wrapped", w.path == kernel.path, w.name, w.dtype, w.trainable, w.backend == backend, list(w.shape))
x = np.ones((1, 3), "float32")
see("before", model.predict(x, verbose=0))
held = w.numpy()
w[2, :] = 0
see("after", model.predict(x, verbose=0), kernel.value, w.numpy())
dense.set_weights([W + 1, np.zeros(2)])
see("ours after theirs", w.numpy(), held)
see("again the same", as_variable(kernel) is w, as_variable(w) is w)
see("copies", as_variable(kernel, name="other").name)
"""

PROGRAMS["keras_s_initializers_regularizers_and_constraints"] = """
v = Variable(
    keras.initializers.Constant(3.0), shape=(2, 2), name="v",
    regularizer=keras.regularizers.L2(0.1), constraint=keras.constraints.MaxNorm(1.0),
)
see("constant", v.numpy(), v.dtype)
see("regularized", v.regularizer(v.value))
v.assign(v.constraint(v.value))
see("constrained", v.numpy())
g = Variable(keras.initializers.GlorotUniform(seed=1), shape=(4, 4), dtype="float32")
see("glorot", float(np.abs(g.numpy()).max()) < np.sqrt(6 / 8), list(g.shape))
see("kept", as_keras(v).regularizer is v.regularizer, as_keras(v).constraint is v.constraint)
with kerasvar.StatelessScope():
    d = Variable(keras.initializers.Ones(), shape=(2,))
see("deferred", d.numpy())
"""

PROGRAMS["keras_on_another_backend_is_refused"] = """
for make in (lambda: as_keras(Variable([1.0], backend="numpy")), lambda: as_keras([1.0])):
    try:
        make()
    except Exception as error:
        see(type(error).__name__, str(error))
"""


@functools.cache
def results(backend):
    parts = [
        f"""
seen = {{}}
try:
    exec({program!r})
except Exception:
    seen["error"] = traceback.format_exc()
everything[{name!r}] = seen
"""
        for name, program in PROGRAMS.items()
    ]
    return ask_keras(backend, COMMON + "".join(parts) + "\nprint(json.dumps(everything))")


def run(backend, name):
    seen = results(backend)[name]
    assert "error" not in seen, seen["error"]
    return seen


def rows(*values):
    return [list(map(float, row)) for row in values]


W = rows([0, 1], [2, 3], [4, 5])


@pytest.mark.parametrize("backend", ["tensorflow", "jax", "torch", "numpy"])
def test_as_keras_shares_both_ways(backend):
    seen = run(backend, "as_keras_shares_both_ways")
    w = np.array(W)
    assert seen["kind"] == [True, "w", "a/b/w", "float32", False, True]
    assert seen["same"] == [True, True, False]
    assert seen["ours after theirs"] == [(w + 1).tolist(), (w + 1).tolist(), [1.0, 2.0]]
    assert seen["theirs after ours"] == [(w * 2).tolist()] * 2
    written = [[0.0, 7.0], [-1.0, -1.0], [8.0, 10.0]]
    assert seen["theirs after a subscript"] == [written]
    added = (np.array(written) + 2).tolist()
    assert seen["both added"] == [added] * 2
    assert seen["snapshot"] == [added, W]
    assert seen["bare"] == ["bare"] and seen["no scope of ours"] == ["inside/x"]


@pytest.mark.parametrize("backend", ["tensorflow", "jax", "torch"])
def test_a_step_of_adam_changes_ours(backend):
    seen = run(backend, "a_step_of_adam_changes_ours")
    np.testing.assert_allclose(seen["step"][0], seen["Keras's own"][0], rtol=1e-6)
    assert seen["step"][0] == seen["step"][1] != W


@pytest.mark.parametrize("backend", ["tensorflow", "jax", "torch"])
def test_a_layer_that_holds_ours_trains_with_fit(backend):
    seen = run(backend, "a_layer_that_holds_ours_trains_with_fit")
    assert seen["listed"] == [["w"], ["w"]]
    np.testing.assert_allclose(seen["learned"][0], W, atol=0.05)
    assert seen["losses"] == [True]
    np.testing.assert_allclose(*seen["the model sees it"], atol=0.05)


@pytest.mark.parametrize("backend", ["tensorflow", "jax", "torch"])
def test_a_layer_may_compute_with_ours(backend):
    # On jax `fit` runs in Keras's stateless scope, which our reads must see.
    seen = run(backend, "a_layer_may_compute_with_ours")
    np.testing.assert_allclose(seen["learned"][0], W, atol=0.05)


@pytest.mark.parametrize("backend", ["tensorflow", "jax", "torch", "numpy"])
def test_a_layer_s_kernel_edited_in_place(backend):
    seen = run(backend, "a_layer_s_kernel_edited_in_place")
    assert seen["wrapped"] == [True, "kernel", "float32", True, True, [3, 2]]
    assert seen["before"] == [[[6.0, 9.0]]]
    edited = rows([0, 1], [2, 3], [0, 0])
    assert seen["after"] == [[[2.0, 4.0]], edited, edited]
    assert seen["ours after theirs"] == [(np.array(W) + 1).tolist(), W]
    assert seen["again the same"] == [True, True] and seen["copies"] == ["other"]


@pytest.mark.parametrize("backend", ["tensorflow", "jax", "torch", "numpy"])
def test_keras_s_initializers_regularizers_and_constraints(backend):
    seen = run(backend, "keras_s_initializers_regularizers_and_constraints")
    assert seen["constant"] == [[[3.0, 3.0]] * 2, "float32"]
    np.testing.assert_allclose(seen["regularized"], [0.1 * 36], rtol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(seen["constrained"][0], axis=0), 1, rtol=1e-5)
    assert seen["glorot"] == [True, [4, 4]] and seen["kept"] == [True, True]
    assert seen["deferred"] == [[1.0, 1.0]]


def test_a_shared_variable_keeps_no_tracer():
    """Only jax traces so that what is written outlives the trace; autocast hides the stored dtype."""
    program = """
import json, jax, keras, kerasvar, numpy as np
keras.mixed_precision.set_global_policy("mixed_float16")
w = kerasvar.Variable(np.ones(2, "float32"), backend="jax", name="w")
class Layer(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.kernel = kerasvar.as_keras(w)
    def call(self, x):
        w[0] = 2.0
        return x * keras.ops.cast(w.value, x.dtype)
layer, x = Layer(), np.ones(2, "float32")
seen = []
try:
    jax.jit(lambda x: layer(x))(x)
except RuntimeError as error:
    seen.append("StatelessScope" in str(error))
seen.append(w.numpy().tolist())
def scoped(values, x):
    with keras.StatelessScope(zip(layer.trainable_variables, values)) as scope:
        layer(x)
    return [scope.get_current_value(v) for v in layer.trainable_variables]
new = jax.jit(scoped)([v.value * 3 for v in layer.trainable_variables], x)
seen += [np.asarray(new[0]).tolist(), str(new[0].dtype), w.numpy().tolist()]
layer(x)
print(json.dumps([*seen, w.numpy().tolist()]))
"""
    found = ask_keras("jax", program)
    assert found == [True, [1, 1], [2, 3], "float32", [1, 1], [2, 1]]


def test_keras_on_another_backend_is_refused():
    seen = run("jax", "keras_on_another_backend_is_refused")
    assert "lives in numpy, and Keras runs on jax" in seen["ValueError"][0]
    assert "to_backend('jax')" in seen["ValueError"][0]
    assert "kerasvar.Variable" in seen["TypeError"][0]


# ---- without Keras


def containers():
    array = np.array(W, np.float32)

    def torch():
        import torch

        parameter = torch.nn.Parameter(torch.tensor(array))
        return parameter, lambda: parameter.detach().numpy().copy(), lambda x: parameter.data.copy_(torch.tensor(x))

    def tensorflow():
        import tensorflow as tf

        variable = tf.Variable(array, name="scope/w")
        return variable, variable.numpy, variable.assign

    def flax():
        import flax.nnx as nnx
        import jax.numpy as jnp

        param = nnx.Param(jnp.array(array))
        return param, lambda: np.array(param[...]), lambda x: param.set_value(jnp.array(x))

    return {"torch": torch, "tensorflow": tensorflow, "flax": flax}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("library", containers())
def test_wrapping_shares_both_ways(library):
    pytest.importorskip(library)
    x, read, write = containers()[library]()
    v = as_variable(x)
    assert v.backend == {"flax": "jax"}.get(library, library)
    assert (v.shape, v.dtype, v.trainable) == ((3, 2), "float32", True)
    assert v.path == ("scope/w" if library == "tensorflow" else "variable")
    held, snapshot = v.numpy(), v.snapshot()
    v[1] = 9
    v[[0, 2], [1, 0]] = [7, 8]
    v.assign_add(1)
    expected = rows([1, 8], [10, 10], [9, 6])
    assert read().tolist() == v.numpy().tolist() == expected
    write(np.array(W, np.float32))
    assert v.numpy().tolist() == W
    assert held.tolist() == host(snapshot).tolist() == W
    named = as_variable(x, name="mine")
    assert named.name == named.path == "mine"


@pytest.mark.filterwarnings("ignore")
def test_wrapping_copies_nothing():
    torch = pytest.importorskip("torch")
    parameter = torch.nn.Parameter(torch.zeros(4, 3).T)  # not contiguous, as it comes
    v = as_variable(parameter)
    address = parameter.data_ptr()
    v[[2, 0], [3, 1]] = [5, 6]
    v[1] = 2
    assert v.value is parameter and parameter.data_ptr() == address
    assert parameter.tolist() == [[0, 6, 0, 0], [2, 2, 2, 2], [0, 0, 0, 5]]


@pytest.mark.parametrize("wrong", [3, [1.0], np.ones(2), None, "w"], ids=str)
def test_what_has_no_storage_to_share(wrong):
    with pytest.raises(TypeError, match="nnx.Variable.*make a Variable of it"):
        as_variable(wrong)


def test_a_variable_is_itself():
    v = Variable([1.0], backend="numpy")
    assert as_variable(v) is v


def test_a_shared_value_on_any_backend(backend, array):
    # What wrapping rests on where the other library keeps the array.
    b = kerasvar.backends.get(backend)
    kept = [b.tensor(array)]
    storage = b.shared_storage(lambda: kept[0], lambda value: kept.__setitem__(0, value))
    v = Variable._around(storage, b, (3, 4), Options("v", "v", "float32"))
    held = v.numpy()
    v[1] = 5
    v.assign_add(1)
    expected = array.copy()
    expected[1] = 5
    np.testing.assert_array_equal(host(kept[0]), expected + 1)
    np.testing.assert_array_equal(held, array)
    kept[0] = b.tensor(array * 2)
    np.testing.assert_array_equal(v.numpy(), array * 2)
