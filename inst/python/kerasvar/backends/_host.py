"""Casting NumPy arrays on their way into a framework.

NumPy warns of a lossy cast once it has been done; the frameworks say nothing, and under `-W error` a
warning would come too late to stop the write. So the casts here are silent.
"""

import numpy as np

from .. import memory_order


def cast(array, dtype, copy=None, order="K"):
    """`array` as the `np.dtype` `dtype`; a new array if `copy`, or if one is needed."""
    if array.dtype == dtype and (order == "K" or array.flags.c_contiguous):
        return np.array(array, order=order, copy=copy)
    if array.dtype != dtype and array.dtype.kind == "c" and dtype.kind not in "cOb":
        array = array.real
    turns = order == "C" and array.ndim > 1 and not array.flags.c_contiguous
    with np.errstate(all="ignore"):
        if turns and dtype.kind != "O":
            return memory_order.copied(array, dtype, "C")
        if array.dtype == dtype:
            return np.array(array, order=order, copy=copy)
        return np.array(array, dtype=dtype, order=order)


def cast_into(target, array):
    """Overwrite the array `target` with the numbers of `array`."""
    if array.dtype == target.dtype and array.flags.c_contiguous:
        np.copyto(target, array)
        return
    if array.dtype != target.dtype and array.dtype.kind == "c" and target.dtype.kind not in "cb":
        array = array.real
    with np.errstate(all="ignore"):
        memory_order.copy_into(target, array)
