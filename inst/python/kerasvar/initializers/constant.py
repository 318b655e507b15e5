"""Initializers that draw nothing: zeros, ones, a constant, the identity matrix."""

import numpy as np

from .. import backends, dtypes
from .base import Initializer, full_shape


class Zeros(Initializer):
    """Zeros (False for bool), of any dtype but string. Arguments: none."""

    def draw(self, key, shape, dtype=None):
        return np.zeros(full_shape(shape, self), _numeric(dtype, self))


class Ones(Initializer):
    """Ones (True for bool), of any dtype but string. Arguments: none."""

    def draw(self, key, shape, dtype=None):
        return np.ones(full_shape(shape, self), _numeric(dtype, self))


class Constant(Initializer):
    """One value everywhere.

    Args:
        value: a number, or numbers (list, array, tensor) that broadcast to the shape. A fraction
            loses its digits behind the point in an integer dtype, as in Keras; what does not fit
            into the dtype is a ValueError.
    """

    def __init__(self, value=0.0):
        self.value = value

    def draw(self, key, shape, dtype=None):
        shape = full_shape(shape, self)
        value = _cast(_on_host(self.value), dtype, "value")
        try:
            return np.broadcast_to(value, shape).copy()
        except ValueError:
            raise ValueError(
                f"`value` of Constant must broadcast to the shape {shape}. "
                f"Received: shape {value.shape}"
            ) from None

    def get_config(self):
        if self.value is None or isinstance(self.value, (bool, int, float, complex, str, list)):
            return {"value": self.value}
        value = _on_host(self.value)
        # Keras's way to write an array down.
        config = {"value": value.tolist(), "dtype": value.dtype.name}
        return {"value": {"class_name": "__numpy__", "config": config}}

    @classmethod
    def from_config(cls, config):
        value = config.get("value", 0.0)
        if isinstance(value, dict) and value.get("class_name") in ("__numpy__", "__tensor__"):
            written = value["config"]
            value = np.array(written["value"], dtypes.numpy_dtype(written["dtype"]))
        return cls(value)


class Identity(Initializer):
    """The identity matrix times `gain`, for shapes of two axes, square or not.

    Unlike Keras's, the result has the dtype asked for, and the configuration keeps a gain.
    """

    def __init__(self, gain=1.0):
        self.gain = gain

    def draw(self, key, shape, dtype=None):
        shape = full_shape(shape, self)
        if len(shape) != 2:
            raise ValueError(f"Identity makes matrices, of two axes. Received: shape={shape}")
        matrix = np.eye(*shape, dtype=_numeric(dtype, self))
        matrix *= _cast(_on_host(self.gain), dtype, "gain")
        return matrix

    def get_config(self):
        return {} if self.gain == 1.0 else {"gain": self.gain}


def _numeric(dtype, initializer):
    name = dtypes.standardize_dtype(dtype)
    if name == "string":
        raise ValueError(f"{type(initializer).__name__} makes numbers. Received: dtype='string'")
    return dtypes.numpy_dtype(name)


def _on_host(value):
    backend = backends.backend_of(value)
    return np.asarray(value if backend is None else backend.host(value))


def _cast(array, dtype, argument):
    """A host array in the dtype; ValueError for numbers that it has no place for."""
    name = dtypes.standardize_dtype(dtype)
    target = dtypes.numpy_dtype(name)
    if (array.dtype.kind in "OUST") != (name == "string"):
        kind = "text" if name == "string" else "numbers"
        raise ValueError(f"`{argument}` must be {kind} for the dtype {name}. Received: {array!r}")
    if target.kind in "iu":
        if array.dtype.kind not in "iubc":
            array = np.trunc(array)
        dtypes.check_exact_cast(array, name)
    elif array.dtype.kind == "c" and target.kind != "b":
        dtypes.check_exact_cast(array, name)
    if array.dtype.kind == "c" and target.kind not in "cb":
        array = array.real
    return array.astype(target)
