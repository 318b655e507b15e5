"""TensorFlow: a tf.Variable, written by the resource operations that touch only what is written.

A sparse write turns a tf.Variable to copy-on-read for good (seen with 2.21: from then on each read
copies the whole); `DisableCopyOnRead` after the write undoes that, and TensorFlow itself copies on
write while something that was read is still held.
"""

import numpy as np
import optree
import tensorflow as tf
from tensorflow.python.autograph.core import config as autograph
from tensorflow.python.autograph.core.config_lib import Convert, DoNotConvert

# There is no public way to ask whether a tape watches a tensor.
from tensorflow.python.eager import record
# NumPy's subscripts of tensors, which TensorFlow has for its NumPy arrays only; and whether XLA compiles.
from tensorflow.python.ops import control_flow_util
from tensorflow.python.ops.numpy_ops import np_array_ops

from .. import dtypes
from ._abstract import AbstractArray
from ._functions_tensorflow import FUNCTIONS
from ._host import cast as host_cast
from ._points import is_whole, keep_last, points
from ._kernels_tensorflow import RAW, TensorflowKernels
from .base import Backend, Storage
from .tracing import DependsOnAbstractValue

raw = tf.raw_ops

# Autograph would convert what of ours a traced function calls, once a process and for nothing: 15 s for a
# few lines. What calls functions of the user's it must go through.
_USERS = ("transforms", "functional", "initializers")
_PACKAGE = __name__.partition(".")[0]
autograph.CONVERSION_RULES = (
    *(Convert(f"{_PACKAGE}.{module}") for module in _USERS),
    DoNotConvert(_PACKAGE),
    *autograph.CONVERSION_RULES,
)

_DTYPES = {name: getattr(tf, name) for name in dtypes.ALLOWED if hasattr(tf, name)}
_DTYPES["float8_e4m3fn"] = tf.dtypes.experimental.float8_e4m3fn
_DTYPES["float8_e5m2"] = tf.dtypes.experimental.float8_e5m2
_TENSORS = (tf.__internal__.EagerTensor, tf.Tensor, tf.Variable)
_FLOAT8 = (_DTYPES["float8_e4m3fn"], _DTYPES["float8_e5m2"])
_NAMES = {dtype: name for name, dtype in _DTYPES.items()}

_AGGREGATION = {
    "none": tf.VariableAggregation.NONE,
    "sum": tf.VariableAggregation.SUM,
    "mean": tf.VariableAggregation.MEAN,
    "only_first_replica": tf.VariableAggregation.ONLY_FIRST_REPLICA,
}
_SYNCHRONIZATION = {
    "none": tf.VariableSynchronization.NONE,
    "on_read": tf.VariableSynchronization.ON_READ,
    "on_write": tf.VariableSynchronization.ON_WRITE,
    "auto": tf.VariableSynchronization.AUTO,
}


def _is_compiled_by_xla():
    if tf.executing_eagerly():
        return False
    return control_flow_util.GraphOrParentsInXlaContext(tf.compat.v1.get_default_graph())


def _is_plain(variable):
    """Whether it is one resource, and not a strategy's bundle of replicas."""
    return not isinstance(variable, tf.distribute.DistributedValues)


def _check_replicas(variable, partly=False):
    """Refuse a write inside the replicas that would part them, which TensorFlow lets pass."""
    if _is_plain(variable) or tf.distribute.get_replica_context() is None:
        return
    if tf.distribute.get_strategy() is not variable.distribute_strategy:
        # Outside its strategy altogether: all replicas are written.
        return
    if variable.synchronization == tf.VariableSynchronization.ON_READ:
        return
    refused = {tf.VariableAggregation.NONE}
    if partly:
        # The whole is aggregated, so what is not written would be added up as well.
        refused.add(tf.VariableAggregation.SUM)
    if variable.aggregation in refused:
        raise ValueError(
            f"A variable with aggregation={variable.aggregation.name.lower()!r} cannot be "
            f"{'written in part' if partly else 'written'} inside the replicas of a strategy: they "
            "would no longer be equal. Use aggregation 'mean' or 'only_first_replica', or write "
            "outside the replicas."
        )


# ---- writing and reading by position ---------------------------------------------------------

_COMBINE = {"add": tf.add, "sub": tf.subtract, "max": tf.maximum, "min": tf.minimum}
_SCATTER = {
    "set": (raw.ResourceScatterNdUpdate, tf.tensor_scatter_nd_update),
    "add": (raw.ResourceScatterNdAdd, tf.tensor_scatter_nd_add),
    "sub": (raw.ResourceScatterNdSub, tf.tensor_scatter_nd_sub),
    "max": (raw.ResourceScatterNdMax, tf.tensor_scatter_nd_max),
    "min": (raw.ResourceScatterNdMin, tf.tensor_scatter_nd_min),
}


def _strides(index):
    begin, end, step = [], [], []
    shrink = 0
    for axis, entry in enumerate(index):
        if isinstance(entry, slice):
            begin.append(entry.start)
            end.append(entry.stop)
            step.append(entry.step)
        else:
            begin.append(entry)
            end.append(entry + 1)
            step.append(1)
            shrink |= 1 << axis
    return {"begin": begin, "end": end, "strides": step, "shrink_axis_mask": shrink}


def _leading(index, shape):
    """The leading ints of an index whose other entries are whole axes, else None."""
    count = 0
    while count < len(index) and not isinstance(index[count], (slice, np.ndarray)):
        count += 1
    rest = zip(index[count:], shape[count:])
    return index[:count] if count and all(is_whole(e, size) for e, size in rest) else None


def _scatter_arguments(selection, shape, value, op):
    """(indices, updates) for the scatter operations: positions of whole trailing blocks."""
    leading = _leading(selection.index, shape)
    if leading is not None:
        value = _spread(value, selection.index_shape, (1, *selection.index_shape))
        return np.array([leading], np.int64), value
    at = points(selection, shape, from_first=True)
    indices = np.stack(at.coordinates, axis=-1)
    value = _spread(value, selection.index_shape, at.value_shape)
    if op == "set":
        kept = keep_last(at.linear)
        if kept is not None:
            indices = indices[kept]
            value = value[kept] if isinstance(value, np.ndarray) else tf.gather(value, kept)
    return indices, value


def _spread(value, shape, final):
    """A tensor or array broadcast to `shape`, then reshaped; an operation costs more than a look."""
    if isinstance(value, np.ndarray):
        return np.broadcast_to(value, shape).reshape(final)
    if tuple(value.shape) != shape:
        value = tf.broadcast_to(value, shape)
    return value if shape == final else tf.reshape(value, final)


def _select(tensor, index):
    """`tensor[index]`, arrays on adjacent axes included."""
    arrays = [axis for axis, entry in enumerate(index) if isinstance(entry, np.ndarray)]
    if not arrays:
        # `tensor[index]` takes four times as long to come to the same.
        return raw.StridedSlice(input=tensor, **_strides(index)) if index else tensor
    first, last = arrays[0], arrays[-1]
    whole = tuple(slice(None) if isinstance(e, np.ndarray) else e for e in index)
    tensor = tensor[whole]
    shape = tuple(tensor.shape)
    if first == last:
        return tf.gather(tensor, index[first], axis=first)
    linear = np.ravel_multi_index(
        np.broadcast_arrays(*index[first : last + 1]), shape[first : last + 1]
    )
    flat = tf.reshape(tensor, shape[:first] + (-1,) + shape[last + 1 :])
    return tf.gather(flat, linear, axis=first)


def _updated(tensor, selection, value, op):
    if 0 in selection.index_shape:
        return tf.identity(tensor)
    if not tensor.shape.rank:
        return tf.reshape(value, ()) if op == "set" else _COMBINE[op](tensor, value)
    if tensor.dtype in _FLOAT8:
        # No kernel writes float8 by position (2.21); float16 holds every value of it.
        half = _updated(tf.cast(tensor, tf.half), selection, tf.cast(value, tf.half), op)
        return tf.cast(half, tensor.dtype)
    shape = tuple(tensor.shape)
    indices, value = _scatter_arguments(selection, shape, value, op)
    return _SCATTER[op][1](tensor, indices, value)


def _invert(x):
    return tf.logical_not(x) if x.dtype.is_bool else tf.bitwise.invert(x)


def _round(x, decimals):
    if x.dtype.is_integer or x.dtype.is_bool:
        return tf.identity(x) if decimals >= 0 else _round_integer(x, decimals)
    if not decimals:
        return tf.round(x)
    # NumPy's steps: a power of ten that is a fraction is not exact.
    factor = tf.constant(10.0 ** abs(decimals), x.dtype)
    return tf.round(x * factor) / factor if decimals > 0 else tf.round(x / factor) * factor


def _round_integer(x, decimals):
    # By way of float64, as NumPy does.
    return tf.cast(_round(tf.cast(x, tf.float64), max(decimals, -300)), x.dtype)


# ---- the backend -----------------------------------------------------------------------------


class TensorflowStorage(Storage):
    __slots__ = ()
    live = True

    def __init__(self, variable):
        self.value = variable

    def snapshot(self):
        # A read in the middle of a sparse write sees half of it.
        with self.lock:
            return tf.convert_to_tensor(self.value)

    def host(self):
        return _host(self.snapshot())

    @property
    def replicated(self):
        return not _is_plain(self.value)

    def assign(self, value):
        _check_replicas(self.value)
        self.value.assign(_tensor(value, self.value.dtype), read_value=False)

    def accumulate(self, operator, value):
        _check_replicas(self.value)
        value = tf.broadcast_to(value, self.value.shape)
        (self.value.assign_add if operator == "add" else self.value.assign_sub)(value)

    def update(self, selection, value, op="set"):
        variable = self.value
        if 0 in selection.index_shape:
            return
        if (
            not _is_plain(variable)
            or not selection.index
            or variable.dtype in _FLOAT8
            or _is_compiled_by_xla()
        ):
            # Nothing else is there for float8 and XLA (2.21), and only a whole assignment reaches every replica of a distributed variable.
            _check_replicas(variable, partly=True)
            current = tf.convert_to_tensor(variable)
            value = _tensor(value, variable.dtype)
            variable.assign(_updated(current, selection, value, op))
            return
        shape = tuple(variable.shape)
        handle = variable.handle
        if op == "set" and selection.is_basic and _leading(selection.index, shape) is None:
            raw.ResourceStridedSliceAssign(
                ref=handle,
                value=_tensor(
                    _spread(value, selection.index_shape, selection.index_shape), variable.dtype
                ),
                **_strides(selection.index),
            )
        else:
            indices, value = _scatter_arguments(selection, shape, value, op)
            _SCATTER[op][0](ref=handle, indices=indices, updates=_tensor(value, variable.dtype))
        raw.DisableCopyOnRead(resource=handle)

    def set_trainable(self, trainable):
        # tf.Variable reads its flag from here; there is no public way to change it.
        if _is_plain(self.value):
            self.value._trainable = trainable


def _tensor(value, dtype):
    if type(value) is _TENSORS[0] and value.dtype == dtype:
        return value
    if isinstance(value, tf.Variable):
        value = tf.convert_to_tensor(value)
    if not tf.is_tensor(value):
        if value.dtype == object or value.dtype.kind in "UST":
            return tf.constant(value.astype(object), dtype)
        name = _NAMES[dtype]
        return tf.constant(host_cast(value, dtypes.numpy_dtype(name), order="C"), dtype)
    return value if value.dtype == dtype else tf.cast(value, dtype)


def _copied(tensor):
    # tf.identity shares the buffer.
    return tf.raw_ops.DeepCopy(x=tensor)


def _host(tensor):
    if not hasattr(tensor, "_numpy"):
        return np.asarray(tensor)
    # A view that holds the tensor's buffer, so that a later write makes its own copy.
    array = tensor._numpy()
    if isinstance(array, np.ndarray) and array.dtype != object:
        array = array.view()
        array.flags.writeable = False
    return np.asarray(array)


def _known(traced, x):
    """The value of a tensor in a traced graph, of which only what it needs is run."""
    if not tf.is_tensor(x) or getattr(x, "graph", None) is not traced.graph:
        return x
    try:
        return traced.prune([], x)()
    except Exception as error:
        # It has no public name: x hangs on a placeholder.
        if type(error).__name__ != "UnliftableError":
            raise
        raise DependsOnAbstractValue(f"shape {tuple(x.shape)}, dtype {x.dtype.name}") from error


class TensorflowBackend(TensorflowKernels, Backend):
    functions = FUNCTIONS
    library = tf.math
    operators = {
        **RAW,
        "logical_xor": tf.math.logical_xor,
        "logical_not": tf.logical_not,
        "positive": tf.identity,
        "abs": tf.abs,
        "bitwise_invert": _invert,
        "round": _round,
    }

    numpy_library = tf.experimental.numpy

    def numpy_function(self, function, method="__call__"):
        found = super().numpy_function(function, method)
        if found is None or not isinstance(function, np.ufunc) or function.nin > 1:
            return found

        def of_floats(x, **arguments):
            # TensorFlow's version cannot make floats of integers (2.21).
            own = dtypes.numpy_dtype(_NAMES[x.dtype])
            computed = function.resolve_dtypes((own,) + (None,) * function.nout)[0]
            return found(_tensor(x, tf.as_dtype(computed)), **arguments)

        return of_floats

    def is_tensor(self, x):
        # tf.is_tensor asks protocols, which takes longer than the classes of nearly all tensors.
        return isinstance(x, _TENSORS) or tf.is_tensor(x)

    def tensor(self, value, dtype=None, copy=False):
        if isinstance(value, AbstractArray):
            return self.from_abstract(value, dtype)
        if dtype is None:
            dtype = self.dtype(value) if tf.is_tensor(value) else _numpy_name(value)
        # Nobody can write to a tensor, so `copy` asks for nothing.
        return _tensor(value, _DTYPES[dtype])

    def taken(self, array, dtype):
        try:
            array = host_cast(array, dtypes.numpy_dtype(dtype), order="C")
            return tf.experimental.dlpack.from_dlpack(array.__dlpack__())
        except (BufferError, TypeError, tf.errors.OpError):
            # A dtype that NumPy or TensorFlow does not hand over, or memory that is not aligned.
            return self.tensor(array, dtype, copy=True)

    def dtype(self, tensor):
        return _NAMES[tensor.dtype]

    def cast(self, tensor, dtype):
        if dtype == "bool" and tensor.dtype.is_complex:
            # tf.cast looks at the real part alone.
            return tf.not_equal(tensor, tf.zeros((), tensor.dtype))
        return tf.cast(tensor, _DTYPES[dtype])

    def host(self, tensor):
        return _host(tf.convert_to_tensor(tensor))

    def dlpack(self, tensor, stream=None):
        return tf.experimental.dlpack.to_dlpack(_copied(tf.convert_to_tensor(tensor)))

    def from_dlpack(self, tensor):
        return _copied(tf.experimental.dlpack.from_dlpack(tensor.__dlpack__()))

    def dlpack_device(self, tensor):
        # (kDLCPU, 0) or (kDLCUDA, number).
        kind, _, number = tensor.device.rpartition("/")[2].removeprefix("device:").partition(":")
        return (1, 0) if kind in ("CPU", "") else (2, int(number))

    def select(self, tensor, selection):
        if 0 in selection.index_shape:
            # tf.zeros knows no float8 (2.21).
            nothing = np.zeros(selection.shape, dtypes.numpy_dtype(_NAMES[tensor.dtype]))
            return _tensor(nothing, tensor.dtype)
        selected = _select(tf.convert_to_tensor(tensor), selection.index)
        if tuple(selected.shape) != selection.shape:
            selected = tf.reshape(selected, selection.shape)
        return selected

    def updated(self, tensor, selection, value, op="set"):
        tensor = tf.convert_to_tensor(tensor)
        return _updated(tensor, selection, _tensor(value, tensor.dtype), op)

    def number(self, x, dtype):
        # Beside a tf.Variable of complex64 a Python complex is taken for a complex128, and in a graph
        # a number on the left for whatever it is by itself.
        if type(x) is complex or not tf.executing_eagerly():
            return tf.constant(x, _DTYPES[dtype])
        return x

    def storage(
        self,
        value,
        dtype,
        *,
        trainable=True,
        copy=True,
        name=None,
        aggregation="none",
        synchronization="auto",
        **options,
    ):
        if not copy and isinstance(value, tf.Variable):
            return TensorflowStorage(value)
        # Without a name: looking up a unique one takes longer than all the rest.
        variable = tf.Variable(
            _tensor(value, _DTYPES[dtype]),
            trainable=trainable,
            aggregation=_AGGREGATION[aggregation],
            synchronization=_SYNCHRONIZATION[synchronization],
        )
        if name is not None and _is_plain(variable):
            variable._handle_name = f"{name}:0"
        return TensorflowStorage(variable)

    def is_container(self, x):
        return isinstance(x, tf.Variable)

    def device(self, name):
        return tf.device(name)

    def value_and_grad(self, function, values):
        values = {k: tf.convert_to_tensor(v) for k, v in values.items()}
        with tf.GradientTape() as tape:
            tape.watch(list(values.values()))
            loss, auxiliary = function(values)
        found = tape.gradient(loss, values)
        # What was gathered comes as the rows that were gathered.
        return (loss, auxiliary), {
            k: None if g is None else tf.convert_to_tensor(g) for k, g in found.items()
        }

    # -- gradients

    def stop_gradient(self, tensor):
        return tf.stop_gradient(tensor)

    def may_record(self):
        return not tf.executing_eagerly() or record.could_possibly_record()

    def is_recorded(self, tensor, sources):
        tensor = tf.convert_to_tensor(tensor)
        # A symbolic tensor has no values.
        return not hasattr(tensor, "_numpy") or record.should_record_backprop([tensor])

    # -- tracing

    def is_traced(self, x):
        return tf.is_tensor(x) and not isinstance(x, (tf.Variable, tf.__internal__.EagerTensor))

    def select_traced(self, tensor, key):
        return np_array_ops._getitem(tf.convert_to_tensor(tensor), key)

    def updated_traced(self, tensor, key, value):
        tensor = tf.convert_to_tensor(tensor)
        # The places of the elements, numbered along the rows, tell where the subscript leads.
        numbered = tf.reshape(tf.range(tf.size(tensor)), tensor.shape)
        places = np_array_ops._getitem(numbered, key)
        value = tf.broadcast_to(value, tf.shape(places))
        flat = tf.tensor_scatter_nd_update(
            tf.reshape(tensor, [-1]), tf.reshape(places, [-1, 1]), tf.reshape(value, [-1])
        )
        return tf.reshape(flat, tensor.shape)

    def trace_state(self):
        return id(tf.compat.v1.get_default_graph()) if tf.inside_function() else None

    def _eval_shape(self, function):
        # tf.function would do as well, at twice the time.
        with tf.__internal__.FuncGraph("eval_shape").as_default():
            return function()

    def abstract_value(self, shape, dtype):
        return tf.TensorSpec(shape, tf.as_dtype(dtype))

    def is_abstract(self, x):
        return isinstance(x, tf.TensorSpec)

    def partial_eval(self, function, args, kwargs):
        # While it is traced, known values are symbolic as well: Python cannot branch on them.
        leaves, tree = optree.tree_flatten((args, kwargs))
        specs = {i: x for i, x in enumerate(leaves) if self.is_abstract(x)}
        returned = []

        def flat(*placeholders):
            given = dict(zip(specs, placeholders))
            args, kwargs = tree.unflatten([given.get(i, x) for i, x in enumerate(leaves)])
            returned.append(optree.tree_flatten(function(*args, **kwargs)))

        traced = tf.compat.v1.wrap_function(flat, list(specs.values()))
        out, out_tree = returned[0]
        return out_tree.unflatten([_known(traced, x) for x in out])


def _numpy_name(array):
    return "string" if array.dtype.kind in "OUST" else dtypes.standardize_dtype(array.dtype)
