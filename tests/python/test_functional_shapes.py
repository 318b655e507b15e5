"""A parameter's shape is checked, and nothing is computed for it."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import kerasvar
from kerasvar import random
from kerasvar.functional import apply, errors, init
from kerasvar.random import stream



@pytest.fixture
def drawn(monkeypatch):
    """A list of the sizes that `kerasvar.random` draws."""
    sizes = []
    chunks = stream.chunks
    monkeypatch.setattr(stream, "chunks", lambda key, size: sizes.append(size) or chunks(key, size))
    return sizes


def check(make, *arguments, **keywords):
    """Make a parameter, and read it again as one of the same and of another shape."""

    def body(scope, shape):
        return scope.param("w", make, shape, *arguments, **keywords)

    _, variables = init(body)(random.key(0), (4, 3))
    apply(body)(variables, (4, 3))
    with pytest.raises(errors.ScopeParamShapeError, match=r"'w'.*\(4, 3\).*\(4, 5\)"):
        apply(body)(variables, (4, 5))
    return variables, body


def test_nothing_is_drawn(backend, drawn):
    own = kerasvar.backends.get(backend)

    def make(key, shape, scale):
        one, other = random.split(key)
        noise = random.normal(one, shape) * scale + random.uniform(other, shape[-1:])
        return own.tensor(noise.astype("float32"))

    variables, body = check(make, scale=0.1)
    drawn.clear()
    apply(body)(variables, (4, 3))
    assert sum(drawn) == 0


@pytest.mark.parametrize("draw", [random.normal, random.uniform, random.bits])
def test_draws_of_every_kind(draw):
    check(draw)


def test_draws_whose_shape_comes_from_their_bounds(drawn):
    def make(key, shape):
        low = np.zeros(shape, np.float32)
        return random.truncated_normal(key, low, low + 1) * random.bernoulli(key, low)

    variables, body = check(make)
    drawn.clear()
    apply(body)(variables, (4, 3))
    assert sum(drawn) == 0


def _jax_functions():
    yield lambda key, shape: jax.random.normal(key, shape)
    yield lambda key, shape: jnp.zeros(shape)
    yield lambda key, shape: jnp.asarray(random.normal(key, shape)) * 2


@pytest.mark.parametrize("make", list(_jax_functions()))
def test_jax_computes_nothing(make):
    variables, body = check(make)
    closed = jax.make_jaxpr(apply(body), static_argnums=1)(variables, (4, 3))
    assert not closed.eqns
    # A restored checkpoint is of NumPy arrays, and the function is still jax's.
    restored = jax.tree.map(np.asarray, variables)
    assert apply(body)(restored, (4, 3)) is not None
    with pytest.raises(errors.ScopeParamShapeError):
        apply(body)(restored, (4, 5))


def test_jax_errors_are_the_functions_own():
    def body(scope):
        return scope.param("w", lambda key: 1 / 0)

    for value in (jnp.zeros(2), np.zeros(2)):
        with pytest.raises(ZeroDivisionError):
            apply(body)({"params": {"w": value}})


@pytest.mark.parametrize(
    ("make", "size"),
    [
        ("torch.as_tensor(random.normal(key, shape)) * 2", 0),
        ("torch.tensor(random.normal(key, shape), dtype=torch.float64)", 0),
        ("torch.randn(shape)", 0),
        ("torch.nn.init.xavier_uniform_(torch.empty(shape))", 0),
        # torch asks from_numpy's argument for its memory: here it is drawn once more.
        ("torch.from_numpy(random.normal(key, shape))", 12),
    ],
)
def test_torch_functions(make, size, drawn):
    torch = pytest.importorskip("torch")
    function = eval(f"lambda key, shape: {make}", {"torch": torch, "random": random})
    variables, body = check(function)
    before = torch.random.get_rng_state()
    drawn.clear()
    apply(body)(variables, (4, 3))
    assert sum(drawn) == size
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize(
    ("make", "size"),
    [
        ("tf.convert_to_tensor(random.normal(key, shape)) * 2", 0),
        ("tf.cast(random.normal(key, shape), 'float64')", 0),
        ("tf.random.normal(shape) + captured", 0),
        # tf.constant asks for values: here they are drawn once more.
        ("tf.constant(random.normal(key, shape))", 12),
    ],
)
def test_tensorflow_functions(make, size, drawn):
    tf = pytest.importorskip("tensorflow")
    given = {"tf": tf, "random": random, "captured": tf.ones(())}
    variables, body = check(eval(f"lambda key, shape: {make}", given))
    drawn.clear()
    apply(body)(variables, (4, 3))
    assert sum(drawn) == size


def test_what_looks_at_values_is_computed():
    def make(key, shape):
        matrix = random.normal(key, shape)
        return np.linalg.svd(matrix, full_matrices=False)[0] @ matrix

    def body(scope, shape):
        return scope.param("w", make, shape)

    _, variables = init(body)(random.key(0), (3, 3))
    apply(body)(variables, (3, 3))
    with pytest.raises(errors.ScopeParamShapeError):
        apply(body)(variables, (4, 4))


def test_a_second_attempt_does_not_count_keys_twice():
    def make(scope):
        noise = random.normal(scope.make_rng("noise"), (2, 2))
        return lambda key: np.linalg.inv(random.normal(key, (2, 2))) @ noise

    def body(scope):
        scope.param("w", lambda key: make(scope)(key))
        return scope.make_rng("noise")

    keys = {"params": random.key(0), "noise": random.key(1)}
    after_init, variables = init(body)(keys)
    assert apply(body)(variables, rngs=keys).tolist() == after_init.tolist()


def test_values_of_several_arrays_are_compared_in_order():
    value = {"a": np.zeros(2), "b": (np.zeros(3), 1.0)}

    def read(made):
        return apply(lambda scope: scope.param("w", lambda key: made))({"params": {"w": value}})

    assert read({"a": np.ones(2), "b": (np.ones(3), 2.0)}) is not None
    with pytest.raises(errors.ScopeParamShapeError, match=r"\(3,\).*\(4,\)"):
        read({"a": np.ones(2), "b": (np.ones(4), 2.0)})
    # As in the reference, another structure is compared as far as it goes.
    assert read(np.ones(2)) is not None


def test_no_check_is_made_when_there_is_nothing_to_check(backend):
    own = kerasvar.backends.get(backend)
    calls = []

    def make(key):
        calls.append(key)
        return own.tensor(np.zeros(2, np.float32))

    init(lambda scope: scope.param("w", make))(random.key(0))
    assert len(calls) == 1 and calls[0].dtype == np.uint32
