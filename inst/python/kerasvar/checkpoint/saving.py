"""Saving: values to a safetensors file, or to several and an index of them."""

import contextlib
import math
import os
import secrets

from .. import backends
from ..dtypes import ALLOWED
from ..leaving import stop_gradient
from ..scopes import AutocastScope
from ..variable import Variable
from . import atomic, header, index, notes, progress, structure, values
from .files import checked_path

__all__ = ["save"]

_PER_FILE = 5 * 10**9


def save(path, variables, metadata=None, max_shard_size=_PER_FILE, show_progress=None):
    """Write values to a safetensors file, which is there whole or not at all, and stays there.

    It is written under another name beside its place, flushed to the disk and moved there; a file that
    was there before stays until then. What saves to this path that were killed have left behind is
    removed. If the values take more than `max_shard_size`, they go to several files beside `path`, and
    `<path>.index.json`, as Hugging Face writes it, says which are where.

    Args:
        path: where to, str or os.PathLike. The two may also come the other way round.
        variables: an iterable of Variables, of any backends; or one; or a tensor or random key; or a
            tree of these: dicts, lists, tuples, frozen dicts and axis metadata, with numbers, text and
            None beside them. A list of variables goes by their paths, everything else by the keys that
            lead to it, joined by "/". Variables of Keras, TensorFlow, PyTorch and Flax are variables.
        metadata: a dict of what JSON knows, for `read_metadata`; text is there for other readers as well.
        max_shard_size: in bytes; None for no limit. A value that alone is larger has a file of its own.
        show_progress: a function of (bytes written, bytes in all); False for none; None for a progress
            bar (of tqdm, if that is installed) when it takes long and somebody may be looking.

    Raises:
        ValueError: several values have the same name (lists which), one has a name that no entry can have,
            or at `path` is something that is no file.
        TypeError: `variables` holds something else, or `metadata` what JSON does not know.
        OSError: the disk is full, or there is no permission. What was there stays.
    """
    if isinstance(variables, (str, bytes, os.PathLike)) and not isinstance(path, (str, bytes, os.PathLike)):
        path, variables = variables, path
    path = checked_path(path)
    limit = math.inf if max_shard_size is None else max_shard_size
    if isinstance(limit, bool) or not isinstance(limit, (int, float)) or not limit > 0:
        raise ValueError(f"Argument `max_shard_size` must be a number above 0. Received: {limit!r}")
    if metadata is not None and not isinstance(metadata, dict):
        raise TypeError(f"Argument `metadata` must be a dict. Received: {metadata!r}")
    with AutocastScope(None):
        tree = structure.flatten(variables)
        # All at one moment: a variable that is written while this is saved does not show.
        items = {name: _Item(name, x) for name, x in tree.leaves.items()}
    # What the metadata cannot hold is found before anything is written.
    notes.sealed({}, tree.structure, metadata)
    wants_index = path.endswith(index.ENDING)
    base = atomic.target_of(path[: -len(index.ENDING)] if wants_index else path)
    total = sum(item.size for item in items.values())
    with atomic.saving_to(path), progress.bar("saving", total, show_progress) as advance:
        if wants_index or total > limit:
            _save_several(base, items, tree.structure, metadata, limit, advance)
        else:
            with atomic.replacing(base) as file:
                _write(file, items, tree.structure, metadata, advance)
            index.remove(base)


def _save_several(base, items, tree, metadata, limit, advance):
    target = atomic.target_of(base + index.ENDING)
    index.remove_abandoned(base)
    groups = _groups(items, limit)
    token = secrets.token_hex(4)
    with contextlib.ExitStack() as files:
        written, weights, seals = [], {}, {}
        try:
            for n, group in enumerate(groups):
                name = index.file_name(base, token, n + 1, len(groups))
                file, _ = atomic.create(lambda: name)
                files.enter_context(file)
                written.append(name)
                seals[os.path.basename(name)] = _write(file, group, None, None, advance)
                os.fsync(file.fileno())
                weights.update((key, os.path.basename(name)) for key in group)
            atomic.sync_folder(os.path.dirname(base))
            with atomic.replacing(target) as file:
                total = sum(item.size for item in items.values())
                file.write(index.build(weights, total, notes.sealed({}, tree, metadata, seals)))
        except BaseException:
            for name in written:
                with contextlib.suppress(OSError):
                    os.remove(name)
            raise
    # From here on the index stands for the path.
    with contextlib.suppress(FileNotFoundError):
        os.remove(base)
    index.remove_abandoned(base)


def _groups(items, limit):
    """The items in groups of at most `limit` bytes, or one item."""
    groups, size = [{}], 0
    for name, item in items.items():
        if groups[-1] and size + item.size > limit:
            groups.append({})
            size = 0
        groups[-1][name] = item
        size += item.size
    return groups


class _Item:
    """A value to be saved: a snapshot, and what is noted of it."""

    def __init__(self, name, x):
        own = x._options if isinstance(x, Variable) else None
        self.note = {"kind": "tensor"}
        if own is not None:
            backend, dtype, x = x._backend, x._dtype, stop_gradient(x)
            self.note = {"name": own.name}
        else:
            backend = backends.backend_of(x)
            try:
                dtype = backend.dtype(x)
            except (KeyError, ValueError):
                dtype = None
        if dtype not in ALLOWED:
            x = self._key_data(name, x, backend)
            dtype = "uint32"
        self._value, self._backend = x, backend
        self.dtype, shape = dtype, tuple(backend.shape(x))
        self.note.update(dtype=dtype, shape=list(shape))
        if own is not None:
            self.note.update(trainable=own.trainable, backend=backend.name)
            if own.path != name:
                self.note["path"] = own.path
            changed = own.changed()
            for field in ("autocast", "aggregation", "synchronization", "overwrite_with_gradient", "dimnames"):
                if field in changed:
                    self.note[field] = changed[field]
        else:
            self.note["backend"] = backend.name
        self._text = None
        if dtype == "string":
            text = self.array()
            if not all(isinstance(one, (str, bytes)) for one in text.flat):
                raise TypeError(f"Argument `variables`: {name!r} holds Python objects that are no text.")
            self._text = values.encode(text, "string")
        self.stored = values.stored_as(dtype, shape, None if self._text is None else self._text.size)
        self.size = math.prod(self.stored[1]) * header.BITS[self.stored[0]] // 8

    def _key_data(self, name, x, backend):
        """The numbers that a key of a framework's own is made of."""
        random = backend.random
        if random is None or not hasattr(random, "key_data"):
            raise TypeError(
                f"Argument `variables`: {name!r} is of a dtype that no file can hold: {x.dtype}"
            )
        self.note.update(kind="key", implementation=str(random.key_impl(x)))
        return random.key_data(x)

    def array(self):
        return self._backend.host(self._value)

    def forget(self):
        self._value = self._text = None

    def data(self):
        """The bytes of the value, an array of uint8."""
        return values.encode(self.array(), self.dtype) if self._text is None else self._text


def _write(file, items, tree, metadata, advance):
    """Write a whole safetensors file; returns its seal."""
    # In order of their size, so that each lies at a multiple of its own; and otherwise as they came.
    ordered = sorted(items, key=lambda name: -header.BITS[items[name].stored[0]])
    entries = {name: (*items[name].stored, items[name].size) for name in ordered}
    noted = {name: item.note for name, item in items.items()}
    for item in items.values():
        item.note["checksums"] = [notes.UNSET] * -(-item.size // notes.CHUNK)
    start = len(header.build(entries, notes.sealed(noted, tree, metadata)))
    _write_all(file, bytes(start))
    for name in ordered:
        data = items[name].data()
        for n in range(len(items[name].note["checksums"])):
            # A copy: what lies in memory may be another's, who writes to it.
            part = data[n * notes.CHUNK : (n + 1) * notes.CHUNK].tobytes()
            items[name].note["checksums"][n] = notes.digest(part)
            _write_all(file, part)
            advance(len(part))
        data = None
        items[name].forget()
    text, seal = notes.fill_seal(header.build(entries, notes.sealed(noted, tree, metadata)))
    file.seek(0)
    _write_all(file, text)
    return seal


def _write_all(file, data):
    view = memoryview(data)
    while len(view):
        view = view[file.write(view) :]
