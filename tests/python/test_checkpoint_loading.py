"""Loading what agrees, under other names, as other dtypes, in part; and how much memory that takes."""

import json
import os
import tracemalloc

import numpy as np
import pytest
import safetensors
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import kerasvar
from keras_oracle import run_python
from kerasvar import checkpoint
from kerasvar.checkpoint import entries, notes


@pytest.fixture
def path(tmp_path):
    return tmp_path / "values.safetensors"


def saved(path):
    with kerasvar.name_scope("dense"):
        made = [
            kerasvar.Variable(np.arange(6, dtype=np.float32).reshape(2, 3), name="kernel", backend="numpy"),
            kerasvar.Variable(np.float32([1, 2, 3]), name="bias", trainable=False, backend="numpy"),
        ]
    checkpoint.save(path, made)


def test_new_variables_on_any_backend(backend, path):
    v = kerasvar.Variable(
        np.float32([[1, 2]]), name="v", trainable=False, autocast=False, aggregation="mean", backend="numpy"
    )
    v.dimnames = [("r",), ("a", "b")]
    saved(path)
    with kerasvar.name_scope("block"):
        n = kerasvar.Variable(np.int32(3), name="n", backend="numpy")
    checkpoint.save(path, [v, n])
    read = checkpoint.load(path, backend=backend)
    assert list(read) == ["v", "block/n"]
    for name, old in (("v", v), ("block/n", n)):
        new = read[name]
        assert isinstance(new, kerasvar.Variable) and new.backend == backend
        assert new._options == old._options
        np.testing.assert_array_equal(new.numpy(), old.numpy(), strict=True)
    read["v"].assign([[5.0, 6.0]])
    assert v.numpy().tolist() == [[1, 2]]


def test_what_agrees_is_loaded_and_the_rest_returned(variable, path):
    checkpoint.save(path, [variable(np.ones(n, "float32"), name=x) for n, x in ((1, "a"), (2, "b"), (4, "d"))])
    a = variable(np.zeros(1, "float32"), name="a")
    b = variable(np.zeros((2, 1), "float16"), name="b")
    c = variable(np.zeros(3, "float32"), name="c")
    found = checkpoint.load(path, [a, b, c], strict=False)
    assert found == (["c"], ["d"], {"b": ((2,), (2, 1))}, {"b": ("float32", "float16")}) and found
    assert a.numpy().tolist() == [1] and b.numpy().sum() == 0 and c.numpy().sum() == 0
    found = checkpoint.load(path, {"b": variable(np.zeros(2, "float32")), "d": variable(np.zeros(4, "float32"))}, only="b", strict=False)
    assert not found.missing and not found.unexpected and not found


def test_other_names(variable, path):
    saved(path)
    w = variable(np.zeros((2, 3), "float32"), name="w")
    b = variable(np.zeros(3, "float32"), name="b")
    checkpoint.load(path, [w, b], rename={"dense/kernel": "w", "dense/bias": "b"})
    assert w.numpy().sum() == 15 and b.numpy().sum() == 6
    b.assign(np.zeros(3))
    short = lambda name: None if name.endswith("kernel") else "b"  # noqa: E731
    checkpoint.load(path, [b], rename=short)
    assert b.numpy().sum() == 6
    assert list(checkpoint.load(path, rename=str.upper)) == ["DENSE/KERNEL", "DENSE/BIAS"]
    for wrong, error, words in (
        ({"x": "y"}, ValueError, "the file has no entry 'x'"),
        (lambda name: "x", ValueError, "gives the name 'x' twice, also for 'dense/bias'"),
        (lambda name: 1, TypeError, "must give text for 'dense/kernel'. Received: 1"),
        ("x", TypeError, "must be a dict or a function"),
    ):
        with pytest.raises(error, match=words):
            checkpoint.load(path, rename=wrong)


def test_other_dtypes_if_asked_for(variable, path):
    values = np.array([1.5, -2, 1000])
    checkpoint.save(path, kerasvar.Variable(values, name="v", backend="numpy"))
    for dtype in ("float16", "bfloat16", "int32", "complex64"):
        v = variable(np.zeros(3), dtype=dtype, name="v")
        with pytest.raises(ValueError, match=f"the dtype float64 in the file, the variable {dtype}"):
            checkpoint.load(path, v)
        checkpoint.load(path, v, cast=True)
        expected = values.astype(kerasvar.dtypes.numpy_dtype(dtype))
        np.testing.assert_array_equal(v.numpy(), expected, strict=True)
    checkpoint.save(path, kerasvar.Variable(np.array([1j]), name="v", backend="numpy"))
    with pytest.raises(ValueError, match="the dtype complex128 in the file, the variable float32"):
        checkpoint.load(path, variable(np.zeros(1), dtype="float32", name="v"), cast=True)


def test_a_part_by_name(variable, path):
    saved(path)
    with kerasvar.name_scope("dense"):
        kernel = variable(np.zeros((2, 3), "float32"), name="kernel")
        bias = variable(np.zeros(3, "float32"), name="bias")
    checkpoint.load(path, [kernel, bias], only="dense/bias")
    assert kernel.numpy().sum() == 0 and bias.numpy().sum() == 6
    assert list(checkpoint.load(path, only=["dense/bias"])) == ["dense/bias"]
    assert list(checkpoint.load(path, only=lambda name: "k" in name)) == ["dense/kernel"]
    with pytest.raises(ValueError, match="has no entry 'x', 'y'"):
        checkpoint.load(path, only=["x", "dense/bias", "y"])
    with pytest.raises(TypeError, match="`only` must be names or a function"):
        checkpoint.load(path, only=1)


def test_arguments_that_do_not_go_together(path):
    saved(path)
    with pytest.raises(ValueError, match="Only one of `into` and `backend`"):
        checkpoint.load(path, [], "numpy")
    with pytest.raises(ValueError, match="`backend` must be one of"):
        checkpoint.load(path, backend="x")
    for wrong in (0, -1, True, "5GB", np.nan):
        with pytest.raises(ValueError, match="`max_shard_size` must be a number above 0"):
            checkpoint.save(path, [], max_shard_size=wrong)
    for wrong in ("x", [1], 5):
        with pytest.raises(TypeError, match="`metadata` must be a dict"):
            checkpoint.save(path, [], metadata=wrong)
    for wrong in ({"x": object()}, {"x": np.nan}, {1: 2}):
        with pytest.raises(TypeError, match="`metadata` must (be a dict of what JSON knows|have text)"):
            checkpoint.save(path, [], metadata=wrong)
    assert list(checkpoint.load(path)) == ["dense/kernel", "dense/bias"]


def test_metadata(path):
    given = {"who": "me", "kerasvar": "x", "loss": [0.5, None], "deep": {"a": True}}
    v = kerasvar.Variable(np.ones(9), name="v", backend="numpy")
    for limit in (None, 1):
        checkpoint.save(path, [v], metadata=given, max_shard_size=limit)
        assert checkpoint.read_metadata(path) == given
    checkpoint.save(path, v, metadata=given)
    with safetensors.safe_open(path, framework="numpy") as file:
        assert file.metadata()["who"] == "me"


def test_several_files_as_hugging_face_writes_them(path):
    made = [kerasvar.Variable(np.full(50, n, np.float32), name=f"v{n}", backend="numpy") for n in range(5)]
    checkpoint.save(path, made, max_shard_size=400)
    index = json.loads((path.parent / "values.safetensors.index.json").read_text())
    assert index["metadata"]["total_size"] == 1000
    files = [index["weight_map"][f"v{n}"] for n in range(5)]
    assert files[0] == files[1] != files[2] == files[3] != files[4]
    for n, name in enumerate(files):
        with safetensors.safe_open(path.parent / name, framework="numpy") as file:
            assert file.get_tensor(f"v{n}").sum() == 50 * n
    for place in (path, path.parent, path.parent / "values.safetensors.index.json"):
        assert [x[0] for x in checkpoint.load(place).values()] == [0, 1, 2, 3, 4]
    assert checkpoint.describe(path)["v1"]["backend"] == "numpy"
    with pytest.raises(FileNotFoundError):
        checkpoint.load(path.parent / "other.safetensors")
    # Asked for by its name, an index is written however small it is.
    checkpoint.save(str(path.parent / "x.index.json"), made)
    assert [x[0] for x in checkpoint.load(path.parent / "x.index.json").values()] == [0, 1, 2, 3, 4]
    with pytest.raises(ValueError, match="is a directory, and holds 2 of them: values"):
        checkpoint.load(path.parent)


def test_either_order_of_the_arguments(path):
    v = kerasvar.Variable(np.ones(2), name="v", backend="numpy")
    kerasvar.save([v], path)
    assert kerasvar.load(str(path))["v"].sum() == 2
    kerasvar.save({"w": v}, str(path))
    assert list(kerasvar.load(path)) == ["w"]


def test_progress(path):
    made = [kerasvar.Variable(np.ones(10), name=x, backend="numpy") for x in "ab"]
    told = []
    checkpoint.save(path, made, show_progress=lambda *x: told.append(x))
    assert told == [(80, 160), (160, 160)]
    told.clear()
    checkpoint.load(path, made, show_progress=lambda *x: told.append(x))
    assert told[-1] == (320, 320)


# --- one entry, a part of it --------------------------------------------------------------------


def test_an_open_file(path):
    saved(path)
    with checkpoint.open(path) as file:
        assert list(file) == ["dense/kernel", "dense/bias"] and len(file) == 2
        kernel = file["dense/kernel"]
        assert (kernel.shape, kernel.dtype) == ((2, 3), "float32")
        assert kernel[1].tolist() == [3, 4, 5] and kernel[:, -1].tolist() == [2, 5]
        assert kernel[..., 0].tolist() == [0, 3] and kernel[()].shape == (2, 3)
        for wrong in (2, -3, "a", (0, 0, 0), 1.5, ([5],), (..., ...)):
            with pytest.raises(IndexError):
                kernel[wrong]
        # What is saved meanwhile is another file.
        checkpoint.save(path, [])
        assert file["dense/bias"].read().tolist() == [1, 2, 3]


@given(
    shape=hnp.array_shapes(min_dims=0, max_dims=4, min_side=1, max_side=7),
    data=st.data(),
    block=st.sampled_from([1, 16, 40, 1 << 20]),
    chunk=st.sampled_from([8, 24, 1 << 20]),
    dtype=st.sampled_from(["int16", "complex64", "bool", "string"]),
)
def test_any_part_is_what_numpy_selects(tmp_path_factory, shape, data, block, chunk, dtype):
    values = np.arange(np.prod(shape, dtype=int)).reshape(shape) % 2
    values = np.array(values.astype(str), object) if dtype == "string" else values.astype(dtype)
    path = tmp_path_factory.getbasetemp() / "part.safetensors"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(notes, "CHUNK", chunk)
        patch.setattr(entries, "_BLOCK", block)
        checkpoint.save(path, kerasvar.Variable(values, dtype=dtype, name="v", backend="numpy"))
        index = []
        for size in shape[: data.draw(st.integers(0, len(shape)))]:
            kind = data.draw(st.integers(0, 2))
            if kind == 0:
                index.append(data.draw(st.slices(size)))
            elif kind == 1:
                index.append(data.draw(st.integers(-size, size - 1)))
            else:
                index.append(np.array(data.draw(st.lists(st.integers(-size, size - 1), max_size=9)), int))
        with checkpoint.open(path) as file:
            read = file["v"][tuple(index)]
    expected = values
    for axis, one in reversed(list(enumerate(index))):
        expected = np.take(expected, one if not isinstance(one, slice) else range(*one.indices(shape[axis])), axis)
    expected = np.asarray(expected, values.dtype)
    assert read.shape == expected.shape and read.dtype == expected.dtype
    assert read.tolist() == expected.tolist()


def test_only_what_is_asked_for_is_read(path, monkeypatch):
    big = np.arange(1 << 21, dtype=np.float32).reshape(-1, 8)
    checkpoint.save(path, {"big": big, "small": np.ones(3)})
    read = []
    read_into = kerasvar.checkpoint.files.File.read_into

    def counting(self, buffer, start):
        read.append(len(memoryview(buffer)))
        return read_into(self, buffer, start)

    monkeypatch.setattr(kerasvar.checkpoint.files.File, "read_into", counting)
    checkpoint.load(path, only="small")
    assert sum(read) < 5000
    read.clear()
    with checkpoint.open(path) as file:
        assert file["big"][1000:1002].tolist() == big[1000:1002].tolist()
    # The chunk that it lies in, which has a checksum of its own.
    assert sum(read) < 1_100_000


# --- memory -------------------------------------------------------------------------------------

SIZE, COUNT = 1 << 22, 6


def test_loading_takes_little_more_memory_than_the_result(path):
    made = [kerasvar.Variable(np.ones(SIZE, np.uint8), name=f"v{n}", backend="numpy") for n in range(COUNT)]
    checkpoint.save(path, made)
    tracemalloc.start()
    try:
        for into, result in ((None, SIZE * COUNT), (made, 0)):
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            held = checkpoint.load(path, into)
            peak = tracemalloc.get_traced_memory()[1] - before
            assert peak < result + 1.2 * SIZE
            del held
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        checkpoint.save(path, made)
        assert tracemalloc.get_traced_memory()[1] - before < 1.2 * SIZE
    finally:
        tracemalloc.stop()


MEMORY = """
import gc, json, os
import numpy as np
import kerasvar
from kerasvar import checkpoint
size, count = 1 << 26, 4
path = {path!r}

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGESIZE")

def peak_of(function):
    # The kernel's own mark, set back before.
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")
    result = function()
    peak = int(next(x for x in open("/proc/self/status") if x.startswith("VmHWM")).split()[1]) * 1024
    return result, peak

kerasvar.Variable(np.ones(3, np.float32), backend={backend!r}).numpy()
v = {{f"v{{n}}": np.full(size // 4, n, np.float32) for n in range(count)}}
checkpoint.save(path, [kerasvar.Variable(x, name=k, backend="numpy") for k, x in v.items()])
checkpoint.load(path, only=["v0"], backend={backend!r})
del v
gc.collect()
before = resident()
made, peak = peak_of(lambda: checkpoint.load(path, backend={backend!r}))
new = peak - before - size * count
before = resident()
_, peak = peak_of(lambda: checkpoint.load(path, made))
print(json.dumps([new / size, (peak - before) / size]))
"""


@pytest.mark.skipif(not os.path.exists("/proc/self/clear_refs"), reason="the system does not tell")
def test_memory_on_each_backend(backend, tmp_path):
    if backend == "frozen":
        pytest.skip("it is NumPy, in a process of its own")
    new, there = run_python(MEMORY.format(path=str(tmp_path / "x.safetensors"), backend=backend))
    assert new < 1.2
    assert there < 1.2


# --- all or nothing -----------------------------------------------------------------------------


def test_a_value_that_turns_bad_between_check_and_use(variable, path, monkeypatch):
    checkpoint.save(path, [variable(np.ones(2, "float32"), name=x) for x in "abc"])
    targets = [variable(np.full(2, n, "float32"), name=x) for n, x in enumerate("abc")]
    read = entries.Entry.read

    def failing(self, index=...):
        if self.name == "c":
            raise KeyboardInterrupt
        return read(self, index)

    monkeypatch.setattr(entries.Entry, "read", failing)
    with pytest.raises(KeyboardInterrupt):
        checkpoint.load(path, targets)
    for n, target in enumerate(targets):
        np.testing.assert_array_equal(target.numpy(), np.full(2, n, "float32"))


@pytest.mark.parametrize("room", [0, 1 << 20])
def test_old_values_come_back_from_wherever_they_were_kept(variable, path, monkeypatch, room):
    monkeypatch.setattr(checkpoint.undo, "_IN_MEMORY", room)
    old = [np.arange(n, 3000 + n, dtype=np.float32) for n in range(4)]
    checkpoint.save(path, [variable(np.ones(3000, "float32"), name=x) for x in "abcd"])
    targets = [variable(x, name=name) for x, name in zip(old, "abcd")]
    assign, calls = kerasvar.Variable.assign, []

    def failing(self, value):
        calls.append(self.name)
        if len(calls) == 4:
            raise MemoryError("no room")
        return assign(self, value)

    monkeypatch.setattr(kerasvar.Variable, "assign", failing)
    with pytest.raises(MemoryError):
        checkpoint.load(path, targets)
    for target, value in zip(targets, old):
        np.testing.assert_array_equal(target.numpy(), value)


def test_no_place_on_the_disk_for_old_values(path, monkeypatch):
    monkeypatch.setattr(checkpoint.undo, "_IN_MEMORY", 0)

    def full(*args, **kwargs):
        raise OSError("full")

    monkeypatch.setattr(checkpoint.undo.tempfile, "TemporaryFile", full)
    v = kerasvar.Variable(np.ones(3), name="v", backend="numpy")
    w = kerasvar.Variable(np.ones(3), name="w", backend="numpy")
    checkpoint.save(path, [v, w])
    v.assign(np.zeros(3))
    read = entries.Entry.read
    monkeypatch.setattr(entries.Entry, "read", lambda self: 1 / 0 if self.name == "w" else read(self))
    with pytest.raises(ZeroDivisionError):
        checkpoint.load(path, [v, w])
    assert v.numpy().sum() == 0
