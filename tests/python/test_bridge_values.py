"""What a column-major caller's data become and what it gets back, with NumPy as the oracle.

The caller's memory is stood in for by read-only Fortran-ordered arrays, as R's arrays arrive.
"""

import kerasvar
import numpy as np
import pytest
from kerasvar import bridge, dtypes
from kerasvar.bridge import ARRAY, OBJECT, VECTOR

pytestmark = pytest.mark.filterwarnings("ignore:JAX holds no")
NA_INTEGER = -(2**31)
NA_REAL = np.array([0x7FF00000000007A2], np.uint64).view(np.float64)[0]


def view(values, dtype=None):
    array = np.asfortranarray(np.asarray(values, dtype=dtype))
    array.flags.writeable = False
    return array


def create(backend, values, kind, dtype=None, shape=None):
    return bridge.create(values, kind, shape, dtype, {"backend": backend})


# -- in


def test_vectors_are_weakly_typed_and_arrays_are_not(backend):
    narrow = backend == "jax"
    cases = [
        (view([1.5, 2]), VECTOR, "float32"),
        (view([1, 2], "int32"), VECTOR, "int32"),
        (view([True]), VECTOR, "bool"),
        (view([1j, 2]), VECTOR, "complex64"),
        (view([1.5, 2]), ARRAY, "float32" if narrow else "float64"),
        (view([1, 2], "int32"), ARRAY, "int32"),
        (view([1j, 2]), ARRAY, "complex64" if narrow else "complex128"),
        (view([1, 2], "uint8").view("V1"), VECTOR, "uint8"),
        (2.5, OBJECT, "float32"),
        (2, OBJECT, "int32"),
        (True, OBJECT, "bool"),
    ]
    for values, kind, dtype in cases:
        assert create(backend, values, kind).dtype == dtype


def test_the_callers_memory_is_never_shared(backend):
    memory = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    seen = memory.view()
    seen.flags.writeable = False
    made = create(backend, seen, ARRAY)
    assigned = create(backend, view(np.zeros((2, 3))), ARRAY)
    bridge.assign(assigned, seen, ARRAY)
    memory[:] = -1
    for variable in (made, assigned):
        np.testing.assert_array_equal(variable.numpy(), np.arange(6.0).reshape(2, 3))
        variable[0] = 99
    assert (memory == -1).all()


def test_one_element_without_axes_is_a_number(backend):
    assert create(backend, 5.0, OBJECT).shape == ()
    assert create(backend, 5.0, OBJECT, shape=(1,)).shape == (1,)
    assert create(backend, view([7], "uint8").view("V1"), VECTOR).shape == ()
    assert create(backend, view([5.0]), ARRAY).shape == (1,)
    variable = create(backend, view([5.0]), ARRAY)
    bridge.assign(variable, 6.0, OBJECT)
    assert variable.numpy().tolist() == [6.0]


@pytest.mark.parametrize(
    "values, count",
    [
        (view([1, NA_INTEGER, NA_INTEGER], "int32"), 2),
        (view([NA_REAL, 1, np.nan]), 1),
        (view([complex(NA_REAL, 1), 2]), 1),
        (view(["a", None], object), 1),
    ],
)
def test_missing_values_are_counted(values, count):
    with pytest.raises(ValueError, match=f"{count} missing value"):
        create("numpy", values, VECTOR)


def test_nan_is_not_missing(backend):
    variable = create(backend, view([np.nan, np.inf, -np.inf, 0.0]), VECTOR)
    np.testing.assert_array_equal(variable.numpy(), [np.nan, np.inf, -np.inf, 0])


@pytest.mark.parametrize(
    "values, kind",
    [
        (view([1.5, 2, 3]), VECTOR),
        (view([1.0, 2, 2.0**31]), VECTOR),
        (view([np.nan, 2, 3]), VECTOR),
        (view([1, 2], "int32"), VECTOR),
        (view([[1, 2, 3]], "int32"), ARRAY),
        (0.5, OBJECT),
        (view([1j, 2, 3]), VECTOR),
    ],
)
def test_a_refused_assignment_changes_nothing(backend, values, kind):
    variable = create(backend, view([1, 2, 3], "int32"), VECTOR)
    for write in (bridge.assign, bridge.assign_add):
        if write is bridge.assign_add and np.shape(values) != (3,) and kind != OBJECT:
            continue
        with pytest.raises(ValueError):
            write(variable, values, kind)
        assert variable.numpy().tolist() == [1, 2, 3]


def test_integer64_is_exact(backend):
    wide = np.array([2**53 + 1, -(2**63) + 1, 0])
    array = bridge.from_integer64(view(wide.view(np.float64)))
    if backend == "jax":
        with pytest.raises(ValueError, match="out of range"):
            create(backend, array, VECTOR)
        return
    variable = create(backend, array, VECTOR)
    assert variable.dtype == "int64"
    (bits,) = bridge.column_major(variable)
    assert bits.view(np.int64).tolist() == wide.tolist()
    with pytest.raises(ValueError, match="1 missing"):
        bridge.from_integer64(view(np.array([1, -(2**63)]).view(np.float64)))


def test_an_initializers_vector_runs_down_the_columns():
    got = bridge.initial_value(view(np.arange(6.0)), VECTOR, [2, 3], "float32")
    np.testing.assert_array_equal(got, np.arange(6.0).reshape(2, 3, order="F"))
    assert got.flags.c_contiguous and got.dtype == np.float32
    assert bridge.initial_value(3.0, OBJECT, [], "float32").shape == ()


# -- out


@pytest.mark.parametrize("dtype", [d for d in dtypes.ALLOWED if d != "string"])
def test_every_dtype_comes_as_one_that_holds_it(backend, dtype):
    if backend == "jax" and dtype.endswith("64") and dtype != "complex64" or dtype == "complex128" and backend == "jax":
        pytest.skip("JAX without x64 holds no 64-bit types")
    values = np.array([[0, 1, 1], [1, 0, 1]])
    variable = kerasvar.Variable(values, dtype=dtype, backend=backend)
    expected = {
        "bool": "bool", "uint8": "int32", "int8": "int32", "int16": "int32", "uint16": "int32",
        "int32": "int32", "complex64": "complex128", "complex128": "complex128",
    }.get(dtype, "float64")  # fmt: skip
    for x in (variable, variable.snapshot()):
        got = bridge.column_major(x)
        assert got.dtype == expected
        assert got.flags.f_contiguous
        np.testing.assert_array_equal(got, values.astype(expected))


def test_without_axes_it_is_plain_data(backend):
    for value, cls in ((2.5, float), (3, int), (True, bool), (1j, complex)):
        got = bridge.column_major(kerasvar.Variable(value, backend=backend))
        assert type(got) is cls and got == value


def test_integers_are_never_rounded_and_never_missing():
    smallest = kerasvar.Variable(np.array([NA_INTEGER, 5], "int32"), backend="numpy")
    assert bridge.column_major(smallest).tolist() == [float(NA_INTEGER), 5.0]
    exact = kerasvar.Variable(np.array([2**53, -(2**53)]), backend="numpy")
    assert bridge.column_major(exact).tolist() == [2.0**53, -(2.0**53)]
    wide = kerasvar.Variable(np.array([2**53 + 1]), backend="numpy")
    assert bridge.column_major(wide)[0].view(np.int64).tolist() == [2**53 + 1]
    beyond = kerasvar.Variable(np.array([2**64 - 1], "uint64"), backend="numpy")
    with pytest.raises(ValueError, match="int64"):
        bridge.column_major(beyond)


@pytest.mark.parametrize("name", ["numpy", "tensorflow"])
def test_text_comes_as_str(name):
    pytest.importorskip(name)
    variable = kerasvar.Variable([["a", "é"], ["", "b"]], dtype="string", backend=name)
    got = bridge.column_major(variable)
    assert got.tolist() == [["a", "é"], ["", "b"]]
    assert bridge.column_major(kerasvar.Variable("word", dtype="string", backend=name)) == "word"


def test_shape_and_dtype_of_variables_and_tensors(backend):
    variable = kerasvar.Variable(np.zeros((2, 3), "float32"), backend=backend)
    for x in (variable, variable.snapshot()):
        assert bridge.shape(x) == [2, 3]
        assert bridge.dtype(x) == "float32"


def test_a_large_value_is_written_into_memory_that_is_lent(backend):
    values = np.arange(400 * 300.0).reshape(400, 300)
    variable = kerasvar.Variable(values, dtype="float32", backend=backend)
    wanted = bridge.column_major(variable, True)
    assert wanted == {"shape": [400, 300], "integer": False}
    memory = view(np.zeros((400, 300)))
    first = bridge.fill(variable, memory)
    assert first == 0.0
    np.testing.assert_array_equal(memory, values)
    whole = kerasvar.Variable(np.arange(100_000, dtype="int16"), backend=backend)
    assert bridge.column_major(whole, True) == {"shape": [100_000], "integer": True}


def test_what_is_small_or_needs_another_type_is_not():
    small = kerasvar.Variable(np.ones((3, 3)), backend="numpy")
    flags = kerasvar.Variable(np.ones(200_000, bool), backend="numpy")
    wide = kerasvar.Variable(np.full(200_000, 2**60), backend="numpy")
    assert isinstance(bridge.column_major(small, True), np.ndarray)
    assert isinstance(bridge.column_major(flags, True), np.ndarray)
    assert isinstance(bridge.column_major(wide, True), tuple)
