"""Checkpoints: round trips on every backend, what other readers see, and nothing by halves."""

import json
import os

import ml_dtypes
import numpy as np
import pytest
import safetensors
import safetensors.numpy
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import kerasvar
from kerasvar import checkpoint
from kerasvar.dtypes import ALLOWED, numpy_dtype

NUMERIC = tuple(name for name in ALLOWED if name != "string")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "values.safetensors"


def numbers(dtype, shape=(2, 3)):
    """Numbers that differ, of a dtype; with a special one where there are any."""
    values = np.arange(np.prod(shape, dtype=int)).reshape(shape) % 5
    if dtype == "bool":
        return values % 2 == 1
    if dtype.startswith("complex"):
        return (values + 1j * (values - 2)).astype(dtype)
    values = values.astype(numpy_dtype(dtype))
    if values.size and "float" in dtype:
        values.flat[0] = np.nan
    return values


def same_bits(a, b):
    assert a.dtype == b.dtype and a.shape == b.shape
    assert np.ascontiguousarray(a).tobytes() == np.ascontiguousarray(b).tobytes()


def holds(backend, dtype):
    """The variable of this dtype, or a skip where the backend has none."""
    try:
        held = kerasvar.backends.get(backend).canonical_dtype(dtype)
    except ValueError:
        held = None
    if held != dtype:
        pytest.skip(f"{backend} has no {dtype}")


# --- there and back -----------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", NUMERIC)
@pytest.mark.parametrize("shape", [(2, 3), (), (0, 3), (3, 0)])
def test_round_trip(variable, backend, path, dtype, shape):
    holds(backend, dtype)
    values = numbers(dtype, shape)
    v = variable(values, dtype=dtype, name="v", trainable=False)
    checkpoint.save(path, [v])
    read = checkpoint.load(path)
    assert list(read) == ["v"]
    same_bits(read["v"], values)
    read["v"][...] = 0  # The caller's own.
    v.assign(np.ones(shape, numpy_dtype(dtype)))
    assert checkpoint.load(path, [v]) is None
    same_bits(v.numpy(), values)


@pytest.mark.parametrize("backend", ["numpy", "tensorflow"], indirect=True)
def test_text(variable, path):
    # The other two frameworks hold no text.
    values = np.array([["a", "Zürich"], ["", '\0\n"x"']], object)
    v = variable(values, name="v")
    checkpoint.save(path, v)
    stored = v.numpy().copy()
    v.assign(np.full((2, 2), "-", object))
    checkpoint.load(path, v)
    assert v.numpy().tolist() == stored.tolist()
    assert checkpoint.load(path)["v"].tolist() == stored.tolist()


def test_bytes_that_are_no_text(path):
    values = np.array([b"\xff\x00", "text"], object)
    checkpoint.save(path, kerasvar.Variable(values, dtype="string", name="v", backend="numpy"))
    assert checkpoint.load(path)["v"].tolist() == [b"\xff\x00", "text"]


@given(
    dtype=st.sampled_from(["float32", "int16", "bool", "complex128", "bfloat16"]),
    shape=hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5),
    data=st.data(),
)
def test_any_layout_in_memory(path, dtype, shape, data):
    # Fortran order, which safetensors writes wrongly; strides; transposes.
    values = numbers(dtype, shape)
    axes = data.draw(st.permutations(range(len(shape))))
    steps = tuple(slice(None, None, data.draw(st.sampled_from([1, 2, -1]))) for _ in shape)
    values = np.asarray(values, order="F").transpose(axes)[steps]
    v = kerasvar.Variable(values, backend="numpy", name="v")
    checkpoint.save(path, [v])
    same_bits(checkpoint.load(path)["v"], values)


def test_a_fortran_ordered_value_reads_the_same_elsewhere(path, monkeypatch):
    values = np.asfortranarray(np.arange(6, dtype=np.float32).reshape(2, 3))
    v = kerasvar.Variable(values, name="v", backend="numpy")
    monkeypatch.setattr(kerasvar.Variable, "numpy", lambda self: values)
    checkpoint.save(path, [v])
    np.testing.assert_array_equal(safetensors.numpy.load_file(path)["v"], values)


def test_from_one_backend_into_another(backend, path):
    with kerasvar.name_scope("model"):
        there = kerasvar.Variable(np.eye(3, dtype=np.float32), name="kernel", backend="numpy")
        here = kerasvar.Variable("zeros", shape=(3, 3), name="kernel", backend=backend)
    checkpoint.save(path, [there])
    checkpoint.load(path, [here])
    np.testing.assert_array_equal(here.numpy(), np.eye(3, dtype=np.float32))
    checkpoint.save(path, [here])
    assert checkpoint.describe(path) == {
        "model/kernel": {
            "name": "kernel",
            "dtype": "float32",
            "shape": (3, 3),
            "trainable": True,
            "backend": backend,
        }
    }


def test_order_and_flags_are_kept(path):
    made = [
        kerasvar.Variable(np.zeros(n, dtype), name=name, trainable=n > 1, backend="numpy")
        for name, n, dtype in [
            ("z", 1, "float32"),
            ("a", 2, "int64"),
            ("m", 3, "uint8"),
        ]
    ]
    checkpoint.save(path, iter(made))
    assert list(checkpoint.load(path)) == ["z", "a", "m"]
    assert [d["trainable"] for d in checkpoint.describe(path).values()] == [False, True, True]


def test_nothing_to_save(path):
    checkpoint.save(path, [])
    assert checkpoint.load(path) == {}
    checkpoint.load(path, [])


def test_what_is_stored_is_saved_whatever_scope_it_is_read_in(variable, path):
    v = variable(np.float32([1 + 2.0**-20]), name="v")
    with kerasvar.AutocastScope("float16"):
        checkpoint.save(path, [v])
        same_bits(checkpoint.load(path)["v"], np.float32([1 + 2.0**-20]))
        v.assign([0.0])
        checkpoint.load(path, [v])
    same_bits(np.array(v.numpy()), np.float32([1 + 2.0**-20]))


# --- other tools --------------------------------------------------------------------------------


def test_safetensors_itself_reads_the_file(path):
    values = {name: numbers(name) for name in ("float32", "int64", "bool", "complex64", "float16")}
    checkpoint.save(
        path, [kerasvar.Variable(x, name=k, backend="numpy") for k, x in values.items()]
    )
    theirs = safetensors.numpy.load_file(path)
    values["complex64"] = np.stack([values["complex64"].real, values["complex64"].imag], -1)
    for name, expected in values.items():
        same_bits(theirs[name], expected)


def test_torch_reads_what_numpy_has_no_type_for(path):
    torch = pytest.importorskip("torch")
    from safetensors.torch import load_file

    for dtype in ("bfloat16", "float8_e4m3fn", "float8_e5m2"):
        values = np.array([0.5, -2, 1.5]).astype(getattr(ml_dtypes, dtype))
        checkpoint.save(path, kerasvar.Variable(values, name="v", backend="numpy"))
        read = load_file(path)["v"]
        assert read.dtype == getattr(torch, dtype)
        assert read.float().tolist() == [0.5, -2, 1.5]


def test_a_file_that_is_not_ours(path):
    values = {"w": np.arange(4.0).reshape(2, 2), "b": np.ones(3, np.int8)}
    safetensors.numpy.save_file(values, path, metadata={"format": "pt"})
    read = checkpoint.load(path)
    assert set(read) == {"w", "b"}
    for name in values:
        same_bits(read[name], values[name])
    assert checkpoint.describe(path)["w"] == {"dtype": "float64", "shape": (2, 2)}
    v = kerasvar.Variable(np.zeros((2, 2)), name="w", backend="numpy")
    w = kerasvar.Variable(np.zeros(3, np.int8), name="b", backend="numpy")
    checkpoint.load(path, [v, w])
    np.testing.assert_array_equal(v.numpy(), values["w"])


def test_a_value_that_somebody_put_in_place_of_ours(path):
    checkpoint.save(path, kerasvar.Variable(np.ones(2, complex), name="v", backend="numpy"))
    with safetensors.safe_open(path, framework="numpy") as file:
        metadata = file.metadata()
    safetensors.numpy.save_file({"v": np.ones(5, np.int32)}, path, metadata=metadata)
    with pytest.raises(ValueError, match="another program has put other entries in place of those"):
        checkpoint.load(path)


NOTE_1 = {"name": "v", "dtype": "complex64", "shape": [2], "trainable": False, "backend": "jax"}


def save_as_version_1(path, values, variables):
    """A file as it was written before there were checksums."""
    metadata = {"kerasvar": json.dumps({"version": 1, "variables": variables})}
    safetensors.numpy.save_file(values, path, metadata=metadata)


def test_files_of_version_1(path):
    stored = np.array([[1, 2], [3, 4]], np.float32)
    save_as_version_1(path, {"v": stored, "a": np.ones(1)}, {"v": NOTE_1})
    read = checkpoint.load(path)
    assert list(read) == ["v", "a"]
    same_bits(read["v"], np.array([1 + 2j, 3 + 4j], np.complex64))
    assert checkpoint.describe(path)["v"] == {**NOTE_1, "shape": (2,)}
    # Whatever the variables were called in a dict, the file had their paths.
    v = kerasvar.Variable(np.zeros(2, np.complex64), name="v", backend="numpy")
    a = kerasvar.Variable(np.zeros(1), name="a", backend="numpy")
    checkpoint.load(path, variables={"first": v, "second": a})
    assert v.numpy().tolist() == [1 + 2j, 3 + 4j]
    # A value that somebody has put in place of ours.
    save_as_version_1(path, {"v": np.ones(5, np.int32)}, {"v": NOTE_1})
    same_bits(checkpoint.load(path)["v"], np.ones(5, np.int32))


def test_a_dtype_from_elsewhere(path):
    safetensors.numpy.save_file({"v": np.zeros(2, ml_dtypes.float8_e8m0fnu)}, path)
    with pytest.raises(ValueError, match="'v' of .* has the dtype F8_E8M0"):
        checkpoint.load(path)


# --- refusals, and nothing by halves ------------------------------------------------------------


def test_clashing_paths_are_listed(path):
    made = [kerasvar.Variable(0.0, name=name, backend="numpy") for name in "abacbb"]
    with pytest.raises(ValueError, match="the same path: 'a', 'b'$"):
        checkpoint.save(path, made)
    assert not path.exists()
    checkpoint.save(path, made[:2] + made[:1])  # The same one twice does not clash.
    with pytest.raises(ValueError, match="the same path: 'a', 'b'$"):
        checkpoint.load(path, made)


@pytest.mark.parametrize("wrong", ["v", [1.0], 1.0, [None], {"a": "v"}, object(), [object()], {1.5: 2}])
def test_only_values_are_saved(path, wrong):
    with pytest.raises(TypeError, match="`variables` must (be Variables|have text)"):
        checkpoint.save(path, wrong)
    assert not path.exists()


def test_the_one_path_that_cannot_be(path):
    with pytest.raises(ValueError, match="__metadata__"):
        checkpoint.save(path, kerasvar.Variable(0.0, name="__metadata__", backend="numpy"))


def test_disagreements_are_all_listed_and_nothing_is_assigned(variable, path):
    saved = [
        variable(np.ones(n, "float32"), name=name) for name, n in [("a", 1), ("b", 2), ("d", 4)]
    ]
    checkpoint.save(path, saved)
    a = variable(np.zeros(1, "float32"), name="a")
    b = variable(np.zeros((2, 1), "float16"), name="b")
    c = variable(np.zeros(3, "float32"), name="c")
    with pytest.raises(ValueError) as caught:
        checkpoint.load(path, [a, b, c])
    for words in (
        "'c' is not in the file",
        "'d' has no variable",
        "'b' has the shape (2,) in the file, the variable (2, 1)",
        "'b' has the dtype float32 in the file, the variable float16",
    ):
        assert words in str(caught.value)
    assert "'a'" not in str(caught.value)
    assert a.numpy().tolist() == [0] and c.numpy().tolist() == [0, 0, 0]


def test_if_assigning_fails_all_are_as_they_were(variable, path, monkeypatch):
    names = "abcd"
    checkpoint.save(path, [variable(np.ones(2, "float32"), name=name) for name in names])
    targets = [variable(np.full(2, n, "float32"), name=name) for n, name in enumerate(names)]
    assign, calls = kerasvar.Variable.assign, []

    def failing(self, value):
        calls.append(self.name)
        if len(calls) == 3:
            raise MemoryError("no room")
        return assign(self, value)

    monkeypatch.setattr(kerasvar.Variable, "assign", failing)
    with pytest.raises(MemoryError):
        checkpoint.load(path, targets)
    for n, target in enumerate(targets):
        np.testing.assert_array_equal(target.numpy(), np.full(2, n, "float32"))


@pytest.mark.parametrize("moment", ["writing", "moving"])
def test_a_failed_save_leaves_the_old_file(path, monkeypatch, moment):
    v = kerasvar.Variable(np.ones(3), name="v", backend="numpy")
    checkpoint.save(path, v)
    before = path.read_bytes()
    v.assign(np.zeros(3))

    def fails(*args, **kwargs):
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync" if moment == "writing" else "replace", fails)
    with pytest.raises(OSError, match="disk full"):
        checkpoint.save(path, v)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_link_stays_a_link(path, tmp_path):
    target = tmp_path / "target"
    path.symlink_to(target)
    checkpoint.save(str(path), kerasvar.Variable(1.0, name="v", backend="numpy"))
    assert path.is_symlink() and not target.is_symlink()
    assert checkpoint.load(path)["v"] == 1


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_the_file_is_as_public_as_any_other(path, tmp_path):
    (tmp_path / "other").write_bytes(b"")
    v = kerasvar.Variable(1.0, name="v", backend="numpy")
    checkpoint.save(path, v)
    assert path.stat().st_mode == (tmp_path / "other").stat().st_mode
    path.chmod(0o640)
    checkpoint.save(path, v)
    assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("content", [b"", b"x" * 5, b"x" * 50, b"\2\0\0\0\0\0\0\0{}rest"])
def test_what_is_no_safetensors_file(path, content):
    path.write_bytes(content)
    with pytest.raises(ValueError, match="is not a safetensors file"):
        checkpoint.load(path)


def test_a_file_cut_short(path):
    v = kerasvar.Variable(np.ones(100), name="v", backend="numpy")
    checkpoint.save(path, v)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ValueError, match="is not a safetensors file"):
        checkpoint.load(path, v)


def test_no_file(path):
    with pytest.raises(FileNotFoundError):
        checkpoint.load(path)


def test_the_metadata_can_be_read_by_others(path):
    checkpoint.save(path, kerasvar.Variable(np.ones(2, complex), name="v", backend="numpy"))
    with safetensors.safe_open(path, framework="numpy") as file:
        written = json.loads(file.metadata()["kerasvar"])
    assert written["version"] == 2
    assert written["variables"]["v"]["dtype"] == "complex128"
    assert written["variables"]["v"]["shape"] == [2]
