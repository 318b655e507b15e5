"""A storage that hands out its value as a snapshot, and writes to it in place while nobody holds it.

Knows nothing of frameworks, only reference counts. The value is the last entry of a list, and is never
absent from there. `value` is a second reference, which readers fetch without a lock; a writer deletes it
before it asks whether anybody holds the value, so that readers who come from then on wait until it is
written. Whatever ends a write, an interrupt too, the next reader finds the value in the list.
"""

import sys

from .base import Storage


class CellStorage(Storage):
    """A subclass says how the value is copied (`_copied`) and written.

    `_writing`: a write is under way, or was when an interrupt ended it. `_handed_out`: somebody has
    fetched the value since it was put there.
    """

    __slots__ = ("_cell", "_writing", "_handed_out")

    def __init__(self, value):
        self._cell = [value]
        self._writing = self._handed_out = False

    def __getattr__(self, name):
        # Reached where the slot `value` is empty.
        if name != "value":
            raise AttributeError(f"{type(self).__name__!r} has no attribute {name!r}")
        inside = self.lock._is_owned()
        with self.lock:
            if inside and self._writing:
                # In the middle of this thread's own write, which may go on changing it.
                return self._copied(self._cell[-1])
            self._writing = False
            self._handed_out = True
            self.value = value = self._cell[-1]
            return value

    def snapshot(self):
        return self.value

    def _hide(self):
        """Let readers wait; `finally` must have `_show` or set `_writing` to False."""
        self._writing = True
        try:
            del self.value
        except AttributeError:
            pass

    def _show(self):
        self.value = self._cell[-1]
        self._writing = False

    def _put(self, value):
        self._hide()
        self._cell[-1] = value
        self._writing = False


def _count_of_one(cell):
    value = cell[-1]
    return sys.getrefcount(value)


# What the count is when nobody else holds the value differs between versions of Python.
ALONE = _count_of_one([object()])
"""`sys.getrefcount(value)` of a value that only the list and one local variable hold."""
