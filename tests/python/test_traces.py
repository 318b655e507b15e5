"""Variables inside what the frameworks make of functions: subscripts by traced positions, writes, first uses."""

import os
import subprocess
import sys

import numpy as np
import pytest

from conftest import host
from kerasvar import StatelessScope, Variable, functionalize

X = np.arange(12, dtype=np.float32).reshape(3, 4)


# ---- jax: no tracer is left behind

WRITES = {
    "assign": lambda v, x: v.assign(v * x),
    "assign_add": lambda v, x: v.assign_add(x),
    "+=": lambda v, x: v.__iadd__(x),
    "slice": lambda v, x: v.__setitem__(0, x),
    "points": lambda v, x: v.__setitem__([0, 2], x),
    "position": lambda v, x: v.__setitem__(x.astype(int), 1.0),
}
TRANSFORMATIONS = {
    "jit": lambda jax, f: jax.jit(f)(1.0),
    "grad": lambda jax, f: jax.grad(f)(1.0),
    "vmap": lambda jax, f: jax.vmap(f)(np.ones(2, np.float32)),
    "scan": lambda jax, f: jax.lax.scan(lambda c, x: (f(c), x), 1.0, np.ones(2, np.float32)),
}


@pytest.mark.parametrize("how", WRITES)
@pytest.mark.parametrize("within", TRANSFORMATIONS)
def test_a_write_that_would_leave_a_tracer_is_refused(how, within):
    jax = pytest.importorskip("jax")
    v = Variable(X, backend="jax", name="v")
    held = v.value

    def f(x):
        WRITES[how](v, jax.numpy.asarray(x))
        return x * 1.0

    if (how, within) == ("position", "grad"):
        return  # a position has no gradient: it is a number there
    with pytest.raises(RuntimeError, match="functionalize.*StatelessScope.*as it was"):
        TRANSFORMATIONS[within](jax, f)
    np.testing.assert_array_equal(v.numpy(), X)
    v[0, 0] = 7.0  # and it goes on living
    assert v.numpy()[0, 0] == 7 and held[0, 0] == 0


@pytest.mark.parametrize("how", WRITES)
def test_in_a_stateless_scope_it_is_written(how):
    jax = pytest.importorskip("jax")
    v = Variable(X, backend="jax", name="v")
    other = Variable(X, backend="numpy", name="v")
    WRITES[how](other, np.float32(1))

    def scoped(x):
        with StatelessScope() as scope:
            WRITES[how](v, x)
        return scope.get_current_value(v)

    np.testing.assert_array_equal(jax.jit(scoped)(1.0), other.numpy())
    np.testing.assert_array_equal(v.numpy(), X)


def test_a_variable_of_the_trace_is_written_in_it():
    jax = pytest.importorskip("jax")

    def f(x):
        v = Variable(x, backend="jax")
        v[0] = x[1] * 10
        v.assign_add(1)
        return v.value

    np.testing.assert_array_equal(jax.jit(f)(X), np.concatenate([X[1:2] * 10, X[1:]]) + 1)


@pytest.mark.parametrize("use", [
    "jax.jit(lambda x: kerasvar.Variable(x, backend='jax').value)(2.0)",
    "jax.jit(lambda x: kerasvar.Variable(x, backend='jax') * 1)(2.0)",
    "jax.vmap(lambda x: kerasvar.Variable(x, backend='jax').value)(jax.numpy.full(3, 2.0))[0]",
    "jax.jit(kerasvar.functional.init(lambda s, x: s.param('w', lambda k: x)))(jax.random.key(0), 2.0)[0]",
], ids=["value", "operator", "vmap", "init"])  # fmt: skip
def test_the_first_use_may_be_inside_a_trace(use):
    pytest.importorskip("jax")
    program = f"import jax, kerasvar, kerasvar.functional\nassert {use} == 2\nassert {use} == 2"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", program], check=True, env=environment)


# ---- subscripts by traced positions

READS = {
    "v[i]": (lambda v, i: v[i], 1),
    "v[ids]": (lambda v, i: v[i], [2, 0, 2]),
    "v[i, 0]": (lambda v, i: v[i, 0], 2),
    "v[:, i]": (lambda v, i: v[:, i], 3),
    "v[..., ids]": (lambda v, i: v[..., i], [3, 3]),
    "v[i, 1:3]": (lambda v, i: v[i, 1:3], 1),
    "v[-1, i]": (lambda v, i: v[-1, i], 2),
}


def traced(backend, f):
    """Each way of the framework to call `f` of an index that it traces: name -> function of the index."""
    if backend == "jax":
        import jax

        def scanned(i):
            return jax.lax.scan(lambda carry, x: (carry, f(x)), 0, i[None])[1][0]

        def batched(i):
            return jax.vmap(f)(i[None])[0]

        return {"jit": jax.jit(f), "scan": scanned, "vmap": batched}
    if backend == "torch":
        import torch

        return {"vmap": lambda i: torch.vmap(f)(i[None])[0]}
    import tensorflow as tf

    @tf.function
    def looped(i):
        out = f(i)
        for step in tf.range(2):
            if step == 1:
                out = f(i)
        return out

    return {
        "function": tf.function(f, autograph=False),
        "autograph": looped,
        "xla": tf.function(f, jit_compile=True),
        "map_fn": lambda i: tf.map_fn(f, i[None], fn_output_signature=tf.float32)[0],
    }


@pytest.fixture(params=["tensorflow", "jax", "torch"])
def name(request):
    pytest.importorskip(request.param)
    return request.param


def index(name, at):
    if name == "torch":
        import torch

        return torch.tensor(at)
    if name == "jax":
        import jax

        return jax.numpy.asarray(at)
    import tensorflow as tf

    return tf.constant(at)


@pytest.mark.parametrize("which", READS)
def test_reads_by_traced_positions(name, which):
    f, at = READS[which]
    v = Variable(X, backend=name)
    for way, call in traced(name, lambda i: f(v, i)).items():
        np.testing.assert_array_equal(host(call(index(name, at)).detach() if name == "torch" else call(index(name, at))),
                                      f(X, at), err_msg=way)  # fmt: skip


@pytest.mark.parametrize("which", READS)
def test_writes_by_traced_positions(name, which):
    f, at = READS[which]
    v = Variable(X, name="v", backend=name)
    key = {"v[i]": lambda i: i, "v[ids]": lambda i: i, "v[i, 0]": lambda i: (i, 0), "v[:, i]": lambda i: (slice(None), i),
           "v[..., ids]": lambda i: (..., i), "v[i, 1:3]": lambda i: (i, slice(1, 3)), "v[-1, i]": lambda i: (-1, i)}[which]  # fmt: skip
    expected = X.copy()
    expected[key(at)] = -1

    def write(i):
        v[key(i)] = -1.0
        return v * 1

    pure = functionalize(write, [v])
    state = pure.state()
    for way, call in traced(name, lambda i: pure(state, i)[0]).items():
        np.testing.assert_array_equal(host(call(index(name, at))), expected, err_msg=way)
    np.testing.assert_array_equal(v.numpy(), X)


def test_out_of_range_by_a_traced_position():
    jax = pytest.importorskip("jax")
    v = Variable(X, name="v", backend="jax")

    def write(i):
        v[i] = -1.0
        return v.value

    np.testing.assert_array_equal(jax.jit(lambda i: v[i])(5), X[2])
    np.testing.assert_array_equal(jax.jit(lambda i: v[i])(-1), X[-1])
    pure = functionalize(write, [v])
    np.testing.assert_array_equal(jax.jit(lambda i: pure(pure.state(), i)[0])(5), X)


def test_a_sliced_part_of_tensorflow_s():
    tf = pytest.importorskip("tensorflow")
    v = Variable(X, backend="tensorflow")
    np.testing.assert_array_equal(tf.function(lambda i: v[i:])(tf.constant(1)), X[1:])


# ---- writes where the framework has ways of its own


@pytest.mark.parametrize("jit_compile", [False, True])
@pytest.mark.parametrize("key", [0, (slice(1, 3), 2), [2, 0], (slice(None), [1, 1]), ([0, 1], [1, 2]), slice(0, 3, 2)], ids=repr)
def test_tensorflow_writes_to_the_variable_itself(key, jit_compile):
    tf = pytest.importorskip("tensorflow")
    v = Variable(X, backend="tensorflow")

    @tf.function(jit_compile=jit_compile)
    def write(x):
        v[key] = x

    write(tf.constant(-1.0))
    expected = X.copy()
    expected[key] = -1
    np.testing.assert_array_equal(v.numpy(), expected)


def test_autograph_leaves_our_code_alone_and_converts_the_user_s():
    tf = pytest.importorskip("tensorflow")
    from tensorflow.python.autograph.impl import conversion

    v = Variable(X, name="v", backend="tensorflow")
    for method in (Variable.__add__, Variable.__getitem__, Variable.__setitem__, Variable.assign_add):
        assert conversion.is_allowlisted(method)

    def branch(x):
        if tf.reduce_sum(x) > 0:  # which autograph alone makes work
            y = v + x
        else:
            y = v * 1
        return y

    pure = functionalize(branch, [v])
    traced = tf.function(lambda state, x: pure(state, x)[0])
    np.testing.assert_array_equal(traced(pure.state(), tf.constant(X)), X + X)
    np.testing.assert_array_equal(traced(pure.state(), tf.constant(-X)), X)


@pytest.mark.parametrize("shape", [None, (None, 4), (3, None)])
def test_tensorflow_assigns_what_has_no_shape_yet(shape):
    tf = pytest.importorskip("tensorflow")
    v = Variable(X, backend="tensorflow")

    @tf.function(input_signature=[tf.TensorSpec(shape, tf.float32)])
    def assign(x):
        v.assign(x)

    @tf.function(input_signature=[tf.TensorSpec(shape, tf.float32)])
    def write(x):
        v[:] = x

    assign(tf.constant(X + 1))
    np.testing.assert_array_equal(v.numpy(), X + 1)
    write(tf.constant(X + 2))
    np.testing.assert_array_equal(v.numpy(), X + 2)
    with pytest.raises((TypeError, ValueError, tf.errors.InvalidArgumentError)):
        assign(tf.ones((2, 4)))
    np.testing.assert_array_equal(v.numpy(), X + 2)


@pytest.mark.parametrize("key", [0, (slice(1, 3), 2), [2, 0], slice(None)], ids=repr)
def test_torch_writes_under_vmap(key):
    torch = pytest.importorskip("torch")
    v = Variable(X, name="v", backend="torch")

    def write(x):
        v[key] = x
        return v * 1

    pure = functionalize(write, [v])
    state = pure.state()
    found = torch.vmap(lambda x: pure(state, x)[0])(torch.tensor([-1.0, -2.0]))
    for one, x in zip(found, (-1, -2)):
        expected = X.copy()
        expected[key] = x
        np.testing.assert_array_equal(one, expected)
