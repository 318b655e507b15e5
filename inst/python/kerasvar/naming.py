"""Names of variables: the automatic ones, and what a given one may look like.

This module knows strings only. Where a name stands in a path is told by `scopes`.
"""

import itertools

_counters = {}


def auto_name(prefix):
    """`prefix` at the first call, then `prefix_1`, `prefix_2`, ...; unique across threads."""
    # setdefault() and next() are each one step of the interpreter, so no two threads get one number.
    number = next(_counters.setdefault(prefix, itertools.count()))
    return f"{prefix}_{number}" if number else prefix


def reset_names():
    """Let automatic names start over."""
    _counters.clear()


def check_name(name):
    """Return `name`, or raise ValueError if it is no string or has a `/`."""
    if not isinstance(name, str) or "/" in name:
        raise ValueError(
            f"Argument `name` must be a string without `/`. Received: name={name!r}"
        )
    return name
