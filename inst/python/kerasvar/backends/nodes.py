"""Telling the frameworks' tree utilities about container classes, whenever a framework is imported.

A class that is registered here is a node for every framework that has trees (`Backend.register_node`):
at once for those that are imported, and for the others in the moment their import has ended. Nothing
is imported to find out.
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
    """Make `cls` a node for the trees of every built-in framework.

    Args:
        cls: a class; frameworks refuse to register one twice.
        flatten: instance -> (children, their names, a hashable description of the rest). A name is
            a `Key` or an `Attribute`.
        unflatten: (description, children) -> instance. The children can be anything.
    """
    from . import built_in, get

    for name, package in built_in():
        after_import(package, lambda name=name: get(name).register_node(cls, flatten, unflatten))


def is_imported(package):
    """Whether the import of `package` has ended; while it runs, the module is there but incomplete."""
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
