"""What goes along when a variable is copied, moved to another backend, or pickled.

The copy is another variable of the same class with the same value, options and attributes; nothing of
a framework goes into a pickle, unless an attribute is of one. The value is the one in force, in the
variable's own dtype.
"""

import copy
import copyreg

import numpy as np

from . import backends, dtypes
from .options import Options

# What `_around` makes anew; every other attribute is a subclass's or somebody's own, and goes along.
_OWN = frozenset("_backend _storage _lock _shape _options _typed _initializer _keras_twin".split())
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
            self._check_leaving()
            value = _moved(value, source, target)
        return self._like(target, value, self._attributes())

    def _attributes(self):
        """A dict of what others have set on the variable, in slots of a subclass as well."""
        slots = (name for name in copyreg._slotnames(type(self)) if hasattr(self, name))
        found = {name: getattr(self, name) for name in slots}
        found.update((name, x) for name, x in self.__dict__.items() if name not in _OWN)
        return found

    def _like(self, backend, value, attributes):
        own = self._options._replace(dtype=backend.canonical_dtype(self._dtype))
        if backend is not self._backend:
            own = own._replace(layout=None)
        like = self._around(own.storage(backend, value), backend, self._shape, own)
        for name, attribute in attributes.items():
            setattr(like, name, attribute)
        return like

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
        own = self._options._replace(dtype=self._dtype, layout=None)
        attributes = self._attributes()
        made_of = (type(self), self._backend.name, self._shape, data, own._asdict())
        # The second of the two is what `pickle` sets by `setattr`, slots as well.
        return restored, made_of, (None, attributes) if attributes else None


def _moved(value, source, target):
    """A tensor of `target`, or a NumPy array, with the values of the tensor `value` of `source`."""
    try:
        if source.dlpack_device(value)[0] != _HOST:
            return target.from_dlpack(value)
    except (BufferError, RuntimeError, TypeError, ValueError):
        # One of the two does not allow it: the device, the dtype, a value on several devices.
        pass
    return source.host(value)


def restored(cls, backend, shape, data, own):
    """What `pickle` calls: a variable of the class `cls` with that value and these options (a dict).

    `data`: the bytes of the value in row-major order; of text a nested list.
    """
    own = Options(**own)
    backend = backends.get(backend)
    array = array_of(data, own.dtype, shape)
    own = own._replace(dtype=backend.canonical_dtype(own.dtype))
    return cls._around(own.storage(backend, array), backend, shape, own)


def array_of(data, dtype, shape):
    """The NumPy array whose bytes, or nested list of text, `data` are."""
    if dtype == "string":
        return np.array(data, dtype=object).reshape(shape)
    return np.frombuffer(data, dtype=dtypes.numpy_dtype(dtype)).reshape(shape)
