"""The registry of backends: which there are, which are installed, whose a tensor is.

A framework is imported when `get` is first asked for it, and never before. Objects of a framework
are recognised through `sys.modules`: if it is not imported, nothing can be one of its tensors.
"""

import importlib
import importlib.util
import sys

import numpy as np

from .base import FUNCTIONS, OPERATORS, UPDATES, Backend, Storage

# Each the name of a package and of a module here; its class is that name and "Backend".
_BUILT_IN = ("numpy", "tensorflow", "jax", "torch")
_registered = {}
_instances = {}
_by_class = {}
# What is to be told to each framework: (name of a method of `Backend`, its arguments).
_announced = []


def names():
    """The names of all registered backends, installed or not."""
    return (*_BUILT_IN, *_registered)


def is_imported(package):
    """Whether the import of `package` has ended; before, the module is there but incomplete."""
    module = sys.modules.get(package)
    return module is not None and not getattr(module.__spec__, "_initializing", False)


def loaded():
    """The backends whose frameworks are imported; none is imported to find out."""
    for name in names():
        if name in _instances or name in _registered or is_imported(name):
            yield get(name)


def available_backends():
    """The names of the backends that are installed; none is imported to find out."""
    return tuple(name for name in names() if _is_installed(name))


def _is_installed(name):
    return name in _registered or importlib.util.find_spec(name) is not None


def register_backend(name, cls):
    """Make `cls`, a subclass of `Backend`, known as `name`.

    Raises:
        ValueError: the name is taken by another class, or is no non-empty string.
        TypeError: `cls` is no subclass of `Backend`.
    """
    if not isinstance(name, str) or not name:
        raise ValueError(f"Argument `name` must be a non-empty string. Received: {name!r}")
    if not (isinstance(cls, type) and issubclass(cls, Backend)):
        raise TypeError(f"Argument `cls` must be a subclass of `Backend`. Received: {cls!r}")
    if name in _BUILT_IN or _registered.get(name, cls) is not cls:
        raise ValueError(f"Argument `name`: there is a backend {name!r} already.")
    _registered[name] = cls


def get(name):
    """The backend called `name`; its framework is imported if that has not happened yet.

    Raises:
        ValueError: no such backend.
        ImportError: its framework is not installed; says how to install it.
    """
    try:
        return _instances[name]
    except (KeyError, TypeError):
        pass
    if not isinstance(name, str) or name not in names():
        raise ValueError(
            f"Argument `backend` must be one of {', '.join(names())}. Received: {name!r}"
        )
    if not _is_installed(name):
        raise ImportError(
            f"The backend {name!r} is not installed. Install it: `pip install 'kerasvar[{name}]'`."
        )
    if name in _registered:
        cls = _registered[name]
    else:
        module = importlib.import_module(f".{name}", __name__)
        cls = getattr(module, f"{name.capitalize()}Backend")
    instance = cls()
    instance.name = name
    for method, arguments in _announced:
        getattr(instance, method)(*arguments)
    return _instances.setdefault(name, instance)


def register_class(cls):
    """Have every backend, once it is used, tell its framework of `cls`: see `Backend.register_class`."""
    _announce("register_class", cls)


def register_pytree(cls, flatten, unflatten, by_key=False):
    """Make `cls` a container for the tree utilities of every framework that has some.

    A framework hears of it at once if it is imported, else when its backend is first asked for or
    `register_imported` is called. Nothing is imported for it.

    Args:
        cls: a class.
        flatten: instance -> (children, their names, a hashable description of the rest).
        unflatten: (description, children) -> instance. The children can be anything.
        by_key: whether a child is `instance[name]`, and not `instance.name`.
    """
    _announce("register_pytree", cls, flatten, unflatten, by_key)
    register_imported()


def register_imported():
    """Tell the frameworks that were imported meanwhile what they must know of our classes."""
    for name in _BUILT_IN:
        if name not in _instances and is_imported(name):
            get(name)


def _announce(method, *arguments):
    _announced.append((method, arguments))
    for instance in list(_instances.values()):
        getattr(instance, method)(*arguments)


def backend_of(x):
    """The backend whose tensor `x` is, or None: Python's own data, or a thing of nobody's."""
    cls = type(x)
    try:
        name = _by_class[cls]
    except KeyError:
        pass
    else:
        return _instances[name]
    for name in names():
        # A framework that is not imported has made no tensors. The registered ones come last: their
        # tensors may well be those of a built-in one.
        loaded = name in _instances or name in _registered or name in sys.modules
        if loaded and _can_be_of(name, x):
            _by_class[cls] = name
            return _instances[name]
    return None


def _can_be_of(name, x):
    if name in _instances:
        return _instances[name].is_tensor(x)
    if name in _BUILT_IN:
        # Importing our module costs little, but a framework that is only half imported (it is being
        # imported right now, by somebody else) must not be touched; a tensor's class is its proof.
        roots = {base.__module__.partition(".")[0] for base in type(x).__mro__}
        own = {"jax": {"jax", "jaxlib"}}.get(name, {name})
        if not roots & own:
            return False
    return get(name).is_tensor(x)
