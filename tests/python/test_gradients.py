"""Gradients of every operator, function and subscript read, in float64; finite differences of the host's
own NumPy as the oracle."""

import numpy as np
import pytest

import kerasvar
from conftest import host
from kerasvar import Variable, backends, value_and_grad
from kerasvar.backends import FUNCTIONS, OPERATORS
from test_leaving import DIFFERENTIABLE

# Away from the kinks of floor, abs and max, and without ties.
W = np.array([[0.31, 0.72, 0.53], [0.94, 0.15, 0.66]])
OTHER = np.array([[0.45, 0.22, 0.81], [0.13, 0.57, 0.39]])


@pytest.fixture(params=DIFFERENTIABLE)
def name(request):
    pytest.importorskip(request.param)
    if request.param != "jax":
        yield request.param
        return
    import jax

    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    yield request.param
    jax.config.update("jax_enable_x64", before)


def differences(loss, w, h=1e-6):
    found = np.empty_like(w)
    for at in np.ndindex(w.shape):
        up, down = w.copy(), w.copy()
        up[at] += h
        down[at] -= h
        found[at] = (loss(up) - loss(down)) / (2 * h)
    return found


def check(name, compute, reference, w=W):
    """Gradients of `compute(variable, backend)` are the finite differences of `reference(array)`."""
    backend = backends.get(name)
    v = Variable(w, name="v", backend=name)
    assert v.dtype == "float64"
    shape = np.shape(reference(w))
    # Weights tell the elements apart.
    weights = np.arange(1.5, 1.5 + np.prod(shape)).reshape(shape)

    def loss():
        result = compute(v, backend)
        weighted = backend.operators["multiply"](backend.cast(result, "float64"), backend.tensor(weights))
        return backend.function("sum")(weighted)

    value, gradients = value_and_grad(loss, [v])()
    with np.errstate(all="ignore"):
        expected = differences(lambda x: float(np.sum(reference(x) * weights)), w)
        np.testing.assert_allclose(host(value), np.sum(reference(w) * weights), rtol=1e-10)
    found = gradients["v"]
    # None is what a step function has, whose derivative is zero.
    found = np.zeros_like(w) if found is None else host(found)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)


# ---- operators

UNARY = ("negative", "positive", "abs", "round")
NO_FLOATS = ("bitwise_invert",)


def numpy_operator(operator):
    return backends.get("numpy").operators[operator]


@pytest.mark.parametrize("side", ["left", "right", "both", "number", "by a number"])
@pytest.mark.parametrize("operator", [o for o in OPERATORS if o not in (*UNARY, *NO_FLOATS, "logical_not")])
def test_operators_of_two(name, operator, side):
    from kerasvar.operators import binary

    function = numpy_operator(operator)
    if operator == "matmul":
        if "number" in side:
            pytest.skip("a matrix product has no numbers")
        shaped = {"left": OTHER.T, "right": OTHER.T, "both": None}[side]
    else:
        shaped = OTHER
    square = W[:, :2]

    def compute(v, backend):
        dtype = "float64"
        if side == "both":
            return binary(backend, operator, v.value, dtype, v.value, dtype)
        if side == "number":
            return binary(backend, operator, v.value, dtype, 0.4, float)
        if side == "by a number":
            return binary(backend, operator, 0.4, float, v.value, dtype)
        other = backend.tensor(shaped)
        pair = (v.value, other) if side == "left" else (other, v.value)
        return binary(backend, operator, pair[0], dtype, pair[1], dtype)

    def reference(x):
        if side == "both":
            return function(x, x)
        if "number" in side:
            return function(x, 0.4) if side == "number" else function(0.4, x)
        return function(x, shaped) if side == "left" else function(shaped, x)

    check(name, compute, reference, square if (operator, side) == ("matmul", "both") else W)


@pytest.mark.parametrize("operator", UNARY)
def test_operators_of_one(name, operator):
    arguments = (0,) if operator == "round" else ()
    function = numpy_operator(operator)
    check(
        name,
        lambda v, backend: kerasvar.operators.unary(backend, operator, v.value, "float64", *arguments),
        lambda x: function(x - 0.0, *arguments),
    )


def test_python_s_operators(name):
    def compute(v, other):
        return -(2 * v + v**2) / (1 + abs(v)) - v @ OTHER.T @ other + 0.4 // v + 0.4 % v

    check(name, lambda v, b: compute(v, b.tensor(OTHER)), lambda x: compute(x, OTHER))


# ---- functions


def call(parameters):
    """How to call a function of `FUNCTIONS` with these parameters: what follows the tensors."""
    return {
        "x": [()],
        "x, axis=None, keepdims=False": [
            {}, {"axis": 0}, {"axis": 1, "keepdims": True}, {"axis": (0, 1), "keepdims": True}
        ],
        "x, axis": [(0,), (1,), (-1,)],
        "condition, x, y": [()],
        "x, y": [()],
        "x, shape": [((3, 2),)],
        "x, axes": [((1, 0),)],
        "tensors, axis": [(0,), (1,)],
    }[parameters]


def applied(function, name, x, other, condition, arguments):
    if name == "where":
        return function(condition, x, other)
    if name in ("maximum", "minimum"):
        return function(x, other)
    if name == "concat":
        return function([x, other, x], *arguments)
    if name == "broadcast_to":
        return function(x, (2, *x.shape))
    if name in ("any", "all"):
        x = x > 0.4
    return function(x, **arguments) if isinstance(arguments, dict) else function(x, *arguments)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_functions(name, function):
    reference = backends.get("numpy").function(function)
    w = W + 1 if function == "acosh" else W
    for arguments in call(FUNCTIONS[function].parameters):
        check(
            name,
            lambda v, b: applied(
                b.function(function), function, v.value, b.tensor(OTHER), b.tensor(OTHER > 0.4), arguments
            ),
            lambda x: np.asarray(applied(reference, function, x, OTHER, OTHER > 0.4, arguments)),
            w,
        )


def test_numpy_s_functions(name):
    for function in (np.exp, np.sqrt, np.square, np.var, np.cumsum, np.sort, lambda x: np.einsum("ij,kj->ik", x, OTHER),
                     lambda x: np.concatenate([x, OTHER, x * x]), lambda x: np.where(OTHER > 0.4, x, x**2),
                     lambda x: np.clip(x, 0.3, 0.6), lambda x: np.stack([x, x], 1), lambda x: np.dot(OTHER.T, x),
                     lambda x: np.linalg.norm(x) if name != "tensorflow" else np.sum(x)):  # fmt: skip
        check(name, lambda v, b: function(v), function)


# ---- subscripts

KEYS = [
    0, -1, slice(None), slice(1), slice(None, None, -1), Ellipsis, None, (0, 1), (slice(None), 2), (slice(None), -1),
    (1, slice(0, 3, 2)), (slice(None), slice(2, 0, -1)), (Ellipsis, 1), (None, 1), (slice(None), None, 0),
    [1, 0, 1], np.array([[0, 1], [1, 1]]), (slice(None), [2, 2, 0]), ([0, 1], [2, 0]), ([[0], [1]], [2, 0, 0]),
    W > 0.5, [True, False], (slice(None), [True, False, True]), (0, [1, 1]), (W > 5),
]  # fmt: skip


@pytest.mark.parametrize("key", KEYS, ids=repr)
def test_subscripts(name, key):
    check(name, lambda v, b: v[key], lambda x: x[key])


@pytest.mark.parametrize("key", KEYS, ids=repr)
def test_writes(name, key):
    """What is overwritten has no gradient, what is written has its own."""

    def compute(v, backend):
        v[key] = (v * v)[0, 0]
        return v * 1

    def reference(x):
        y = x.copy()
        y[key] = x[0, 0] ** 2
        return y

    check(name, compute, reference)


def test_iteration_and_updates(name):
    def compute(v, backend):
        first, second = v
        v.assign_add(v * v)
        v.assign_sub(0.5)
        return v * (first * second)

    check(name, compute, lambda x: (x + x * x - 0.5) * (x[0] * x[1]))


def test_the_oracle_finds_a_wrong_gradient(name):
    with pytest.raises(AssertionError):
        check(name, lambda v, b: v * kerasvar.stop_gradient(v), lambda x: x * x)
