"""FrozenDict: a nested dict that does not change, and the functions that take either kind.

Semantics: `flax.core.frozen_dict`. A FrozenDict owns its nested dicts: it copied them when it was
made and hands out nested ones as FrozenDicts. The leaves, lists among them, it shares with whoever
gave them.
"""

import textwrap
from collections.abc import KeysView, Mapping, ValuesView

from . import pytrees


class _FrozenKeys(KeysView):
    def __repr__(self):
        return f"frozen_dict_keys({list(self)})"


class _FrozenValues(ValuesView):
    def __repr__(self):
        return f"frozen_dict_values({list(self)})"


def _own(x):
    """`x` with every dict in it made anew, and every FrozenDict by the dict it owns already."""
    if isinstance(x, FrozenDict):
        return x._dict
    if isinstance(x, dict):
        return {key: _own(value) for key, value in x.items()}
    return x


class FrozenDict(pytrees.Container, Mapping):
    """An immutable, hashable mapping, made as a dict is made.

    Equal to any mapping with equal items, nested ones included. Hashable if its leaves are. A
    pytree, its children in the order of the sorted keys.
    """

    __slots__ = ("_dict", "_hash", "__weakref__")

    def __init__(self, *args, **kwargs):
        self._dict = _own(dict(*args, **kwargs))
        self._hash = None

    def __getitem__(self, key):
        value = self._dict[key]
        return _around(value) if isinstance(value, dict) else value

    def __setitem__(self, key, value):
        raise ValueError(
            f"A FrozenDict cannot be changed (key {key!r}). Use `copy({{{key!r}: ...}})` for a "
            "changed copy or `unfreeze()` for a dict."
        )

    def __contains__(self, key):
        return key in self._dict

    def __iter__(self):
        return iter(self._dict)

    def __len__(self):
        return len(self._dict)

    def __repr__(self):
        return self.pretty_repr()

    def __hash__(self):
        if self._hash is None:
            self._hash = hash(frozenset(self.items()))
        return self._hash

    def __reduce__(self):
        return type(self), (self.unfreeze(),)

    def keys(self):
        return _FrozenKeys(self)

    def values(self):
        return _FrozenValues(self)

    def copy(self, add_or_replace=()):
        """A new FrozenDict with the entries of the mapping `add_or_replace` added or replaced."""
        return type(self)({**self._dict, **dict(add_or_replace)})

    def pop(self, key):
        """(a new FrozenDict without `key`, the value at `key`); KeyError if it is not there."""
        value = self[key]
        return type(self)({k: v for k, v in self._dict.items() if k != key}), value

    def unfreeze(self):
        """A nested dict with the same leaves that can be changed."""
        return unfreeze(self)

    def pretty_repr(self, num_spaces=4):
        """The nested entries, a line each, indented by `num_spaces` a level."""
        return f"FrozenDict({_pretty(self._dict, num_spaces)})"


def _around(owned):
    # Skips the copy: the dict belongs to a FrozenDict already.
    frozen = FrozenDict.__new__(FrozenDict)
    frozen._dict = owned
    frozen._hash = None
    return frozen


def _flatten(frozen):
    keys = tuple(pytrees.in_order(frozen._dict))
    return tuple(frozen._dict[key] for key in keys), keys, keys


pytrees.register(
    FrozenDict,
    _flatten,
    lambda keys, children: _around(dict(zip(keys, children))),
    by_key=True,
)


def _pretty(x, num_spaces):
    if not isinstance(x, dict):
        return repr(x)
    lines = "".join(f"{key}: {_pretty(value, num_spaces)},\n" for key, value in x.items())
    if not lines:
        return "{}"
    return "{\n" + textwrap.indent(lines, " " * num_spaces, lambda line: True) + "}"


def _either(x):
    if not isinstance(x, (dict, FrozenDict)):
        raise TypeError(f"Argument `x` must be a dict or a FrozenDict. Received: {type(x)}")
    return x


def freeze(xs):
    """A FrozenDict with the entries of `xs`, a mapping or what `dict()` takes."""
    return FrozenDict(xs)


def copied(x):
    """`x` with every dict in it made anew; FrozenDicts, which do not change, stay what they are."""
    if isinstance(x, dict):
        return {key: copied(value) for key, value in x.items()}
    return x


def unfreeze(x):
    """A nested dict with the entries of a dict or FrozenDict, whose containers nobody else holds.

    Anything else is returned as it is, as are the leaves.
    """
    if isinstance(x, FrozenDict):
        return pytrees.map(lambda leaf: leaf, x._dict)
    if isinstance(x, dict):
        return {key: unfreeze(value) for key, value in x.items()}
    return x


def copy(x, add_or_replace=()):
    """A new dict or FrozenDict, whichever `x` is, with entries added or replaced.

    Raises:
        TypeError: `x` is neither.
    """
    if isinstance(_either(x), FrozenDict):
        return x.copy(add_or_replace)
    new = pytrees.map(lambda leaf: leaf, x)
    new.update(add_or_replace)
    return new


def pop(x, key):
    """(a new dict or FrozenDict, whichever `x` is, without `key`; the value at `key`).

    Raises:
        TypeError: `x` is neither.
        KeyError: there is no `key`.
    """
    if isinstance(_either(x), FrozenDict):
        return x.pop(key)
    new = pytrees.map(lambda leaf: leaf, x)
    return new, new.pop(key)


def pretty_repr(x, num_spaces=4):
    """The nested entries of a dict or FrozenDict, a line each; `repr()` of anything else."""
    if isinstance(x, FrozenDict):
        return x.pretty_repr(num_spaces)
    return _pretty(x, num_spaces)
