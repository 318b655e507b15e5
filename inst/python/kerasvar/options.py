"""What a variable is apart from its value, its shape and its backend, in one record.

The record is what creation checks and what goes along when a variable is copied, moved, pickled,
written to a file or shown. To add an option is to add a field here, and its property to `Variable`.
"""

from typing import NamedTuple

_AGGREGATIONS = ("none", "mean", "sum", "only_first_replica")
_SYNCHRONIZATIONS = ("none", "on_read", "on_write", "auto")


class Options(NamedTuple):
    """The options of one variable; what they mean is said in `Variable`. Never changed: replaced."""

    name: str
    path: str
    dtype: str
    trainable: bool = True
    autocast: bool = True
    aggregation: str = "none"
    synchronization: str = "auto"
    layout: object = None
    regularizer: object = None
    constraint: object = None
    overwrite_with_gradient: bool = False
    dimnames: tuple | None = None
    """For each axis the names of its positions (a tuple of str) or None; None where no axis has any."""

    def storage(self, backend, value):
        """A storage of `backend` with a copy of `value`, as these options want it."""
        return backend.storage(
            value,
            self.dtype,
            trainable=self.trainable,
            name=self.path,
            aggregation=self.aggregation,
            synchronization=self.synchronization,
            layout=self.layout,
        )

    def changed(self):
        """A dict of those that differ from the default; name, path and dtype have none."""
        return {
            field: getattr(self, field)
            for field, default in self._field_defaults.items()
            if getattr(self, field) != default
        }


def check(field, value, shape=None):
    """`value` as the field holds it.

    Args:
        shape: of the variable, to check `dimnames`.

    Raises:
        ValueError: the value is none of those allowed.
        TypeError: a flag that is no bool.
    """
    if field in ("trainable", "autocast", "overwrite_with_gradient"):
        if value is not True and value is not False:
            raise TypeError(
                f"`{field}` must be True or False. Received: {value!r} (type {type(value).__name__})"
            )
    elif field == "aggregation":
        value = _one_of(field, value, _AGGREGATIONS)
    elif field == "synchronization":
        value = _one_of(field, value, _SYNCHRONIZATIONS)
    elif field in ("regularizer", "constraint"):
        if value is not None and not callable(value):
            raise ValueError(
                f"`{field}` must be a callable or None. "
                f"Received: {value!r} (type {type(value).__name__})"
            )
    elif field == "dimnames" and value is not None:
        value = _dimnames(value, shape)
    return value


def _one_of(field, value, allowed):
    if value is None:
        return "none"
    if value not in allowed:
        raise ValueError(
            f"`{field}` must be one of {', '.join(map(repr, (None, *allowed)))}. Received: {value!r}"
        )
    return value


def _dimnames(names, shape):
    if len(names) != len(shape):
        raise ValueError(
            f"`dimnames` has names for {len(names)} axes, the variable has {len(shape)}"
        )
    for axis, (given, size) in enumerate(zip(names, shape)):
        if given is not None and len(given) != size:
            raise ValueError(
                f"`dimnames` has {len(given)} names for axis {axis + 1}, which has size {size}"
            )
    return tuple(None if given is None else tuple(map(str, given)) for given in names)
