"""Files as they are read: regular ones only, opened once, read by position from that one descriptor.

Whatever takes a file's place while it is read is not seen, so that no two files are ever mixed.
"""

import os
import stat
import threading

__all__ = ["File", "checked_path", "kind_of_file", "readable"]

readable = (
    "a safetensors file, the index.json of several (or the folder it is in), an .npz, a Keras "
    ".weights.h5 or .keras, and a torch .pt of tensors"
)


def checked_path(path):
    """The path as a str.

    Raises:
        TypeError: no path.
        ValueError: an empty one, or one with a null character in it.
    """
    if not isinstance(path, (str, bytes, os.PathLike)):
        raise TypeError(
            f"Argument `path` must be a path. Received: {path!r} (type {type(path).__name__})"
        )
    path = os.fsdecode(path)
    if not path or "\0" in path:
        raise ValueError(f"Argument `path` must be a path. Received: {path!r}")
    return path


def kind_of_file(mode):
    """What a file of this mode is, in words; None for a regular one."""
    kinds = {
        stat.S_IFDIR: "a directory",
        stat.S_IFIFO: "a FIFO",
        stat.S_IFSOCK: "a socket",
        stat.S_IFCHR: "a device",
        stat.S_IFBLK: "a device",
    }
    return None if stat.S_ISREG(mode) else kinds.get(stat.S_IFMT(mode), "no regular file")


class File:
    """A regular file, open for reading.

    Attributes:
        path: where it was found.
        size: in bytes, when it was opened.

    Raises:
        ValueError: it is no regular file; says what it is.
        OSError: it cannot be opened.
    """

    def __init__(self, path):
        self.path = path
        self._refuse_others(os.stat(path).st_mode)
        # Without waiting, should a FIFO have come in its place since.
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        self.raw = open(os.open(path, flags), "rb", buffering=0)
        try:
            found = os.fstat(self.raw.fileno())
            self._refuse_others(found.st_mode)
        except BaseException:
            self.raw.close()
            raise
        self.size = found.st_size
        self._lock = threading.Lock()

    def _refuse_others(self, mode):
        kind = kind_of_file(mode)
        if kind is not None:
            raise ValueError(f"`path`: {self.path!r} is {kind}. What can be read is {readable}.")

    def read_into(self, buffer, start):
        """Fill `buffer` (writable, of bytes) from the position `start`; ValueError if the file ends before."""
        view = memoryview(buffer)
        while len(view):
            if hasattr(os, "preadv"):
                count = os.preadv(self.raw.fileno(), [view], start)
            else:
                with self._lock:
                    self.raw.seek(start)
                    count = self.raw.readinto(view)
            if not count:
                raise ValueError(f"`path`: {self.path!r} has been cut short.")
            start += count
            view = view[count:]

    def read(self, start, size):
        """The `size` bytes from `start` on, fewer where the file ends before."""
        found = bytearray(max(0, min(size, self.size - start)))
        self.read_into(found, start)
        return bytes(found)

    def close(self):
        self.raw.close()
