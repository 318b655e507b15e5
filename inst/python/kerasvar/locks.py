"""Locks that whoever holds one can meet again, and that a forked child finds free.

A finalizer or a signal handler runs in the middle of anything, a write to the same variable too: a
lock that its own holder had to wait for would never be released. A fork copies the locks as they are,
but none of the threads that hold them; so it waits, for a second at most, until nobody is writing
(the child then has whole values, too), and what is held all the same is renewed in the child.

Taken and released in single calls of the interpreter's own (`with lock`, `map` in a C function), since
an interrupt comes between any two others.
"""

import os
import sys
from _thread import RLock, get_ident
from collections import deque
from operator import methodcaller
from weakref import ref

__all__ = ["NoLock", "new_lock"]

_known = set()
# Of each thread that forks just now: the locks that it holds meanwhile.
_held = {}


def new_lock():
    """A reentrant lock: `with lock`, and `lock._is_owned()` tells whether this thread has it already."""
    lock = RLock()
    _known.add(ref(lock, _known.discard))
    return lock


class NoLock:
    """Takes the place of a lock where nobody may wait."""

    def _is_owned(self):
        return False

    def __enter__(self):
        pass

    def __exit__(self, *exception):
        pass


def _locks():
    found = [reference() for reference in _known.copy()]
    return [lock for lock in found if lock is not None]


def _before_fork():
    if len(sys._current_frames()) > 1:
        held = _held[get_ident()] = []
        held.extend(filter(methodcaller("acquire", True, 1), _locks()))


def _after_fork():
    deque(map(RLock.release, _held.pop(get_ident(), ())), 0)


def _after_fork_in_child():
    renew = get_ident() in _held
    _after_fork()
    _held.clear()
    for lock in _locks() if renew else ():
        if not lock._is_owned():
            lock._at_fork_reinit()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork_in_child
    )
