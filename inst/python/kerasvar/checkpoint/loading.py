"""Loading: from any source into what is there, or as new values; all of it or nothing."""

import contextlib
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

import numpy as np

from .. import backends, options, scopes
from ..dtypes import ALLOWED, numpy_dtype
from ..scopes import AutocastScope
from ..variable import Variable
from . import progress, structure
from .sources import open_source
from .undo import Undo

__all__ = ["Disagreement", "describe", "load", "read_metadata"]


class Disagreement(NamedTuple):
    """What of a file and of what it was loaded into did not agree; false if everything did."""

    missing: list
    """Names that are not in the file."""
    unexpected: list
    """Names in the file that nothing is there for."""
    shapes: dict
    """Name -> (shape in the file, shape that is there)."""
    dtypes: dict
    """Name -> (dtype in the file, dtype that is there)."""

    def __bool__(self):
        return any(map(bool, self))


def load(
    path,
    into=None,
    backend=None,
    *,
    strict=True,
    rename=None,
    cast=False,
    only=None,
    show_progress=None,
    variables=None,
):
    """Read a checkpoint: into what is there, or as new values.

    Everything is read and checked before anything is assigned, and if assigning fails all the same, all
    variables have their old values.

    Args:
        path: where from, str or os.PathLike: a safetensors file, ours or another's; the index.json of
            several, or the folder it is in; an .npz, a Keras .weights.h5 or .keras, a torch .pt.
        into: what `save` takes. Variables are assigned to, of whatever backends they are; in place of
            tensors, keys and numbers there are new ones in the tree that is returned. The names must be
            the file's, all of them and no others, and shapes and dtypes the same.
        backend: without `into`, the name of the backend that new variables (tensors where no variables
            were saved) belong to; None for NumPy arrays.
        strict: if False, what agrees is loaded, and the rest is left out and returned.
        rename: a dict from names in the file to other names, or a function of a name; None from it
            leaves the entry out. Before names are compared with anything.
        cast: whether dtypes may differ; values are then cast as the framework casts.
        only: the names to load, an iterable or one, or a function of a name that says whether. The rest
            of the file is not looked at.
        show_progress: see `save`.
        variables: an older name of `into`.

    Returns:
        Without `into`: what was saved: of a list of variables, and of files of others, a dict from name
        to value, in the order they were saved in; else the tree.
        With `into`: None if there are only variables in it, else the tree. With `strict=False` a
        `Disagreement`, or `(tree, Disagreement)`.

    Raises:
        ValueError: the file is damaged, or none of these; or does not agree with `into` (lists all that
            does not); or an entry has a dtype that is not known here.
        TypeError: something in `into` cannot be loaded into.
        FileNotFoundError: there is no such file.
    """
    into = variables if into is None else into
    if into is not None and backend is not None:
        raise ValueError("Only one of `into` and `backend` can be given.")
    target = None if backend is None else backends.get(backend)
    with open_source(path) as source:
        entries = _chosen(source, rename, only)
        if into is None:
            with progress.bar("loading", _size(entries), show_progress) as advance:
                return _new(source, entries, target, advance, whole=rename is None and only is None)
        with AutocastScope(None):
            return _into(source, entries, into, strict, cast, only is not None, show_progress)


def describe(path):
    """What a checkpoint holds, without reading the values.

    Returns:
        A dict from name to a dict of "dtype" and "shape", and for a file that `save` wrote "backend"
        (the one that it lived in), for variables "name", "trainable" and those options that are not the
        default, for others "kind" ("tensor" or "key").

    Raises:
        ValueError, FileNotFoundError: as `load`.
    """
    with open_source(path) as source:
        return {
            key: {
                **{k: v for k, v in entry.note.items() if k != "checksums"},
                "dtype": entry.dtype,
                "shape": entry.shape,
            }
            for key, entry in source.entries.items()
        }


def read_metadata(path):
    """The `metadata` that `save` was given, a dict; of a safetensors file of others, its text.

    Raises:
        ValueError, FileNotFoundError: as `load`.
    """
    with open_source(path) as source:
        return dict(source.notes.metadata)


def _size(entries):
    return sum(entry.size for entry in entries.values())


def _chosen(source, rename, only):
    """The entries under their new names, those that are wanted."""
    entries = source.entries
    if rename is not None:
        entries = _renamed(entries, rename)
    if only is None:
        return entries
    if callable(only):
        return {name: entry for name, entry in entries.items() if only(name)}
    if not isinstance(only, (str, Iterable)):
        raise TypeError(f"Argument `only` must be names or a function. Received: {only!r}")
    only = [only] if isinstance(only, str) else list(only)
    absent = [name for name in only if name not in entries]
    if absent:
        raise ValueError(
            f"Argument `only`: {source.path!r} has no entry {', '.join(map(repr, absent))}."
        )
    return {name: entry for name, entry in entries.items() if name in set(only)}


def _renamed(entries, rename):
    if isinstance(rename, Mapping):
        unknown = [name for name in rename if name not in entries]
        if unknown:
            raise ValueError(
                f"Argument `rename`: the file has no entry {', '.join(map(repr, unknown))}."
            )
    elif not isinstance(rename, Callable):
        raise TypeError(f"Argument `rename` must be a dict or a function. Received: {rename!r}")
    found = {}
    for name, entry in entries.items():
        new = rename.get(name, name) if isinstance(rename, Mapping) else rename(name)
        if new is None:
            continue
        if not isinstance(new, str):
            raise TypeError(f"Argument `rename` must give text for {name!r}. Received: {new!r}")
        if new in found:
            raise ValueError(f"Argument `rename` gives the name {new!r} twice, also for {name!r}.")
        found[new] = entry
    return found


# -- new values


def _new(source, entries, backend, advance, whole):
    for entry in entries.values():
        entry.check_dtype()
    found = {}
    for name, entry in entries.items():
        found[name] = _new_value(name, entry, backend)
        advance(entry.size)
    if not whole or source.notes.structure is None:
        return found
    try:
        return structure.rebuild(source.notes.structure, found.__getitem__)
    except (KeyError, ValueError):
        raise ValueError(f"`path`: {source.path!r} is damaged: its structure cannot be read.") from None


def _new_value(name, entry, backend):
    kind = entry.note.get("kind")
    if backend is None:
        return entry.read()
    if kind == "key" and hasattr(backend.random, "wrap_key_data"):
        return _key(backend, entry.read(), entry.note["implementation"])
    dtype = backend.canonical_dtype(entry.dtype)
    if kind is not None:
        return _taken(backend, entry, dtype)
    own = _options(name, entry, dtype)
    device = scopes.current_device()
    with contextlib.nullcontext() if device is None else backend.device(device):
        return Variable._around(own.storage(backend, _taken(backend, entry, dtype)), backend, entry.shape, own)


def _taken(backend, entry, dtype):
    """The value as a tensor of the backend, in the memory that it was read into if possible."""
    if dtype == "string":
        return entry.read()
    # jax lets go of memory that it has taken over when it is next given some (seen with 0.10).
    backend.taken(np.zeros((), numpy_dtype(dtype)), dtype)
    return backend.taken(entry.read(), dtype)


def _key(backend, data, implementation):
    return backend.random.wrap_key_data(backend.tensor(data, "uint32"), impl=implementation)


def _options(name, entry, dtype):
    """The options that a variable was saved with; of files of others, those of a new one."""
    note = entry.note
    path = note.get("path", name)
    changed = {
        field: options.check(field, note[field], entry.shape)
        for field in (
            "trainable", "autocast", "aggregation", "synchronization", "overwrite_with_gradient", "dimnames"
        )  # fmt: skip
        if field in note
    }
    return options.Options(note.get("name", path.rpartition("/")[2] or path), path, dtype, **changed)


# -- into what is there


class _Place:
    """Where a value goes: a variable, or a tensor that gives way to a new one."""

    def __init__(self, x):
        self.variable = x if isinstance(x, Variable) else None
        self._backend = backends.backend_of(x) if self.variable is None else x._backend
        self._implementation = None
        if self.variable is not None:
            self.dtype, self.shape = x._dtype, x.shape
            return
        try:
            self.dtype = self._backend.dtype(x)
        except (KeyError, ValueError):
            self.dtype = None
        if self.dtype not in ALLOWED and hasattr(self._backend.random, "key_impl"):
            self._implementation = str(self._backend.random.key_impl(x))
            x, self.dtype = self._backend.random.key_data(x), "uint32"
        self.shape = tuple(self._backend.shape(x))

    def value(self, entry):
        """The value of an entry, to be put here."""
        if self._implementation is not None:
            return _key(self._backend, entry.read(), self._implementation)
        if self.variable is not None and entry.dtype != self.dtype:
            # To be cast as assigning casts.
            return entry.read()
        return _taken(self._backend, entry, self.dtype)


def _into(source, entries, into, strict, cast, part, show):
    tree = structure.flatten(into, "into", own_paths=source.notes.version == 1)
    places = {name: _Place(x) for name, x in tree.leaves.items()}
    plain = _plain_values(source) if tree.plain else {}
    problems = _disagreement(entries, places, cast, part)
    if tree.plain and not part:
        problems.missing.extend(name for name in tree.plain if name not in plain)
    if strict and problems:
        raise ValueError(_told(problems, source.path))
    wrong = {*problems.missing, *problems.shapes, *problems.dtypes}
    pairs = {name: entries[name] for name in places if name in entries and name not in wrong}
    with progress.bar("loading", 2 * _size(pairs), show) as advance:
        for entry in pairs.values():
            entry.verify()
            advance(entry.size)
        values = {**tree.leaves, **tree.plain, **{k: v for k, v in plain.items() if k in tree.plain}}
        with Undo() as undo:
            for name, entry in pairs.items():
                place = places[name]
                if place.variable is None:
                    values[name] = place.value(entry)
                else:
                    undo.keep(place.variable)
                    place.variable.assign(place.value(entry))
                advance(entry.size)
    if tree.in_place:
        return None if strict else problems
    filled = structure.filled(tree, values)
    return filled if strict else (filled, problems)


def _plain_values(source):
    if source.notes.structure is None:
        return {}
    try:
        return structure.values_of(source.notes.structure)
    except ValueError as error:
        raise ValueError(f"`path`: {source.path!r} is damaged: {error}.") from None


def _disagreement(entries, places, cast, part):
    missing = [] if part else [name for name in places if name not in entries]
    unexpected = [name for name in entries if name not in places]
    shapes, dtypes = {}, {}
    for name, place in places.items():
        entry = entries.get(name)
        if entry is None:
            continue
        if entry.shape != tuple(place.shape):
            shapes[name] = entry.shape, tuple(place.shape)
        if entry.dtype != place.dtype and not (cast and _can_cast(entry.dtype, place.dtype)):
            dtypes[name] = entry.dtype, place.dtype
    return Disagreement(missing, unexpected, shapes, dtypes)


def _can_cast(held, wanted):
    if held not in ALLOWED or wanted not in ALLOWED or "string" in (held, wanted):
        return False
    return wanted.startswith("complex") or not held.startswith("complex")


def _told(problems, path):
    told = [f"{name!r} is not in the file" for name in problems.missing]
    told += [f"{name!r} has no variable" for name in problems.unexpected]
    for what, pairs in (("shape", problems.shapes), ("dtype", problems.dtypes)):
        for name, (held, there) in pairs.items():
            told.append(f"{name!r} has the {what} {held} in the file, the variable {there}")
    return f"`into` does not agree with {path!r}; nothing was assigned. {'; '.join(told)}"
