"""A value that a writer can have to itself: for storages that write in place while nobody holds the value.

Knows nothing of frameworks, only reference counts. A writer takes the value out, asks whether anybody
else holds it, and puts back what the value is now; a reader who comes in between waits for that.
Otherwise a reader could fetch the value between the question and the write.
"""

import sys
import threading

__all__ = ["ForeignCell", "Cell", "is_held"]


class Cell:
    """One value. `get()` is what readers call; `with self as taken:` is for writers.

    `taken` is a list of one entry, from which the writer pops the value and to which it appends the
    new one; if it raises in between, it must append what it popped.
    """

    __slots__ = ("_cell", "_lock")

    kept = 0
    """How many references to the value stay behind when a writer has taken it."""

    def __init__(self, value):
        self._cell = [value]
        self._lock = threading.Lock()

    def get(self):
        # Taking the entry is one step of the interpreter, so readers need no lock.
        try:
            return self._cell[0]
        except IndexError:
            with self._lock:
                return self._cell[0]

    def set(self, value):
        with self._lock:
            self._cell[0] = value

    def __enter__(self):
        self._lock.acquire()
        return self._cell

    def __exit__(self, *exception):
        self._lock.release()


class ForeignCell(Cell):
    """One value that somebody else keeps: `read()` fetches it, `write(value)` puts another there.

    Readers who ask the other do not wait for a writer.
    """

    __slots__ = ()

    kept = 1

    def __init__(self, read, write):
        self._cell = _Place(read, write)
        self._lock = threading.Lock()


class _Place(list):
    def __init__(self, read, write):
        self._read, self._write = read, write

    def __getitem__(self, i):
        return self._read()

    def __setitem__(self, i, value):
        self._write(value)

    def pop(self):
        return self._read()

    def append(self, value):
        if value is not self._read():
            self._write(value)


def _count_of_one(cell):
    value = cell.pop()
    return sys.getrefcount(value)


# What the count is when nobody else holds the value differs between versions of Python.
_ALONE = _count_of_one([object()])


def is_held(count):
    """Whether `sys.getrefcount(value)`, asked by who popped the value into a local, counts others."""
    return count > _ALONE
