"""What is being transformed right now, asked of every framework that is imported.

A scope remembers the answer of the moment it was made in, and compares. Nothing is imported here.
"""

import contextlib
from contextvars import ContextVar

from .. import backends

__all__ = ["current_trace", "is_probing", "named_scope", "probing"]

_probing = ContextVar("kerasvar_functional_probing", default=False)


def current_trace():
    """The transformations in force, one entry a framework that has any: () outside all of them."""
    states = ((backend.name, backend.trace_state()) for backend in backends.loaded())
    return tuple(state for state in states if state[1] is not None)


@contextlib.contextmanager
def probing():
    """Inside, a function is called for its shapes alone: the transformation is our own."""
    token = _probing.set(True)
    try:
        yield
    finally:
        _probing.reset(token)


def is_probing():
    """Whether a function is being called for its shapes."""
    return _probing.get()


@contextlib.contextmanager
def named_scope(name):
    """Inside, what is computed bears `name` in the profiles of the frameworks that are imported."""
    with contextlib.ExitStack() as stack:
        if name is not None:
            for backend in backends.loaded():
                stack.enter_context(backend.named_scope(name))
        yield
