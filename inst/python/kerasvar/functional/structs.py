"""ShapeDtypeStruct: shape and dtype in place of an array, for `lazy_init`.

Each framework has abstract values of its own (`backends/tracing.py`); here ours becomes the one of
its backend, and the backend is found whose abstract values are among the arguments.
"""

import dataclasses

from .. import backends, config, dtypes, shapes
from . import pytrees


@dataclasses.dataclass(frozen=True)
class ShapeDtypeStruct:
    """What is known of an array that is not there yet.

    Attributes:
        shape: tuple of int.
        dtype: its name.
        backend: the name of the backend it would be an array of.

    Args:
        shape: iterable of int.
        dtype: a dtype, as `standardize_dtype` takes it; None means floatx.
        backend: a backend's name; None means the default one.

    Raises ValueError for what is no full shape, no dtype or no backend.
    """

    shape: tuple
    dtype: str = None
    backend: str = None

    def __post_init__(self):
        shape = shapes.standardize_shape(self.shape)
        if None in shape:
            raise ValueError(f"Argument `shape` must be fully-defined. Received: {self.shape!r}")
        backend = backends.get(config.backend() if self.backend is None else self.backend).name
        object.__setattr__(self, "shape", shape)
        object.__setattr__(self, "backend", backend)
        object.__setattr__(self, "dtype", dtypes.standardize_dtype(self.dtype, backend))


def abstract_values(tree):
    """The tree with the backend's own abstract value for each `ShapeDtypeStruct`."""

    def own(x):
        if isinstance(x, ShapeDtypeStruct):
            return backends.get(x.backend).abstract_value(x.shape, x.dtype)
        return x

    return pytrees.map(own, tree)


def backend_of_abstract_values(tree):
    """The backend whose abstract values are in the tree, or None if there are none.

    Raises:
        ValueError: there are those of several.
    """
    leaves = pytrees.leaves(tree)
    found = [b for b in backends.loaded() if any(map(b.is_abstract, leaves))]
    if len(found) > 1:
        names = ", ".join(backend.name for backend in found)
        raise ValueError(
            f"The arguments have shapes in place of arrays of several backends ({names}); "
            "one function runs on one."
        )
    return found[0] if found else None
