"""What is handed out never changes, what was handed in never changes, and a write that fails does nothing.

Every way of holding a value meets every kind of write, on every backend; NumPy says what the variable
must then be.
"""

import gc
import sys

import numpy as np
import pytest

import kerasvar
from conftest import no_writes

# Frameworks whose `value` is a snapshot too; on the others it is the live object, as documented.
IMMUTABLE = ("numpy", "jax", "frozen")


def assigned(array, key, value):
    new = array.copy()
    new[key] = value
    return new


ROW = np.array([100, 101, 102, 103], np.float32)
OTHER = np.full((3, 4), 7, np.float32)
MASK = np.arange(12).reshape(3, 4) % 3 == 0

# name -> (what is done to the variable, what NumPy says the value is afterwards)
WRITES = {
    "assign": (lambda v: v.assign(OTHER), lambda a: OTHER),
    "assign a list": (lambda v: v.assign(OTHER.tolist()), lambda a: OTHER),
    "assign float64": (lambda v: v.assign(OTHER.astype("float64")), lambda a: OTHER),
    "assign Fortran": (lambda v: v.assign(np.asfortranarray(OTHER)), lambda a: OTHER),
    "assign_add": (lambda v: v.assign_add(OTHER), lambda a: a + OTHER),
    "assign_add broadcast": (lambda v: v.assign_add(ROW), lambda a: a + ROW),
    "assign_sub": (lambda v: v.assign_sub(1.5), lambda a: a - np.float32(1.5)),
    "+=": (lambda v: v.__iadd__(2), lambda a: a + 2),
    "*=": (lambda v: v.__imul__(OTHER), lambda a: a * OTHER),
    "-= itself": (lambda v: v.__isub__(v), lambda a: a * 0),
    "row": (lambda v: v.__setitem__(1, ROW), lambda a: assigned(a, 1, ROW)),
    "element": (lambda v: v.__setitem__((1, 2), 9), lambda a: assigned(a, (1, 2), 9)),
    "column": (
        lambda v: v.__setitem__((slice(None), 1), [1, 2, 3]),
        lambda a: assigned(a, (slice(None), 1), [1, 2, 3]),
    ),
    "strided": (
        lambda v: v.__setitem__((slice(None, None, 2), slice(1, None, 2)), -1),
        lambda a: assigned(a, (slice(None, None, 2), slice(1, None, 2)), -1),
    ),
    "backwards": (
        lambda v: v.__setitem__(slice(None, None, -1), OTHER),
        lambda a: assigned(a, slice(None, None, -1), OTHER),
    ),
    "scattered": (
        lambda v: v.__setitem__(([0, 2, 0], [1, 3, 2]), [5, 6, 7]),
        lambda a: assigned(a, ([0, 2, 0], [1, 3, 2]), [5, 6, 7]),
    ),
    "repeated": (
        lambda v: v.__setitem__([2, 0, 2], np.stack([ROW, ROW + 1, ROW + 2])),
        lambda a: assigned(a, [2, 0, 2], np.stack([ROW, ROW + 1, ROW + 2])),
    ),
    "mask": (lambda v: v.__setitem__(MASK, 0), lambda a: assigned(a, MASK, 0)),
    "everything": (lambda v: v.__setitem__(..., 3), lambda a: assigned(a, ..., 3)),
    "nothing": (lambda v: v.__setitem__(slice(1, 1), 3), lambda a: a),
    "from itself": (lambda v: v.__setitem__(slice(1, None), v[:-1]), lambda a: a[[0, 0, 1]]),
}

# name -> what is held across a write: fetched from the variable, and to be compared as an array.
HOLDS = {
    "numpy()": lambda v: v.numpy(),
    "part of numpy()": lambda v: v.numpy()[1:, ::2],
    "np.asarray": lambda v: np.asarray(v),
    "snapshot()": lambda v: v.snapshot(),
    "part of snapshot()": lambda v: v.snapshot()[1:],
    "v[1]": lambda v: v[1],
    "v[...]": lambda v: v[...],
    "v[::2, 1:]": lambda v: v[::2, 1:],
    "v[[0, 2]]": lambda v: v[[0, 2]],
    "+v": lambda v: +v,
    "abs(v)": lambda v: abs(v),
    "v * 1": lambda v: v * 1,
    "next(iter(v))": lambda v: next(iter(v)),
    "two of them": lambda v: (v.numpy(), v.snapshot())[1],
}


def as_array(x):
    if type(x).__module__.startswith("torch"):
        x = x.detach()
    return np.array(x if isinstance(x, np.ndarray) else kerasvar.Variable(x).numpy())


@pytest.mark.parametrize("write", WRITES)
def test_a_write_does_what_numpy_does(variable, array, write):
    do, expected = WRITES[write]
    v = variable(array)
    do(v)
    np.testing.assert_array_equal(v.numpy(), expected(array), strict=True)


@pytest.mark.parametrize("hold", HOLDS)
def test_what_was_handed_out_stays(variable, array, hold):
    for name, (do, expected) in WRITES.items():
        v = variable(array)
        held = HOLDS[hold](v)
        before = as_array(held)
        do(v)
        v[0] = -50
        np.testing.assert_array_equal(as_array(held), before, err_msg=name, strict=True)
        np.testing.assert_array_equal(v.numpy(), assigned(expected(array), 0, -50), err_msg=name)


def test_value_is_a_snapshot_where_the_framework_s_arrays_are(variable, backend, array):
    for name, (do, _) in WRITES.items():
        v = variable(array)
        held = v.value
        do(v)
        if backend in IMMUTABLE:
            np.testing.assert_array_equal(as_array(held), array, err_msg=name)
        else:
            # The live object, which tapes and optimizers need: documented as such.
            np.testing.assert_array_equal(as_array(held), v.numpy(), err_msg=name)


def test_a_snapshot_outlives_its_variable(variable, array):
    v = variable(array)
    held, snapshot = v.numpy(), v.snapshot()
    del v
    gc.collect()
    np.testing.assert_array_equal(held, array)
    np.testing.assert_array_equal(as_array(snapshot), array)


def test_snapshots_of_different_times(variable, array):
    v = variable(array)
    held = []
    for i in range(5):
        v[i % 3, i % 4] = -i - 1
        held.append((v.numpy(), v.snapshot(), as_array(v.snapshot())))
    for host, tensor, copy in held:
        np.testing.assert_array_equal(host, copy)
        np.testing.assert_array_equal(as_array(tensor), copy)


def test_numpy_hands_out_nothing_that_writes_through(variable, array):
    v = variable(array)
    for out in (v.numpy(), np.asarray(v), v.__array__(copy=False)):
        if out.flags.writeable:
            out[:] = -1
        else:
            with pytest.raises(ValueError, match="read-only"):
                out[:] = -1
        np.testing.assert_array_equal(v.numpy(), array)


def test_a_write_to_what_was_handed_out_as_a_copy_stays_there(variable, array):
    v = variable(array)
    for copy in (np.array(v), v.__array__(copy=True), np.from_dlpack(v)):
        if copy.flags.writeable:
            copy[:] = -1
    np.testing.assert_array_equal(v.numpy(), array)


# ---- what was handed in


def inputs(array):
    """Containers of every framework that is installed and can be written to, and how to write."""
    yield "numpy", array.copy(), lambda x: x.__setitem__(..., -9)
    yield "Fortran", array.copy(order="F"), lambda x: x.__setitem__(..., -9)
    yield "view", np.repeat(array, 2, axis=1)[:, ::2], lambda x: x.__setitem__(..., -9)
    if "torch" in sys.modules:
        import torch

        yield "torch", torch.tensor(array), lambda x: x.fill_(-9)
        parameter = torch.nn.Parameter(torch.tensor(array))
        yield "Parameter", parameter, lambda x: x.data.fill_(-9)
    if "tensorflow" in sys.modules:
        import tensorflow as tf

        yield "tf.Variable", tf.Variable(array), lambda x: x.assign(array * 0 - 9)
        yield "tf", tf.constant(array), lambda x: None
    if "jax" in sys.modules:
        import jax.numpy as jnp

        # Immutable, so it is shared; who deletes or donates it deletes it for the variable too.
        yield "jax", jnp.array(array), lambda x: None
    yield "variable", kerasvar.Variable(array, backend="numpy"), lambda x: x.assign(array * 0)


@pytest.fixture
def all_frameworks():
    """So that `inputs` has tensors of all of them."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in kerasvar.available_backends():
            kerasvar.backends.get(name)


def test_what_was_handed_in_never_changes(variable, array, all_frameworks):
    for name, given, _ in inputs(array):
        for enter in (variable, lambda x: variable(array * 0).assign(x) is None):
            enter(given)
        v = variable(given)
        w = variable(array * 0)
        w.assign(given)
        for do, _ in WRITES.values():
            do(v)
            do(w)
        np.testing.assert_array_equal(as_array(given), array, err_msg=name)


def test_a_later_write_to_what_was_handed_in_does_not_show(variable, array, all_frameworks):
    for name, given, overwrite in inputs(array):
        v = variable(given)
        w = variable(array * 0)
        w.assign(given)
        u = variable(array * 0)
        u[...] = given
        overwrite(given)
        for one in (v, w, u):
            np.testing.assert_array_equal(one.numpy(), array, err_msg=name)


def test_a_large_array_may_be_written_to_right_after_it_was_handed_in(variable):
    # Frameworks that read in the background would see the write.
    big = np.ones((1500, 1500), np.float32)
    v = variable(big)
    big[:] = 2
    w = variable(v)
    w.assign(big)
    big[:] = 3
    w2 = variable(v)
    w2[...] = big
    big[:] = 4
    assert (v.numpy() == 1).all() and (w.numpy() == 2).all() and (w2.numpy() == 3).all()


# ---- a write that fails

FAILURES = {
    "shape": (lambda v: v.assign(np.ones((4, 3))), ValueError, r"`value`.*\(3, 4\).*\(4, 3\)"),
    "scalar": (lambda v: v.assign(1.0), ValueError, r"expected \(3, 4\), received \(\)"),
    "add grows": (lambda v: v.assign_add(np.ones((2, 3, 4))), ValueError, r"\(2, 3, 4\)"),
    "text": (lambda v: v.assign([["a"] * 4] * 3), ValueError, None),
    "ragged": (lambda v: v.assign([[1, 2, 3, 4], [1], [2]]), ValueError, None),
    "object": (lambda v: v.assign(object()), (TypeError, ValueError), None),
    "none": (lambda v: v.assign(None), (TypeError, ValueError), None),
    "+= none": (lambda v: v.__iadd__(None), (TypeError, ValueError), None),
    "list of none": (lambda v: v.assign([[None] * 4] * 3), ValueError, None),
    "digits": (lambda v: v.assign([["1"] * 4] * 3), ValueError, None),
    "set none": (lambda v: v.__setitem__((0, 0), None), (TypeError, ValueError), None),
    "add none": (lambda v: v.assign_add(None), (TypeError, ValueError), None),
    "out of range": (lambda v: v.__setitem__(3, 0), IndexError, "3.*axis 0.*3"),
    "too many": (lambda v: v.__setitem__((0, 0, 0), 0), IndexError, "2 axes"),
    "slice value": (lambda v: v.__setitem__(0, [1, 2, 3]), ValueError, r"\(3,\).*\(4,\)"),
    "slice text": (lambda v: v.__setitem__(0, "a"), (TypeError, ValueError), None),
    "mask": (lambda v: v.__setitem__(np.ones((4, 3), bool), 0), IndexError, "mask"),
    "float index": (lambda v: v.__setitem__(1.0, 0), IndexError, None),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_a_write_that_fails_leaves_every_bit(variable, array, failure):
    do, error, match = FAILURES[failure]
    array[0, 0] = np.nan
    array[0, 1] = -0.0
    v = variable(array)
    with pytest.raises(error, match=match):
        do(v)
    assert v.numpy().tobytes() == array.tobytes()
    v[1, 1] = 5  # and it still works
    assert v.numpy()[1, 1] == 5


def test_a_lossy_cast_is_no_failure_that_writes_half(variable, backend):
    # NumPy warns of it after it has written; under `-W error` that would be a failed write that wrote.
    v = variable(np.zeros(3, np.int32))
    v.assign(np.array([1.5, 2.5, -3.5]))
    assert v.numpy().tolist() == [1, 2, -3]
    v.assign(np.array([np.nan, 1, 2]))
    assert v.numpy()[1:].tolist() == [1, 2]


@pytest.mark.parametrize("where", ["assign", "setitem"])
def test_the_user_s_array_is_only_read(variable, array, where):
    given = array.astype("float64")
    given.flags.writeable = False
    v = variable(array * 0)
    with no_writes(given):
        if where == "assign":
            v.assign(given)
        else:
            v[...] = given
    np.testing.assert_array_equal(v.numpy(), array)
