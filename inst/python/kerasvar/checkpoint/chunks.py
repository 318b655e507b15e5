"""The bytes of one entry of a file, each checked against its checksum before anybody sees it.

An entry has a checksum for each `CHUNK` of its bytes, so that a part is checked without reading the rest.
"""

import numpy as np

from .notes import digest

__all__ = ["Chunks"]


class Chunks:
    """Bytes in a file.

    Args:
        file: a `File`.
        start, size: where they are.
        name: of the entry, for errors.
        checksums: a list, one for each `chunk` bytes; None where there are none.
        allowed: the highest value of a byte.
    """

    def __init__(self, file, start, size, name, checksums, chunk, allowed=255):
        if checksums is not None and len(checksums) != -(-size // chunk):
            raise ValueError(f"the entry {name!r} has not the checksums it should have")
        self.size = size
        self._file = file
        self._start = start
        self._name = name
        self._checksums = checksums
        self._chunk = chunk
        self._allowed = allowed
        self._kept = None, b""

    def read_into(self, buffer, start=0):
        """Fill `buffer` (an array of uint8) with the bytes from `start` on.

        Raises:
            ValueError: a checksum is another, or a byte is not allowed.
        """
        if self._checksums is None:
            self._file.read_into(buffer, self._start + start)
            self._check_bytes(buffer)
            return
        end, at = start + len(buffer), start
        while at < end:
            number = at // self._chunk
            first = number * self._chunk
            last = min(first + self._chunk, self.size)
            until = min(end, last)
            part = buffer[at - start : until - start]
            if at == first and until == last:
                self._read_chunk(number, part)
            else:
                part[:] = self._whole_chunk(number, last - first)[at - first : until - first]
            at = until

    def verify(self):
        """Read all, keep nothing; raises as `read_into`."""
        buffer = np.empty(min(self._chunk, self.size), np.uint8)
        for start in range(0, self.size, self._chunk):
            self.read_into(buffer[: self.size - start], start)

    def _whole_chunk(self, number, size):
        # Parts are asked for in order, so that the next one lies in the same chunk mostly.
        if self._kept[0] != number:
            buffer = np.empty(size, np.uint8)
            self._read_chunk(number, buffer)
            self._kept = number, buffer
        return self._kept[1]

    def _read_chunk(self, number, buffer):
        self._file.read_into(buffer, self._start + number * self._chunk)
        if digest(buffer) != self._checksums[number]:
            raise ValueError(
                f"`path`: {self._file.path!r} is damaged: the entry {self._name!r} has another checksum "
                "than it was saved with"
            )
        self._check_bytes(buffer)

    def _check_bytes(self, buffer):
        if self._allowed < 255 and buffer.size and buffer.max() > self._allowed:
            raise ValueError(
                f"`path`: {self._file.path!r} is damaged: the entry {self._name!r} has truth values that "
                "are neither 0 nor 1"
            )
