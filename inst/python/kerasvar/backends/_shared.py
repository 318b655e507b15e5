"""A storage whose value somebody else keeps, for any framework: a write makes a new value.

Knows of the framework what `Backend` offers. It copies at each write, since the other's readers
cannot be counted; a framework that can do better has a storage of its own for this.
"""

from .base import Storage


class SharedStorage(Storage):
    __slots__ = ("_backend", "_read", "_write")

    def __init__(self, backend, read, write):
        self._backend = backend
        self._read = read
        self._write = write

    @property
    def value(self):
        return self.snapshot()

    def snapshot(self):
        return self._backend.tensor(self._read(), copy=True)

    def host(self):
        return self._backend.host(self.snapshot())

    def assign(self, value):
        dtype = self._backend.dtype(self._read())
        self._write(self._backend.tensor(value, dtype, copy=True))

    def update(self, selection, value, op="set"):
        self._write(self._backend.updated(self._read(), selection, value, op))
