"""What goes along when a variable is copied, moved to another backend, or pickled.

The copy is another variable of the same class with the same value, dtype, name, path, flags and
attributes; nothing of a framework goes into a pickle, unless an attribute is of one. The value is the
one in force, in the variable's own dtype.
"""

import copy
import copyreg

import numpy as np

from . import backends, dtypes

__all__ = ["Copies"]

# What `_around` makes anew; every other attribute is a subclass's or somebody's own, and goes along.
_OWN = frozenset(
    "_backend _storage _lock _name _path _shape _first_dtype _trainable _autocast _aggregation "
    "_synchronization _layout _regularizer _constraint _overwrite_with_gradient _initializer "
    "_keras_twin".split()
)
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
        return self._like(target, value, self._attributes())

    def _attributes(self):
        """A dict of what others have set on the variable, in slots of a subclass as well."""
        slots = (name for name in copyreg._slotnames(type(self)) if hasattr(self, name))
        found = {name: getattr(self, name) for name in slots}
        found.update((name, x) for name, x in self.__dict__.items() if name not in _OWN)
        return found

    def _like(self, backend, value, attributes):
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
        like = self._around(
            storage, backend, name=self._name, dtype=dtype, shape=self._shape, **flags
        )
        for name, attribute in attributes.items():
            setattr(like, name, attribute)
        return like

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
        return self._like(
            self._backend, self._read(live=False, cast=False), self._attributes()
        )

    def __deepcopy__(self, memo):
        copied = self._like(self._backend, self._read(live=False, cast=False), {})
        # Before the attributes, which may lead back here.
        memo[id(self)] = copied
        for name, attribute in self._attributes().items():
            setattr(copied, name, copy.deepcopy(attribute, memo))
        return copied

    def __reduce__(self):
        # Bytes, so that no object of a framework (nor of ml_dtypes) is needed to hold the value.
        array = np.array(self._backend.host(self._read(live=False, cast=False)), order="C")
        data = array.tolist() if self._dtype == "string" else array.tobytes()
        state = {**self._flags(), "layout": None}
        made_of = (self._backend.name, self._name, self._dtype, self._shape, data, state)
        # The second of the two is what `pickle` sets by `setattr`, slots as well.
        attributes = self._attributes()
        return _restored, (*made_of, type(self)), (None, attributes) if attributes else None


def _moved(value, source, target):
    """A tensor of `target`, or a NumPy array, with the values of the tensor `value` of `source`."""
    try:
        if source.dlpack_device(value)[0] != _HOST:
            return target.from_dlpack(value)
    except (BufferError, RuntimeError, TypeError, ValueError):
        # One of the two does not allow it: the device, the dtype, a value on several devices.
        pass
    return source.host(value)


def _restored(backend, name, dtype, shape, data, state, cls=None):
    """What `pickle` calls: a variable of the same class, value, dtype, name, path, flags and backend."""
    if cls is None:
        # A pickle of before classes went along.
        from .variable import Variable as cls

    if dtype == "string":
        array = np.array(data, dtype=object).reshape(shape)
    else:
        array = np.frombuffer(data, dtype=dtypes.numpy_dtype(dtype)).reshape(shape)
    backend = backends.get(backend)
    dtype = backend.canonical_dtype(dtype)
    storage = backend.storage(array, dtype, trainable=state["trainable"], name=state["path"])
    return cls._around(storage, backend, name=name, dtype=dtype, shape=shape, **state)
