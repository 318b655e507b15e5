"""What variables held before, for the case that a load fails half-way. On the disk, where it is much.

In memory it would be the whole model a second time, on a device that may have no room for that.
"""

import tempfile

import numpy as np

__all__ = ["Undo"]

_IN_MEMORY = 1 << 20


class Undo:
    """A context manager: if its body raises, every variable that was kept is given its value back."""

    def __init__(self):
        self._kept = []
        self._file = None
        self._room = _IN_MEMORY

    def keep(self, variable):
        """Note the present value of a variable."""
        value = variable._read(live=False, cast=False)
        array = variable._backend.host(variable._backend.stop_gradient(value))
        if array.dtype == object or array.nbytes <= self._room:
            self._room -= min(array.nbytes, self._room)
            self._kept.append((variable, value, None))
            return
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(buffering=0)
            start = self._file.seek(0, 2)
            data = memoryview(np.ascontiguousarray(array).reshape(-1).view(np.uint8))
            while len(data):
                data = data[self._file.write(data) :]
            self._kept.append((variable, None, (start, array.dtype)))
        except OSError:
            # No room there either: then in memory, after all.
            self._kept.append((variable, value, None))

    def _restore(self):
        # What was kept last may not have been written to, which does no harm.
        for variable, value, place in reversed(self._kept):
            if place is not None:
                start, dtype = place
                value = np.empty(variable.shape, dtype)
                self._file.seek(start)
                data = memoryview(value.reshape(-1).view(np.uint8))
                while len(data):
                    data = data[self._file.readinto(data) :]
            variable.assign(value)

    def __enter__(self):
        return self

    def __exit__(self, kind, exception, trace):
        try:
            if kind is not None:
                self._restore()
        finally:
            self._kept.clear()
            if self._file is not None:
                self._file.close()
