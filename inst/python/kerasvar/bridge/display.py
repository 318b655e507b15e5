"""What a printed form of a variable or tensor needs, as plain data.

Facts (`describe`), the elements at the corners (`excerpt`), the first elements (`first_elements`).
Only what is shown leaves the device, in one selection. How it is laid out is R's business; frameworks are asked through `backends`.
"""

import math

import numpy as np

from .. import backends, scopes
from ..subscript import Selection
from ..variable import Variable
from . import data


def describe(x):
    """Facts about a Variable or a tensor, without its values.

    Returns:
        A dict: `kind` ("variable" or "tensor"), `path` (None for a tensor), `dtype`, `stored` (the
        dtype of the memory where an autocast scope hides it, else None), `shape` (a list; -1 where
        unknown), `backend`, `flags` (those that differ from the default) and `initialized`.

    Raises:
        TypeError: `x` is neither.
    """
    if not isinstance(x, Variable):
        backend, _, dtype = data.tensor_of(x)
        shape = [-1 if size is None else int(size) for size in backend.shape(x)]
        path, stored, flags, initialized = None, dtype, {}, True
    else:
        backend, dtype, shape = x._backend, x.dtype, list(x.shape)
        path, stored, flags = x.path, x._dtype, x._options.changed()
        flags.pop("dimnames", None)
        for key in flags.keys() & {"regularizer", "constraint", "layout"}:
            flags[key] = getattr(flags[key], "__name__", type(flags[key]).__name__)
        initialized = x._storage is not None or _has_scope_value(x)
    return {
        "kind": "tensor" if path is None else "variable",
        "path": path,
        "dtype": dtype,
        "stored": None if dtype == stored else stored,
        "shape": shape,
        "backend": backend.name,
        "flags": flags,
        "initialized": initialized,
    }


def _has_scope_value(variable):
    scope = scopes.get_stateless_scope()
    return scope is not None and scope.get_current_value(variable) is not None


def excerpt(x, rows=None, columns=None, elements=None):
    """`describe(x)` and the elements to show.

    Args:
        x: a Variable or a tensor.
        rows: of arrays with two axes or more, how many rows to take at most, over all of the
            matrices that make up the array; None for all.
        columns: how many columns to take at most.
        elements: of arrays with one axis, how many elements to take at most from each end.

    Returns:
        The dict of `describe` with `rows`, `columns` and `slices` added (0-based positions; a slice
        is a list of the positions on the axes after the second) and `values`: flat, rows fastest,
        then columns, then slices; text for integers, so that none is rounded; and `labels`, the
        names of the rows, columns and slices shown where the variable has names, or None. Where
        there are no values to be had (a tensor that is being traced) `values` is None and
        `problem` says why.
    """
    facts = describe(x)
    shape = facts["shape"]
    chosen = _positions(shape, rows, columns, elements)
    facts.update(zip(("rows", "columns", "slices"), chosen))
    facts["labels"] = _labels(x, chosen)
    _take(x, facts, _corner_selection(shape, *chosen))
    # Lists, because a reader may turn arrays into something of its own.
    facts["rows"], facts["columns"] = chosen[0].tolist(), chosen[1].tolist()
    facts["slices"] = chosen[2].tolist()
    return facts


def first_elements(x, count):
    """`describe(x)` and the first `count` elements down the columns, as `excerpt` gives them."""
    facts = describe(x)
    shape = facts["shape"]
    selection = Selection((), (), ())
    if -1 in shape:
        facts.update(values=None, problem="its shape is not known")
        return facts
    if shape:
        size = min(count, math.prod(shape))
        index = np.unravel_index(np.arange(size), shape, order="F")
        selection = Selection(index, (size,), (size,))
    _take(x, facts, selection)
    return facts


def _take(x, facts, selection):
    facts.update(values=[], problem=None)
    if not facts["initialized"]:
        facts.update(values=None, problem="not initialized yet")
    if not facts["initialized"] or 0 in facts["shape"]:
        return
    try:
        backend, value = data.value_of(x)
        if selection is not None:
            value = backend.select(value, selection)
        array = np.asarray(backend.host(backend.stop_gradient(value)))
        facts["values"] = _listed(array.reshape(-1, order="F"), facts["dtype"])
    except Exception as error:
        # Printing must not fail: frameworks refuse tensors that are traced or were given away.
        facts["values"] = None
        facts["problem"] = f"{type(error).__name__}: {str(error).strip().splitlines()[0]}"


def _listed(flat, dtype):
    """A flat array in types any reader knows: bool, text for integers and text, float64, complex128."""
    kind = flat.dtype.kind
    if dtype == "string" or kind in "OUST":
        return [e.decode("utf-8", "replace") if isinstance(e, bytes) else str(e) for e in flat]
    if kind in "iu":
        return [str(e) for e in flat.tolist()]
    if kind == "b":
        return flat
    return flat.astype(np.complex128 if kind == "c" else np.float64)


def _labels(x, chosen):
    names = x.dimnames if isinstance(x, Variable) else None
    if names is None:
        return None
    rows, columns, slices = chosen
    names = [*names, *[None] * (2 - len(names))]
    return {
        "rows": None if names[0] is None else [names[0][at] for at in rows],
        "columns": None if names[1] is None else [names[1][at] for at in columns],
        "slices": [
            [str(k + 1) if axis is None else axis[k] for axis, k in zip(names[2:], at)]
            for at in slices.tolist()
        ],
    }


def _ends(size, limit):
    if limit is None or size <= limit:
        return np.arange(size)
    head = (limit + 1) // 2
    return np.concatenate([np.arange(head), np.arange(size - (limit - head), size)])


def _positions(shape, rows, columns, elements):
    """(rows, columns, slices) to show: arrays of positions; one row of coordinates a slice."""
    none = np.zeros((1, 0), np.int64)
    if -1 in shape or not shape:
        return np.arange(1), np.arange(1), none
    if len(shape) == 1:
        return _ends(shape[0], None if elements is None else 2 * elements), np.arange(1), none
    count = math.prod(shape[2:])
    if rows is None or shape[0] * count <= rows:
        row_limit = slice_limit = None
    else:
        # Few rows of many matrices tell more than many of the first; below four they tell nothing.
        row_limit = rows if count < 2 else min(shape[0], max(4, rows // count))
        slice_limit = max(1, rows // max(row_limit, 1))
    slices = none
    if len(shape) > 2:
        ends = _ends(count, slice_limit)
        slices = np.stack(np.unravel_index(ends, shape[2:], order="F"), axis=-1)
    return _ends(shape[0], row_limit), _ends(shape[1], columns), slices


def _corner_selection(shape, rows, columns, slices):
    """The selection of these rows, columns and slices; None for the whole."""
    sizes = (len(rows), len(columns), len(slices))
    if -1 in shape or math.prod(sizes) == math.prod(shape):
        return None
    if len(shape) == 1:
        # Two runs, which are one array of positions.
        return Selection((rows.astype(np.int64),), (len(rows),), (len(rows),))
    index = [rows.reshape(-1, 1, 1), columns.reshape(1, -1, 1)]
    index += [axis.reshape(1, 1, -1) for axis in slices.T]
    if len(shape) == 2:
        index, sizes = [entry[:, :, 0] for entry in index], sizes[:2]
    index = tuple(entry.astype(np.int64) for entry in index)
    return Selection(index, sizes, sizes)


def backend_name(x):
    """The name of the backend that a Variable or tensor lives in."""
    return x.backend if isinstance(x, Variable) else backends.backend_of(x).name
