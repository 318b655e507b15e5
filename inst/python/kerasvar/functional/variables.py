"""Between trees of values and `Variable`s: one made of the other, and scopes on variables.

`ScopeVariables` is a tree whose arrays are `Variable`s. A scope that is bound to one reads and
writes them; nothing else in this package knows that there are variables.
"""

from collections.abc import Mapping, Sequence

from .. import backends, dtypes
from ..scopes import name_scope
from ..variable import Variable
from . import pytrees
from .frozen import FrozenDict, copied, unfreeze
from .meta import is_axis_metadata


class ScopeVariables(Sequence):
    """The variables of a tree, in the order of its sorted paths, and the tree they stand in.

    A sequence of `Variable`s. A scope can be bound to it, and new variables that the scope makes
    are added to it.

    Attributes:
        backend: name of the backend that new variables get; None for that of their value.
    """

    def __init__(self, tree, backend=None):
        self._tree = tree
        self.backend = backend

    @property
    def tree(self):
        """The tree with `Variable`s in place of arrays (a copy of the containers)."""
        return pytrees.map(lambda leaf: leaf, self._tree)

    def collection(self, name):
        """The list of the variables in one collection."""
        return _variables_in(self._tree.get(name, {}))

    def __len__(self):
        return len(_variables_in(self._tree))

    def __getitem__(self, index):
        return _variables_in(self._tree)[index]

    def __iter__(self):
        return iter(_variables_in(self._tree))

    def __repr__(self):
        counts = (f"{name}: {len(self.collection(name))}" for name in self._tree)
        return f"<ScopeVariables {', '.join(counts)}>"


def _is_variable(x):
    return isinstance(x, Variable)


def _variables_in(tree):
    return [leaf for leaf in pytrees.leaves(tree) if _is_variable(leaf)]


# ---- values to variables ----------------------------------------------------------------------


def _can_be_variable(value):
    if isinstance(value, (bool, int, float, complex)):
        return True
    own = backends.backend_of(value)
    if own is None:
        return False
    try:
        return own.dtype(value) in dtypes.ALLOWED
    except (KeyError, ValueError):
        # A jax key, which is of no dtype that a variable can have.
        return False


def _made(path, value, backend):
    """`value` with a variable for each array and number in it; path[0] is the collection."""
    if is_axis_metadata(value):
        return value.replace_boxed(_made(path, value.unbox(), backend))
    if isinstance(value, (dict, FrozenDict)):
        # A dict either way: scopes write new entries into it.
        return {key: _made((*path, str(key)), below, backend) for key, below in value.items()}
    if isinstance(value, (tuple, list)):
        made = [_made((*path, str(i)), below, backend) for i, below in enumerate(value)]
        return type(value)(*made) if hasattr(value, "_fields") else type(value)(made)
    return _variable(path, value, backend) if _can_be_variable(value) else value


def _variable(path, value, backend):
    if len(path) > 2:
        with name_scope(path[1]):
            return _variable((path[0], *path[2:]), value, backend)
    own = backends.backend_of(value)
    return Variable(
        value,
        trainable=path[0] == "params",
        name=path[-1],
        backend=backend or (None if own is None else own.name),
    )


def variables_from(tree, backend=None):
    """`Variable`s with the values of a tree of collections, as `init` returns one.

    Args:
        tree: dict from collection names to nested dicts.
        backend: name of the backend for all of them; None means each value's own, for Python
            numbers the default one.

    Returns:
        `ScopeVariables`. Each variable's path is its path in the scopes (without the collection;
        below the open `name_scope`s, if any); those in the collection "params" are trainable, the
        others not. Axis metadata are kept. What is no array and no number (None, text, jax's typed
        keys) stays what it is.

    Raises:
        TypeError: `tree` is no dict of dicts.
        ValueError: a name holds a "/", or the backend has no such dtype.
    """
    if not isinstance(tree, Mapping):
        raise TypeError(
            "Argument `tree` must be a dict from collection names to dicts. "
            f"Received: {tree!r} (type {type(tree).__name__})"
        )
    for name, entries in tree.items():
        if not isinstance(entries, Mapping):
            raise TypeError(
                f"Argument `tree` must have a dict at {name!r}. Received: {type(entries).__name__}"
            )
    made = {name: _made((name,), unfreeze(entries), backend) for name, entries in tree.items()}
    return ScopeVariables(made, backend)


# ---- variables to values ----------------------------------------------------------------------


def _snapshot(leaf):
    return leaf.snapshot() if _is_variable(leaf) else leaf


def tree_from(variables):
    """The tree of values that `variables_from` would make such variables of.

    Args:
        variables: `ScopeVariables`, or a nested dict with `Variable`s in it.

    Returns:
        A nested dict of the frameworks' own tensors, which do not change when a variable does.

    Raises:
        TypeError: a list of variables, which does not say where in a tree they belong.
    """
    if isinstance(variables, ScopeVariables):
        variables = variables._tree
    if not isinstance(variables, Mapping):
        raise TypeError(
            "Argument `variables` must be what `variables_from` returned, or a nested dict with "
            f"Variables in it. Received: {type(variables).__name__}"
        )
    return pytrees.map(_snapshot, variables)


def assign_from(variables, tree):
    """Write the values of a tree to the variables. If anything is wrong, nothing is written.

    Args:
        variables: `ScopeVariables`, or a nested dict with `Variable`s in it.
        tree: a tree like `tree_from(variables)`, of any backend's arrays; collections and
            variables may be missing from it, which leaves theirs as they are.

    Raises:
        ValueError: the tree has something for which there is no variable, or a value has another
            shape than its variable.
    """
    target = variables._tree if isinstance(variables, ScopeVariables) else variables
    pairs = []
    _pair("", target, tree, pairs)
    coerced = [(variable, variable._coerce(value, "tree")) for variable, value in pairs]
    for variable, value in coerced:
        variable.assign(value)


def _pair(path, target, value, pairs):
    """Collect (variable, value) for every variable in `target` that `value` has a value for."""
    if isinstance(value, Mapping) and isinstance(target, Mapping):
        for key, below in value.items():
            if key not in target:
                raise ValueError(
                    f"Argument `tree` has {path}/{key}, for which there is no variable."
                )
            _pair(f"{path}/{key}", target[key], below, pairs)
        return
    for leaf, below in _matching(path, target, value):
        if _is_variable(leaf):
            pairs.append((leaf, below))


def _matching(path, target, value):
    if is_axis_metadata(target) and not is_axis_metadata(value):
        # The values of a tree without its axis metadata fit as well.
        return _matching(path, target.unbox(), value)
    if not pytrees.same_structure(target, value):
        raise ValueError(f"Argument `tree` has at {path} another structure than the variables.")
    return list(zip(pytrees.leaves(target), pytrees.leaves(value)))


# ---- a scope on variables ---------------------------------------------------------------------


class VariableStore:
    """How a scope reads and writes a tree with variables in it; see `Scope._store`."""

    def __init__(self, variables):
        self._variables = variables

    def read(self, value):
        """`value` with the present value in place of each variable: the live one."""
        return pytrees.map(lambda leaf: leaf.value if _is_variable(leaf) else leaf, value)

    def snapshot(self, value):
        """`value` with a value in place of each variable that does not change later."""
        return pytrees.map(_snapshot, value)

    def write(self, path, present, value):
        """Write `value` at `path` (collection, names), where `present` is, or None.

        Returns what the tree is to hold there: the variables that are there, if the value has the
        same structure, else new ones.
        """
        if present is None or not pytrees.same_structure(present, value):
            return _made(path, copied(value), self._variables.backend)
        pairs = list(zip(pytrees.leaves(present), pytrees.leaves(value)))
        coerced = [new if not _is_variable(old) else old._coerce(new) for old, new in pairs]
        kept = []
        for (old, _), new in zip(pairs, coerced):
            if _is_variable(old):
                old.assign(new)
                new = old
            kept.append(new)
        rest = iter(kept)
        return pytrees.map(lambda _: next(rest), present)
