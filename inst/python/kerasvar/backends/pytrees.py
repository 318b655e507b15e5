"""Telling the frameworks' tree utilities about container classes, whenever a framework is imported.

A class that is registered here is a node for jax and torch: at once if they are imported, else in
the moment their import has ended. Nothing is imported to find out. (tensorflow needs no telling: it
enters every mapping; NumPy has no trees.)
"""

import sys
from typing import NamedTuple

__all__ = ["Attribute", "Key", "after_import", "is_imported", "register_node"]


class Key(NamedTuple):
    """The name of a child that is found with `node[name]`."""

    name: object


class Attribute(NamedTuple):
    """The name of a child that is found with `node.name`."""

    name: str


def register_node(cls, flatten, unflatten):
    """Make `cls` a node for the trees of every framework that has some.

    Args:
        cls: a class; frameworks refuse to register one twice.
        flatten: instance -> (children, their names, a hashable description of the rest). A name is
            a `Key` or an `Attribute`.
        unflatten: (description, children) -> instance. The children can be anything.
    """
    for package, register in _REGISTER.items():
        after_import(package, lambda register=register: register(cls, flatten, unflatten))


def _register_with_jax(cls, flatten, unflatten):
    from jax import tree_util

    entries = {Key: tree_util.DictKey, Attribute: tree_util.GetAttrKey}

    def with_keys(instance):
        children, names, rest = flatten(instance)
        return [(entries[type(n)](n.name), c) for n, c in zip(names, children)], rest

    def without_keys(instance):
        children, _, rest = flatten(instance)
        return children, rest

    tree_util.register_pytree_with_keys(cls, with_keys, unflatten, without_keys)


def _register_with_torch(cls, flatten, unflatten):
    from torch.utils import _pytree as trees

    entries = {Key: trees.MappingKey, Attribute: trees.GetAttrKey}

    def with_keys(instance):
        children, names, rest = flatten(instance)
        return [(entries[type(n)](n.name), c) for n, c in zip(names, children)], rest

    def without_keys(instance):
        children, _, rest = flatten(instance)
        return list(children), rest

    trees.register_pytree_node(
        cls,
        without_keys,
        lambda children, rest: unflatten(rest, children),
        flatten_with_keys_fn=with_keys,
    )


# Functions of their own, not methods of a `Backend`: a framework may be imported first of all by
# our page about it, which is then not ready to be asked.
_REGISTER = {"jax": _register_with_jax, "torch": _register_with_torch}


def is_imported(package):
    """Whether the import of `package` has ended; before, the module is there but incomplete."""
    module = sys.modules.get(package)
    return module is not None and not getattr(module.__spec__, "_initializing", False)


def after_import(package, call):
    """Call `call()` once `package` is imported: now, if it is, else right after its import."""
    if is_imported(package):
        call()
        return
    _watcher.waiting.setdefault(package, []).append(call)
    if _watcher not in sys.meta_path:
        sys.meta_path.insert(0, _watcher)


class _Watcher:
    """A finder that finds nothing of its own: it sees to it that the loader it hands on reports."""

    def __init__(self):
        self.waiting = {}

    def find_spec(self, name, path=None, target=None):
        if name not in self.waiting:
            return None
        for finder in sys.meta_path:
            if finder is self or not hasattr(finder, "find_spec"):
                continue
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                if spec.loader is not None:
                    spec.loader = _ReportingLoader(spec.loader, self)
                return spec
        return None

    def imported(self, name):
        for call in self.waiting.pop(name, ()):
            call()
        if not self.waiting and self in sys.meta_path:
            sys.meta_path.remove(self)


class _ReportingLoader:
    def __init__(self, loader, watcher):
        self._loader = loader
        self._watcher = watcher

    def __getattr__(self, name):
        return getattr(self._loader, name)

    def create_module(self, spec):
        return self._loader.create_module(spec)

    def exec_module(self, module):
        # From here on the module looks as if nobody had watched.
        module.__loader__ = module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        self._watcher.imported(module.__name__)


_watcher = _Watcher()
