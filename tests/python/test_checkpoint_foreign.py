"""Files that other libraries wrote: read as those libraries read them, and without running anything."""

import os
import pickle
import zipfile

import numpy as np
import pytest

import kerasvar
from conftest import host
from kerasvar import checkpoint

VALUES = {
    "w": np.arange(24, dtype=np.float32).reshape(2, 3, 4),
    "n": np.array(7, np.int64),
    "z": np.array([1 + 2j, 3 - 4j], np.complex128),
    "empty": np.zeros((0, 3), np.float16),
}


def same(read, expected):
    assert sorted(read) == sorted(expected)
    for name, value in expected.items():
        np.testing.assert_array_equal(read[name], value, strict=True)


# --- NumPy --------------------------------------------------------------------------------------


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_npz(tmp_path, save):
    path = tmp_path / "x.npz"
    more = {"fortran": np.asfortranarray(VALUES["w"][0]), "big": np.array([1, 2], ">i4"), "text": np.array(["a", "é"])}
    save(path, **VALUES, **more)
    expected = {**VALUES, **more, "big": np.array([1, 2], np.int32), "text": np.array(["a", "é"], object)}
    same(checkpoint.load(path), expected)
    with checkpoint.open(path) as file:
        assert file["w"][1, :, ::2].tolist() == VALUES["w"][1, :, ::2].tolist()
        assert file["n"][()].tolist() == 7 and file["w"].shape == (2, 3, 4)


def test_npz_into_variables_of_any_backend(variable, tmp_path):
    path = tmp_path / "x.npz"
    np.savez(path, w=VALUES["w"], b=np.float32([1, 2]))
    w, b = variable(np.zeros((2, 3, 4), np.float32), name="w"), variable(np.zeros(2, np.float32), name="bias")
    checkpoint.load(path, [w, b], rename={"b": "bias"})
    np.testing.assert_array_equal(host(w.value), VALUES["w"])
    assert host(b.value).tolist() == [1, 2]


def test_python_objects_in_an_npz_are_not_read(tmp_path):
    path = tmp_path / "x.npz"
    np.savez(path, a=np.array([{}], object), b=np.ones(2))
    with pytest.raises(ValueError, match="'a' .* has the dtype Python objects, which is not known"):
        checkpoint.load(path)
    assert checkpoint.load(path, only="b")["b"].tolist() == [1, 1]


def test_a_damaged_npz(tmp_path):
    path = tmp_path / "x.npz"
    np.savez(path, **VALUES)
    data = path.read_bytes()
    for end in range(1, len(data), 7):
        path.write_bytes(data[:end])
        with pytest.raises(ValueError, match="`path`"):
            checkpoint.load(path)
    # In the bytes of a value, where zip has its own checksum.
    at = data.index(VALUES["w"].tobytes()) + 5
    path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
    with pytest.raises(ValueError, match="cannot be read as an .npz: Bad CRC-32"):
        checkpoint.load(path)


def test_an_npz_that_claims_what_it_does_not_hold(tmp_path):
    path = tmp_path / "x.npz"
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1099511627776,), }"
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.npy", b"\x93NUMPY\1\0" + len(header).to_bytes(2, "little") + header + bytes(8))
    with pytest.raises(ValueError, match="has not the size that its shape takes"):
        checkpoint.load(path)


def test_another_zip_file(tmp_path):
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "text")
    with pytest.raises(ValueError, match="is a zip file with 'a.txt', and no checkpoint"):
        checkpoint.load(path)


# --- Keras --------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["x.weights.h5", "x.keras"])
def test_files_of_keras(tmp_path, ending):
    keras, _ = pytest.importorskip("keras"), pytest.importorskip("h5py")
    model = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(2, name="dense")])
    path = tmp_path / ending
    model.save(path) if ending.endswith(".keras") else model.save_weights(path)
    kernel, bias = (np.array(x) for x in model.get_weights())
    read = {name: x for name, x in checkpoint.load(path).items() if "optimizer" not in name}
    same(read, {"layers/dense/vars/0": kernel, "layers/dense/vars/1": bias})
    with checkpoint.open(path) as file:
        entry = file["layers/dense/vars/0"]
        assert entry[1:, 0].tolist() == kernel[1:, 0].tolist() and entry[[2, 0]].tolist() == kernel[[2, 0]].tolist()
    names = {"layers/dense/vars/0": "kernel", "layers/dense/vars/1": "bias"}
    made = [kerasvar.Variable(np.zeros_like(x), name=n, backend="numpy") for n, x in (("kernel", kernel), ("bias", bias))]
    checkpoint.load(path, made, rename=names.get)
    np.testing.assert_array_equal(made[0].numpy(), kernel)


def test_hdf5_leads_nowhere_else(tmp_path):
    h5py = pytest.importorskip("h5py")
    (tmp_path / "secret").write_bytes(bytes(range(16)))
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["x"] = np.ones(2)
    path = tmp_path / "x.h5"
    with h5py.File(path, "w") as file:
        file["a"] = np.ones(2)
        file["link"] = h5py.ExternalLink("other.h5", "/x")
        file["soft"] = h5py.SoftLink("/a")
    same(checkpoint.load(path), {"a": np.ones(2)})
    with h5py.File(path, "a") as file:
        file.create_dataset("raw", (2,), "f8", external=[(str(tmp_path / "secret"), 0, 16)])
    with pytest.raises(ValueError, match="'raw' has its values in another file"):
        checkpoint.load(path)


def test_a_damaged_hdf5(tmp_path):
    h5py = pytest.importorskip("h5py")
    path = tmp_path / "x.h5"
    with h5py.File(path, "w") as file:
        file["a"] = np.ones(100)
    data = path.read_bytes()
    for end in range(8, len(data), 97):
        path.write_bytes(data[:end])
        with pytest.raises(ValueError, match="`path`: .* cannot be read as an HDF5 file"):
            checkpoint.load(path)


# --- torch --------------------------------------------------------------------------------------


@pytest.mark.parametrize("zipped", [True, False])
def test_files_of_torch(tmp_path, zipped):
    torch = pytest.importorskip("torch")
    path = tmp_path / "x.pt"
    model = torch.nn.Linear(3, 2)
    tree = {"model": model.state_dict(), "epoch": 3, "half": torch.ones(2, dtype=torch.bfloat16), "view": torch.arange(6).reshape(2, 3).T}
    torch.save(tree, path, _use_new_zipfile_serialization=zipped)
    read = checkpoint.load(path)
    same(read["model"], {k: v.numpy() for k, v in model.state_dict().items()})
    assert read["epoch"] == 3 and read["half"].dtype == "bfloat16" and read["view"].tolist() == [[0, 3], [1, 4], [2, 5]]
    read = checkpoint.load(path, only="model/weight")
    assert list(read) == ["model/weight"]


class Evil:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("kind", ["zip", "old", "pickle"])
def test_no_code_is_run(tmp_path, kind):
    made, path = tmp_path / "made", tmp_path / "x.pt"
    if kind == "pickle":
        path.write_bytes(pickle.dumps({"a": Evil(made)}))
    else:
        torch = pytest.importorskip("torch")
        torch.save({"a": Evil(made)}, path, _use_new_zipfile_serialization=kind == "zip")
    with pytest.raises(ValueError, match="is a pickle, which may hold code|Python objects that only code could make"):
        checkpoint.load(path)
    assert not made.exists()


def test_a_damaged_file_of_torch(tmp_path):
    torch = pytest.importorskip("torch")
    path = tmp_path / "x.pt"
    torch.save({"a": torch.ones(100)}, path)
    data = path.read_bytes()
    for end in range(5, len(data), 101):
        path.write_bytes(data[:end])
        with pytest.raises(ValueError, match="`path`"):
            checkpoint.load(path)
