"""Operators: Keras as the oracle for dtypes over the whole table, NumPy for values.

Keras runs in a process for each of its backends (`operator_table`). Where ours differs from it, the
table DIFFERENT says why, and a line of it that explains nothing any more is a failure too.
"""

import collections
import enum
import functools
import itertools
import json
import math
import operator
import pathlib
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import kerasvar
import operator_table as table
from keras_oracle import BACKENDS, ask_keras
from kerasvar import backends, dtypes

CASES = list(table.cases())
ERROR = "error"

ASK = f"""
import json, sys, warnings
sys.path.insert(0, {str(pathlib.Path(table.__file__).parent)!r})
warnings.simplefilter("ignore")
import keras, operator_table as table

def operand(dtype, side):
    return keras.Variable(table.array(dtype, side), dtype=dtype, trainable=False)

def describe(x):
    return keras.backend.standardize_dtype(x.dtype), keras.ops.convert_to_numpy(x)

results = table.evaluate(list(table.cases()), operand, describe, keras.backend.backend())
print(json.dumps([[*case, *result] for case, result in results.items()]))
"""


@functools.cache
def keras_s(backend):
    """Case -> (dtype or "error", values or the error's name)."""
    rows = ask_keras(backend, ASK)
    results = {tuple(row[:-2]): tuple(row[-2:]) for row in rows}
    assert set(results) == set(CASES)
    return results


def evaluated(backend, operand):
    kind = backends.get(backend)

    def describe(x):
        assert kind.is_tensor(x)
        return kind.dtype(x), kind.host(x)

    with warnings.catch_warnings():
        # Overflow in the cast of a scalar, 0 ** 2j: the frameworks say so each in its own words.
        warnings.simplefilter("ignore")
        results = table.evaluate(CASES, operand, describe, "numpy" if backend == "frozen" else backend)
    return {case: tuple(result) for case, result in results.items()}


def make(backend, dtype, side):
    return kerasvar.Variable(
        table.array(dtype, side), dtype=dtype, trainable=False, backend=backend
    )


@functools.cache
def ours(backend):
    return evaluated(backend, functools.partial(make, backend))


# ---- the whole table against Keras --------------------------------------------------------------

UNSIGNED_IN_TORCH = {"uint16", "uint32", "uint64"}
SIGNED = {"int8", "int16", "int32", "int64"}


def others_say(backend, case):
    return {keras_s(other)[case][0] for other in BACKENDS if other != backend}


def is_wider(backend, case, theirs, mine):
    return backend != "jax" and dtypes.narrow(mine) == dtypes.narrow(theirs)


def is_torch_unsigned(backend, case, theirs, mine):
    return backend == "torch" and UNSIGNED_IN_TORCH.intersection(case)


def is_raised_here_only(backend, case, theirs, mine):
    agreed = {dtypes.narrow(dtype) for dtype in others_say(backend, case) - {ERROR}}
    return theirs == ERROR and dtypes.narrow(mine) in agreed


def is_float8(backend, case, theirs, mine):
    return mine == ERROR and any(name.startswith("float8") for name in case[1:])


def is_strong_scalar(backend, case, theirs, mine):
    return case[0] == "%" and any(name in table.SCALARS for name in case[1:])


def is_uint64_with_signed(backend, case, theirs, mine):
    pair = set(case[1:])
    return backend == "numpy" and "uint64" in pair and pair & SIGNED


def is_bool_quotient(backend, case, theirs, mine):
    return set(case[1:]) <= {"bool", "py bool"} and case[0] in ("//", "**") and mine == "int32"


def is_rounded_bool(backend, case, theirs, mine):
    return case == ("round", "bool") and mine == ERROR and others_say(backend, case) == {ERROR}


DIFFERENT = {
    "64 bits stay 64 bits where the backend holds them. Keras caps them on numpy, uint64 and "
    "complex128 on tensorflow, and on torch in some operators and not in others": is_wider,
    "torch has uint16, uint32 and uint64; Keras holds the first two as int32 and int64 and refuses "
    "the third": is_torch_unsigned,
    "Keras raises on this backend and not on another: what it gives there holds on all": is_raised_here_only,
    "float8 never promotes implicitly. Keras on jax computes with integers, numbers and its own kind, "
    "and on numpy compares with anything": is_float8,
    "a Python number is weak in a remainder too. Keras makes a tensor of it first, on numpy and "
    "tensorflow": is_strong_scalar,
    "uint64 with a signed integer is floatx. Keras on numpy says so, or int32, depending on which is "
    "the left one and whether it is a variable": is_uint64_with_signed,
    "quotients and powers of truth values are int32, as on jax. Keras on numpy has NumPy's int8": is_bool_quotient,
    "rounding truth values is an error, as on three of Keras's backends. On numpy it is float16": is_rounded_bool,
}  # fmt: skip


def reason_for(backend, case, theirs, mine):
    for reason, applies in DIFFERENT.items():
        if applies(backend, case, theirs, mine):
            return reason
    return None


@pytest.mark.parametrize("backend", BACKENDS)
def test_result_dtypes_are_keras_s_over_the_whole_table(backend):
    expected = keras_s(backend)
    unexplained = []
    for case, (mine, _) in ours(backend).items():
        theirs = expected[case][0]
        if mine != theirs and not reason_for(backend, case, theirs, mine):
            unexplained.append((case, theirs, mine))
    assert not unexplained, (len(unexplained), unexplained[:10])


def test_every_difference_explains_something():
    used = collections.Counter()
    for backend in BACKENDS:
        for case, (mine, _) in ours(backend).items():
            theirs = keras_s(backend)[case][0]
            if mine != theirs:
                used[reason_for(backend, case, theirs, mine)] += 1
    assert set(used) == set(DIFFERENT)


@pytest.mark.parametrize("backend", ["tensorflow", "torch", "frozen"])
def test_result_dtypes_are_the_same_on_every_backend(backend):
    kerasvar_here, on_numpy = ours(backend), ours("numpy")
    different = {
        case: (on_numpy[case][0], kerasvar_here[case][0])
        for case in CASES
        if on_numpy[case][0] != kerasvar_here[case][0]
    }
    assert not different, (len(different), list(different.items())[:10])


def test_result_dtypes_on_jax_are_those_of_numpy_capped():
    different = {}
    for case in CASES:
        # What jax holds of the operands decides: its uint64 is a uint32.
        held = tuple(dtypes.narrow(name) for name in case)
        expected = dtypes.narrow(ours("numpy")[held][0])
        if ours("jax")[case][0] != expected:
            different[case] = (expected, ours("jax")[case][0])
    assert not different, (len(different), list(different.items())[:10])


def test_errors_are_of_one_class_on_every_backend():
    for case in CASES:
        raised = {ours(backend)[case][1] for backend in BACKENDS if ours(backend)[case][0] == ERROR}
        assert raised in (set(), {"TypeError"}, {"ValueError"}), (case, raised)


PRECISION = {"float16": 1e-3, "bfloat16": 1e-2, "float8_e4m3fn": 0.1, "float8_e5m2": 0.2}


@pytest.mark.parametrize("backend", BACKENDS)
def test_values_are_keras_s_over_the_whole_table(backend):
    """Wherever both give the same kind of dtype."""
    expected = keras_s(backend)
    compared, different = 0, []
    for case, (mine, values) in ours(backend).items():
        theirs, wanted = expected[case]
        if ERROR in (mine, theirs) or dtypes.narrow(mine) != dtypes.narrow(theirs):
            continue
        if case[0] == "**" and case[1] == "py complex":
            continue  # several values of a complex power are right to different last digits
        if backend == "tensorflow" and case[0] in table.LOGICAL and "py complex" in case:
            continue  # 2j is false to Keras there: tf.cast to bool drops the imaginary part
        compared += 1
        if mine != theirs and dtypes.is_int_dtype(mine):
            # Keras narrowed it before it computed.
            bits = 2 ** int(theirs[-2:])
            values, wanted = ([int(x) % bits for x in numbers] for numbers in (values, wanted))
        tolerance = PRECISION.get(mine, 1e-5)
        if not np.allclose(values, wanted, rtol=tolerance, atol=tolerance, equal_nan=True):
            different.append((case, wanted, values))
    assert compared > 3000
    assert not different, (len(different), different[:10])


# ---- who may stand beside a variable ------------------------------------------------------------


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_tensor_counts_as_the_variable_does(backend):
    """With the framework's tensor, or a NumPy array, in place of either operand."""
    kind = backends.get(backend)
    wanted = ours(backend)
    chosen = [c for c in itertools.product("+/@<", ("int8", "float16", "float32", "bool"), ("uint8", "float32"))]  # fmt: skip
    for op, left, right in chosen:
        function = table.BINARY[op]
        a, b = make(backend, left, table.LEFT), make(backend, right, table.RIGHT)
        for result in (
            function(a, kind.tensor(table.array(right, table.RIGHT))),
            function(a, b.snapshot()),
            function(a, table.array(right, table.RIGHT)),
            function(table.array(left, table.LEFT), b),
        ):
            assert kind.is_tensor(result)
            assert kind.dtype(result) == wanted[op, left, right][0], (op, left, right)


@pytest.mark.parametrize("number", [np.float64(1.5), np.float32(1.5), np.int64(2), np.bool_(True)])
def test_numpy_scalars_are_not_weak(backend, number):
    v = kerasvar.Variable(np.ones(2, "float16"), backend=backend)
    kind = backends.get(backend)
    expected = dtypes.result_type("float16", number.dtype, backend=backend)
    for result in (v + number, number + v):
        assert kind.dtype(result) == expected


def test_numbers_of_other_classes_are_weak_too(backend):
    class Level(enum.IntEnum):
        LOW = 2

    class Length(float):
        pass

    v = kerasvar.Variable(np.ones(2, "float16"), backend=backend)
    for number in (Level.LOW, Length(2)):
        for result in (v + number, number + v):
            assert backends.get(backend).dtype(result) == "float16"
            assert host(backend, result).tolist() == [3, 3]


@pytest.mark.parametrize("backend", ["numpy", "tensorflow"])
def test_text_is_equal_joined_and_nothing_else(backend):
    """On the backends that hold text; torch and jax have none."""
    v = kerasvar.Variable(["a", "b"], backend=backend)
    assert host(backend, v == "a").tolist() == [True, False]
    assert host(backend, "b" != v).tolist() == [True, False]
    assert host(backend, v == v).tolist() == [True, True]
    assert [str(x, "utf8") if isinstance(x, bytes) else x for x in host(backend, v + "c").tolist()] == ["ac", "bc"]  # fmt: skip
    for function in (operator.sub, operator.mul, operator.truediv, operator.and_):
        with pytest.raises(TypeError, match="is not defined for string"):
            function(v, v)
    with pytest.raises(ValueError, match="string meets string only"):
        v + 1


def test_text_beside_numbers_is_an_error(backend):
    v = kerasvar.Variable([1.0, 2.0], backend=backend)
    for function in (operator.eq, operator.add):
        with pytest.raises(ValueError, match="string meets string only"):
            function(v, "a")


def test_what_is_no_operand_is_a_type_error(backend):
    v = kerasvar.Variable(np.ones(2, "float32"), backend=backend)
    for thing in (None, object(), {}, {1, 2}):
        for function in (operator.add, operator.sub, operator.matmul, operator.lt):
            with pytest.raises(TypeError):
                function(v, thing)
            with pytest.raises(TypeError):
                function(thing, v)


def test_errors_say_what_and_why(backend):
    def variable(dtype):
        return kerasvar.Variable(np.ones((2, 2), "float32"), dtype=dtype, backend=backend)

    with pytest.raises(TypeError, match="`subtract` is not defined for bool"):
        variable("bool") - variable("bool")
    with pytest.raises(TypeError, match="`floor_divide` is not defined for complex64"):
        variable("float32") // variable("complex64")
    with pytest.raises(TypeError, match="`bitwise_invert` is not defined for float32"):
        ~variable("float32")
    with pytest.raises(ValueError, match="float8 never promotes"):
        variable("float8_e5m2") + 1


# ---- Python integers out of range ---------------------------------------------------------------


@pytest.mark.parametrize("dtype", [d for d in dtypes.ALLOWED if dtypes.is_int_dtype(d)])
def test_integers_beyond_the_range_are_never_wrapped(backend, dtype):
    limits = np.iinfo(dtype)
    if backend == "jax":
        limits = np.iinfo(dtypes.narrow(dtype))
    values = [limits.min, 0, limits.max]
    v = kerasvar.Variable(np.array(values, limits.dtype), backend=backend)
    for number in (int(limits.max) + 1, int(limits.min) - 1, 10**30, -(10**30)):
        for function in table.COMPARISON.values():
            expected = [function(int(x), number) for x in values]
            assert backends.get(backend).host(function(v, number)).tolist() == expected
            expected = [function(number, int(x)) for x in values]
            assert backends.get(backend).host(function(number, v)).tolist() == expected
        for function in (operator.add, operator.mul, operator.floordiv):
            with pytest.raises(OverflowError, match=f"{number} is out of the range"):
                function(v, number)
            with pytest.raises(OverflowError, match=f"{number} is out of the range"):
                function(number, v)
    for number in (int(limits.max), int(limits.min)):
        assert backends.get(backend).host(v == number).tolist() == [x == number for x in values]


# ---- values, against NumPy ----------------------------------------------------------------------

# uint64 and the like reach values at the ends of their ranges, where a detour would show.
INTEGER = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
FLOAT = ("float16", "float32", "float64", "bfloat16")


def in_range(dtype, backend):
    return dtypes.narrow(dtype) if backend == "jax" else dtype


@st.composite
def integer_operands(draw, count=2):
    """`count` arrays of one integer dtype whose shapes broadcast, small numbers and large ones."""
    dtype = draw(st.sampled_from(INTEGER))
    shapes = draw(hnp.mutually_broadcastable_shapes(num_shapes=count, max_dims=2, max_side=2))
    limits = np.iinfo(dtype)
    low, high = int(limits.min), int(limits.max)
    numbers = st.one_of(st.integers(max(low, -4), 4), st.integers(low, high))
    return [
        np.array(draw(st.lists(numbers, min_size=math.prod(shape), max_size=math.prod(shape))), dtype=dtype)
        .reshape(shape)
        for shape in shapes.input_shapes
    ]  # fmt: skip


def on(backend, array):
    return kerasvar.Variable(array, backend=backend, trainable=False)


def host(backend, tensor):
    return backends.get(backend).host(tensor)


def held(backend, array):
    """The array as the backend holds it: jax has no 64 bits."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return on(backend, array).numpy()


@given(operands=integer_operands(), op=st.sampled_from(["+", "-", "*", "==", "!=", "<", "<=", ">", ">=", "&", "|", "^"]))  # fmt: skip
def test_integer_operators_are_numpy_s(backend, operands, op):
    left, right = (held(backend, array) for array in operands)
    if op in table.LOGICAL:
        left_, right_ = left != 0, right != 0
        expected = table.LOGICAL[op](left_, right_)
    else:
        with np.errstate(all="ignore"):
            expected = table.BINARY[op](left, right)
    result = host(backend, table.BINARY[op](on(backend, left), on(backend, right)))
    np.testing.assert_array_equal(result, expected, strict=True)


@given(operands=integer_operands(), op=st.sampled_from(["//", "%"]))
def test_integer_quotients_are_numpy_s(backend, operands, op):
    left, right = (held(backend, array) for array in operands)
    right = np.where(right == 0, np.ones_like(right), right)
    # The one quotient that does not exist: it wraps or traps, as the processor likes.
    lowest = np.iinfo(left.dtype).min
    if lowest < 0 and (left == lowest).any():
        left = np.where(left == lowest, np.ones_like(left), left)
    expected = table.BINARY[op](left, right)
    result = host(backend, table.BINARY[op](on(backend, left), on(backend, right)))
    np.testing.assert_array_equal(result, expected, strict=True)


@given(operands=integer_operands(count=1), power=st.integers(0, 5))
def test_integer_powers_are_products(backend, operands, power):
    base = held(backend, operands[0])
    with np.errstate(all="ignore"):
        expected = np.ones_like(base)
        for _ in range(power):
            expected = expected * base
    result = host(backend, on(backend, base) ** on(backend, np.array(power, base.dtype)))
    np.testing.assert_array_equal(result, expected, strict=True)


@given(operands=integer_operands(count=1), op=st.sampled_from(list(table.UNARY)))
def test_integer_unary_operators_are_numpy_s(backend, operands, op):
    array = held(backend, operands[0])
    with np.errstate(all="ignore"):
        # NumPy rounds integers to decimals they do not have by way of floats.
        expected = array if op.startswith("round") else table.UNARY[op](array)
    result = host(backend, table.UNARY[op](on(backend, array)))
    np.testing.assert_array_equal(result, expected, strict=True)


@given(operands=integer_operands(count=1), decimals=st.integers(-11, -1))
def test_integers_round_to_tens_as_numpy_s(backend, operands, decimals):
    array = held(backend, operands[0])
    with np.errstate(all="ignore"):
        wide = np.round(array.astype(np.float64), decimals)
        limits = np.iinfo(array.dtype)
        # The tens beyond the range do not exist: what a cast makes of them, the processor says.
        inside = (wide >= limits.min) & (wide < float(limits.max))
        array = np.where(inside, array, np.zeros_like(array))
        expected = np.round(array, decimals)
    v = on(backend, array)
    result = host(backend, round(v, decimals))
    np.testing.assert_array_equal(result, expected, strict=True)
    np.testing.assert_array_equal(v.numpy(), array, strict=True)


@given(
    dtype=st.sampled_from(("uint8", "int8", "uint16", "int16", "int32", "uint32")),
    number=st.integers(-(2**31), 2**32 - 1),
)
def test_halves_round_to_the_even_ten(backend, dtype, number):
    array = np.array([number, number // 10 * 10 + 5]).astype(dtype) // 2
    np.testing.assert_array_equal(
        host(backend, round(on(backend, array), -1)), np.round(array, -1), strict=True
    )


@st.composite
def float_operands(draw):
    shapes = draw(hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=2, max_side=2))
    kinds = [draw(st.sampled_from((*FLOAT, "int8", "uint16", "bool"))) for _ in range(2)]
    # Numbers that every one of these dtypes holds, and no zero on the right.
    left = st.sampled_from([0, 1, 2, 3, 5, 7, 64, -1, -2, -7, -64])
    right = st.sampled_from([1, 2, 3, 4, 7, -1, -2, -3, -7])
    arrays = []
    for kind, numbers, shape in zip(kinds, (left, right), shapes.input_shapes):
        size = math.prod(shape)
        values = np.array(draw(st.lists(numbers, min_size=size, max_size=size)), "float64")
        values = np.abs(values) if kind in ("uint16", "bool") else values
        arrays.append(values.reshape(shape).astype(dtypes.numpy_dtype(kind)))
    return arrays


@given(operands=float_operands(), op=st.sampled_from(["+", "-", "*", "/", "//", "%", "==", "<", ">="]))
def test_mixed_operators_are_the_exact_ones_rounded(backend, operands, op):
    """Computed in float64, which holds all these numbers, and then rounded once."""
    left, right = (held(backend, array) for array in operands)
    a, b = left.astype("float64"), right.astype("float64")
    kinds = [dtypes.standardize_dtype(x.dtype) for x in (left, right)]
    if kinds == ["bool", "bool"]:
        return
    result = host(backend, table.BINARY[op](on(backend, left), on(backend, right)))
    if op in table.COMPARISON:
        np.testing.assert_array_equal(result, table.BINARY[op](a, b), strict=True)
        return
    weak = (float,) if op == "/" else ()
    expected_dtype = dtypes.result_type(*kinds, *weak, backend=backend)
    assert dtypes.standardize_dtype(result.dtype) == expected_dtype
    if not dtypes.is_float_dtype(expected_dtype):
        with np.errstate(all="ignore"):
            wrapped = table.BINARY[op](a, b).astype("int64").astype(expected_dtype)
        np.testing.assert_array_equal(result, wrapped)
        return
    # The operands are rounded to the common dtype first: that is what promotion means.
    common = dtypes.numpy_dtype(expected_dtype)
    a, b = a.astype(common).astype("float64"), b.astype(common).astype("float64")
    expected = table.BINARY[op](a, b)
    # A few units in the last place: XLA divides by multiplying.
    digits = {"float16": 10, "bfloat16": 7, "float32": 23, "float64": 52}[expected_dtype]
    np.testing.assert_allclose(result.astype("float64"), expected, rtol=4 * 2.0**-digits, atol=0)
    assert result.shape == expected.shape


@given(
    rows=st.integers(0, 2), inner=st.integers(0, 3), columns=st.integers(1, 2),
    batch=hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=1, max_side=2),
    vectors=st.tuples(st.booleans(), st.booleans()),
    dtype=st.sampled_from(("float32", "float64", "int8", "int32", "uint8", "uint16", "uint64", "bool", "complex64", "bfloat16")),
    seed=st.integers(0, 2**16),
)  # fmt: skip
def test_matmul_is_numpy_s(backend, rows, inner, columns, batch, vectors, dtype, seed):
    """Matrices, batches of them that broadcast, and vectors on either side."""
    rng = np.random.default_rng(seed)
    left_batch, right_batch = batch.input_shapes
    left_shape = (inner,) if vectors[0] else (*left_batch, rows, inner)
    right_shape = (inner,) if vectors[1] else (*right_batch, inner, columns)
    left, right = (
        held(backend, rng.integers(0, 4, shape).astype(dtypes.numpy_dtype(dtype)))
        for shape in (left_shape, right_shape)
    )
    if dtype == "bool":
        expected = (left.astype(int) @ right.astype(int)) > 0
    else:
        kind = "complex128" if dtype == "complex64" else "int64"
        expected = left.astype(kind) @ right.astype(kind)
    result = on(backend, left) @ on(backend, right)
    name = backends.get(backend).dtype(result)
    assert name == ("int32" if dtype == "int8" else in_range(dtype, backend))
    np.testing.assert_array_equal(host(backend, result).astype(expected.dtype), expected, strict=True)


def test_matmul_of_a_scalar_is_an_error(backend):
    v = kerasvar.Variable(np.ones((2, 2), "float32"), backend=backend)
    for function in (lambda: v @ 2, lambda: 2 @ v, lambda: v @ 2.5):
        with pytest.raises(ValueError, match="matmul"):
            function()


# ---- Python numbers are weak --------------------------------------------------------------------


@given(
    dtype=st.sampled_from((*INTEGER, *FLOAT, "complex64", "complex128", "bool")),
    number=st.sampled_from([True, 2, 3, -1, 1.5, -0.25, 2j, 1 + 1j]),
    op=st.sampled_from(["+", "-", "*", "/", "==", "<"]),
    reflected=st.booleans(),
)
def test_python_numbers_give_way(backend, dtype, number, op, reflected):
    dtype = in_range(dtype, backend)
    array = np.array([1, 2, 3]).astype(dtypes.numpy_dtype(dtype))
    order = (number, on(backend, array)) if reflected else (on(backend, array), number)
    weak = (float,) if op == "/" else ()
    meet = dtypes.promote(dtype, type(number), *weak)
    below = dtype.startswith("uint") and number == -1 and dtypes.is_int_dtype(meet)
    if below and op in "+-*":
        with pytest.raises(OverflowError):
            table.BINARY[op](*order)
        return
    if op == "-" and meet == "bool":
        with pytest.raises(TypeError):
            table.BINARY[op](*order)
        return
    result = host(backend, table.BINARY[op](*order))
    wide = "complex128" if "complex" in meet else "float64"
    operands = (number, array.astype(wide)) if reflected else (array.astype(wide), number)
    if op in table.COMPARISON:
        assert result.dtype == bool
        np.testing.assert_array_equal(result, table.BINARY[op](*operands))
        return
    expected_dtype = in_range(meet, backend)
    assert dtypes.standardize_dtype(result.dtype) == expected_dtype
    expected = table.BINARY[op](*operands)
    if dtypes.is_int_dtype(meet):
        expected = expected.astype("int64").astype(meet)
    elif meet == "bool":
        expected = expected != 0
    np.testing.assert_allclose(result.astype(wide), expected, rtol=2e-2 if "16" in meet else 1e-6)


def test_weak_numbers_follow_floatx(backend):
    v = kerasvar.Variable(np.array([1, 2], "int32"), backend=backend)
    kind = backends.get(backend)
    assert kind.dtype(v * 1.5) == "float32"
    kerasvar.set_floatx("float16")
    assert kind.dtype(v * 1.5) == "float16"
    assert kind.dtype(v / v) == "float16"


# ---- the parts of JAX's own rule ----------------------------------------------------------------


def test_jax_with_x64_promotes_as_numpy_does():
    jax = pytest.importorskip("jax")
    names = ("int8", "uint32", "int64", "uint64", "float32", "float64", "complex128")
    with jax.enable_x64(True):
        for left, right in itertools.product(names, repeat=2):
            result = make("jax", left, table.LEFT) + make("jax", right, table.RIGHT)
            assert backends.get("jax").dtype(result) == ours("numpy")["+", left, right][0]
    with jax.enable_x64(False):
        result = make("jax", "uint32", table.LEFT) + make("jax", "int32", table.RIGHT)
        assert backends.get("jax").dtype(result) == "int32"


def test_operators_in_a_tensorflow_graph_are_those_outside():
    tensorflow = pytest.importorskip("tensorflow")
    kind = backends.get("tensorflow")
    chosen = [c for c in CASES if c[1] in table.SCALARS or len(c) == 2]
    wanted, found = ours("tensorflow"), {}
    made = {(d, s): make("tensorflow", d, getattr(table, s)) for d in table.DTYPES for s in ("LEFT", "RIGHT")}  # fmt: skip

    @tensorflow.function(autograph=False)
    def graph():
        for case in chosen:
            operands = [table.SCALARS.get(n) or made[n, s] for n, s in zip(case[1:], ("LEFT", "RIGHT"))]
            function = {**table.BINARY, **table.UNARY}[case[0]]
            try:
                found[case] = kind.dtype(function(*operands))
            except (TypeError, ValueError):
                found[case] = ERROR
        return 0

    graph()
    different = [(c, wanted[c][0], found[c]) for c in chosen if wanted[c][0] != found[c]]
    assert not different, (len(different), different[:10])


def test_complex_numbers_are_ordered_as_numpy_orders_them(backend):
    numbers = [1 + 2j, 1 - 2j, -1 + 5j, 2 + 0j, 1 + 2j]
    left, right = (np.array(x, "complex64") for x in zip(*itertools.product(numbers, repeat=2)))
    for function in (operator.lt, operator.le, operator.gt, operator.ge):
        result = host(backend, function(on(backend, left), on(backend, right)))
        np.testing.assert_array_equal(result, function(left, right))


def test_logical_operators_see_every_part_of_a_number(backend):
    numbers = np.array([0, 1, 2j, -0.5, np.nan, 0.1 + 0j], "complex64")
    for array in (numbers, numbers.real.copy(), numbers.real.astype("float16")):
        v = on(backend, array)
        np.testing.assert_array_equal(host(backend, v & True), array != 0)
        np.testing.assert_array_equal(host(backend, False | v), array != 0)
        np.testing.assert_array_equal(host(backend, v ^ on(backend, array[::-1].copy())), (array != 0) ^ (array[::-1] != 0))  # fmt: skip
        for number in (2j, 0.25, -3):
            np.testing.assert_array_equal(host(backend, v & number), array != 0)


# ---- a lookup, not a computation ----------------------------------------------------------------


def test_an_operation_seen_before_is_not_worked_out_again(backend, monkeypatch):
    v = kerasvar.Variable(np.ones((3, 3), "float32"), backend=backend)
    w = kerasvar.Variable(np.ones((3, 3), "int32"), backend=backend)
    todo = [lambda: v + 1, lambda: 1 - v, lambda: v @ v, lambda: v == w, lambda: v / 2.5, lambda: -v]
    for operation in todo:
        operation()
    monkeypatch.setattr(kerasvar.operators, "_plan", None)
    monkeypatch.setattr(kerasvar.operators, "_check_defined", None)
    monkeypatch.setattr(dtypes, "result_type", None)
    for operation in todo:
        operation()
