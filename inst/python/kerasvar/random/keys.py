"""Keys: making them, deriving one from another, and who answers for a key of a framework's own.

Knows what a valid key is; a key without values gives results without (`AbstractArray`). What is
drawn from a key is told by `floats` and `integers`.
"""

import functools
import operator

import numpy as np

from .. import backends
from ..backends.tracing import AbstractArray
from .threefry import encrypt


_HOST = (int, np.ndarray, np.generic)


def framework_random(value):
    """The random functions of the framework that `value` is a tensor of, if it has keys of its own."""
    backend = None if isinstance(value, _HOST) else backends.backend_of(value)
    return None if backend is None else backend.random


def answered_by_framework(function):
    """Let the framework's own function of the same name answer for a key of its own (jax.random)."""

    @functools.wraps(function)
    def answer(key, *args, **kwargs):
        own = framework_random(key)
        if own is not None:
            return getattr(own, function.__name__)(key, *args, **kwargs)
        return function(check_key(key, function.__name__), *args, **kwargs)

    return answer


def each_key(sampler):
    """`answered_by_framework`, and an array of keys draws once for each key."""

    @functools.wraps(sampler)
    def draw(key, *args, **kwargs):
        if key.ndim == 1:
            return sampler(key, *args, **kwargs)
        if key.size == 0:
            one = sampler(AbstractArray((2,), np.uint32), *args, **kwargs)
            return np.empty(key.shape[:-1] + one.shape, one.dtype)
        drawn = np.stack([sampler(one, *args, **kwargs) for one in key.reshape(-1, 2)])
        return drawn.reshape(key.shape[:-1] + drawn.shape[1:])

    return answered_by_framework(draw)


def check_key(key, name):
    """The key (or keys) as a NumPy array, or as the AbstractArray it is; TypeError if it is none."""
    if not hasattr(key, "dtype") or not hasattr(key, "shape"):
        raise TypeError(
            f"`key` of {name}() must be a uint32 array of shape (2,), as key(seed) makes it. "
            f"Received: {key!r} (type {type(key).__name__})"
        )
    array = key if isinstance(key, AbstractArray) else np.asarray(key)
    if array.dtype != np.uint32 or array.ndim == 0 or array.shape[-1] != 2:
        raise TypeError(
            f"`key` of {name}() must be a uint32 array of shape (2,), or (..., 2) for several. "
            f"Received: shape {array.shape}, dtype {array.dtype}"
        )
    return array


def check_shape(shape, name, argument="shape"):
    """The shape as a tuple of ints; an integer alone is a shape of one axis.

    Raises:
        TypeError: no integer and no sequence of integers.
        ValueError: a negative size.
    """
    try:
        # jax takes Python's int alone, but not NumPy's; here both are one axis.
        sizes = (operator.index(shape),)
    except TypeError:
        try:
            sizes = tuple(operator.index(size) for size in shape)
        except TypeError:
            raise TypeError(
                f"`{argument}` of {name}() must be integers. Received: {shape!r}"
            ) from None
    if any(size < 0 for size in sizes):
        raise ValueError(f"`{argument}` of {name}() must not be negative. Received: {shape!r}")
    return sizes


def key(seed):
    """The key of a seed, as `jax.random.key` makes it with jax's default settings.

    jax without x64 keeps the seed's low 32 bits and nothing else, negative seeds in two's
    complement. So it is here always: seeds that differ by a multiple of 2**32 give one key.

    Args:
        seed: an integer in [-2**63, 2**63), or a 0-d integer array.

    Returns:
        uint32 array of shape (2,); a typed jax key if the seed is a jax array.

    Raises:
        TypeError: `seed` is no integer scalar.
        OverflowError: `seed` is a Python integer beyond 64 bits.
    """
    own = framework_random(seed)
    if own is not None:
        return own.key(seed)
    array = np.asarray(seed)
    integral = array.dtype.kind in "iu" or isinstance(seed, int)
    if array.ndim or not integral:
        raise TypeError(f"`seed` of key() must be an integer scalar. Received: {seed!r}")
    if not -(2**63) <= int(seed) < (2**63 if isinstance(seed, int) else 2**64):
        raise OverflowError(f"`seed` of key() must fit into 64 bits. Received: {seed!r}")
    return np.array([0, int(seed) & 0xFFFFFFFF], np.uint32)


@answered_by_framework
def fold_in(key, data):
    """A new key from a key and an integer, as `jax.random.fold_in` makes it.

    Args:
        key: uint32 array of shape (2,), or (..., 2) for several keys.
        data: an integer in [0, 2**32). A NumPy integer out of that range counts modulo 2**32, as it
            does in jax. An array of integers broadcasts against the leading axes of the keys.

    Returns:
        uint32 array of shape (2,), or (..., 2): the axes that the keys and the data broadcast to.

    Raises:
        TypeError: `key` is no key, or `data` no integer.
        OverflowError: `data` is a Python integer out of range.
    """
    if isinstance(data, int):
        if not 0 <= data < 2**32:
            raise OverflowError(f"`data` of fold_in() must be in [0, 2**32). Received: {data}")
        data = np.uint32(data)
    array = np.asarray(data)
    if array.dtype.kind not in "iub":
        raise TypeError(f"`data` of fold_in() must be an integer. Received: {data!r}")
    batch = np.broadcast_shapes(key.shape[:-1], array.shape)
    if isinstance(key, AbstractArray):
        return AbstractArray((*batch, 2), np.uint32)
    word1 = np.array(np.broadcast_to(array.astype(np.uint32), batch))
    word1, word0 = word1.reshape(batch + (1,)), np.zeros(batch + (1,), np.uint32)
    encrypt(key[..., :1], key[..., 1:], word0, word1)
    return np.concatenate([word0, word1], axis=-1)


@answered_by_framework
def split(key, num=2):
    """New keys from a key, as `jax.random.split` makes them.

    Args:
        key: uint32 array of shape (2,), or (..., 2) for several keys.
        num: how many keys, or the shape of an array of keys.

    Returns:
        uint32 array of shape (num, 2), or (*num, 2); in front of it the leading axes of `key`.

    Raises:
        TypeError: `key` is no key, or `num` holds no integers.
        ValueError: `num` is negative.
    """
    shape = check_shape(num, "split", "num")
    if isinstance(key, AbstractArray):
        return AbstractArray((*key.shape[:-1], *shape, 2), np.uint32)
    count = np.arange(np.prod(shape, dtype=np.int64), dtype=np.uint64)
    batch = key.shape[:-1] + count.shape
    word0 = np.array(np.broadcast_to((count >> np.uint64(32)).astype(np.uint32), batch))
    word1 = np.array(np.broadcast_to(count.astype(np.uint32), batch))
    encrypt(key[..., :1], key[..., 1:], word0, word1)
    return np.stack([word0, word1], axis=-1).reshape(key.shape[:-1] + shape + (2,))
