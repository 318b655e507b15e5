"""Subscripts in Python's sense: NumPy is the oracle for what they select, the contract of Selection for how it is said."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasvar.subscript.broadcast import broadcast
from kerasvar.subscript import Selection, python_selection


def assert_contract(selection, shape):
    """The forms that ``Selection`` promises, checked from its docstring and not from its code."""
    assert len(selection.index) == len(shape)
    arrays = [i for i, entry in enumerate(selection.index) if isinstance(entry, np.ndarray)]
    for entry, n in zip(selection.index, shape):
        if isinstance(entry, np.ndarray):
            assert entry.dtype == np.int64
            assert entry.size == 0 or (entry.min() >= 0 and entry.max() < n)
        elif isinstance(entry, slice):
            assert all(type(part) is int for part in (entry.start, entry.stop, entry.step))
            assert entry == slice(0, 0, 1) or (entry.start < entry.stop <= n and entry.start >= 0 and n >= entry.step >= 1)
        else:
            assert type(entry) is int and 0 <= entry < n
            assert not arrays
    if arrays:
        assert arrays == list(range(arrays[0], arrays[-1] + 1))
        assert np.broadcast_shapes(*[selection.index[i].shape for i in arrays])  # arrays with axes: ints are ints
    assert np.prod(selection.index_shape, dtype=int) == np.prod(selection.shape, dtype=int)


def read(x, selection):
    """What a backend makes of a selection."""
    assert_contract(selection, x.shape)
    if selection.is_empty:
        return np.zeros(selection.shape, x.dtype)
    chosen = x[selection.index]
    assert chosen.shape == selection.index_shape
    return chosen.reshape(selection.shape)


def numbered(shape):
    return np.arange(np.prod(shape, dtype=int)).reshape(shape)


def assert_same(shape, key):
    x = numbered(shape)
    try:
        expected = x[key]
    except IndexError:
        with pytest.raises(IndexError):
            python_selection(shape, key)
        return
    np.testing.assert_array_equal(read(x, python_selection(shape, key)), expected, strict=True)


A = np.array


@pytest.mark.parametrize(
    "shape, key",
    [
        ((), ()),
        ((), ...),
        ((), None),
        ((), True),
        ((), False),
        ((), A(True)),
        ((3,), 0),
        ((3,), -1),
        ((3,), np.int8(2)),
        ((3,), A(1)),
        ((3,), slice(None, None, -1)),
        ((3,), slice(5, 9)),
        ((3,), [2, 0, 0]),
        ((3,), []),
        ((3,), A([True, False, True])),
        ((4, 3), 1),
        ((4, 3), (1, 2)),
        ((4, 3), (slice(1, 3), -1)),
        ((4, 3), (..., 1)),
        ((4, 3), (None, 1, None)),
        ((4, 3), ([0, 2], [1, 1])),
        ((4, 3), ([[0], [2]], [1, 2])),
        ((4, 3), (slice(None, None, -2), [2, 0])),
        ((4, 3), numbered((4, 3)) % 2 == 0),
        ((4, 3), (True, 1)),
        ((4, 3), (False, [0, 1])),
        ((4, 3), (1, True)),
        ((4, 3), (True, slice(None), 1)),
        ((2, 3, 4), (True, 1, slice(None, None, -1), 2)),
        ((4, 3), slice(1, None, 2**63 - 1)),
        ((4, 3), (slice(3, None, 2**63 - 1), slice(None, None, 2**63 - 1))),
        ((2, 3, 4), (0, slice(None), [0, 3])),
        ((2, 3, 4), (0, ..., [0, 3])),
        ((2, 3, 4), ([0, 1], ..., [0, 3])),
        ((2, 3, 4), ([0, 1], [1, 2], ..., 3)),
        ((2, 3, 4), (slice(None), [0, 1], slice(None, None, -1))),
        ((2, 3, 4), (slice(None), [0, 1], None, [0, 1])),
        ((2, 3, 4), (slice(None), numbered((3, 4)) > 5)),
        ((2, 3, 4), (numbered((2, 3)) > 2, slice(1, 3))),
        ((2, 3, 4, 2), (slice(None), [0, 1], slice(None), [1, 0])),
        ((2, 3, 4, 2), (slice(None), 1, slice(None), [1, 0])),
        ((2, 0, 4), (1, slice(None), 2)),
        ((2, 0, 4), ([], [], 2)),
    ],
    ids=repr,
)
def test_python_selects_what_numpy_selects(shape, key):
    assert_same(shape, key)


def axis_subscripts(n):
    reach = st.integers(-n - 1, n + 1)
    inside = st.integers(-n, n - 1) if n else st.just(0)
    vectors = st.sampled_from([(2,), (3,), (1,), (2, 1), (1, 2), (2, 2), ()]).flatmap(
        lambda s: st.lists(inside, min_size=int(np.prod(s)), max_size=int(np.prod(s))).map(lambda v: A(v, int).reshape(s))
    )
    return st.one_of(
        reach,
        inside,
        st.builds(slice, reach | st.none(), reach | st.none(), st.sampled_from([None, 1, 2, 3, -1, -2])),
        st.just(slice(None)),
        st.lists(inside, max_size=3),
        vectors,
        st.lists(st.booleans(), min_size=n, max_size=n).map(lambda v: A(v, bool)),
    )


@st.composite
def shapes_and_keys(draw):
    shape = tuple(draw(st.lists(st.integers(0, 4), max_size=4)))
    key, axis = [], 0
    while axis < len(shape) and draw(st.integers(0, 9)):
        if axis + 1 < len(shape) and draw(st.integers(0, 5)) == 0:
            extents = shape[axis : axis + 2]
            cells = int(np.prod(extents))
            mask = draw(st.lists(st.booleans(), min_size=cells, max_size=cells))
            key.append(A(mask, bool).reshape(extents))
            axis += 2
        else:
            key.append(draw(axis_subscripts(shape[axis])))
            axis += 1
    for extra in draw(st.lists(st.sampled_from([None, ..., True, False, np.bool_(True)]), max_size=2)):
        key.insert(draw(st.integers(0, len(key))), extra)
    if len(key) == 1 and draw(st.booleans()):
        return shape, key[0]
    return shape, tuple(key)


@settings(max_examples=1500, deadline=None)
@given(shapes_and_keys())
def test_python_agrees_with_numpy_on_any_key(case):
    shape, key = case
    x = numbered(shape)
    try:
        expected = x[key]
    except IndexError:
        expected = None
    if expected is not None and expected.size == 0:
        # Where nothing is selected anyway NumPy looks at some subscripts less closely; to refuse is right too.
        try:
            selection = python_selection(shape, key)
        except IndexError:
            return
        np.testing.assert_array_equal(read(x, selection), expected, strict=True)
    else:
        assert_same(shape, key)


@settings(max_examples=500, deadline=None)
@given(shapes_and_keys(), st.integers(0, 3), st.randoms())
def test_writing_agrees_with_numpy(case, dropped, random):
    shape, key = case
    x = numbered(shape)
    try:
        target = x[key]
    except IndexError:
        return
    if not target.size:
        return
    # A value that broadcasts: some leading axes left out, some axes of extent 1.
    extents = [random.choice([n, 1]) for n in target.shape][min(dropped, target.ndim) :]
    value = -1 - numbered(extents)
    expected = x.copy()
    expected[key] = value
    selection = python_selection(shape, key)
    got = x.copy()
    got[selection.index] = broadcast(value, selection)
    np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize(
    "shape, key, message",
    [
        ((3,), 3, "index 3 is out of bounds for axis 0 with size 3"),
        ((3,), -4, "index -4 is out of bounds for axis 0 with size 3"),
        ((3, 2), (0, 2), "index 2 is out of bounds for axis 1 with size 2"),
        ((3, 2), (slice(None), [0, -3]), "index -3 is out of bounds for axis 1 with size 2"),
        ((3, 2), (..., A([7], np.uint8)), "index 7 is out of bounds for axis 1 with size 2"),
        ((3, 2), (0, 0, 0), "too many subscripts: the array has 2 axes, but 3 were given"),
        ((3, 2), (..., ...), "only one `...`"),
        ((3, 2), A([True, False]), "does not fit axis 0: the axis has size 3, the mask has 2"),
        ((3, 2), (slice(None), A([True])), "does not fit axis 1: the axis has size 2, the mask has 1"),
        ((3, 2), ([0, 1], [0, 1, 1]), "could not be broadcast together"),
        ((3, 2), 1.0, "not 1.0"),
        ((3, 2), "a", "not 'a'"),
        ((3, 2), A([0.5]), "integers or bools, not float64"),
        pytest.param((3, 2), object(), "not a object", id="(3, 2)-object()"),
    ],
    ids=repr,
)
def test_python_errors_name_the_axis_and_what_came(shape, key, message):
    with pytest.raises(IndexError) as caught:
        python_selection(shape, key)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "key, index",
    [
        (1, (1, slice(0, 5, 1))),
        ([1, 2, 3], (slice(1, 4, 1), slice(0, 5, 1))),
        ((slice(None), [0, 2, 4]), (slice(0, 4, 1), slice(0, 5, 2))),
        (A([False, True, False, True]), (slice(1, 4, 2), slice(0, 5, 1))),
        (slice(3, 2), (slice(0, 0, 1), slice(0, 5, 1))),
        (slice(3, 2, -1), (slice(3, 4, 1), slice(0, 5, 1))),
    ],
    ids=repr,
)
def test_whatever_can_be_a_slice_is_one(key, index):
    assert python_selection((4, 5), key).index == index


def test_a_long_range_is_a_slice_and_a_broken_one_is_not():
    positions = np.arange(10, 4000, 3)
    assert python_selection((5000,), positions).index == (slice(10, 4000 - 2, 3),)
    positions[700] += 1
    assert isinstance(python_selection((5000,), positions).index[0], np.ndarray)


def test_the_users_index_array_is_not_written_to():
    positions = A([-1, 0])
    selection = python_selection((3,), positions)
    assert positions.tolist() == [-1, 0]
    assert selection.index[0].tolist() == [2, 0]


@pytest.mark.parametrize(
    "value, shape, expected",
    [
        (A(5), (2, 3), A(5)),
        (A([5]), (2, 3), A(5)),
        (A([1, 2, 3]), (2, 3), A([1, 2, 3])),
        (A([[1], [2]]), (2, 3), A([[1], [2]])),
        (A([[[1, 2, 3]]]), (1, 3), A([[1, 2, 3]])),
    ],
    ids=repr,
)
def test_a_value_is_broadcast_by_the_backend_where_that_will_do(value, shape, expected):
    selection = Selection((slice(0, shape[0], 1), slice(0, shape[1], 1)), shape, shape)
    np.testing.assert_array_equal(broadcast(value, selection), expected, strict=isinstance(expected, np.ndarray))


def test_broadcast_names_both_shapes():
    with pytest.raises(ValueError, match=r"shape \(2,\) does not broadcast to the selection's shape \(2, 3\)"):
        broadcast(np.zeros(2), python_selection((2, 3), ...))
