"""Variables and tensors as plain data, for storage that knows nothing of Python objects.

`state_of` gives a dict of text, numbers, bools and bytearrays (which R knows as raw vectors),
`from_state` makes the object anew, bit for bit. Unlike pickle's, nothing in the dict names a class,
so that another language can hold it.
"""

import json
import pickle

import numpy as np

from .. import backends
from ..copies import array_of, restored
from ..options import Options, check
from ..variable import Variable
from .data import tensor_of

_CALLABLES = ("regularizer", "constraint")


def state_of(x):
    """All of a Variable (value, shape, backend, options), or a tensor.

    Returns:
        A dict. `lost` lists the attributes that cannot be written: callables that pickle refuses.

    Raises:
        TypeError: `x` is neither.
    """
    if not isinstance(x, Variable):
        return _state_of_tensor(x)
    _, backend, shape, data, state = x.__reduce__()[1]
    state = {"kind": "variable", "backend": backend, "lost": [], **state}
    del state["layout"]
    for key in _CALLABLES:
        state[key] = _pickled(state[key])
        if getattr(x, key) is not None and state[key] is None:
            state["lost"].append(key)
    names = state["dimnames"]
    state["dimnames"] = None if names is None else json.dumps(names)
    data = _json(data) if state["dtype"] == "string" else bytearray(data)
    state.update(shape=list(shape), data=data)
    return state


def _state_of_tensor(x):
    backend, _, dtype = tensor_of(x)
    array = np.array(backend.host(x), order="C")
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
    dtype, backend = state["dtype"], state["backend"]
    shape = tuple(int(size) for size in np.atleast_1d(state["shape"]))
    data = bytes(state["data"] or b"")
    if dtype == "string":
        data = json.loads(data)
    if state["kind"] != "variable":
        backend = backends.get(backend)
        return backend.tensor(array_of(data, dtype, shape), backend.canonical_dtype(dtype), copy=True)
    own = {field: state[field] for field in Options._fields if field in state}
    for key in _CALLABLES:
        own[key] = None if own[key] is None else pickle.loads(bytes(own[key]))
    if own["dimnames"] is not None:
        own["dimnames"] = check("dimnames", json.loads(own["dimnames"]), shape)
    return restored(Variable, backend, shape, data, own)
