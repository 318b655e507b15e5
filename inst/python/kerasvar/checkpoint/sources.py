"""What can be read from, whatever it is: opened once, its entries known, their values read when asked for."""

import contextlib
import os
from collections.abc import Mapping

from . import files, foreign, header, index, notes, values
from .chunks import Chunks
from .entries import ChunkedEntry

__all__ = ["Source", "open_source"]

_TRIES = 20


class Source(Mapping):
    """An open checkpoint: a mapping from name to `Entry`, and a context manager that closes it.

        with kerasvar.checkpoint.open(path) as file:
            file["w"].shape, file["w"][:10]

    Nothing is read but what is asked for; what is read is checked.

    Attributes:
        path: of the file.
        entries: dict from name to `Entry`, in the order that they were saved in.
        notes: `Notes`.
    """

    def __init__(self, path, entries, found, close):
        self.path, self.entries, self.notes, self.close = path, entries, found, close

    def __getitem__(self, name):
        return self.entries[name]

    def __iter__(self):
        return iter(self.entries)

    def __len__(self):
        return len(self.entries)

    @property
    def metadata(self):
        """See `read_metadata`."""
        return dict(self.notes.metadata)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()


def open_source(path):
    """The `Source` at `path`, of any kind that can be read.

    Raises:
        ValueError: it is damaged, or of no such kind: says what it is.
        FileNotFoundError: there is nothing.
    """
    path = files.checked_path(path)
    if os.path.isdir(path):
        path = _only_file_in(path)
    elif not os.path.lexists(path) and os.path.exists(path + index.ENDING):
        path += index.ENDING
    for left in reversed(range(_TRIES)):
        try:
            return _open(path)
        except _Replaced:
            # A save has put another index in the place of the one whose files are gone.
            if not left:
                raise ValueError(f"`path`: {path!r} names files that are not there.") from None


class _Replaced(Exception):
    pass


def _only_file_in(folder):
    names = sorted(os.listdir(folder))
    found = [name for name in names if name.endswith(index.ENDING)]
    found = found or [name for name in names if name.endswith(".safetensors")]
    if len(found) == 1:
        return os.path.join(folder, found[0])
    held = f"holds {len(found)} of them: {', '.join(found[:5])}" if found else "holds none of them"
    raise ValueError(
        f"`path`: {folder!r} is a directory, and {held}. What can be read is {files.readable}."
    )


def _open(path):
    try:
        file = files.File(path)
    except FileNotFoundError:
        raise FileNotFoundError(f"`path`: there is no file {path!r}.") from None
    try:
        start = file.read(0, 16)
        if path.endswith(index.ENDING):
            return _several(file)
        reader = foreign.reader_of(path, start)
        if reader is not None:
            entries, found, close = reader(file)
            return Source(path, entries, found, close)
        entries, found = _entries(file)
        return Source(path, entries, found, file.close)
    except BaseException:
        file.close()
        raise


@contextlib.contextmanager
def _saying(path, what):
    """A ValueError inside says which file it is about."""
    try:
        yield
    except ValueError as error:
        if str(error).startswith("`"):
            raise
        raise ValueError(f"`path`: {path!r} is not {what}, or damaged: {error}.") from None


def _entries(file):
    """`(entries, notes)` of a safetensors file."""
    with _saying(file.path, "a safetensors file"):
        length = int.from_bytes(file.read(0, 8), "little")
        if file.size < 10 or length > file.size - 8 or length > header.LIMIT:
            raise ValueError(foreign.guess(file.read(0, 512)) or f"it claims a header of {length} bytes")
        text = file.read(0, 8 + length)
        stored, metadata = header.parse(text[8:], file.size - 8 - length)
        found = notes.notes_of(metadata, text)
        if found.version > 1 and found.variables.keys() != stored.keys():
            raise ValueError("its entries are others than those that were saved")
        in_order = [name for name in found.variables if name in stored]
        in_order += [name for name in stored if name not in found.variables]
        made = {name: _entry(file, name, stored[name], found, 8 + length) for name in in_order}
    return made, found


def _entry(file, name, stored, found, start):
    note = found.variables.get(name, {})
    dtype, shape = values.dtype_named(stored.dtype), stored.shape
    if note and values.is_encoded(note.get("dtype"), note.get("shape"), stored.dtype, stored.shape):
        dtype, shape = note["dtype"], tuple(note["shape"])
    elif found.version > 1:
        raise ValueError(f"the entry {name!r} is not as it was saved")
    else:
        # None of ours, or somebody has put another value in its place.
        note = {}
    checksums = note.get("checksums") if found.version > 1 else None
    if found.version > 1 and not isinstance(checksums, list):
        raise ValueError(f"the entry {name!r} has no checksums")
    size = stored.stop - stored.start
    allowed = 1 if stored.dtype == "BOOL" else 255
    chunks = Chunks(file, start + stored.start, size, name, checksums, found.chunk, allowed)
    return ChunkedEntry(file.path, name, dtype, shape, note, chunks)


def _several(file):
    """The `Source` of an index and the files that it names, all of them open."""
    with _saying(file.path, "an index of safetensors files"):
        if file.size > header.LIMIT:
            raise ValueError(f"it has {file.size} bytes")
        text = file.read(0, file.size)
        weights, found = index.parse(text)
        paths = {name: index.file_of(file.path, name) for name in dict.fromkeys(weights.values())}
    with contextlib.ExitStack() as opened:
        sources = {}
        for name, path in paths.items():
            if name.endswith(index.ENDING):
                raise ValueError(f"`path`: {file.path!r} names another index: {name!r}.")
            try:
                sources[name] = opened.enter_context(_open(path))
            except FileNotFoundError:
                if _is_replaced(file.path, text):
                    raise _Replaced from None
                raise FileNotFoundError(
                    f"`path`: {file.path!r} names the file {name!r}, which is not there."
                ) from None
        entries = {}
        for key, name in weights.items():
            if key not in sources[name].entries:
                raise ValueError(f"`path`: {file.path!r} has {key!r} in {name!r}, which has no such entry.")
            entries[key] = sources[name].entries[key]
        if found.version:
            _check_seals(file.path, found, sources, entries)
        # All that the files say, but for what the index says of itself.
        variables = {k: n for s in sources.values() for k, n in s.notes.variables.items() if k in entries}
        closing = opened.pop_all()
    file.close()
    return Source(file.path, entries, found._replace(variables=variables), closing.close)


def _check_seals(path, found, sources, entries):
    """Of our own: that the files are those that were saved with the index."""
    same = found.seals.keys() == sources.keys() and sum(len(s.entries) for s in sources.values()) == len(entries)
    if not same or any(source.notes.seal != found.seals[name] for name, source in sources.items()):
        raise ValueError(f"`path`: {path!r} is damaged: its files are not those that it was saved with.")


def _is_replaced(path, text):
    try:
        file = files.File(path)
    except (OSError, ValueError):
        return True
    with contextlib.closing(file):
        return file.read(0, file.size) != text
