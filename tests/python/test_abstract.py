"""Arrays without values against NumPy: the shape and dtype that NumPy's functions really give."""

import contextlib
import tracemalloc

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from kerasvar import backends, random
from kerasvar.backends.tracing import AbstractArray, UnknownValueError

shapes = st.lists(st.integers(0, 3), max_size=3).map(tuple)
dtypes = st.sampled_from(["float32", "float64", "int32", "uint8", "bool", "float16"])


def full(shape, dtype):
    return np.ones(shape, dtype)


def abstract(array):
    return AbstractArray(array.shape, array.dtype)


FUNCTIONS = [
    lambda x: x + 1,
    lambda x: 2.0 * x,
    lambda x: x * np.float32(2),
    lambda x: x / 3,
    lambda x: x > 0,
    lambda x: -x.astype("float32"),
    lambda x: abs(x),
    np.exp,
    np.sum,
    lambda x: np.sum(x, axis=-1),
    lambda x: np.sum(x, axis=(0, -1), keepdims=True),
    lambda x: x.mean(axis=0),
    lambda x: x.max(),
    lambda x: x.any(axis=1),
    lambda x: np.var(x, axis=0),
    lambda x: np.argmax(x, axis=0),
    lambda x: np.linalg.norm(x, axis=0),
    lambda x: np.linalg.norm(x),
    lambda x: np.add.reduce(x),
    lambda x: np.add.accumulate(x),
    lambda x: np.multiply.outer(x, np.ones(2)),
    lambda x: x.T,
    lambda x: x.reshape(-1),
    lambda x: np.reshape(x, (1, -1)),
    lambda x: np.transpose(x),
    lambda x: np.moveaxis(x, 0, -1),
    lambda x: np.expand_dims(x, 1),
    lambda x: x[None],
    lambda x: x[..., 0],
    lambda x: x[1:],
    lambda x: x[[0, 0]],
    lambda x: np.squeeze(x),
    lambda x: np.concatenate([x, x]),
    lambda x: np.concatenate([np.ones((2, 2)), x], axis=-1),
    lambda x: np.stack([x, x], axis=-1),
    lambda x: np.split(x, 1)[0],
    lambda x: np.where(x > 0, x, 0),
    lambda x: np.clip(x, 0, 1),
    lambda x: np.cumsum(x, axis=0),
    np.cumprod,
    np.sort,
    lambda x: np.argsort(x, axis=None),
    lambda x: np.roll(x, 1),
    lambda x: next(iter(x)),
    lambda x: x @ x.T,
    lambda x: x @ np.ones(x.shape[-1:]),
    lambda x: np.ones((4, x.shape[0])) @ x,
    lambda x: np.dot(x, np.ones((x.shape[-1], 2))),
    lambda x: np.divmod(x, 2)[1],
    lambda x: np.power(x, 2),
    lambda x: x.copy(),
    lambda x: np.broadcast_to(x, (2, *x.shape)),
    np.ravel,
    lambda x: x.ravel(),
    lambda x: x[[0, 0], ..., None],
    lambda x: x[:, np.array([True, False, True])],
    lambda x: np.add(x, [[1.0], [2.0]]),
    lambda x: np.where(x, [1.0, 2.0, 3.0], x),
    lambda x: np.sum(x, keepdims=True),
    lambda x: np.sum(x, 0, "float64"),
    lambda x: np.concatenate([x, x], axis=None),
    lambda x: np.linalg.norm(x, 2, axis=-1),
    lambda x: np.median(x, axis=-1),
    lambda x: np.argmin(x),
    lambda x: np.roll(x, 1, axis=-1),
]


@pytest.mark.parametrize("function", FUNCTIONS)
@given(shapes, dtypes)
def test_shape_and_dtype_are_numpys(function, shape, dtype):
    array = full(shape, dtype)
    with np.errstate(all="ignore"):
        try:
            expected = np.asarray(function(array))
        except Exception:
            # What NumPy refuses need not be known; it must not be taken for an array with values.
            with pytest.raises(Exception):
                np.asarray(function(abstract(array)))
            return
    found = function(abstract(array))
    assert isinstance(found, AbstractArray)
    assert (found.shape, found.dtype) == (expected.shape, expected.dtype)
    assert (found.ndim, found.size) == (expected.ndim, expected.size)


@pytest.mark.parametrize(
    "function",
    [float, int, bool, np.asarray, np.linalg.svd, lambda x: x.tolist(), lambda x: np.ones(1)[x],
     lambda x: 1 in x, lambda x: np.add(x, 1, out=np.ones(1)), lambda x: np.ones(1)[x > 0],
     lambda x: np.where(x[None]), lambda x: np.sum(x, out=np.ones(())), lambda x: x.item(),
     lambda x: np.vecdot(x[None], x[None]), lambda x: np.dot(x, 2), lambda x: x.fill(0)],
)  # fmt: skip
def test_asking_for_values_is_an_error(function):
    with pytest.raises(UnknownValueError, match="only its shape and dtype are known"):
        function(AbstractArray((), "float32"))


def test_no_size_costs_memory():
    x = AbstractArray((100_000, 100_000), "float32")
    tracemalloc.start()
    try:
        for function in FUNCTIONS:
            with contextlib.suppress(ValueError, IndexError):
                assert isinstance(function(x), AbstractArray)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # Some of the functions above make a matrix of their own to go with it.
    assert peak < 20 * 100_000 * 8


def test_an_axis_that_is_not_there_is_numpys_error():
    for function in (np.sum, np.sort, np.stack):
        with pytest.raises(np.exceptions.AxisError, match="axis 3 is out of bounds.*dimension"):
            function(AbstractArray((2, 3), "float32"), axis=3)


def test_other_attributes_are_not_there():
    array = AbstractArray((2,), "float32")
    assert not hasattr(array, "__array_interface__") and not hasattr(array, "data")
    assert not hasattr(array, "nothing")


def test_what_needs_no_values_is_an_array():
    found = np.zeros_like(AbstractArray((2, 3), "int8"))
    assert type(found) is np.ndarray and found.shape == (2, 3) and found.dtype == np.int8
    assert np.shape(AbstractArray((2, 3), "int8")) == (2, 3)


DRAWS = [
    lambda key: random.uniform(key, (2, 3)),
    lambda key: random.normal(key, (2,), "float16"),
    lambda key: random.normal(key, (2,), "complex64"),
    lambda key: random.bits(key, (0, 2), "uint8"),
    lambda key: random.bits(key),
    lambda key: random.randint(key, (2, 3), 0, np.array([1, 2, 3])),
    lambda key: random.truncated_normal(key, -1.0, np.ones((2, 1), np.float32)),
    lambda key: random.bernoulli(key, np.full(3, 0.5, np.float32)),
    lambda key: random.split(key),
    lambda key: random.split(key, 3),
    lambda key: random.fold_in(key, 3),
    lambda key: [random.uniform(one, 4) for one in random.split(key)][1],
]


@pytest.mark.parametrize("draw", DRAWS)
@pytest.mark.parametrize("key", [random.key(0), random.split(random.key(0), 2)], ids=["one", "two"])
def test_a_key_without_values_draws_arrays_without(draw, key):
    expected, found = draw(key), draw(AbstractArray(key.shape, "uint32"))
    assert isinstance(found, AbstractArray)
    assert (found.shape, found.dtype) == (expected.shape, expected.dtype)


@pytest.mark.parametrize("name", ["tensorflow", "jax", "torch"])
def test_a_framework_takes_them_while_it_computes_shapes(name):
    backend = backends.get(name)
    array = AbstractArray((2, 3), "float32")

    def shape():
        tensor = backend.tensor(array, "float16")
        doubled = tensor + tensor
        return tuple(doubled.shape), backend.dtype(doubled)

    assert backend.eval_shape(shape) == ((2, 3), "float16")
    with pytest.raises(UnknownValueError, match=f"{name} tensor.*no values"):
        backend.tensor(array)
