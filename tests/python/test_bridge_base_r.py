"""Subscripts in base R's sense, written down by hand from what R prints (the testthat fuzz compares with R itself)."""

import kerasvar
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_subscript import assert_contract

from kerasvar.bridge.access import write
from kerasvar.bridge.base_r import r_element, r_selection
from kerasvar.bridge.recycle import recycle

NA = -2147483648


def ints(*values):
    return np.array(values, np.int32)


def reals(*values):
    return np.array(values, np.float64)


def bools(*values):
    return np.array(values, bool)


def mask_with_na(*values):
    return [None, np.array([NA if value is None else int(value) for value in values], np.int32)]


def numbered(*shape):
    """R's ``array(1:n, shape)``."""
    return np.arange(1, np.prod(shape, dtype=int) + 1).reshape(shape, order="F")


def read(x, selection):
    """The selected elements, those chosen by an NA as -1."""
    assert_contract(selection._replace(na=None), x.shape)
    if selection.is_empty:
        return np.zeros(selection.shape, int)
    if selection.na is not None and x.size == 0:
        chosen = np.full(selection.index_shape, -1)
    else:
        chosen = x[selection.index]
        assert chosen.shape == selection.index_shape
        if selection.na is not None:
            chosen = np.where(selection.na, -1, chosen)
            assert chosen.shape == selection.index_shape
    return chosen.reshape(selection.shape)


def rows(*values):
    return [list(row) for row in values]


# x <- array(1:12, c(3, 4)); each line is x[...] as R prints it.
MATRIX = [
    ([None], {}, rows([1, 4, 7, 10], [2, 5, 8, 11], [3, 6, 9, 12])),
    ([None, None], {}, rows([1, 4, 7, 10], [2, 5, 8, 11], [3, 6, 9, 12])),
    ([1.0, None], {}, [1, 4, 7, 10]),
    ([1, None], {"drop": False}, rows([1, 4, 7, 10])),
    ([None, 2], {}, [4, 5, 6]),
    ([2, 3], {}, [8]),
    ([2, 3], {"drop": False}, rows([8])),
    ([2.9, 3.9], {}, [8]),
    ([5], {}, [5]),
    ([5.5], {}, [5]),
    ([12], {"drop": False}, [12]),
    ([ints(2, 3), None], {}, rows([2, 5, 8, 11], [3, 6, 9, 12])),
    ([ints(3, 1), None], {}, rows([3, 6, 9, 12], [1, 4, 7, 10])),
    ([ints(1, 1), ints(4, 4, 2)], {}, rows([10, 10, 4], [10, 10, 4])),
    ([reals(1.9, 2.2), 1], {}, [1, 2]),
    ([ints(0, 2, 0), None], {}, [2, 5, 8, 11]),
    ([0, None], {}, (0, 4)),
    ([0, 1], {}, (0,)),
    ([0, 1], {"drop": False}, (0, 1)),
    ([ints(), 2], {}, (0,)),
    ([-1, None], {}, rows([2, 5, 8, 11], [3, 6, 9, 12])),
    ([ints(-1, 0, -3), None], {}, [2, 5, 8, 11]),
    ([ints(-1, -1, -9), 1], {}, [2, 3]),
    ([ints(-1, -2, -3), 1], {}, (0,)),
    ([True, 1], {}, [1, 2, 3]),
    ([False, 1], {}, (0,)),
    ([bools(), 1], {}, (0,)),
    ([bools(True, False), 1], {}, [1, 3]),
    ([bools(False, True, True), bools(True, False)], {}, rows([2, 8], [3, 9])),
    ([ints(7, 2, 12)], {}, [7, 2, 12]),
    ([ints(3, 4, 5)], {}, [3, 4, 5]),
    ([ints(7, 0, 7)], {}, [7, 7]),
    ([-1], {}, [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
    ([np.arange(-12, -1, dtype=np.int32)], {}, [1]),
    ([0], {}, (0,)),
    ([True], {}, list(range(1, 13))),
    ([bools(False, False, True)], {}, [3, 6, 9, 12]),
    ([numbered(3, 4) % 5 == 0], {}, [5, 10]),
    ([np.ascontiguousarray(numbered(3, 4) % 5 == 0)], {}, [5, 10]),
    ([bools(*[True] * 12, False)], {}, list(range(1, 13))),
    ([np.array([[1, 4], [3, 1]], np.int32)], {}, [10, 3]),
    ([np.array([[1.9, 4.5], [0, 1], [1, 0]])], {}, [10]),
    ([np.array([[1, 4]])], {}, [10]),
    ([np.zeros((0, 2))], {}, (0,)),
    ([np.array([[1, 2, 3]])], {}, [1, 2, 3]),
    ([np.array([[True, False]])], {}, [1, 3, 5, 7, 9, 11]),
    ([np.array([[1], [3]], order="F"), np.array([[[2]]])], {}, [4, 6]),
    # NA: -1 stands for it
    ([NA, None], {}, [-1, -1, -1, -1]),
    ([float("nan"), 1], {}, [-1]),
    ([ints(1, NA), 2], {}, [4, -1]),
    ([reals(np.nan, 3), ints(1, NA)], {}, rows([-1, -1], [3, -1])),
    ([mask_with_na(True, None, False), 1], {}, [1, -1]),
    ([mask_with_na(None), 1], {}, [-1, -1, -1]),
    ([ints(5, NA, 0)], {}, [5, -1]),
    ([NA], {}, [-1]),
    ([np.array([[1, NA], [NA, 99], [2, 2]], np.int32)], {}, [-1, -1, 5]),
]


@pytest.mark.parametrize("subscripts, options, expected", MATRIX, ids=repr)
def test_a_matrix_reads_as_in_r(subscripts, options, expected):
    got = read(numbered(3, 4), r_selection((3, 4), subscripts, **options))
    expected = np.zeros(expected, int) if isinstance(expected, tuple) else np.array(expected)
    np.testing.assert_array_equal(got, expected, strict=True)


@pytest.mark.parametrize(
    "shape, subscripts, options, expected",
    [
        ((5,), [ints(2, 4)], {}, [2, 4]),
        ((5,), [3], {}, [3]),
        ((5,), [-5], {}, [1, 2, 3, 4]),
        ((5,), [np.array([[2.0], [5.0]])], {}, [2, 5]),
        ((5,), [mask_with_na(True, None)], {}, [1, -1, 3, -1, 5]),
        ((0,), [None], {}, (0,)),
        ((0,), [NA], {}, [-1]),
        ((0, 3), [None, 2], {}, (0,)),
        ((0, 3), [ints(NA, NA), None], {}, rows([-1] * 3, [-1] * 3)),
        ((0, 3), [None, NA], {"drop": False}, (0, 1)),
        ((), [None], {}, 1),
        ((), [1], {}, [1]),
        ((), [True], {}, [1]),
        ((), [0], {}, (0,)),
        ((), [-1], {}, (0,)),
        ((1, 3, 1), [None, None, None], {}, [1, 2, 3]),
        ((1, 3, 1), [None], {}, [[[1], [2], [3]]]),
        ((1, 3, 1), [None, 2, None], {}, [2]),
        ((2, 3, 2), [2, None, 2], {}, [8, 10, 12]),
        ((2, 3, 2), [ints(2, 1), 3, ints(2, 1)], {}, rows([12, 6], [11, 5])),
        ((2, 3, 2), [ints(2, 1), None, ints(2, 1)], {}, [[[8, 2], [10, 4], [12, 6]], [[7, 1], [9, 3], [11, 5]]]),
        ((2, 3, 2), [ints(12, 1)], {}, [12, 1]),
        ((2, 3, 2), [np.array([[2, 3, 2], [1, 1, 2]])], {}, [12, 7]),
        ((2, 3, 2), [None, ints(1, NA), 1], {"drop": False}, [[[1], [-1]], [[2], [-1]]]),
    ],
    ids=repr,
)
def test_other_ranks_read_as_in_r(shape, subscripts, options, expected):
    got = read(numbered(*shape), r_selection(shape, subscripts, **options))
    expected = np.zeros(expected, int) if isinstance(expected, tuple) else np.array(expected)
    np.testing.assert_array_equal(got, expected, strict=True)


NAMES = [["a", "b", "a"], ["w", "x", "y", "z"]]


@pytest.mark.parametrize(
    "subscripts, expected",
    [
        (["a", "x"], [4]),
        (["b", None], [2, 5, 8, 11]),
        ([["b", "a"], ["z", "z"]], rows([11, 11], [10, 10])),
        ([np.array([["a", "z"], ["b", "w"]], object)], [10, 2]),
        ([np.array([["a", None]], object)], [-1]),
    ],
    ids=repr,
)
def test_names_are_looked_up_and_the_first_counts(subscripts, expected):
    got = read(numbered(3, 4), r_selection((3, 4), subscripts, dimnames=NAMES))
    np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize(
    "subscripts, message",
    [
        ([4, None], "axis 1 has size 3, but 4 was asked for"),
        ([None, 5.0], "axis 2 has size 4, but 5 was asked for"),
        ([ints(1, 9), None], "axis 1 has size 3, but 9 was asked for"),
        ([np.inf, 1], "axis 1 has size 3"),
        ([13], "the array has 12 elements, but 13 was asked for"),
        ([ints(1, 13)], "the array has 12 elements, but 13 was asked for"),
        ([bools(*[False] * 12, True)], "the array has 12 elements, but 13 was asked for"),
        ([bools(True, True, True, True), 1], "logical subscript too long: axis 1 has size 3, but 4 values"),
        ([ints(-1, 1), 1], "only zeros may be mixed with negative"),
        ([ints(-1, NA), 1], "only zeros may be mixed with negative"),
        ([np.array([[4, 1]])], "axis 1 has size 3, but 4 was asked for"),
        ([np.array([[1, 5]])], "axis 2 has size 4, but 5 was asked for"),
        ([np.array([[1, -1]])], "negative values are not allowed in a matrix subscript"),
        ([1, 1, 1], "3 subscripts for an array with 2 axes"),
        (["a", 1], "axis 1, which has no names"),
        ([["a"]], "the array, which has no names"),
        ([1j, 1], "invalid subscript type: complex128"),
    ],
    ids=repr,
)
def test_r_errors_name_the_axis_from_1(subscripts, message):
    with pytest.raises(IndexError) as caught:
        r_selection((3, 4), subscripts)
    assert message in str(caught.value)


@pytest.mark.parametrize("name", ["c", "", None])
def test_unknown_names_are_errors(name):
    with pytest.raises(IndexError, match="among the names of axis 1"):
        r_selection((3, 4), [[name], None], dimnames=NAMES)


@pytest.mark.parametrize(
    "subscripts, positions",
    [
        ([ints(1, NA, 2), 2], [4, 5]),
        ([NA, None], []),
        ([mask_with_na(None, True, False), 1], [2]),
        ([mask_with_na(None, True)], [2, 4, 6, 8, 10, 12]),
        ([np.array([[1, NA], [2, 2]], np.int32)], [5]),
    ],
    ids=repr,
)
def test_an_na_in_an_assignment(subscripts, positions):
    selection = r_selection((3, 4), subscripts, na="skip")
    assert selection.na is None
    x = numbered(3, 4)
    chosen = [] if selection.is_empty else x[selection.index].ravel(order="F").tolist()
    assert chosen == positions
    with pytest.raises(IndexError, match="NAs are not allowed in subscripted assignments"):
        r_selection((3, 4), subscripts, na="error")


@pytest.mark.parametrize("na", ["skip", "error"])
def test_an_assignment_does_not_grow_the_array(na):
    with pytest.raises(IndexError, match="too long"):
        r_selection((3,), [bools(True, False, True, False)], na=na)


@pytest.mark.parametrize(
    "shape, subscripts, expected",
    [
        ((3, 4), [5], 5),
        ((3, 4), [2.9, 3.9], 8),
        ((3, 4), [True, 2], 4),
        ((3, 4), [ints(3), reals(4)], 12),
        ((2,), [-2], 1),
        ((2, 1), [-1], 2),
        ((), [1], 1),
    ],
    ids=repr,
)
def test_one_element(shape, subscripts, expected):
    selection = r_element(shape, subscripts)
    assert read(numbered(*shape), selection).tolist() == [expected]


def test_one_element_by_name():
    assert read(numbered(3, 4), r_element((3, 4), ["b", "z"], NAMES)).tolist() == [11]


@pytest.mark.parametrize(
    "subscripts, message",
    [
        ([], "missing subscript"),
        ([None, 1], "missing subscript"),
        ([1, 1, 1], "incorrect number of subscripts: 3 for an array with 2 axes"),
        ([ints(1, 2)], "exactly one element, not 2"),
        ([ints()], "exactly one element, not 0"),
        ([0], "0 does not"),
        ([-1], "-1 does not"),
        ([-1, 1], "-1 does not"),
        ([1, -1], "-1 does not"),
        ([13], "the array has 12 elements, but 13"),
        ([1, 5], "axis 2 has size 4, but 5"),
        ([NA, 1], "NA subscript"),
        ([mask_with_na(None)], "NA subscript"),
    ],
    ids=repr,
)
def test_one_element_or_an_error(subscripts, message):
    with pytest.raises(IndexError) as caught:
        r_element((3, 4), subscripts)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "value, subscripts, expected",
    [
        # x <- matrix(0, 2, 4); x[...] <- value; x
        (ints(1, 2), [None], [[1, 1, 1, 1], [2, 2, 2, 2]]),
        (ints(1, 2, 3, 4), [None], [[1, 3, 1, 3], [2, 4, 2, 4]]),
        (np.array([[1, 2], [3, 4]]), [None], [[1, 2, 1, 2], [3, 4, 3, 4]]),
        (ints(1, 2), [2, None], [[0, 0, 0, 0], [1, 2, 1, 2]]),
        (ints(1, 2, 3, 4), [None, ints(4, 2)], [[0, 3, 0, 1], [0, 4, 0, 2]]),
        (ints(1, 2, 3), [ints(8, 1, 2)], [[2, 0, 0, 0], [3, 0, 0, 1]]),
        (ints(7), [bools(True, False, False)], [[7, 0, 0, 7], [0, 7, 0, 0]]),
        (ints(1, 2, 3), [ints()], [[0] * 4] * 2),
        (ints(), [ints(), 1], [[0] * 4] * 2),
        (ints(1, 2), [ints(1, 1), 1], [[2, 0, 0, 0], [0, 0, 0, 0]]),
    ],
    ids=repr,
)
def test_values_are_recycled_down_the_columns(value, subscripts, expected):
    x = kerasvar.Variable(np.zeros((2, 4), int), backend="numpy")
    write(x, subscripts, value)
    assert x.numpy().tolist() == expected


@pytest.mark.parametrize(
    "value, subscripts, message",
    [
        (ints(1, 2, 3), [1, None], r"items to replace \(4\) is not a multiple of replacement length \(3\)"),
        (np.arange(16), [None], r"items to replace \(8\) is not a multiple of replacement length \(16\)"),
        (ints(), [1, 1], "replacement has length zero"),
    ],
    ids=repr,
)
def test_values_that_do_not_fit(value, subscripts, message):
    with pytest.raises(ValueError, match=message):
        write(kerasvar.Variable(np.zeros((2, 4), int), backend="numpy"), subscripts, value)


def test_a_value_that_fits_is_not_copied():
    value = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    assert np.shares_memory(recycle(value, (2, 3)), value)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.integers(0, 3), min_size=1, max_size=4),
    st.randoms(),
)
def test_vectors_select_their_outer_product(shape, random):
    """What R's subscripts mean, said with np.ix_ on positive positions."""
    shape = tuple(shape)
    positions = [np.array([random.randrange(n) for _ in range(random.randrange(4) if n else 0)], int) for n in shape]
    x = numbered(*shape)
    expected = x[np.ix_(*positions)]
    got = read(x, r_selection(shape, [p.astype(np.int32) + 1 for p in positions], drop=False))
    np.testing.assert_array_equal(got, expected)


def test_ranges_are_slices():
    selection = r_selection((9, 9), [ints(2, 3, 4), reals(1, 4, 7)])
    assert selection.index == (slice(1, 4, 1), slice(0, 7, 3))
