"""Axis metadata: objects that hold a value and say something of its axes, and trees with them.

Such an object is a pytree with the value below it. A variable whose value has axis metadata reads as
the value alone and keeps the metadata when it is assigned. Names of axes mean something to jax,
which shards by them; on the other backends they are kept and handed on. Semantics: `flax.core.meta`.
"""

import abc
import dataclasses
import functools
from typing import Generic, TypeVar

from .. import backends
from . import pytrees
from .errors import PartitioningUnspecifiedError
from .initial import from_key

PARTITION_NAME = "partition_name"
"""The key in `params` of `add_axis` and `remove_axis` that names the axis."""


A = TypeVar("A")


class AxisMetadata(abc.ABC, Generic[A]):
    """Holds a value. A subclass should be registered as a pytree, the value its only child."""

    @abc.abstractmethod
    def unbox(self):
        """The value, which may have axis metadata itself."""

    @abc.abstractmethod
    def replace_boxed(self, val):
        """The same metadata with `val` for its value."""

    @abc.abstractmethod
    def add_axis(self, index, params):
        """The metadata of a value that got a new axis at `index`, which the dict `params` describes.

        The inverse of `remove_axis` with the same arguments."""

    @abc.abstractmethod
    def remove_axis(self, index, params):
        """The metadata of a value that lost its axis at `index`, which `params` describes."""


# ---- trees with axis metadata -----------------------------------------------------------------


def is_axis_metadata(val):
    """Whether `val` is axis metadata."""
    return isinstance(val, AxisMetadata)


def map_axis_meta(fn, tree):
    """The tree with `fn(x)` for each axis metadata `x`, the outermost where they are nested."""
    return pytrees.map(lambda x: fn(x) if is_axis_metadata(x) else x, tree, is_leaf=is_axis_metadata)


def unbox(tree):
    """The tree with the values alone, also where axis metadata are nested."""
    return map_axis_meta(lambda x: unbox(x.unbox()), tree)


def replace_boxed(tree, updates):
    """The tree with the values of `updates` and the axis metadata of `tree`.

    Args:
        tree: a tree with axis metadata, which may be nested.
        updates: a tree of the same structure, but anything may stand where `tree` has a leaf or
            axis metadata.

    Raises:
        ValueError: the structure differs.
    """

    def put(old, new):
        if is_axis_metadata(old):
            return old.replace_boxed(replace_boxed(old.unbox(), new))
        return new

    return pytrees.map(put, tree, updates, is_leaf=is_axis_metadata)


def add_axis(tree, index, params):
    """The tree with `x.add_axis(index, params)` for each axis metadata `x`."""
    return map_axis_meta(lambda x: x.add_axis(index, params), tree)


def remove_axis(tree, index, params):
    """The tree with `x.remove_axis(index, params)` for each axis metadata `x`."""
    return map_axis_meta(lambda x: x.remove_axis(index, params), tree)


# ---- partitioning -----------------------------------------------------------------------------


class PartitionSpec(tuple):
    """What `jax.sharding.PartitionSpec` says, where jax is not imported: a name, a tuple of names
    or None for each of the leading axes."""

    __slots__ = ()

    def __new__(cls, *names):
        return super().__new__(cls, names)

    def __getnewargs__(self):
        return tuple(self)

    def __repr__(self):
        return f"PartitionSpec{tuple(self)!r}"


@dataclasses.dataclass(frozen=True)
class Partitioned(pytrees.Container, AxisMetadata[A]):
    """A value with a name (or None) for each of its axes: along which mesh axis it is split.

    Attributes:
        value: the value.
        names: a tuple of names, tuples of names, and None.
        mesh: the jax mesh to use; None means the one in force, if any.
    """

    value: object
    names: tuple
    mesh: object = None

    def replace(self, **changes):
        """The same with some attributes replaced."""
        return dataclasses.replace(self, **changes)

    def unbox(self, apply_constraint=True):
        """The value; a jax array with the sharding constraint, if there is a mesh."""
        backend = backends.backend_of(self.value) if apply_constraint else None
        if backend is None:
            return self.value
        return backend.constrain_sharding(self.value, self.names, self.mesh)

    def replace_boxed(self, val):
        return self.replace(value=val)

    def add_axis(self, index, params):
        """Raises PartitioningUnspecifiedError if `params` does not name the axis (None will do)."""
        name = self._name_in(params)
        names = list(self.names)
        # Beyond the names that are there lie axes that have none.
        names += [None] * (index - len(names))
        names.insert(index, name)
        return self.replace(names=tuple(names))

    def remove_axis(self, index, params):
        """Raises PartitioningUnspecifiedError if `params` does not name the axis (None will do),
        AssertionError if it names another one than is there, IndexError if there is none."""
        name = self._name_in(params)
        names = list(self.names)
        removed = names.pop(index)
        if removed != name:
            raise AssertionError(
                f"The axis {index} of a Partitioned value with names {self.names} has the name "
                f"{removed!r}, but it was to be removed as {name!r}."
            )
        return self.replace(names=tuple(names))

    def _name_in(self, params):
        if PARTITION_NAME not in params:
            raise PartitioningUnspecifiedError(self)
        return params[PARTITION_NAME]

    def get_partition_spec(self):
        """The names: a `jax.sharding.PartitionSpec` if jax is imported, else a `PartitionSpec`."""
        return get_partition_spec(self)

    def get_sharding(self, mesh):
        """The `jax.sharding.NamedSharding` of the names on `mesh`."""
        return get_sharding(self, mesh)


pytrees.register(
    Partitioned,
    lambda x: ((x.value,), ("value",), (x.names, x.mesh)),
    lambda rest, children: Partitioned(*children, *rest),
)


def with_partitioning(fn, names, mesh=None):
    """`fn`, an initializer as `Scope.param` takes it, with its result in a `Partitioned`."""
    fn = from_key(fn)

    @functools.wraps(fn)
    def partitioned(*args, **kwargs):
        return Partitioned(fn(*args, **kwargs), names, mesh)

    return partitioned


def _partition_spec(names):
    if backends.is_imported("jax"):
        return backends.get("jax").partition_spec(names)
    return PartitionSpec(*names)


def _by_names(fn, tree):
    def leaf(x):
        if isinstance(x, Partitioned):
            return fn(x.names)
        # Arrays are not split along any axis; what is no array has no axes.
        return fn(()) if hasattr(x, "shape") else None

    return pytrees.map(leaf, tree, is_leaf=is_axis_metadata)


def get_partition_spec(tree):
    """The tree with partition specs: the names for each `Partitioned`, an empty one for other
    arrays, None for what is no array."""
    return _by_names(_partition_spec, tree)


def get_sharding(tree, mesh):
    """The tree with the `jax.sharding.NamedSharding`s on `mesh` of the specs that
    `get_partition_spec` gives."""
    # A mesh is jax's, so jax is there.
    jax = backends.get("jax")
    return _by_names(lambda names: jax.named_sharding(names, mesh), tree)
