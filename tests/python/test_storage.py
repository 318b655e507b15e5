"""What is handed out never changes, what was handed in never changes, and a write that fails does nothing.

Every way of holding a value meets every kind of write, on every backend; NumPy says what the variable
must then be.
"""

import gc
import sys

import numpy as np
import pytest

import kerasvar
from kerasvar.options import Options
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


# ---- what a write reads while it writes: NumPy reads all of it first

SELF_WRITES = {
    "backwards": lambda v, part: v.__setitem__(slice(None, None, -1), v),
    "down": lambda v, part: v.__setitem__(slice(1, None), part(v)[:-1]),
    "up": lambda v, part: v.__setitem__(slice(None, -1), part(v)[1:]),
    "every other": lambda v, part: v.__setitem__(slice(None, None, 2), part(v)[:3]),
    "positions": lambda v, part: v.__setitem__([0, 2, 4], part(v)[1:4]),
    "turned positions": lambda v, part: v.__setitem__([4, 3, 2, 1, 0], part(v)),
    "mask": lambda v, part: v.__setitem__(np.arange(5) > 1, part(v)[:3]),
    "one for all": lambda v, part: v.__setitem__(slice(None), part(v)[2:3]),
    "one by one": lambda v, part: v.__setitem__(slice(2), [v[4], v[3]]),
    "one, itself": lambda v, part: v.__setitem__(3, v[1]),
    "itself": lambda v, part: v.__setitem__(..., v),
}
PARTS = {
    "value": lambda v: v.value if hasattr(v, "value") else v,
    "snapshot": lambda v: v.snapshot() if hasattr(v, "snapshot") else v,
    "numpy": lambda v: v.numpy() if hasattr(v, "numpy") else v,
}


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("write", SELF_WRITES)
def test_a_write_of_the_variable_to_itself_does_what_numpy_does(variable, backend, write, part):
    for start in (np.arange(5, dtype=np.float32), np.arange(15, dtype=np.int32).reshape(5, 3)):
        v, a = variable(start), start.copy()
        SELF_WRITES[write](v, PARTS[part])
        # a copy, because NumPy 2.4 itself reads `a[::2] = a[:3]` while it writes
        SELF_WRITES[write](a, lambda a: start)
        np.testing.assert_array_equal(v.numpy(), a, strict=True)


def test_assigning_a_view_of_the_variable_to_it(variable, backend):
    square = np.arange(9, dtype=np.float32).reshape(3, 3)
    turned = lambda x: x.T if hasattr(x, "T") else x.numpy().T  # TensorFlow's tensors have no views
    for part in PARTS.values():
        v = variable(square)
        v.assign(turned(part(v)))
        np.testing.assert_array_equal(v.numpy(), square.T, strict=True)
        v.assign(v)
        np.testing.assert_array_equal(v.numpy(), square.T, strict=True)


def test_a_parameter_over_numpy_s_memory_is_written_from_that_memory():
    torch = pytest.importorskip("torch")
    backend = kerasvar.backends.get("torch")
    memory = np.arange(6, dtype=np.float32)
    parameter = torch.nn.Parameter(torch.from_numpy(memory))
    storage = backend.storage(parameter, "float32", copy=False)
    v = kerasvar.Variable._around(storage, backend, (6,), Options("v", "v", "float32"))
    v[1:] = memory[:-1]
    np.testing.assert_array_equal(memory, [0, 0, 1, 2, 3, 4])
    v.assign(memory[::-1])
    np.testing.assert_array_equal(memory, [4, 3, 2, 1, 0, 0])
    v[:] = torch.from_numpy(memory).flip(0).numpy()
    np.testing.assert_array_equal(memory, [0, 0, 1, 2, 3, 4])
    v[[5, 4, 3, 2, 1, 0]] = torch.from_numpy(memory)
    np.testing.assert_array_equal(memory, [4, 3, 2, 1, 0, 0])


def test_a_mask_without_axes_selects_all_or_nothing(variable):
    for dtype in ("float32", "int32", "bool"):
        start = np.array(1, dtype)
        for mask in (False, np.False_, np.array(False), True, np.True_):
            v, a = variable(start), start.copy()
            v[mask] = 0
            a[mask] = 0
            np.testing.assert_array_equal(v.numpy(), a, strict=True)
    v = variable(np.float32(3))
    v[v > 100] = -1
    assert v.numpy() == 3
    v[v > 2] = -1
    assert v.numpy() == -1


@pytest.mark.parametrize("start", [0, 1, 4, 5, -1, None])
def test_a_step_beyond_every_size(variable, start):
    for step in (sys.maxsize, 2**63 - 1, 2**70, 5):
        key = slice(start, None, step)
        v, a = variable(np.arange(5, dtype=np.float32)), np.arange(5, dtype=np.float32)
        v[key] = 9
        a[start : None : min(step, sys.maxsize)] = 9
        np.testing.assert_array_equal(v.numpy(), a)
        held = v[key]
        np.testing.assert_array_equal(as_array(held), a[start : None : min(step, sys.maxsize)])


@pytest.mark.parametrize(
    "key",
    [
        (True, 2), (2, True), (True, 1, 2), (True, slice(None), 2), (slice(None), True, 2),
        (np.True_, -1), (True, None, 1), (np.array(1), True), (False, 2), (True, slice(None, None, -1), 2),
    ],
    ids=repr,
)  # fmt: skip
def test_a_truth_value_beside_a_number(variable, array, key):
    v = variable(array)
    held = v[key]
    np.testing.assert_array_equal(as_array(held), array[key], strict=True)
    before, a = as_array(held), array.copy()
    v[key] = -3
    a[key] = -3
    np.testing.assert_array_equal(as_array(held), before, err_msg="no snapshot")
    np.testing.assert_array_equal(v.numpy(), a, strict=True)


def test_a_value_may_have_more_leading_axes_of_one_element(variable, array):
    for key, given in (
        (slice(0, 3), np.ones((1, 3, 4))),
        (0, np.ones((1, 4))),
        ((0, slice(0, 3)), np.ones((1, 1, 3))),
        ((0, ...), np.ones((1, 4), int)),
        ([0, 2], np.ones((1, 1, 4))),
        (([0, 2], [1, 3]), np.ones((1, 2))),
        ((None, 0), np.ones((1, 1, 1, 4))),
        (slice(1, 1), np.ones((1, 0, 4))),
    ):
        v, a = variable(array), array.copy()
        v[key] = given
        a[key] = given
        np.testing.assert_array_equal(v.numpy(), a, strict=True)
    for key, given in ((slice(0, 3), np.ones((2, 3, 4))), (0, np.ones((2, 4)))):
        with pytest.raises(ValueError, match="does not broadcast"):
            variable(array)[key] = given
    # of this framework, and of no axes
    v = variable(array)
    v[0] = variable(np.ones((1, 1, 4))).value
    v[1, 1] = variable(np.full((1, 1), 7.0)).snapshot()
    assert v.numpy()[0].tolist() == [1] * 4 and v.numpy()[1, 1] == 7


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
    "array of none": (lambda v: v.assign(np.full((3, 4), None)), ValueError, "NoneType"),
    "array of objects": (lambda v: v.assign(np.full((3, 4), object())), ValueError, "object"),
    "set array of none": (lambda v: v.__setitem__(0, np.full(4, None)), ValueError, "NoneType"),
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


# ---- lists with tensors in them, and arrays of objects

LISTS = {
    "flat": lambda v: [v[0], v[1]],
    "with numbers": lambda v: [v[0], 5],
    "nested": lambda v: [[v[0], 1], (v[1], v[2])],
    "rows": lambda v: [v.value, v],
}


@pytest.mark.parametrize("make", LISTS)
def test_a_list_of_tensors_is_a_value(variable, make):
    start = np.array([3, 1, 2], np.float32)
    v = variable(start)
    expected = np.array(LISTS[make](start.view(AsVariable)), np.float32)
    w = variable(LISTS[make](v))
    assert w.dtype == "float32"
    np.testing.assert_array_equal(w.numpy(), expected, strict=True)
    w = variable(expected * 0, dtype="int32")
    w.assign(LISTS[make](v))
    np.testing.assert_array_equal(w.numpy(), expected.astype("int32"), strict=True)
    u = variable(expected)
    np.testing.assert_array_equal(as_array(u + LISTS[make](v)), expected * 2, strict=True)


class AsVariable(np.ndarray):
    """NumPy's array where `LISTS` take a variable."""

    value = property(np.asarray)


def test_gradients_flow_through_a_list_of_tensors(backend):
    if backend in ("numpy", "frozen"):
        pytest.skip("NumPy has no automatic differentiation")
    start = np.array([3, 1, 2], np.float32)
    v = kerasvar.Variable(start, name="v", backend=backend)
    total = kerasvar.backends.get(backend).function("sum")
    # v0 v1 + 2 v1 + v2 v0
    loss, gradients = kerasvar.value_and_grad(lambda: total(v * [v[1], 2.0, v[0]]), [v])()
    assert float(loss) == 3 * 1 + 2 * 1 + 2 * 3
    np.testing.assert_array_equal(as_array(gradients["v"]), [1 + 2, 3 + 2, 3])


def test_a_list_of_tensors_that_is_ragged_is_refused(variable):
    v = variable(np.arange(3, dtype=np.float32))
    with pytest.raises(ValueError):
        v.assign([v[0], v])
    assert v.numpy().tolist() == [0, 1, 2]


def test_arrays_of_objects_are_read_as_the_lists_they_are(variable):
    assert variable(np.array([1, 2], object)).dtype == "int32"
    assert variable(np.array([1, 2.5], object)).numpy().tolist() == [1, 2.5]
    for value in (np.array([None]), np.array([1, None]), np.array(None), np.array([object()])):
        with pytest.raises(ValueError):
            variable(value)
        with pytest.raises(ValueError):
            variable(value, dtype="float32")
    v = variable([0.0, 0.0])
    v.assign(np.array([1, 2.5], object))
    v[1] = np.array(4, object)
    assert v.numpy().tolist() == [1, 4]
