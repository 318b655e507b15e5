"""The value in `repr(variable)`: NumPy's text of it, made of what is shown and no more."""

import numpy as np

from .subscript import python_selection


def summary(variable):
    """NumPy's text of the value in force; of a large one only the corners leave the device."""
    backend = variable._backend
    options = np.get_printoptions()
    edge = options["edgeitems"]
    if variable.size <= options["threshold"]:
        return _text(backend, variable._read(live=False))
    # Twice the edge and one more: NumPy then leaves out the middle by itself.
    corners = np.ix_(
        *(
            np.arange(size) if size <= 2 * edge + 1 else np.r_[0 : edge + 1, size - edge : size]
            for size in variable.shape
        )
    )
    value = variable._read(live=True)
    value = backend.select(value, python_selection(variable.shape, corners))
    with np.printoptions(threshold=0):
        return _text(backend, value)


def _text(backend, value):
    # While gradients are recorded there may be numbers only of what is not.
    return np.array2string(np.asarray(backend.host(backend.stop_gradient(value))))
