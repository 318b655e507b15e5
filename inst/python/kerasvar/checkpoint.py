"""Checkpoints: the values of variables in a safetensors file, which any framework's tools can read.

One entry a variable, under its path, in the variable's own dtype. What the format does not know is
written as something it knows: complex numbers as pairs of floats (a last axis of 2), text as JSON in
bytes. How, and each variable's name, dtype, trainable flag and backend, stands as JSON in the file's
metadata under "kerasvar". Knows files and variables; frameworks only through the backends.
"""

import base64
import contextlib
import json
import os
import secrets
from typing import NamedTuple

import numpy as np

from .dtypes import numpy_dtype
from .leaving import stop_gradient
from .scopes import AutocastScope
from .variable import by_path

__all__ = ["describe", "load", "save"]

_METADATA = "kerasvar"

# The format's names of dtypes. Its own reader for NumPy lacks the last three.
_DTYPES = {
    "BOOL": "bool",
    "U8": "uint8", "U16": "uint16", "U32": "uint32", "U64": "uint64",
    "I8": "int8", "I16": "int16", "I32": "int32", "I64": "int64",
    "F16": "float16", "F32": "float32", "F64": "float64", "C64": "complex64",
    "BF16": "bfloat16", "F8_E4M3": "float8_e4m3fn", "F8_E5M2": "float8_e5m2",
}  # fmt: skip
_PARTS = {"complex64": "float32", "complex128": "float64"}


def save(path, variables):
    """Write the values of variables to a safetensors file.

    The file is there whole or not at all: it is written under another name beside its place and
    moved there, and a file that was there before stays until then.

    Args:
        path: where to, str or os.PathLike.
        variables: an iterable of Variables, of any backends; or one Variable.

    Raises:
        ValueError: variables share a path (lists which), or one has a path that no entry can have.
        TypeError: something in `variables` is no Variable.
    """
    from safetensors.numpy import save_file

    arrays, notes = {}, {}
    with AutocastScope(None):
        for key, variable in _by_key(variables).items():
            value = variable._backend.host(stop_gradient(variable))
            note = {
                "name": variable.name,
                "dtype": variable.dtype,
                "shape": list(variable.shape),
                "trainable": variable.trainable,
                "backend": variable.backend,
            }
            arrays[key] = _encoded(value, note["dtype"])
            notes[key] = note
    metadata = {_METADATA: json.dumps({"version": 1, "variables": notes})}
    with _replacing(path) as temporary:
        save_file(arrays, temporary, metadata=metadata)


def load(path, variables=None):
    """Read a safetensors file: into variables, or as arrays.

    Args:
        path: where from, str or os.PathLike. The file need not be ours.
        variables: an iterable of Variables (or one) that the values are assigned to. They must be
            the file's entries, all of them and no others, by path, shape and dtype; of what backends
            they are does not matter. Everything is checked, and read, before anything is assigned,
            and if assigning fails all the same, all variables have their old values.

    Returns:
        None; without `variables` a dict from path to NumPy array, in the order they were saved in.

    Raises:
        ValueError: the file is no safetensors file or has a dtype that is not known here; or
            variables share a path, or do not agree with the file (lists all that do not).
        TypeError: something in `variables` is no Variable.
        FileNotFoundError: there is no such file.
    """
    entries = _entries(path)
    if variables is None:
        return _read(path, entries)
    with AutocastScope(None):
        wanted = _by_key(variables)
        _check_agreement(path, entries, wanted)
        arrays = _read(path, entries)
        before = []
        try:
            for key, variable in wanted.items():
                before.append((variable, variable.snapshot()))
                variable.assign(arrays[key])
        except BaseException:
            for variable, value in before:
                variable.assign(value)
            raise


def describe(path):
    """What a safetensors file holds, without reading the values.

    Returns:
        A dict from path to a dict of "dtype" and "shape", and for a file that `save` wrote "name",
        "trainable" and "backend" (the one that the variable lived in).

    Raises:
        ValueError, FileNotFoundError: as `load`.
    """
    return {
        key: {**entry.note, "dtype": entry.dtype, "shape": entry.shape}
        for key, entry in _entries(path).items()
    }


# -- variables


def _by_key(variables):
    found = by_path(variables)
    if "__metadata__" in found:
        raise ValueError("`variables`: safetensors keeps the path '__metadata__' for itself.")
    return found


def _check_agreement(path, entries, variables):
    problems = [f"{key!r} is not in the file" for key in variables if key not in entries]
    problems += [f"{key!r} has no variable" for key in entries if key not in variables]
    for key, variable in variables.items():
        entry = entries.get(key)
        if entry is None:
            continue
        if entry.shape != variable.shape:
            problems.append(
                f"{key!r} has the shape {entry.shape} in the file, the variable {variable.shape}"
            )
        if entry.dtype != variable.dtype:
            problems.append(
                f"{key!r} has the dtype {entry.dtype} in the file, the variable {variable.dtype}"
            )
    if problems:
        raise ValueError(
            f"`variables` do not agree with {os.fspath(path)!r}; nothing was assigned. "
            + "; ".join(problems)
        )


# -- values as the format holds them


def _encoded(value, dtype):
    """The array that stands for `value`."""
    if dtype == "string":
        text = json.dumps([_text(x) for x in value.ravel()])
        return np.frombuffer(text.encode(), np.uint8)
    # In C order: safetensors takes a Fortran-ordered array for a C-ordered one.
    array = np.ascontiguousarray(value)
    if dtype in _PARTS:
        return array.view(_PARTS[dtype]).reshape(*value.shape, 2)
    return array.reshape(value.shape)


def _is_encoded(dtype, shape, stored, stored_shape):
    """Whether a value of this dtype and shape is stored so."""
    if dtype == "string":
        return stored == "uint8" and len(stored_shape) == 1
    if dtype in _PARTS:
        return stored == _PARTS[dtype] and stored_shape == (*shape, 2)
    return (stored, stored_shape) == (dtype, shape)


def _decoded(array, entry):
    if entry.dtype == "string":
        found = [_bytes(x) if isinstance(x, list) else x for x in json.loads(array.tobytes())]
        return np.array([*found, None], object)[:-1].reshape(entry.shape)
    if array.shape != entry.shape:
        return array.view(entry.dtype).reshape(entry.shape)
    return array


def _text(x):
    """A string for JSON: itself, or its bytes in base 64, in a list."""
    return [base64.b64encode(x).decode()] if isinstance(x, bytes) else str(x)


def _bytes(x):
    return base64.b64decode(x[0])


# -- files


class _Entry(NamedTuple):
    dtype: str
    shape: tuple
    note: dict
    stored: np.dtype
    stored_shape: tuple
    start: int


def _entries(path):
    """A dict from key to `_Entry`, in the order that the variables were saved in."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            # It has checked the header: that entries follow each other, and fill the file.
            metadata = file.metadata() or {}
    except SafetensorError as error:
        raise ValueError(
            f"`path`: {os.fspath(path)!r} is not a safetensors file: {error}"
        ) from error
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
    header.pop("__metadata__", None)
    notes = json.loads(metadata.get(_METADATA, "{}")).get("variables", {})
    in_order = [key for key in notes if key in header]
    in_order += [key for key in header if key not in notes]
    return {key: _entry(path, key, header[key], notes.get(key), 8 + length) for key in in_order}


def _entry(path, key, header, note, start):
    if header["dtype"] not in _DTYPES:
        raise ValueError(
            f"`path`: the entry {key!r} of {os.fspath(path)!r} has the dtype {header['dtype']}, "
            "which is not known here."
        )
    stored, stored_shape = _DTYPES[header["dtype"]], tuple(header["shape"])
    dtype, shape = stored, stored_shape
    if note is not None and _is_encoded(note["dtype"], tuple(note["shape"]), stored, stored_shape):
        dtype, shape = note["dtype"], tuple(note["shape"])
    else:
        # None of ours, or somebody has put another value in its place.
        note = {}
    start += header["data_offsets"][0]
    return _Entry(dtype, shape, note, numpy_dtype(stored), stored_shape, start)


def _read(path, entries):
    arrays = {}
    with open(path, "rb") as file:
        for key, entry in entries.items():
            size = int(np.prod(entry.stored_shape, dtype=np.int64))
            file.seek(entry.start)
            array = np.fromfile(file, entry.stored, size).reshape(entry.stored_shape)
            arrays[key] = _decoded(array, entry)
    return arrays


@contextlib.contextmanager
def _replacing(path):
    """A name to write to: what was written takes the place of `path`, or goes if that fails."""
    # A link stays one, and its target changes.
    target = os.path.realpath(os.fspath(path))
    temporary = f"{target}.{secrets.token_hex(4)}.tmp"
    try:
        with open(temporary, "xb"):
            mode = os.stat(target if os.path.exists(target) else temporary).st_mode
        yield temporary
        # safetensors makes files that nobody else can read.
        os.chmod(temporary, mode)
        with open(temporary, "rb+") as file:
            # Before the name: else a crash may leave an empty file in place of the old one.
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.remove(temporary)
        raise
