"""The Threefry-2x32 block cipher and the stream of words that a key and a counter make.

Source: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC11), with
20 rounds. Knows uint32 arrays and nothing of dtypes, shapes or distributions. Element n of a
stream is the cipher of the 64-bit counter n, so that a draw's prefix does not depend on its size.
"""

import numpy as np

_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
_PARITY = np.uint32(0x1BD11BDA)

# Elements drawn at a time: some hundred kilobytes of working memory, which stay in the cache. It
# divides 2**32, so that the high word of the counter is one number within a chunk.
CHUNK = 16384


def encrypt(key0, key1, word0, word1):
    """Encrypt the pairs (word0, word1) in place.

    Args:
        key0, key1: uint32 arrays that broadcast to the words' shape, of at least one axis (NumPy
            warns when a scalar wraps).
        word0, word1: uint32 arrays of one shape.
    """
    schedule = (key0, key1, key0 ^ key1 ^ _PARITY)
    scratch = np.empty_like(word0)
    word0 += key0
    word1 += key1
    for step in range(1, 6):
        for rotation in _ROTATIONS[(step - 1) % 2]:
            word0 += word1
            np.left_shift(word1, rotation, out=scratch)
            np.right_shift(word1, 32 - rotation, out=word1)
            word1 |= scratch
            word1 ^= word0
        word0 += schedule[step % 3]
        word1 += schedule[(step + 1) % 3] + np.uint32(step)


def chunks(key, size):
    """Yield (start, stop, word0, word1) over the first `size` elements of the key's stream.

    The words are uint32 arrays of length stop - start, the caller's to write to.

    Args:
        key: uint32 array of shape (2,).
        size: number of elements.
    """
    for start in range(0, size, CHUNK):
        stop = min(start + CHUNK, size)
        yield start, stop, *chunk(key, start, stop)


def chunk(key, start, stop):
    """Elements start to stop, of one chunk, of the key's stream as (word0, word1)."""
    word0 = np.full(stop - start, start >> 32, np.uint32)
    word1 = np.arange(stop - start, dtype=np.uint32)
    word1 += np.uint32(start & 0xFFFFFFFF)
    encrypt(key[:1], key[1:], word0, word1)
    return word0, word1
