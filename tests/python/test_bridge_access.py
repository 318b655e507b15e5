"""Reading and writing by R-style subscripts, in one call, on every backend."""

import numpy as np
import pytest

import kerasvar
from kerasvar.bridge import ARRAY, access
from kerasvar.bridge.accessor import MISSING

NA = -2147483648


def host(x):
    backend = kerasvar.backends.backend_of(x)
    return np.array(x.numpy() if backend is None else backend.host(x))


@pytest.fixture
def x(variable):
    """R's ``array(1:12, c(3, 4))``, float32."""
    return variable(np.arange(1, 13, dtype="float32").reshape((3, 4), order="F"))


@pytest.mark.parametrize(
    "subscripts, expected",
    [
        ([2, None], [2, 5, 8, 11]),
        ([2.0, 3], [8]),
        ([None, np.array([4, 1], np.int32)], [[10, 1], [11, 2], [12, 3]]),
        ([np.array([5, 5, 1], np.int32)], [5, 5, 1]),
        ([np.array([[1, 4], [3, 1]], np.int32)], [10, 3]),
        ([0, None], np.zeros((0, 4))),
        ([np.array([1, NA], np.int32), 1], [1, np.nan]),
        ([None], np.arange(1, 13).reshape((3, 4), order="F")),
    ],
    ids=repr,
)
def test_a_variable_and_its_value_read_alike(x, subscripts, expected):
    for source in (x, x.snapshot()):
        got = access.read(source, subscripts)
        assert x._backend.is_tensor(got)
        np.testing.assert_array_equal(host(got), np.array(expected, "float32"), strict=True)


def test_what_was_read_stays_as_it_is(x):
    row = access.read(x, [2, None])
    everything = access.read(x, [None])
    points = access.read_accessor(x, [np.array([3, 1]), MISSING])
    access.write(x, [None], 0.0)
    assert host(row).tolist() == [2, 5, 8, 11]
    assert host(everything).sum() == 78
    assert host(points)[:, 0].tolist() == [3, 1]
    assert host(x).sum() == 0


def test_gradients_flow_through_what_is_read_and_written(x, backend):
    own = x._backend
    if backend in ("numpy", "frozen"):
        pytest.skip(f"{backend} has no automatic differentiation")
    total = own.function("sum")

    def loss(values):
        value = values["x"]
        row = access.read(value, [2, None])
        points = access.read_accessor(value, [np.array([[1, 1], [3, -1]])])
        written = access.write(value, [None, 1], access.read(value, [None, 2]))
        return total(row) + 2 * total(points) + 10 * total(written), None

    _, gradients = own.value_and_grad(loss, {"x": x.snapshot()})
    expected = [[2, 20, 10, 10], [1, 21, 11, 11], [0, 20, 10, 12]]
    np.testing.assert_array_equal(host(gradients["x"]), expected)


def test_writing_changes_a_variable_and_makes_a_new_tensor(x):
    before = x.snapshot()
    assert access.write(x, [2, None], np.array([1.0, 2.0])) is None
    assert host(x)[1].tolist() == [1, 2, 1, 2]
    new = access.write(before, [2, None], np.array([1.0, 2.0]))
    np.testing.assert_array_equal(host(new), host(x))
    assert host(before)[1].tolist() == [2, 5, 8, 11]


@pytest.mark.parametrize("op, expected", [("add", [7, 2, 9]), ("sub", [-5, 2, -3]), ("max", [4, 2, 6]), ("min", [1, 2, 2])])
def test_repeated_positions_are_combined_one_after_the_other(variable, op, expected):
    v = variable(np.array([1, 2, 3], "float32"))
    access.write(v, [np.array([1, 3, 1])], np.array([4.0, 6.0, 2.0]), op=op)
    if op == "min":
        expected = [1, 2, 3]
    assert host(v).tolist() == expected


@pytest.mark.parametrize("op", ["add", "sub"])
@pytest.mark.parametrize("dtype", ["uint8", "int8", "int32"])
def test_sums_out_of_range_are_refused_and_others_are_exact(variable, dtype, op):
    generator = np.random.default_rng(1)
    ends, sign = np.iinfo(dtype), 1 if op == "add" else -1
    refused = 0
    for _ in range(60):
        shape = (2, 3, 4)
        start = generator.choice([ends.min, ends.max // 2, ends.max], shape, p=[0.04, 0.92, 0.04]).astype(dtype)
        picked = [generator.integers(1, n + 1, 3).astype(np.int32) if generator.random() < 0.6 else None for n in shape]
        index = np.ix_(*[np.arange(n) if p is None else p - 1 for n, p in zip(shape, picked)])
        size = np.broadcast_shapes(*[i.shape for i in index])
        value = generator.integers(0, 9, size).astype(dtype)
        wanted = start.astype(object)
        np.add.at(wanted, index, sign * value.astype(object))
        v = variable(start, dtype=dtype)
        if wanted.min() < ends.min or wanted.max() > ends.max:
            refused += 1
            with pytest.raises(ValueError, match="out of the range of " + dtype):
                access.write(v, picked, value, ARRAY, op=op)
            wanted = start
        else:
            access.write(v, picked, value, ARRAY, op=op)
        assert host(v).tolist() == wanted.tolist()
    assert 5 < refused < 60


def test_of_repeated_positions_the_last_value_stays(x):
    access.write(x, [np.array([1, 1, 3], np.int32), 1], np.array([7.0, 8.0, 9.0]))
    assert host(x)[:, 0].tolist() == [8, 2, 9]


@pytest.mark.parametrize("dtype", [d for d in kerasvar.dtypes.ALLOWED if d != "string"])
def test_every_dtype_is_written_by_ranges_and_by_positions(variable, backend, dtype):
    if kerasvar.backends.get(backend).canonical_dtype(dtype) != dtype:
        pytest.skip(f"{backend} holds no {dtype}")
    numpy_dtype = kerasvar.dtypes.numpy_dtype(dtype)
    expected = np.zeros((3, 4), numpy_dtype)
    v = variable(expected)
    one = np.ones((), "bool" if dtype == "bool" else "int8")
    access.write(v, [2, None], one)
    expected[1] = one
    access.write(v, [np.array([3, 1, 12, 3])], np.array([one, one, one * 0, one * 0]))
    expected[[2, 0, 2], [0, 0, 3]] = np.array([0, 1, 0], numpy_dtype)
    access.write(v, [np.array([1, 3]), np.array([4, 2])], one)
    expected[np.ix_([0, 2], [3, 1])] = one
    np.testing.assert_array_equal(host(v).astype("complex64"), expected.astype("complex64"))


def test_the_whole_is_replaced_from_column_major_memory(x):
    value = np.asfortranarray(np.random.default_rng(0).random((3, 4)))
    value.flags.writeable = False
    access.write(x, [None], value)
    np.testing.assert_array_equal(host(x), value.astype("float32"))


def test_the_accessor_broadcasts_where_base_r_recycles(variable):
    v = variable(np.zeros((3, 3), "float32"))
    access.write_accessor(v, [MISSING], np.array([1.0, 2.0, 3.0]))
    assert host(v).tolist() == [[1, 2, 3]] * 3
    access.write(v, [None], np.array([1.0, 2.0, 3.0]))
    assert host(v).tolist() == [[1] * 3, [2] * 3, [3] * 3]
    access.write_accessor(v, [None, -1], np.array([[4.0, 5.0, 6.0]]))
    assert host(v)[2].tolist() == [4, 5, 6]


def test_tensors_and_variables_are_values_too(x, variable):
    row = variable(np.array([[1], [2], [3], [4]], "int32"))
    access.write(x, [1, None], row)
    assert host(x)[0].tolist() == [1, 2, 3, 4]
    access.write(x, [None, 1], access.read(x, [None, 2]))
    assert host(x)[:, 0].tolist() == [2, 5, 6]
    # Down the columns of the value, whatever its own memory looks like.
    access.write(x, [np.arange(1, 5)], variable(np.array([[1.0, 3.0], [2.0, 4.0]], "float32")))
    assert host(x)[:, 0].tolist() == [1, 2, 3] and host(x)[0, 1] == 4
    access.write_accessor(x, [MISSING, [1, 2, None]], access.read(x, [3, [None, np.array([0, 0, 1, 1], np.int32)]]))
    assert host(x)[:, :2].tolist() == [[9, 12]] * 3


def test_overlapping_reads_and_writes_do_not_mix(x):
    access.write(x, [None], x)
    access.write(x, [np.array([3, 2, 1]), None], x)
    assert host(x)[:, 0].tolist() == [3, 2, 1]


def test_a_value_of_another_framework_comes_through_the_host(x, backend):
    other = "numpy" if backend != "numpy" else "torch"
    if not kerasvar.available_backends().count(other):
        pytest.skip(f"{other} is not installed")
    access.write(x, [1, None], kerasvar.Variable([1.0, 2.0, 3.0, 4.0], backend=other))
    assert host(x)[0].tolist() == [1, 2, 3, 4]


def test_a_variable_without_axes_is_a_vector_of_length_one(variable):
    v = variable(np.array(3.5, "float32"))
    assert host(access.read(v, [1])).tolist() == [3.5]
    assert host(access.read(v, [np.array([1, 1])])).tolist() == [3.5, 3.5]
    assert host(access.read(v, [-1])).tolist() == []
    assert host(access.read(v, [None])).tolist() == 3.5
    access.write(v, [np.array([1, 1])], np.array([5.0, 6.0]))
    assert host(v).tolist() == 6
    access.write(v, [False], 7.0)
    assert host(v).tolist() == 6
    access.write(v, [None], 7.0)
    access.write_element(v, [1], 8.0)
    access.write_accessor(v, [...], 9.0)
    assert host(v).tolist() == 9
    with pytest.raises(IndexError):
        access.write(v, [2], 1.0)


@pytest.mark.parametrize(
    "dtype, value, message",
    [
        ("int32", 1.5, "1.5 has a fraction"),
        ("int32", np.array([1.0, 2.5]), "2.5 has a fraction"),
        ("int32", float("nan"), "not finite"),
        ("int32", 3e9, "out of range"),
        ("int8", 200, "out of range"),
        ("bool", 2, "out of range"),
        ("float32", 1j, "imaginary"),
        ("int32", np.array([1, NA], np.int32), "1 missing value"),
        ("float32", np.array([1, NA], np.int32), "1 missing value"),
        ("float32", np.frombuffer(np.uint64(0x7FF00000000007A2).tobytes(), "float64"), "1 missing value"),
    ],
    ids=repr,
)
def test_what_a_dtype_cannot_hold_is_refused(variable, dtype, value, message):
    v = variable(np.array([0, 1], dtype))
    for place in ([1], [None]):
        with pytest.raises(ValueError, match=message):
            if isinstance(value, np.ndarray):
                access.write(v, place, value[-1:] if place == [1] else value, ARRAY)
            else:
                access.write(v, place, value)
        assert host(v).tolist() == np.array([0, 1], dtype).tolist()


def test_nan_is_no_missing_value(variable):
    v = variable(np.zeros(2, "float32"))
    access.write(v, [1], float("nan"))
    assert np.isnan(host(v)).tolist() == [True, False]


def test_text_and_numbers_do_not_mix(x):
    with pytest.raises(TypeError, match="must be numbers for float32"):
        access.write(x, [1, 1], "1")
    with pytest.raises(TypeError, match="must be numbers for float32"):
        access.write(x, [1, None], np.array(["1"], object))
    with pytest.raises(TypeError, match="Received: dict"):
        access.write(x, [1, 1], {})


@pytest.mark.parametrize(
    "write, arguments, error",
    [
        (access.write, ([4, 1], 1.0), IndexError),
        (access.write, ([1, None], np.zeros(3)), ValueError),
        (access.write, ([1, None], np.zeros(0)), ValueError),
        (access.write, ([np.array([1, NA], np.int32), 1], np.zeros(2)), IndexError),
        (access.write, ([np.array([1, NA], np.int32), 1], np.zeros(0)), ValueError),
        (access.write_element, ([1, 1], np.zeros(2)), ValueError),
        (access.write_element, ([1, 1], np.zeros(0)), ValueError),
        (access.write_element, ([np.array([1, 2])], 1.0), IndexError),
        (access.write_accessor, ([4], 1.0), IndexError),
        (access.write_accessor, ([1], np.zeros(3)), ValueError),
    ],
)
def test_after_an_error_nothing_has_changed(x, write, arguments, error):
    before = host(x)
    for target in (x, x.snapshot()):
        with pytest.raises(error):
            write(target, *arguments)
        np.testing.assert_array_equal(host(target), before, strict=True)


def test_an_na_subscript_needs_a_dtype_that_has_nan(variable):
    v = variable(np.array([1, 2], "int32"))
    with pytest.raises(IndexError, match="which int32 cannot hold"):
        access.read(v, [NA])
    assert host(access.read(v, [np.zeros(0, np.int32)])).tolist() == []
    empty = variable(np.zeros((0, 2), "float32"))
    assert np.isnan(host(access.read(empty, [np.array([NA, NA], np.int32), None]))).tolist() == [[True] * 2] * 2


def test_na_subscripts_are_skipped_when_one_value_is_assigned(x):
    access.write(x, [np.array([1, NA], np.int32), 1], 50.0)
    assert host(x)[:, 0].tolist() == [50, 2, 3]


@pytest.mark.parametrize(
    "shape, subscripts, drop, vector",
    [
        ((3, 4), [1, None], True, True),
        ((3, 4), [1, None], False, False),
        ((3, 4), [np.array([1, 2]), None], True, False),
        ((3, 4), [np.array([1, 2])], True, True),
        ((3, 4), [None], True, False),
        ((3, 1), [np.array([1, 2]), None], True, True),
        ((3,), [np.array([1, 2])], True, False),
        ((3,), [1], True, True),
        ((3,), [1], False, False),
        ((3,), [0], True, True),
        ((), [1], True, True),
        ((), [None], True, False),
    ],
)
def test_it_says_where_a_guess_about_dim_is_wrong(variable, shape, subscripts, drop, vector):
    for guess in (False, True):
        got = access.read(variable(np.zeros(shape)), subscripts, drop, guess)
        assert isinstance(got, tuple) == (guess != vector)


def test_names(x):
    x.dimnames = [["a", "b", "c"], None]
    assert x.dimnames == (("a", "b", "c"), None)
    with pytest.raises(ValueError, match="2 names for axis 1, which has size 3"):
        x.dimnames = [["a", "b"], None]
    with pytest.raises(ValueError, match="names for 1 axes, the variable has 2"):
        x.dimnames = [["a", "b", "c"]]
    x.dimnames = None
    assert x.dimnames is None


def test_only_variables_and_tensors(x):
    with pytest.raises(TypeError, match="must be a variable or a tensor, not a str"):
        access.read("x", [1])
