"""Trees of tensors, taken apart and put together, so that one call hands over a whole one.

A tree is made of mappings, lists and tuples. Apart, it is a list of places and as many leaves. A
place is the list of steps to it: text, "." and a key of a mapping, or "#" and a position. A mapping
or list with nothing in it is a place of its own, with `EMPTY_MAPPING` or `EMPTY_LIST` as its leaf.
"""

from collections.abc import Mapping

from .. import backends, config
from . import data

EMPTY_MAPPING, EMPTY_LIST = "empty mapping", "empty list"


def flatten(tree):
    """`(places, leaves)` of a tree; a tree that is a leaf has the place []."""
    places, leaves = [], []
    _walk(tree, [], places, leaves)
    return places, leaves


def _walk(node, place, places, leaves):
    if isinstance(node, Mapping):
        children = [("." + str(key), value) for key, value in node.items()]
        empty = EMPTY_MAPPING
    elif isinstance(node, (list, tuple)) and not hasattr(node, "_fields"):
        children = [(f"#{position}", value) for position, value in enumerate(node)]
        empty = EMPTY_LIST
    else:
        places.append(place)
        leaves.append(node)
        return
    if not children:
        places.append(place)
        leaves.append(empty)
    for step, child in children:
        _walk(child, [*place, step], places, leaves)


def build(places, leaves, kinds, backend=None):
    """The tree of `places` and `leaves`: dicts and lists.

    Args:
        places: as `flatten` gives them.
        leaves: objects, and data as `kinds` say (see `data`), which become tensors, and so do
            numbers.
        kinds: for each leaf its kind, or None for an empty mapping or list.
        backend: the name of the backend that data go to; the default one if None.

    Raises:
        ValueError: missing values.
    """
    backend = backends.get(config.backend() if backend is None else backend)
    root = [None]
    for place, leaf, kind in zip(places, leaves, kinds):
        if kind is None:
            leaf = {} if leaf == EMPTY_MAPPING else []
        elif kind in (data.ARRAY, data.VECTOR) or isinstance(leaf, (bool, int, float, complex)):
            leaf = data.tensor(leaf, kind, None, backend)
        _put(root, ["#0", *place], leaf)
    return root[0]


def _put(node, place, leaf):
    for step, below in zip(place, [*place[1:], None]):
        key = step[1:] if step[0] == "." else int(step[1:])
        if isinstance(node, list):
            node.extend([None] * (key + 1 - len(node)))
        if below is None:
            node[key] = leaf
            return
        child = node.get(key) if isinstance(node, dict) else node[key]
        if child is None:
            child = node[key] = {} if below[0] == "." else []
        node = child


def get_value(reference):
    """The `value` of a reference to a variable of a scope; raises what reading it raises."""
    return reference.value


def set_value(reference, value):
    """Assign the `value` of a reference; raises what assigning it raises."""
    reference.value = value
