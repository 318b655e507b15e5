"""Files of others: NumPy's .npz, Keras's .weights.h5 and .keras, torch's .pt. No code in them is ever run.

A reader takes a `File` and gives `(entries, notes, close)`. What a file claims to hold is compared with
what it can hold before memory is taken for it.
"""

import contextlib
import math
import tempfile
import zipfile

import numpy as np

from .. import backends
from ..dtypes import ALLOWED, numpy_dtype, standardize_dtype
from . import structure
from .entries import ArrayEntry
from .notes import Notes

__all__ = ["guess", "reader_of"]

_HDF5 = b"\x89HDF\r\n\x1a\n"
_TORCH = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
_KERAS = "model.weights.h5"
# The most that deflate makes of a byte, and the metadata of a small data set.
_RATIO, _SMALL = 1100, 1 << 16


def reader_of(path, start):
    """The reader of a file that begins with these bytes; None if it may be safetensors."""
    if start[:4] in (b"PK\3\4", b"PK\5\6") and start[8:9] != b"{":
        return _read_zip
    if start.startswith(_HDF5):
        return _read_hdf5
    if start.startswith(_TORCH):
        return _read_torch
    return None


def guess(start):
    """What a file is that begins with these bytes and that cannot be read, in words; or None."""
    known = {
        b"\x93NUMPY": "it is a single array of NumPy (.npy)",
        b"\x80": "it is a pickle, which may hold code and is not read",
        b"\x1f\x8b": "it is compressed by gzip",
        b"GGUF": "it is a GGUF file",
        b"": "it is empty",
    }
    if not start:
        return known[b""]
    for magic, words in known.items():
        if magic and start.startswith(magic):
            return words
    if all(byte >= 32 or byte in b"\t\n\r" for byte in start):
        return "it is text"
    return None


@contextlib.contextmanager
def _whatever(path, kind):
    """What a library raises for a damaged file, which may be anything, as a ValueError."""
    try:
        yield
    except (ImportError, MemoryError):
        raise
    except Exception as error:
        if isinstance(error, ValueError) and str(error).startswith("`"):
            raise
        raise ValueError(f"`path`: {path!r} cannot be read as {kind}: {error}") from error


# -- zip: .npz, .keras, .pt


def _read_zip(file):
    with _whatever(file.path, "a zip file"):
        archive = zipfile.ZipFile(file.raw)
        names = archive.namelist()
        twice = len(set(names)) != len(names)
        if twice:
            raise ValueError("it has two files of one name")
    if _KERAS in names:
        return _read_keras(file, archive)
    if any(name.endswith("/data.pkl") for name in names):
        return _read_torch(file)
    if names and not all(name.endswith(".npy") for name in names):
        raise ValueError(f"`path`: {file.path!r} is a zip file with {names[0]!r}, and no checkpoint.")
    with _whatever(file.path, "an .npz"):
        entries = {}
        for info in archive.infolist():
            _check_claim(info.file_size, info.compress_size)
            entries[info.filename[: -len(".npy")]] = _npy_entry(file.path, archive, info)
    return entries, Notes(), file.close


def _check_claim(size, held):
    """Raise ValueError if so many bytes cannot have been made of those that a file holds."""
    if size > held * _RATIO + _SMALL:
        raise ValueError(f"it claims {size} bytes, and holds {held}")


def _npy_entry(path, archive, info):
    with archive.open(info) as member:
        version = np.lib.format.read_magic(member)
        read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
        if version not in read:
            raise ValueError(f"{info.filename!r} has the unknown version {version}")
        shape, _, dtype = read[version](member)
        name, size = _name_of(dtype), math.prod(shape) * dtype.itemsize
        if not dtype.hasobject and size != info.file_size - member.tell():
            raise ValueError(f"{info.filename!r} has not the size that its shape takes")

    def read_part(ranges):
        with _whatever(path, "an .npz"), archive.open(info) as member:
            array = np.lib.format.read_array(member, allow_pickle=False)
        return _native(array if ranges is None else array[(*np.ix_(*ranges), ...)])

    return ArrayEntry(path, info.filename[: -len(".npy")], name, shape, size, read_part)


def _name_of(dtype):
    """Our name of a NumPy dtype, or NumPy's own where we have none."""
    if dtype.kind == "S":
        return str(dtype)
    try:
        return standardize_dtype(dtype.newbyteorder("="))
    except ValueError:
        return "Python objects" if dtype.hasobject else str(dtype)


def _native(array):
    if array.dtype.kind == "U":
        return array.astype(object)
    return np.array(array, array.dtype.newbyteorder("="), order="C")


# -- HDF5: .weights.h5, and what is in a .keras


def _read_keras(file, archive):
    with _whatever(file.path, "a Keras file"):
        info = archive.getinfo(_KERAS)
        _check_claim(info.file_size, info.compress_size)
        # On the disk, since the library reads here and there.
        copy = tempfile.TemporaryFile()
        with archive.open(info) as member:
            while data := member.read(1 << 20):
                copy.write(data)
    file.close()
    return _hdf5_entries(file.path, copy)


def _read_hdf5(file):
    return _hdf5_entries(file.path, file.raw)


def _hdf5_entries(path, raw):
    try:
        import h5py
    except ImportError:
        raise ImportError(f"`path`: {path!r} is an HDF5 file. Install h5py: `pip install h5py`.") from None
    entries = {}

    def visit(name, item):
        # Links are not followed: nothing outside the file is looked at.
        if isinstance(item, h5py.Dataset):
            entries[name] = _dataset_entry(path, name, item)

    with _whatever(path, "an HDF5 file"):
        archive = h5py.File(raw, "r")
        archive.visititems(visit)

    def close():
        archive.close()
        raw.close()

    return entries, Notes(), close


def _dataset_entry(path, name, dataset):
    # Keras writes bfloat16 as bytes, and says so.
    dtype = standardize_dtype(str(dataset.attrs["dtype"])) if "dtype" in dataset.attrs else None
    dtype = dtype or _name_of(dataset.dtype)
    shape = dataset.shape if dataset.shape is not None else ()
    size = math.prod(shape) * dataset.dtype.itemsize
    if dataset.external or dataset.is_virtual or dataset.shape is None:
        raise ValueError(f"{name!r} has its values in another file, or none")
    _check_claim(size, dataset.id.get_storage_size())

    def read_part(ranges):
        with _whatever(path, "an HDF5 file"):
            if ranges is None or not ranges:
                array = dataset[()]
            else:
                # One axis by the library, which takes a slice; the others here.
                first = np.asarray(ranges[0])
                low, high = (int(first.min()), int(first.max()) + 1) if first.size else (0, 0)
                array = dataset[low:high][np.ix_(first - low, *ranges[1:])]
            array = np.asarray(array)
            if dtype in ALLOWED and array.dtype.kind == "V":
                array = array.view(numpy_dtype(dtype))
            return _native(array)

    return ArrayEntry(path, name, dtype, shape, size, read_part)


# -- torch


def _read_torch(file):
    from ..interop.torch import read_tensors

    with _whatever(file.path, "a file of torch"):
        tree = structure.flatten(read_tensors(file.raw), file.path)
        backend = backends.get("torch")
        entries = {}
        for name, tensor in tree.leaves.items():
            dtype, shape = _torch_dtype(backend, tensor), backend.shape(tensor)
            read_part = _torch_part(backend, tensor)
            entries[name] = ArrayEntry(file.path, name, dtype, shape, tensor.nbytes, read_part)
    return entries, Notes(structure=tree.structure), file.close


def _torch_dtype(backend, tensor):
    try:
        return backend.dtype(tensor)
    except (KeyError, ValueError):
        return str(tensor.dtype)


def _torch_part(backend, tensor):
    def read_part(ranges):
        # Not `host`: torch copies on write what it has loaded, and then ends the process (seen with 2.13).
        array = backend.borrow(tensor)
        return np.array(array if ranges is None else array[(*np.ix_(*ranges), ...)], order="C")

    return read_part
