"""Random keys of a scope: a key, and the path of names and counts that is yet to be folded into it.

A path is hashed with SHA-1 and the first 32 bits of the hash are folded into the key, so that every
path has a key of its own and none depends on the order of calls. The key is jax's (typed or raw) or
a plain uint32 array of shape (2,); `kerasvar.random` folds either, with the same result. Semantics:
`flax.core.scope`.
"""

import dataclasses
import hashlib

import numpy as np

from .. import backends, random
from . import pytrees
from .frozen import FrozenDict
from .config import config


@dataclasses.dataclass(frozen=True)
class LazyRng(pytrees.Container):
    """A key with a path that is folded in only when the key is asked for.

    Attributes:
        rng: a key.
        suffix: a tuple of str and int. In pytrees it is no child, but part of the structure.
    """

    rng: object
    suffix: tuple = ()

    @staticmethod
    def create(rng, *suffix):
        """A LazyRng of a key, or of a LazyRng, whose path is made longer by `suffix`."""
        if isinstance(rng, LazyRng):
            return LazyRng(rng.rng, rng.suffix + suffix)
        return LazyRng(rng, suffix)

    def as_jax_rng(self):
        """The key with the path folded in: of the kind that `rng` is (on jax a jax key).

        Raises:
            ValueError: the path has something other than str and int.
            OverflowError: the path has a negative int.
        """
        if not self.suffix:
            return self.rng
        separator = b"\0" if config.flax_fix_rng_separator else b""
        path = b"".join(separator + _as_bytes(part) for part in self.suffix)
        hashed = hashlib.sha1(path).digest()
        return random.fold_in(self.rng, np.uint32(int.from_bytes(hashed[:4], "big")))

    def clear_suffix(self):
        """The same key without a path."""
        return LazyRng(self.rng)

    def replace(self, **changes):
        """A LazyRng with some attributes replaced."""
        return dataclasses.replace(self, **changes)


pytrees.register(
    LazyRng,
    lambda lazy: ((lazy.rng,), ("rng",), lazy.suffix),
    lambda suffix, children: LazyRng(*children, suffix),
)


def _as_bytes(part):
    if isinstance(part, str):
        return part.encode("utf-8")
    if isinstance(part, int):
        return part.to_bytes((part.bit_length() + 7) // 8, "big")
    raise ValueError(
        f"A key's path consists of str and int. Received: {part!r} (type {type(part).__name__})"
    )


def is_valid_rng(rng):
    """Whether `rng` is one key: a LazyRng, a uint32 array of shape (2,), or a jax key."""
    if isinstance(rng, LazyRng):
        return True
    backend = backends.backend_of(rng)
    return backend is not None and backend.is_key(rng)


def is_valid_rngs(rngs):
    """Whether `rngs` is a dict or FrozenDict from names to keys."""
    return isinstance(rngs, (dict, FrozenDict)) and all(
        isinstance(name, str) and is_valid_rng(rng) for name, rng in rngs.items()
    )
