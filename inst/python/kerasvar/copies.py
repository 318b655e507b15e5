"""What goes along when a variable is copied, moved to another backend, or pickled.

The copy is another variable with the same value, dtype, name, path and flags; nothing of a framework
goes into a pickle. The value is the one in force, in the variable's own dtype.
"""

import numpy as np

from . import backends, dtypes

__all__ = ["Copies"]

_HOST = 1  # DLPack's number for memory that the processor reaches


class Copies:
    """`to_backend`, `copy`, `deepcopy` and `pickle`, for `Variable`."""

    def to_backend(self, backend):
        """A new variable of another backend with the same value, dtype, name, path and flags.

        Where both frameworks allow it, a value on a device goes there by DLPack; on the host it is
        copied once, by way of NumPy.

        Raises:
            ValueError: no such backend, or it does not hold the dtype.
            ImportError: the backend is not installed.
        """
        target = backends.get(backend)
        source = self._backend
        value = self._read(live=False, cast=False)
        if source is not target:
            value = _moved(value, source, target)
        return self._like(target, value)

    def _like(self, backend, value):
        dtype = backend.canonical_dtype(self._dtype)
        flags = self._flags()
        if backend is not self._backend:
            flags["layout"] = None
        storage = backend.storage(
            value,
            dtype,
            trainable=self._trainable,
            name=self._path,
            aggregation=self._aggregation,
            synchronization=self._synchronization,
            layout=flags["layout"],
        )
        return self._around(
            storage, backend, name=self._name, dtype=dtype, shape=self._shape, **flags
        )

    def _flags(self):
        return {
            "path": self._path,
            "trainable": self._trainable,
            "autocast": self._autocast,
            "aggregation": self._aggregation,
            "synchronization": self._synchronization,
            "layout": self._layout,
            "regularizer": self._regularizer,
            "constraint": self._constraint,
            "overwrite_with_gradient": self._overwrite_with_gradient,
        }

    def __copy__(self):
        return self.__deepcopy__({})

    def __deepcopy__(self, memo):
        copied = self._like(self._backend, self._read(live=False, cast=False))
        memo[id(self)] = copied
        return copied

    def __reduce__(self):
        # Bytes, so that no object of a framework (nor of ml_dtypes) is needed to hold the value.
        array = np.array(self._backend.host(self._read(live=False, cast=False)), order="C")
        data = array.tolist() if self._dtype == "string" else array.tobytes()
        state = {**self._flags(), "layout": None}
        return _restored, (self._backend.name, self._name, self._dtype, self._shape, data, state)


def _moved(value, source, target):
    """A tensor of `target`, or a NumPy array, with the values of the tensor `value` of `source`."""
    try:
        if source.dlpack_device(value)[0] != _HOST:
            return target.from_dlpack(value)
    except (BufferError, RuntimeError, TypeError, ValueError):
        # One of the two does not allow it: the device, the dtype, a value on several devices.
        pass
    return source.host(value)


def _restored(backend, name, dtype, shape, data, state):
    """What `pickle` calls: a variable of the same value, dtype, name, path, flags and backend."""
    from .variable import Variable

    if dtype == "string":
        array = np.array(data, dtype=object).reshape(shape)
    else:
        array = np.frombuffer(data, dtype=dtypes.numpy_dtype(dtype)).reshape(shape)
    backend = backends.get(backend)
    dtype = backend.canonical_dtype(dtype)
    storage = backend.storage(array, dtype, trainable=state["trainable"], name=state["path"])
    return Variable._around(storage, backend, name=name, dtype=dtype, shape=shape, **state)
