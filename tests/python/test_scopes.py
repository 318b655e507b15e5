"""Name, autocast, stateless and device scopes; the scopes' cases where Keras goes wrong."""

import asyncio
import gc
import threading

import numpy as np
import pytest

import kerasvar
from conftest import host
from keras_oracle import ask_keras
from kerasvar import AutocastScope, StatelessScope, bridge, name_scope
from kerasvar.bridge import access


# ---- names

PATHS = """
path(['a'])
path(['a', 'b'])
path([])
path(['a', ('a', None, True, '')])
path(['a', ('b', None, True, 'x/y')])
path(['a', ('b', None, True, '/x//y/')])
path([('a', one), ('a', one)])
path([('a', one), ('a', two)])
path([('a', one), ('b', one)])
path([('a', one), ('b', two), ('a', one)])
path([('a', one, False), ('a', one, False)])
path([('a', one), ('a', one, False)])
path([('a', parented)])
path(['z', ('a', parented)])
path(['z', ('a', parented, False)])
path(['z', ('a', parented, True, 'q')])
path([('a', one), ('a', one), 'c'])
""".strip().splitlines()

PATH = """
import contextlib
class Caller: pass
one, two, parented = Caller(), Caller(), Caller()
parented._parent_path = "par/ent"

def path(scopes):
    with contextlib.ExitStack() as stack:
        for scope in scopes:
            stack.enter_context(name_scope(*((scope,) if isinstance(scope, str) else scope)))
        inside = Variable(1.0, name="w").path
    return inside, Variable(1.0, name="w").path
"""


def test_paths_are_keras_s():
    expected = ask_keras(
        "numpy",
        f"import json\nfrom keras import Variable, name_scope\n{PATH}\n"
        f"print(json.dumps([eval(case) for case in {PATHS!r}]))",
    )
    names = {"Variable": kerasvar.Variable, "name_scope": name_scope}
    exec(PATH, names)
    assert [list(eval(case, names)) for case in PATHS] == expected


def test_current_path_and_leaving_after_an_error():
    with pytest.raises(KeyError):
        with name_scope("a"), name_scope("b"):
            assert kerasvar.current_path() == "a/b"
            raise KeyError
    assert kerasvar.current_path() == ""


def test_one_name_scope_entered_twice():
    scope = name_scope("a")
    with scope:
        with scope:
            assert kerasvar.current_path() == "a/a"
        assert kerasvar.current_path() == "a"
    assert kerasvar.current_path() == ""


@pytest.mark.parametrize("wrong", ["a/b", None, 3])
def test_a_bad_scope_name(wrong):
    with pytest.raises(ValueError, match="`name`"):
        name_scope(wrong)


# ---- autocast


def test_floats_read_as_the_scope_s_dtype(variable):
    v, i = variable([1.5, 2.5]), variable([1, 2])
    fixed = variable([1.5], autocast=False)
    with AutocastScope("bfloat16"):
        assert (v.dtype, i.dtype, fixed.dtype) == ("bfloat16", "int32", "float32")
        assert kerasvar.standardize_dtype(v.value.dtype) == "bfloat16"
        assert v.numpy().dtype == kerasvar.dtypes.numpy_dtype("bfloat16")
        assert kerasvar.standardize_dtype((v + 1).dtype) == "bfloat16"
        assert kerasvar.get_autocast_scope().dtype == "bfloat16"
        with AutocastScope(None):
            assert v.dtype == "float32" and kerasvar.get_autocast_scope() is None
        assert v.dtype == "bfloat16"
    assert v.dtype == "float32" and v.numpy().tolist() == [1.5, 2.5]


@pytest.mark.parametrize("wrong", ["int32", "bool", "complex64"])
def test_autocast_takes_floats_only(wrong):
    with pytest.raises(ValueError, match="float dtype.*" + wrong):
        AutocastScope(wrong)


def test_every_assign_reaches_the_storage_under_autocast(variable):
    v = variable([1.0, 2.0])
    with AutocastScope("float16"):
        v.assign([3.0, 4.0])
        v.assign_add(1.0)
        v[0] = 9
        v += 1
    assert v.numpy().tolist() == [10.0, 6.0]


def test_updates_are_computed_in_the_variable_s_own_dtype(variable):
    v, u = variable([1.0001]), variable([1e-4])
    with AutocastScope("float16"):
        v.assign_add(1e-4)
        v.assign_add(u)
        v.assign_sub(np.array([1e-4], np.float32))
    expected = np.float32(1.0001) + np.float32(1e-4) + np.float32(1e-4) - np.float32(1e-4)
    np.testing.assert_array_equal(v.numpy(), [expected])


def test_one_autocast_scope_entered_twice(variable):
    v = variable([1.0])
    scope = AutocastScope("float16")
    with scope:
        with scope:
            assert v.dtype == "float16"
        assert v.dtype == "float16"
    assert v.dtype == "float32"


# ---- stateless


def test_nothing_is_written_to_storage(variable, array):
    v = variable(array)
    with StatelessScope() as scope:
        v.assign(array + 1)
        v.assign_add(1)
        v[0] = 50
        v[[1, 2], [0, 0]] = [7, 8]
        v -= 1
        inside = v.numpy().copy()
        assert kerasvar.in_stateless_scope() and kerasvar.get_stateless_scope() is scope
    expected = array + 2
    expected[0] = 50
    expected[[1, 2], [0, 0]] = [7, 8]
    np.testing.assert_array_equal(inside, expected - 1)
    np.testing.assert_array_equal(v.numpy(), array)
    np.testing.assert_array_equal(host(scope.get_current_value(v)), inside)


def test_a_mapping_is_what_is_read(variable, array):
    v, u = variable(array), variable(array)
    for mapping in ([(v, array * 2)], {v: variable(array * 2)}, [(v, (array * 2).tolist())]):
        with StatelessScope(state_mapping=mapping) as scope:
            np.testing.assert_array_equal(v.numpy(), array * 2)
            np.testing.assert_array_equal(u.numpy(), array)
            np.testing.assert_array_equal(host(v + u), array * 3)
            assert scope.get_current_value(u) is None
    with StatelessScope([(v, array.astype("float64"))]):
        assert kerasvar.standardize_dtype(v.value.dtype) == "float32"


def test_a_mapping_s_values_are_copied(variable, backend, array):
    v = variable(array * 0)
    given = array.copy()
    values = [(given, lambda: given.fill(-1))]
    if backend == "torch":
        import torch

        tensor, memory = torch.tensor(array), array.copy()
        over = torch.from_numpy(memory)
        values.append((tensor, lambda: tensor.fill_(-1)))
        values.append((over, lambda: memory.fill(-1)))
    for value, overwrite in values:
        with StatelessScope([(v, value)]) as scope:
            held = v.snapshot(), v.numpy(), v.value, scope.get_current_value(v)
            overwrite()
            for one in (*held, v.snapshot(), v.numpy()):
                np.testing.assert_array_equal(host(one), array)


def test_a_mapping_that_does_not_fit(variable, array):
    v = variable(array)
    with pytest.raises(ValueError, match=r"state_mapping.*\(3, 4\).*\(4, 3\)"):
        StatelessScope([(v, array.T)])
    with pytest.raises(ValueError, match="`state_mapping`.*'v'"):
        StatelessScope([("v", array)])


class Deaf(StatelessScope):
    """Counts what it is told, and forgets it."""

    def __init__(self, state_mapping=None):
        super().__init__(state_mapping)
        self.told = []

    def add_update(self, update):
        self.told.append(update[0])


WRITES = {
    "assign": lambda v: v.assign([5.0, 6.0, 7.0]),
    "assign_add": lambda v: v.assign_add(1.0),
    "assign_sub": lambda v: v.assign_sub([1.0, 2.0, 3.0]),
    "+=": lambda v: v.__iadd__(1.0),
    "**=": lambda v: v.__ipow__(2.0),
    "one element": lambda v: v.__setitem__(0, 9.0),
    "a slice": lambda v: v.__setitem__(slice(None, None, 2), 9.0),
    "a mask": lambda v: v.__setitem__(np.array([True, False, True]), 9.0),
    "the whole": lambda v: v.__setitem__(..., 9.0),
    "R's whole": lambda v: access.write(v, [None], np.ones(3), bridge.ARRAY),
    "R's part": lambda v: access.write(v, [2], 9.0),
    "R's element": lambda v: access.write_element(v, [2], 9.0),
    "R's accessor": lambda v: access.write_accessor(v, [-1], 9.0),
    "R's sums": lambda v: access.write(v, [np.array([1, 1])], 1.0, op="add"),
    "R's assign": lambda v: bridge.assign(v, np.ones(3), bridge.ARRAY),
    "R's assign_add": lambda v: bridge.assign_add(v, 1.0, bridge.OBJECT),
}


@pytest.mark.parametrize("write", WRITES)
def test_every_write_reaches_a_scope_by_add_update_alone(variable, write):
    v = variable([1.0, 2.0, 3.0])
    for scope, before in ((Deaf(), [1, 2, 3]), (Deaf([(v, [4.0, 4.0, 4.0])]), [4, 4, 4])):
        with scope:
            WRITES[write](v)
            assert [told is v for told in scope.told] == [True]
            assert v.numpy().tolist() == before
        assert v.numpy().tolist() == [1, 2, 3]


def test_nested_stateless_scopes(variable):
    v = variable([1.0])
    with StatelessScope():
        v.assign([2.0])
        with StatelessScope():
            assert v.numpy() == 1  # as in Keras: the inner scope knows nothing of the outer
            v.assign([3.0])
        assert v.numpy() == 2


def test_one_stateless_scope_entered_twice(variable):
    v = variable([1.0])
    scope = StatelessScope()
    with scope:
        v.assign([2.0])
        with scope:
            v.assign([3.0])
        assert v.numpy() == 3 and kerasvar.in_stateless_scope()
    assert not kerasvar.in_stateless_scope() and v.numpy() == 1


def test_a_scope_s_values_are_its_own(variable, array):
    given = array.copy()
    v = variable(array)
    with StatelessScope():
        v.assign(given)
        given[:] = -1
        np.testing.assert_array_equal(v.numpy(), array)
        held, tensor = v.numpy(), v.value
        before = held.copy()
        v[0] = 9
        v.assign(array * 0)
        np.testing.assert_array_equal(held, before)
        np.testing.assert_array_equal(host(tensor), before)


def test_losses(variable):
    with StatelessScope(collect_losses=True) as scope:
        scope.add_loss(1.0)
        kerasvar.get_stateless_scope().add_loss(2.0)
    assert scope.losses == [1.0, 2.0] and scope.collect_losses


def test_a_new_variable_never_inherits_a_deleted_one_s_value(variable):
    scope = StatelessScope()
    v = variable([1.0])
    with scope:
        v.assign([99.0])
    del v
    gc.collect()
    others = [variable([0.0]) for _ in range(50)]  # one of them has the id of one that is gone, in Keras
    with scope:
        assert all(o.numpy() == 0 for o in others)


def test_a_value_makes_no_variable_inside(variable):
    with StatelessScope():
        with pytest.raises(ValueError, match="'w'.*stateless scope"):
            variable([1.0], name="w")


# ---- deferred


def ones(shape, dtype):
    return np.ones(shape, dtype)


def test_a_deferred_variable_is_readable_and_initialised_on_leaving(variable):
    calls = []

    def initializer(shape, dtype):
        calls.append((shape, dtype))
        return np.full(shape, 5, dtype)

    with StatelessScope():
        with StatelessScope():
            v = variable(initializer, shape=[2, 2])
            assert v.shape == (2, 2) and v.dtype == "float32" and v.ndim == 2
            assert (v.numpy() == 5).all()
            assert v._storage is None
        assert v._storage is None  # not the outermost yet
        v.assign_add(1)
        assert (v.numpy() == 6).all()
    assert v._storage is not None
    assert (v.numpy() == 5).all()
    assert set(calls) == {((2, 2), "float32")}


def test_without_initialize_variables_they_wait(variable):
    with StatelessScope(initialize_variables=False):
        v = variable(ones, shape=(2,))
    assert v._storage is None and v.numpy().tolist() == [1, 1]
    kerasvar.initialize_all_variables()
    assert v._storage is not None


def test_writing_to_one_that_waits_initialises_it(variable):
    with StatelessScope(initialize_variables=False):
        v, u, w = (variable(ones, shape=(2,)) for _ in range(3))
    v.assign([3, 4])
    u[0] = 7
    w += 1
    kerasvar.initialize_all_variables()
    assert [x.numpy().tolist() for x in (v, u, w)] == [[3, 4], [7, 1], [2, 2]]


def test_a_failed_initializer_is_named_and_can_be_tried_again(variable):
    state = {"broken": True}

    def fails(shape, dtype):
        if state["broken"]:
            raise OSError("no data")
        return np.full(shape, 3, dtype)

    with pytest.raises(RuntimeError, match="'bad'.*OSError: no data"):
        with StatelessScope():
            before = variable(ones, shape=(1,), name="before")
            bad = variable(fails, shape=(1,), name="bad")
            after = variable(ones, shape=(1,), name="after")
    assert before.numpy() == 1 and after.numpy() == 1
    with pytest.raises(RuntimeError, match="'bad'"):
        with StatelessScope():
            pass
    state["broken"] = False
    with StatelessScope():
        pass
    assert bad.numpy() == 3
    with StatelessScope():  # and nothing is left to do
        pass


def test_initialisation_inside_a_scope_is_refused():
    with StatelessScope():
        with pytest.raises(ValueError, match="inside a stateless scope"):
            kerasvar.initialize_all_variables()


# ---- all of them


def test_clear_session_leaves_open_scopes_open(variable):
    v = variable([1.0])
    with name_scope("a"), AutocastScope("float16"), StatelessScope() as scope:
        v.assign([2.0])
        kerasvar.clear_session()
        assert kerasvar.current_path() == "a"
        assert kerasvar.get_stateless_scope() is scope
        assert v.dtype == "float16" and v.numpy() == 2
    assert v.numpy() == 1


def test_clear_session_forgets_what_waits():
    with StatelessScope(initialize_variables=False):
        v = kerasvar.Variable(ones, shape=(1,), backend="numpy")
    kerasvar.clear_session()
    kerasvar.initialize_all_variables()
    assert v._storage is None


def test_threads_do_not_see_each_other_s_scopes(variable):
    shared = variable([0.0])
    start = threading.Barrier(8)
    seen = {}

    def work(i):
        with name_scope(f"t{i}"), StatelessScope(), AutocastScope("float16" if i % 2 else None):
            shared.assign([float(i)])
            start.wait()
            v = variable(ones, shape=(1,), name="w")
            start.wait()
            seen[i] = (float(shared.numpy()[0]), v.path, shared.dtype)
            start.wait()
        seen[i] += (v.numpy().tolist(), kerasvar.current_path())

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == {
        i: (float(i), f"t{i}/w", "float16" if i % 2 else "float32", [1.0], "") for i in range(8)
    }
    assert shared.numpy() == 0


def test_tasks_do_not_see_each_other_s_scopes(variable):
    shared = variable([0.0])

    async def work(i):
        with name_scope(f"t{i}"), StatelessScope():
            await asyncio.sleep(0)
            shared.assign([float(i)])
            await asyncio.sleep(0.001)
            assert kerasvar.current_path() == f"t{i}"
            return float(shared.numpy()[0])

    async def all_of_them():
        return await asyncio.gather(*(work(i) for i in range(8)))

    assert asyncio.run(all_of_them()) == [float(i) for i in range(8)]
    assert shared.numpy() == 0


def test_a_device_scope_reaches_the_framework(variable, backend):
    with kerasvar.device("cpu:0"):
        v = variable([1.0, 2.0])
        d = variable(ones, shape=(2,))
    place = {
        "tensorflow": lambda v: v.value.device,
        "jax": lambda v: str(next(iter(v.value.devices()))),
        "torch": lambda v: str(v.value.device),
    }.get(backend, lambda v: "cpu")
    assert "cpu" in place(v).lower() and "cpu" in place(d).lower()


@pytest.mark.parametrize("wrong", ["", None, 0])
def test_a_device_is_a_string(wrong):
    with pytest.raises(ValueError, match="`name`"):
        with kerasvar.device(wrong):
            pass


def test_torch_s_meta_device():
    pytest.importorskip("torch")
    with kerasvar.device("meta"):
        v = kerasvar.Variable(np.ones((2, 3), np.float32), backend="torch")
    assert v.value.is_meta and v.shape == (2, 3) and v.dtype == "float32"
    assert repr(v) == "<Variable path=variable, shape=(2, 3), dtype=float32>"


def test_an_empty_scope_adds_nothing():
    with name_scope("a"), name_scope(""):
        assert kerasvar.current_path() == "a"
    with name_scope(""):
        assert kerasvar.current_path() == ""
