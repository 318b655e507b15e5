"""The accessor's sense: the examples of R keras3's documentation and the rules it states, with NumPy as oracle."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_subscript import assert_contract, numbered, read

from kerasvar.bridge.accessor import MISSING, accessor_selection

NA = -2147483648
A = np.array


def colon(start, stop, step=None):
    """``start:stop:step``, None for NA."""
    return [start, stop, step]


ALL = slice(None)


# x@r[subscripts] on 1:5, which starts at position 0 for NumPy.
@pytest.mark.parametrize(
    "subscripts, expected",
    [
        ([1.0], 0),
        ([-1], 4),
        ([-2.0], 3),
        ([colon(1, 2)], [0, 1]),
        ([A([1, 3])], [0, 2]),
        ([A([-1, -2])], [4, 3]),
        ([A([-2.0, -1.0])], [3, 4]),
        ([A([1, -1])], [0, 4]),
        ([colon(1, 3)], [0, 1, 2]),
        ([colon(None, 3)], [0, 1, 2]),
        ([colon(1, -1)], [0, 1, 2, 3, 4]),
        ([colon(None, None)], [0, 1, 2, 3, 4]),
        ([MISSING], [0, 1, 2, 3, 4]),
        ([colon(1, -2)], [0, 1, 2, 3]),
        ([colon(None, -2)], [0, 1, 2, 3]),
        ([colon(2, None)], [1, 2, 3, 4]),
        ([colon(2, 2)], [1]),
        ([colon(1, 4, 2)], [0, 2]),
        ([colon(1, 5, 2)], [0, 2, 4]),
        ([colon(None, None, 2)], [0, 2, 4]),
        ([colon(2, -1, 2)], [1, 3]),
        # what its implementation gets wrong
        ([colon(3, 1)], [2, 1, 0]),
        ([colon(5, 1, -2)], [4, 2, 0]),
        ([colon(None, None, -1)], [4, 3, 2, 1, 0]),
        ([colon(None, 3, -1)], [4, 3, 2]),
        ([colon(-1, -3)], [4, 3, 2]),
        ([colon(-3, -1)], [2, 3, 4]),
        ([colon(-3, None)], [2, 3, 4]),
        ([colon(-3, 4)], [2, 3]),
        ([A([3, 1, 1])], [2, 0, 0]),
        ([A([4, 2, 1, 3], np.int32)], [3, 1, 0, 2]),
        ([A([2])], [1]),
        ([A([], int)], []),
        ([A([True, False, True, False, True])], [0, 2, 4]),
        ([A([[2], [5]])], [1, 4]),
        ([2.9], 1),
        ([A(2)], 1),
        ([Ellipsis], [0, 1, 2, 3, 4]),
        ([None], [[0, 1, 2, 3, 4]]),
        ([colon(6, None)], []),
        ([colon(None, -6)], []),
        ([colon(4, -3)], []),
    ],
    ids=repr,
)
def test_a_vector(subscripts, expected):
    got = read(numbered((5,)), accessor_selection((5,), subscripts))
    np.testing.assert_array_equal(got, A(expected, int), strict=True)


@pytest.mark.parametrize(
    "shape, subscripts, key",
    [
        ((3, 4), [1, MISSING], 0),
        ((3, 4), [1], 0),
        ((3, 4), [-1], -1),
        ((3, 4), [MISSING, 2], (ALL, 1)),
        ((3, 4), [MISSING, colon(2, 2)], (ALL, [1])),
        ((3, 4), [numbered((3, 4)) >= 5], numbered((3, 4)) >= 5),
        ((3, 4), [A([[1, 1], [2, 2], [3, -1]])], ([0, 1, 2], [0, 1, 3])),
        ((3, 4), [A([[1.0, 1.0]])], ([0], [0])),
        ((3, 4), [A([3, 1]), A([4, 4, 1])], np.ix_([2, 0], [3, 3, 0])),
        ((3, 4), [A([3, 1]), 2], ([2, 0], 1)),
        ((3, 4), [A([True, False, True]), colon(-1, -2)], np.ix_([0, 2], [3, 2])),
        ((3, 4), [A([2]), 1], ([1], 0)),
        ((4, 4, 3), [None, MISSING, MISSING, MISSING], None),
        ((4, 4, 3), [None], None),
        ((1, 4, 4, 3), [MISSING, MISSING, MISSING, 1], (..., 0)),
        ((1, 4, 4, 3), [Ellipsis, 1], (..., 0)),
        ((1, 4, 4, 3), [Ellipsis], ...),
        ((1, 4, 4, 3), [MISSING], ...),
        ((1, 4, 4, 3), [1, Ellipsis], 0),
        ((1, 4, 4, 3), [1, Ellipsis, 1, 1], (0, ..., 0, 0)),
        ((1, 4, 4, 3), [1, 1, 1, Ellipsis, 1], (0, 0, 0, ..., 0)),
        ((4, 3), [Ellipsis, None], (..., None)),
        ((4, 3), [2, None, colon(1, 2)], (1, None, slice(0, 2))),
        ((4, 3, 2), [A([4, 1]), Ellipsis, A([2, 1])], np.ix_([3, 0], range(3), [1, 0])),
        ((4, 3, 2), [A([4, 1]), None, 2, A([2, 1])], ([[[3]], [[0]]], 1, [[1, 0]])),
        ((), [], ()),
        ((), [Ellipsis], ()),
        ((), [None], None),
    ],
    ids=repr,
)
def test_other_ranks(shape, subscripts, key):
    x = numbered(shape)
    np.testing.assert_array_equal(read(x, accessor_selection(shape, subscripts)), x[key], strict=True)


@pytest.mark.parametrize(
    "subscripts, message",
    [
        ([4], "axis 1 has size 3, but 4 was asked for"),
        ([-4], "axis 1 has size 3, but -4 was asked for"),
        ([1, A([1, 5])], "axis 2 has size 4, but 5 was asked for"),
        ([1, A([-5.0, 1])], "axis 2 has size 4, but -5"),
        ([colon(1, 5)], "axis 1 has size 3, but 5 was asked for"),
        ([colon(5, None)], "axis 1 has size 3, but 5 was asked for"),
        ([0], "axis 1: positions count from 1, 0 is none"),
        ([0.5], "axis 1: positions count from 1, 0 is none"),
        ([1, A([1, 0])], "axis 2: positions count from 1"),
        ([colon(0, 2)], "axis 1: positions count from 1"),
        ([colon(1, 0)], "axis 1: positions count from 1"),
        ([NA], "axis 1: an NA is no position"),
        ([float("nan")], "axis 1: an NA is no position"),
        ([1, A([1, NA], np.int32)], "axis 2: an NA is no position"),
        ([1, A([1, np.nan])], "axis 2: an NA is no position"),
        ([[None, A([1, NA], np.int32)]], "axis 1: an NA in a logical subscript"),
        ([A([True, False])], "axis 1 has size 3, but the mask has 2 values"),
        ([1, A([True])], "axis 2 has size 4, but the mask has 1 values"),
        ([True], "axis 1 has size 3, but the mask has 1 values"),
        ([np.ones((4, 3), bool)], "a mask of shape (4, 3) does not fit an array of shape (3, 4)"),
        ([A([[1, 1, 1]])], "a column for each of the 2 axes"),
        ([A([[1, 5]])], "axis 2 has size 4, but 5 was asked for"),
        ([1, np.ones((4, 4), int)], "axis 2: a subscript among others has one axis, not shape (4, 4)"),
        ([1, 1, 1], "too many subscripts: the array has 2 axes, but 3 were given"),
        ([1, Ellipsis, 1, 1], "too many subscripts"),
        ([Ellipsis, Ellipsis], "only one `..`"),
        ([colon(1, 3, 0)], "a number other than 0, not 0"),
        ([colon(1, 3, NA)], "a number other than 0"),
        ([colon(1, 3, -1)], "a step of -1 does not lead from 1 to 3"),
        (["a"], "'a' is no subscript"),
        ([A([1j])], "positions are numbers, not complex128"),
    ],
    ids=repr,
)
def test_errors_name_the_axis_from_1(subscripts, message):
    with pytest.raises(IndexError) as caught:
        accessor_selection((3, 4), subscripts)
    assert message in str(caught.value)


def test_an_axis_of_size_1_can_be_left_with_nothing():
    assert accessor_selection((1,), [colon(2, None)]).shape == (0,)
    assert accessor_selection((1,), [colon(1, -2)]).shape == (0,)
    assert accessor_selection((0,), [colon(1, -1)]).shape == (0,)


@settings(max_examples=500, deadline=None)
@given(st.lists(st.integers(1, 4), min_size=1, max_size=4), st.randoms())
def test_vectors_and_ranges_select_their_outer_product(shape, random):
    """Every axis' subscript said twice: in the accessor's sense and as the positions it means."""
    shape = tuple(shape)
    subscripts, positions, kept = [], [], []
    for n in shape:
        kind = random.choice(["missing", "scalar", "range", "vector", "mask"])
        first, last = random.randint(1, n), random.randint(1, n)
        if kind == "missing":
            subscript, chosen = MISSING, range(n)
        elif kind == "scalar":
            subscript, chosen = random.choice([first, first - n - 1]), [first - 1]
        elif kind == "range":
            subscript = random.choice([colon(first, last), colon(first - n - 1, last - n - 1)])
            chosen = range(first - 1, last) if first <= last else range(first - 1, last - 2, -1)
        elif kind == "vector":
            chosen = [random.randrange(n) for _ in range(random.randrange(4))]
            subscript = A([random.choice([i + 1, i - n]) for i in chosen], int)
        else:
            mask = A([random.random() < 0.5 for _ in range(n)], bool)
            subscript, chosen = mask, mask.nonzero()[0]
        subscripts.append(subscript)
        positions.append(A(list(chosen), int))
        if kind != "scalar":
            kept.append(len(positions[-1]))
    while subscripts and subscripts[-1] is MISSING and random.random() < 0.5:
        subscripts.pop()
    x = numbered(shape)
    selection = accessor_selection(shape, subscripts)
    assert_contract(selection, shape)
    np.testing.assert_array_equal(read(x, selection), x[np.ix_(*positions)].reshape(kept))
