"""Variables and tensors as plain data, for storage that knows nothing of Python objects.

`state_of` gives a dict of text, numbers, bools and bytearrays (which R knows as raw vectors),
`from_state` makes the object anew, bit for bit. Unlike pickle's, nothing in the dict names a class,
so that another language can hold it.
"""

import json
import pickle

import numpy as np

from .. import backends, dtypes
from ..copies import _restored
from .access import get_dimnames, set_dimnames
from ..variable import Variable

__all__ = ["from_state", "state_of"]

_CALLABLES = ("regularizer", "constraint")


def state_of(x):
    """All of a Variable (value, dtype, name, path, flags, names of positions, backend), or a tensor.

    Returns:
        A dict. `lost` lists the attributes that cannot be written: callables that pickle refuses.

    Raises:
        TypeError: `x` is neither.
    """
    if not isinstance(x, Variable):
        return _state_of_tensor(x)
    backend, name, dtype, shape, data, flags = x.__reduce__()[1]
    state = {"kind": "variable", "backend": backend, "name": name, "lost": [], **flags}
    del state["layout"]
    for key in _CALLABLES:
        state[key] = _pickled(state[key])
        if getattr(x, key) is not None and state[key] is None:
            state["lost"].append(key)
    names = get_dimnames(x)
    state["dimnames"] = None if names is None else json.dumps(names)
    data = _json(data) if dtype == "string" else bytearray(data)
    state.update(dtype=dtype, shape=list(shape), data=data)
    return state


def _state_of_tensor(x):
    backend = backends.backend_of(x)
    if backend is None:
        raise TypeError(
            "Argument `x` must be a Variable or a tensor of one of the backends. "
            f"Received: {type(x).__module__}.{type(x).__qualname__}"
        )
    array = np.array(backend.host(x), order="C")
    dtype = backend.dtype(x)
    data = _json(array.tolist()) if dtype == "string" else bytearray(array.tobytes())
    return {
        "kind": "tensor",
        "backend": backend.name,
        "lost": [],
        "dtype": dtype,
        "shape": list(array.shape),
        "data": data,
    }


def _json(text):
    return bytearray(json.dumps(text, default=bytes.decode).encode())


def _pickled(x):
    try:
        return None if x is None else bytearray(pickle.dumps(x))
    except Exception:
        # What pickle raises depends on the class: PicklingError, TypeError, AttributeError.
        return None


def from_state(state):
    """The Variable or tensor that `state_of` described.

    Raises:
        ImportError: the backend is not installed.
    """
    state = dict(state)
    dtype = state.pop("dtype")
    shape = tuple(int(size) for size in np.atleast_1d(state.pop("shape")))
    data = bytes(state.pop("data") or b"")
    if dtype == "string":
        data = json.loads(data)
    if state["kind"] != "variable":
        return _tensor_from(backends.get(state["backend"]), dtype, shape, data)
    flags = {key: state.get(key) for key in ("path", *_FLAGS)}
    for key in _CALLABLES:
        flags[key] = None if state.get(key) is None else pickle.loads(bytes(state[key]))
    variable = _restored(
        state["backend"], state["name"], dtype, shape, data, {**flags, "layout": None}
    )
    if state.get("dimnames") is not None:
        set_dimnames(variable, json.loads(state["dimnames"]))
    return variable


_FLAGS = ("trainable", "autocast", "aggregation", "synchronization", "overwrite_with_gradient")


def _tensor_from(backend, dtype, shape, data):
    if dtype == "string":
        array = np.array(data, dtype=object).reshape(shape)
    else:
        array = np.frombuffer(data, dtype=dtypes.numpy_dtype(dtype)).reshape(shape)
    return backend.tensor(array, backend.canonical_dtype(dtype), copy=True)
