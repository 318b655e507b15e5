"""Trees of values as names and values, and back: what a checkpoint holds and where each thing belongs.

A tree is made of dicts, lists, tuples (named ones too), frozen dicts and axis metadata; at its ends are
variables, tensors, keys, and what is data of Python's (numbers, text, None), which goes into the metadata.
The name of what stands at an end is the way to it, joined by "/". A list of nothing but variables is a
dict from their paths to them.
"""

import math
from collections.abc import Iterable, Mapping

from .. import backends
from ..functional.frozen import FrozenDict
from ..functional.meta import Partitioned
from ..functional.variables import ScopeVariables
from ..variable import Variable

__all__ = ["Tree", "filled", "flatten", "rebuild", "values_of"]

_BY_KEY = ("dict", "frozen", "named", "variables")
_MADE_OF = {"named": lambda parts: tuple(parts.values()), "variables": dict}
_PLAIN = (bool, int, float, complex, str, bytes, type(None))


class Tree:
    """A tree taken apart.

    Attributes:
        leaves: dict from name to variable, tensor or key.
        plain: dict from name to Python's data.
        structure: what `rebuild` needs, plain data itself; None if the tree is a dict from the names.
        makers: what makes each named tuple, and list of variables, of its parts.
        in_place: whether there is nothing but variables in it.
    """

    def __init__(self, leaves, plain, structure, makers=()):
        self.leaves, self.plain, self.structure, self.makers = leaves, plain, structure, makers

    @property
    def in_place(self):
        return not self.plain and all(isinstance(x, Variable) for x in self.leaves.values())


def flatten(tree, argument="variables", own_paths=False):
    """The `Tree` of anything that can be saved.

    Args:
        own_paths: whether every variable is called by its own path, wherever it stands.

    Raises:
        ValueError: several things have the same name: lists which.
        TypeError: something is neither of the kinds above nor holds such.
    """
    walk = _Walk(argument, own_paths)
    if isinstance(tree, _PLAIN):
        raise walk.unfit(tree)
    if not isinstance(tree, (Variable, Mapping)) and backends.backend_of(tree) is None:
        # An iterator, as well as a list.
        if isinstance(tree, Iterable) and not isinstance(tree, (ScopeVariables, Partitioned, tuple)):
            tree = list(tree) if walk.variable(tree) is None else tree
    try:
        structure = walk.node(tree, ())
    except RecursionError:
        raise ValueError(f"`{argument}` is nested too deep, or holds itself.") from None
    if walk.clashing:
        names = ", ".join(map(repr, dict.fromkeys(walk.clashing)))
        raise ValueError(f"Several of `{argument}` have the same path: {names}")
    if walk.plain and not walk.leaves:
        raise walk.unfit(tree)
    flat = structure[0] in ("dict", "variables") and all(
        key == name and node == ["leaf", name]
        for (key, node), name in zip(structure[1], walk.leaves)
    )
    if flat and len(structure[1]) == len(walk.leaves) and not walk.plain:
        structure = None
    return Tree(walk.leaves, walk.plain, structure, walk.makers)


class _Walk:
    def __init__(self, argument, own_paths):
        self.leaves, self.plain, self.makers, self.clashing = {}, {}, [], []
        self._argument = argument
        self._own_paths = own_paths

    def node(self, x, place):
        variable = self.variable(x)
        if variable is not None and not place:
            return self._variables(x, [variable], place)
        if variable is not None:
            return self._leaf(variable, place)
        if isinstance(x, ScopeVariables):
            x = x.tree
        if isinstance(x, _PLAIN):
            name = "/".join(place)
            self._note(name, name in self.plain or name in self.leaves)
            self.plain[name] = x
            return ["plain", _written(x)]
        if isinstance(x, Mapping):
            kind = "frozen" if isinstance(x, FrozenDict) else "dict"
            return [kind, [[self._key(key), self.node(x[key], (*place, str(key)))] for key in x]]
        if isinstance(x, Partitioned):
            return ["axes", [list(n) if isinstance(n, tuple) else n for n in x.names], self.node(x.value, place)]
        if isinstance(x, (list, tuple)):
            return self._sequence(x, place)
        if backends.backend_of(x) is None:
            raise self.unfit(x)
        return self._leaf(x, place or ("value",))

    def _sequence(self, x, place):
        fields = getattr(x, "_fields", None)
        if fields is not None:
            self.makers.append(lambda parts: type(x)(*parts.values()))
            return ["named", [[name, self.node(v, (*place, name))] for name, v in zip(fields, x)]]
        variables = [self.variable(v) for v in x]
        if variables and all(v is not None and _has_path(own) for v, own in zip(variables, x)):
            return self._variables(x, variables, place)
        if not place and x and not any(isinstance(v, (list, tuple, Mapping)) for v in x):
            for v in x:
                if isinstance(v, _PLAIN):
                    raise self.unfit(v)
        kind = "tuple" if isinstance(x, tuple) else "list"
        if not place and not x:
            return ["dict", []]
        return [kind, [self.node(v, (*place, str(n))) for n, v in enumerate(x)]]

    def _variables(self, x, variables, place):
        nodes = [[v.path, self._leaf(v, (*place, v.path))] for v in variables]
        self.makers.append(lambda parts: x)
        # One that comes twice is one.
        return ["variables", list({key: [key, node] for key, node in nodes}.values())]

    def _leaf(self, x, place):
        if self._own_paths and isinstance(x, Variable):
            place = (x.path,)
        name = "/".join(place)
        if name == "__metadata__":
            raise ValueError(f"`{self._argument}`: safetensors keeps the path '__metadata__' for itself.")
        self._note(name, self.leaves.get(name, x) is not x or name in self.plain)
        self.leaves[name] = x
        return ["leaf", name]

    def _note(self, name, clash):
        if clash:
            self.clashing.append(name)

    def _key(self, key):
        if type(key) not in (str, int):
            raise TypeError(
                f"`{self._argument}` must have text or integers as keys. Received: {key!r}"
            )
        return key

    def variable(self, x):
        """`x` as a Variable around the same storage, if it is one or of another library; else None."""
        if isinstance(x, Variable):
            return x
        if isinstance(x, (*_PLAIN, Mapping, list, tuple, ScopeVariables, Partitioned)):
            return None
        from ..interop import as_variable

        try:
            # A name of its own would be counted.
            return as_variable(x, None if _has_path(x) else "value")
        except TypeError:
            return None

    def unfit(self, x):
        return TypeError(
            f"`{self._argument}` must be Variables, tensors, or lists and dicts with such in them. "
            f"Received: {x!r} (type {type(x).__name__})"
        )


def _has_path(x):
    return isinstance(getattr(x, "path", None), str)


def _written(x):
    """Python's data for JSON."""
    if isinstance(x, complex):
        return ["complex", _written(x.real), _written(x.imag)]
    if isinstance(x, float) and not math.isfinite(x):
        return ["float", repr(x)]
    if isinstance(x, bytes):
        return ["bytes", x.hex()]
    # Of the class itself, not of one of somebody's.
    for cls in (bool, int, float, str):
        if isinstance(x, cls):
            return cls(x)
    return None


def _read(x):
    if not isinstance(x, list):
        if not isinstance(x, (bool, int, float, str, type(None))):
            raise ValueError
        return x
    kind, *rest = x
    if kind == "complex":
        return complex(*map(_read, rest))
    if kind == "float" and rest[0] in ("nan", "inf", "-inf"):
        return float(rest[0])
    if kind == "bytes":
        return bytes.fromhex(rest[0])
    raise ValueError


def values_of(structure):
    """A dict from name to Python's data in a structure; ValueError if it is none."""
    found = {}
    _walk_plain(structure, (), found)
    return found


def _walk_plain(node, place, found):
    try:
        kind, *rest = node
        if kind == "plain":
            found["/".join(place)] = _read(*rest)
        elif kind in _BY_KEY:
            for key, below in rest[0]:
                _walk_plain(below, (*place, str(key)), found)
        elif kind in ("list", "tuple"):
            for n, below in enumerate(rest[0]):
                _walk_plain(below, (*place, str(n)), found)
        elif kind == "axes":
            _walk_plain(rest[1], place, found)
        elif kind != "leaf":
            raise ValueError
    except (ValueError, TypeError, IndexError, RecursionError):
        raise ValueError("its structure cannot be read") from None


def rebuild(structure, value, makers=()):
    """The tree with `value(name)` at its ends.

    Without the `makers` of a `Tree` named tuples become tuples and lists of variables dicts. The
    `mesh` of axis metadata stays behind.

    Raises:
        ValueError: the structure is none.
        KeyError: `value` knows no such name.
    """
    try:
        return _rebuild(structure, value, iter(makers))
    except (TypeError, IndexError, RecursionError):
        raise ValueError("its structure cannot be read") from None


def _rebuild(node, value, makers):
    kind, *rest = node
    if kind == "leaf":
        return value(rest[0])
    if kind == "plain":
        return _read(rest[0])
    if kind in _BY_KEY:
        make = next(makers, _MADE_OF.get(kind)) if kind in _MADE_OF else dict
        found = {key: _rebuild(below, value, makers) for key, below in rest[0]}
        return FrozenDict(found) if kind == "frozen" else make(found)
    if kind in ("list", "tuple"):
        found = [_rebuild(below, value, makers) for below in rest[0]]
        return tuple(found) if kind == "tuple" else found
    if kind == "axes":
        names = tuple(tuple(n) if isinstance(n, list) else n for n in rest[0])
        return Partitioned(_rebuild(rest[1], value, makers), names)
    raise ValueError("its structure cannot be read")


def filled(tree, values):
    """The tree that was taken apart, with the values of a dict by name at its ends."""
    if tree.structure is None:
        return dict(values)
    return _rebuild(_named(tree.structure, ()), values.__getitem__, iter(tree.makers))


def _named(node, place):
    """The structure with a name in place of Python's data."""
    kind, *rest = node
    if kind == "plain":
        return ["leaf", "/".join(place)]
    if kind in _BY_KEY:
        return [kind, [[key, _named(below, (*place, str(key)))] for key, below in rest[0]]]
    if kind in ("list", "tuple"):
        return [kind, [_named(below, (*place, str(n))) for n, below in enumerate(rest[0])]]
    if kind == "axes":
        return [kind, rest[0], _named(rest[1], place)]
    return node
