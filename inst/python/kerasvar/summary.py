"""The value in `repr(variable)`: NumPy's text of it, made of what is shown and no more.

What R shows is made in `display`.
"""

import numpy as np

from .subscript import python_selection

__all__ = ["summary"]


def summary(variable):
    """NumPy's text of the value in force; of a large one only the corners leave the device."""
    backend = variable._backend
    options = np.get_printoptions()
    edge = options["edgeitems"]
    if variable.size <= options["threshold"]:
        return np.array2string(np.asarray(backend.host(variable._read(live=False))))
    value = variable._read(live=True)
    for axis, size in enumerate(variable.shape):
        # Twice the edge and one more: NumPy then leaves out the middle by itself.
        if size > 2 * edge + 1:
            positions = np.r_[0 : edge + 1, size - edge : size]
            index = (slice(None),) * axis + (positions,)
            value = backend.select(value, python_selection(backend.shape(value), index))
    with np.printoptions(threshold=0):
        return np.array2string(np.asarray(backend.host(value)))
