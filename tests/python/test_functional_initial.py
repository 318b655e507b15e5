"""Initializers as first values of parameters."""

import jax
import numpy as np
import pytest

import kerasvar
from kerasvar import initializers, random
from kerasvar.functional import apply, bind, errors, init, meta

NAMES = (
    "glorot_uniform",
    "he_normal",
    "orthogonal",
    "truncated_normal",
    "zeros",
    "ones",
    "identity",
)


@pytest.fixture(params=["numpy", "tensorflow", "jax", "torch"])
def own(request):
    kerasvar.set_backend(request.param)
    return kerasvar.backends.get(request.param)


@pytest.mark.parametrize("name", NAMES)
def test_the_same_weights_on_every_backend(own, name):
    """By name, class or object; the key decides, not the initializer's seed."""

    def body(scope, make):
        return scope.param("w", make, (4, 3))

    cls = type(initializers.get(name))
    made = [init(body)(random.key(0), make)[0] for make in (name, cls, cls())]
    key = bind({}, rngs={"params": random.key(0)}).make_rng()
    expected = initializers.get(name).draw(key, (4, 3))
    for values in made:
        assert own.is_tensor(values)
        np.testing.assert_array_equal(own.host(values), expected)


@pytest.mark.parametrize("name", NAMES)
def test_shapes_are_known_without_drawing(own, name, monkeypatch):
    def body(scope, shape):
        return scope.param("w", name, shape=shape, dtype="float32")

    _, variables = init(body)(random.key(0), [4, 3])
    monkeypatch.setattr(type(initializers.get(name)), "draw", None)
    for tree in (variables, {"params": {"w": np.zeros((4, 3), np.float32)}}):
        apply(body)(tree, (4, 3))
        with pytest.raises(errors.ScopeParamShapeError, match=r"\(4, 3\).*\(3, 4\)"):
            apply(body)(tree, (3, 4))


def test_with_axis_metadata(own):
    make = meta.with_partitioning(initializers.GlorotUniform(), ("in", "out"))
    assert make.__name__ == "GlorotUniform"

    def body(scope, shape):
        return scope.param("w", make, shape)

    values, variables = init(body)(random.key(0), (4, 3))
    assert variables["params"]["w"].names == ("in", "out") and own.is_tensor(values)
    apply(body)(variables, (4, 3))
    with pytest.raises(errors.ScopeParamShapeError):
        apply(body)(variables, (3, 4))


@pytest.mark.parametrize("key", [jax.random.key(0), jax.random.PRNGKey(0)], ids=["typed", "raw"])
@pytest.mark.parametrize("name", NAMES)
def test_a_jax_key_makes_jax_arrays(name, key):
    def body(scope):
        return scope.param("w", name, (4, 3))

    values, variables = init(body)(key)
    assert isinstance(values, jax.Array)
    np.testing.assert_allclose(values, init(body)(random.key(0))[0], rtol=2e-6, atol=2e-6)
    assert jax.eval_shape(init(body), key)[0].shape == (4, 3)
    assert jax.jit(apply(body))(variables).shape == (4, 3)


def test_a_backend_can_be_asked_for():
    values, _ = init(lambda s: s.param("w", "zeros", (2,), "int32", backend="torch"))(random.key(0))
    torch = kerasvar.backends.get("torch")
    assert torch.is_tensor(values) and torch.dtype(values) == "int32"


def test_an_unknown_name_is_an_error():
    with pytest.raises(ValueError, match="no initializer 'glorot'"):
        init(lambda scope: scope.param("w", "glorot", (2,)))(random.key(0))
