"""Operators and functions as an array language means them.

The oracles are NumPy on column-major arrays (a vector is recycled by `np.resize`) and the
mathematical library of the standard library. That base R agrees is tested from R.
"""

import math

import kerasvar
import numpy as np
import pytest
from kerasvar import bridge
from kerasvar.bridge import ARRAY, OBJECT, VECTOR, VECTOR_TENSOR

pytestmark = pytest.mark.filterwarnings("ignore:JAX holds no")
OPERATORS = {
    "add": np.add, "subtract": np.subtract, "multiply": np.multiply, "divide": np.divide,
    "floor_divide": np.floor_divide, "remainder": np.remainder, "equal": np.equal,
    "not_equal": np.not_equal, "less": np.less, "less_equal": np.less_equal,
    "greater": np.greater, "greater_equal": np.greater_equal,
}  # fmt: skip


def variable(backend, values, dtype="float32"):
    return kerasvar.Variable(np.asarray(values), dtype=dtype, backend=backend)


def host(x):
    return np.asarray(kerasvar.backends.backend_of(x).host(x))


def binary(name, left, right, left_kind=OBJECT, right_kind=OBJECT):
    return host(bridge.binary(name, left, right, left_kind, right_kind))


def recycled(vector, shape):
    return np.resize(vector, int(np.prod(shape))).reshape(shape, order="F")


M = np.array([[1.5, -2, 3], [4, 0.25, -6]])


@pytest.mark.parametrize("name", OPERATORS)
@pytest.mark.parametrize("length", [1, 2, 3, 6])
def test_a_vector_is_recycled_down_the_columns(backend, name, length):
    v = variable(backend, M)
    vector = np.array([2.0, 0.5, -1, 3, 4, 1.5])[:length]
    expected = OPERATORS[name](M, recycled(vector, M.shape))
    np.testing.assert_allclose(binary(name, v, vector, OBJECT, VECTOR), expected, rtol=1e-6)
    expected = OPERATORS[name](recycled(vector, M.shape), M)
    np.testing.assert_allclose(binary(name, vector, v, VECTOR), expected, rtol=1e-6)
    # The same of a tensor that the caller regards as a vector.
    tensor = variable(backend, vector).snapshot()
    np.testing.assert_allclose(binary(name, tensor, v, VECTOR_TENSOR), expected, rtol=1e-6)


def test_arrays_meet_elementwise_and_are_broadcast_otherwise(backend):
    v = variable(backend, M)
    np.testing.assert_allclose(binary("add", v, np.asfortranarray(M), OBJECT, ARRAY), 2 * M)
    bias = np.array([1.0, 2, 3])
    np.testing.assert_allclose(binary("add", v, bias, OBJECT, ARRAY), M + bias)
    np.testing.assert_allclose(binary("add", v, variable(backend, bias)), M + bias)
    with pytest.raises(ValueError, match=r"\(2, 3\) and \(2,\)"):
        binary("add", v, np.array([1.0, 2]), OBJECT, ARRAY)


@pytest.mark.parametrize("length", [4, 5, 12, 0])
def test_a_vector_that_does_not_fit_is_refused(backend, length):
    with pytest.raises(ValueError, match=f"length {length}"):
        binary("add", variable(backend, M), np.ones(length), OBJECT, VECTOR)


def test_two_vectors_are_recycled_to_the_longer(backend):
    tensor = variable(backend, [1.0, 2]).snapshot()
    got = binary("add", tensor, np.array([10.0, 20, 30, 40]), VECTOR_TENSOR, VECTOR)
    assert got.tolist() == [11, 22, 31, 42]
    with pytest.raises(ValueError, match="no multiple"):
        binary("add", tensor, np.ones(3), VECTOR_TENSOR, VECTOR)


def test_numbers_and_vectors_give_way(backend):
    half = variable(backend, [1, 2, 3], "float16")
    whole = variable(backend, [1, 2, 3], "int32")
    dtype = lambda *a: bridge.dtype(bridge.binary(*a))
    double = "float32" if backend == "jax" else "float64"
    assert dtype("add", half, 1.0) == "float16"
    assert dtype("add", half, np.ones(3), OBJECT, VECTOR) == "float16"
    assert dtype("add", whole, np.ones(3, "int32"), OBJECT, VECTOR) == "int32"
    assert dtype("add", whole, np.ones(3), OBJECT, VECTOR) == "int32"
    assert dtype("add", whole, np.full(3, 0.5), OBJECT, VECTOR) == double
    assert dtype("add", half, np.ones(3), OBJECT, ARRAY) == double


def test_truth_values_count(backend):
    v = variable(backend, [True, False, True], "bool")
    for other in (v, True):
        assert bridge.dtype(bridge.binary("add", v, other)) == "int32"
    assert binary("add", v, v).tolist() == [2, 0, 2]
    assert binary("subtract", v, True).tolist() == [0, -1, 0]
    assert binary("less", v, True).tolist() == [False, True, False]
    assert host(bridge.unary("negative", v)).tolist() == [-1, 0, -1]


def test_a_power_of_integers_is_a_float(backend):
    v = variable(backend, [2, 3], "int32")
    assert binary("pow", v, -1).tolist() == pytest.approx([0.5, 1 / 3])
    assert binary("pow", 2, v).tolist() == [4.0, 8.0]


@pytest.mark.parametrize("name", ["floor_divide", "remainder"])
def test_integers_are_not_divided_by_zero(backend, name):
    v = variable(backend, [1, 0], "int32")
    zeros = np.array([1, 0], "int32")
    for left, right, kind in ((v, 0, OBJECT), (v, v, OBJECT), (1, v, OBJECT), (v, zeros, VECTOR)):
        with pytest.raises(ValueError, match="by zero"):
            bridge.binary(name, left, right, OBJECT, kind)


def test_integers_are_compared_exactly(backend):
    v = variable(backend, [2**24, 2**24 + 1], "int32")
    assert binary("equal", v, float(2**24 + 1)).tolist() == [False, True]
    assert binary("less", v, 1e300).tolist() == [True, True]
    assert binary("less", v, math.inf).tolist() == [True, True]
    small = variable(backend, [0, 255], "uint8")
    assert binary("greater", small, -1).tolist() == [True, True]
    assert binary("equal", small, 256).tolist() == [False, False]


def test_what_has_no_meaning_is_refused(backend):
    v = variable(backend, [1j, 2], "complex64")
    with pytest.raises(TypeError):
        bridge.binary("less", v, v)
    with pytest.raises(TypeError):
        bridge.elementwise("floor", v)
    with pytest.raises(TypeError):
        bridge.whole("max", [v], [OBJECT])
    with pytest.raises(TypeError, match="Received: dict"):
        bridge.binary("add", v, {})


# -- functions


def _scalar_oracle(name):
    return {
        "lgamma": math.lgamma, "gamma": math.gamma, "expm1": math.expm1, "log1p": math.log1p,
        "asinh": math.asinh, "acosh": math.acosh,
        "sinpi": lambda x: math.sin(math.pi * x), "cospi": lambda x: math.cos(math.pi * x),
        "tanpi": lambda x: math.tan(math.pi * x),
    }[name]  # fmt: skip


@pytest.mark.parametrize("name", ["lgamma", "gamma", "expm1", "log1p", "asinh", "acosh", "sinpi", "cospi", "tanpi"])
def test_functions_are_the_standard_librarys(backend, name):
    x = np.array([1.25, 2.125, 3.75, 5.875])
    expected = [_scalar_oracle(name)(value) for value in x]
    got = host(bridge.elementwise(name, variable(backend, x)))
    np.testing.assert_allclose(got, expected, rtol=2e-5)


@pytest.mark.parametrize("x", [0.1, 0.5, 1.0, 2.5, 9.99, 30.0, -0.5, -3.7])
def test_digamma_and_trigamma_are_the_derivatives_of_lgamma(backend, x):
    # Central differences of math.lgamma, which knows nothing of the series used here.
    h = 1e-4
    first = (math.lgamma(x + h) - math.lgamma(x - h)) / (2 * h)
    second = (math.lgamma(x + h) - 2 * math.lgamma(x) + math.lgamma(x - h)) / h**2
    v = variable(backend, [x], "float64")
    assert host(bridge.elementwise("digamma", v))[0] == pytest.approx(first, rel=1e-4)
    assert host(bridge.elementwise("trigamma", v))[0] == pytest.approx(second, rel=1e-4)


def test_known_values_of_digamma_and_trigamma_on_numpy():
    v = variable("numpy", [1.0, 0.5], "float64")
    euler = 0.57721566490153286061
    np.testing.assert_allclose(
        host(bridge.elementwise("digamma", v)), [-euler, -euler - 2 * math.log(2)], rtol=1e-14
    )
    np.testing.assert_allclose(
        host(bridge.elementwise("trigamma", v)), [math.pi**2 / 6, math.pi**2 / 2], rtol=1e-14
    )


@pytest.mark.parametrize("digits", [1, 2, 3, 6])
def test_significant_digits_are_those_of_python_formatting(backend, digits):
    x = [123456.0, -0.0012345, 9.996, 0.0, math.inf, -math.inf, math.nan, 1e-30]
    got = host(bridge.significant(variable(backend, x), digits))
    expected = [float(f"{value:.{digits - 1}e}") if math.isfinite(value) else value for value in x]
    np.testing.assert_allclose(got, expected, rtol=1e-5)


def test_integers_are_rounded_as_integers(backend):
    v = variable(backend, [1234567, -15, 25], "int32")
    got = bridge.round_to(v, -1)
    assert bridge.dtype(got) == "int32"
    assert host(got).tolist() == [1234570, -20, 20]
    assert host(bridge.round_to(v, 2)).tolist() == [1234567, -15, 25]


@pytest.mark.parametrize("name, ufunc", [("sum", np.add), ("prod", np.multiply), ("max", np.maximum), ("min", np.minimum)])
def test_running_functions_go_down_the_columns(backend, name, ufunc):
    got = host(bridge.running(name, variable(backend, M)))
    np.testing.assert_allclose(got, ufunc.accumulate(M.ravel(order="F")), rtol=1e-6)


# -- reductions


@pytest.mark.parametrize("name", ["sum", "prod", "max", "min", "mean", "any", "all"])
def test_reductions_are_numpys(backend, name):
    v = variable(backend, M)
    np.testing.assert_allclose(host(bridge.whole(name, [v], [0])), getattr(np, name)(M), rtol=1e-6)


@pytest.mark.parametrize("name", ["sum", "prod", "max", "min", "mean"])
def test_nan_is_left_out_if_that_is_asked(backend, name):
    values = np.array([[1.0, np.nan], [3, -2]])
    expected = getattr(np, f"nan{name}")(values)
    got = bridge.whole(name, [variable(backend, values)], [0], True)
    np.testing.assert_allclose(host(got), expected, rtol=1e-6)
    assert np.isnan(host(bridge.whole(name, [variable(backend, values)], [0])))


@pytest.mark.parametrize("first, count", [(0, 1), (1, 1), (0, 2), (1, 2)])
def test_sums_over_axes(backend, first, count):
    a = np.arange(24.0).reshape(2, 3, 4)
    axes = tuple(range(first, first + count))
    got = host(bridge.over_axes("sum", variable(backend, a), first, count))
    np.testing.assert_allclose(got, a.sum(axis=axes))
    got = host(bridge.over_axes("mean", variable(backend, a), first, count))
    np.testing.assert_allclose(got, a.mean(axis=axes))


def test_sums_of_integers_are_wide(backend):
    v = variable(backend, [2**31 - 1] * 3, "int32")
    wide = backend != "jax"
    total = bridge.whole("sum", [v], [0])
    assert bridge.dtype(total) == ("int64" if wide else "int32")
    if wide:
        assert int(host(total)) == 3 * (2**31 - 1)
    assert bridge.dtype(bridge.whole("mean", [v], [0])) == ("float64" if wide else "float32")


# -- arrays


@pytest.mark.parametrize("shape", [(6,), (3, 2), (1, 2, 3), (6, 1)])
def test_reshaping_keeps_the_column_order(backend, shape):
    got = host(bridge.reshape(variable(backend, M), shape))
    np.testing.assert_array_equal(got, M.astype("float32").reshape(shape, order="F"))


def test_binding_is_concatenating(backend):
    v = variable(backend, M)
    got = host(bridge.bind([v, v], [0, 0], 0))
    np.testing.assert_allclose(got, np.vstack([M, M]))
    got = host(bridge.bind([np.array([1.0, 2]), v, 7.0], [VECTOR, OBJECT, OBJECT], 1))
    np.testing.assert_allclose(got, np.column_stack([[1, 2], M, [7, 7]]))


@pytest.mark.parametrize("left", [(2, 3), (3,), (4, 2, 3)])
@pytest.mark.parametrize("right", [(3, 2), (3,), (3, 3)])
def test_products_are_numpys_with_two_axes(backend, left, right):
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=left), rng.normal(size=right)
    got = host(bridge.multiply(variable(backend, a), variable(backend, b)))
    a = a if a.ndim > 1 else a[None, :]
    b = b if b.ndim > 1 else b[:, None]
    np.testing.assert_allclose(got, a @ b, rtol=1e-4, atol=1e-5)


def test_results_never_share_memory_with_a_variable(backend):
    v = variable(backend, np.ones((2, 2)))
    results = [
        bridge.unary("positive", v), bridge.permute(v), bridge.transpose(v), bridge.reshape(v, (4,)),
        bridge.combine([v], [0]), bridge.reverse(v), bridge.round_to(v, 0), bridge.bind([v], [0], 0),
        bridge.elementwise("abs", v), bridge.elementwise("floor", v), bridge.running("max", v),
        bridge.whole("max", [v], [0]), bridge.sort(v),
    ]  # fmt: skip
    v.assign(np.full((2, 2), 7.0))
    for result in results:
        assert (host(result) == 1).all()


def test_frameworks_do_not_mix():
    pytest.importorskip("torch")
    pytest.importorskip("jax")
    with pytest.raises(TypeError, match="Operands of two frameworks"):
        bridge.binary("add", variable("torch", [1.0]), variable("jax", [1.0]))


# -- dtypes that a framework has but computes little with


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "uint32"])
def test_unsigned_integers_have_negatives_extremes_and_signs(backend, dtype):
    v = variable(backend, [3, 0, 200], dtype)
    negative = bridge.unary("negative", v)
    assert host(negative).tolist() == [-3, 0, -200]
    assert host(bridge.elementwise("sign", v)).tolist() == [1, 0, 1]
    assert host(bridge.elementwise("abs", v)).tolist() == [3, 0, 200]
    assert int(host(bridge.whole("max", [v], [0]))) == 200
    assert host(bridge.running("min", v)).tolist() == [3, 0, 0]
    assert host(bridge.reverse(v)).tolist() == [200, 0, 3]
    assert host(bridge.sort(v)).tolist() == [0, 3, 200]
    assert host(bridge.sort(v, True)).tolist() == [200, 3, 0]
    assert bridge.dtype(bridge.running("max", v)) == dtype


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_has_the_gamma_functions(backend, dtype):
    v = variable(backend, [2.5, 4.0], dtype)
    for name, expected in (("lgamma", [math.lgamma(2.5), math.lgamma(4)]), ("gamma", [math.gamma(2.5), 6.0])):
        got = bridge.elementwise(name, v)
        assert bridge.dtype(got) == dtype
        np.testing.assert_allclose(host(got).astype("float64"), expected, rtol=2e-2)


def test_gamma_has_poles(backend):
    v = variable(backend, [0.0, -1, -2])
    assert np.isnan(host(bridge.elementwise("gamma", v))).all()
    assert np.isinf(host(bridge.elementwise("lgamma", v))).all()


def test_truth_values_are_not_divided_by_zero(backend):
    v = variable(backend, [True, False], "bool")
    for right in (v, False, 0):
        with pytest.raises(ValueError, match="by zero"):
            bridge.binary("floor_divide", v, right)
    assert host(bridge.binary("remainder", v, True)).tolist() == [0, 0]


def test_float8_asks_to_be_cast(backend):
    v = variable(backend, [1.0, 2.0], "float8_e4m3fn")
    for call in (lambda: bridge.elementwise("floor", v), lambda: bridge.whole("sum", [v], [0])):
        with pytest.raises(TypeError, match="cast"):
            call()
