"""JAX: immutable arrays; a write by position donates the old buffer when nobody else has it.

Nobody has an array that a storage made itself and that was not read since. One that was read (or given)
is donated if no reference to it is left and no other array lies over its memory: `jax.device_put`,
`addressable_data`, shards and `make_array_from_single_device_arrays` make such, which no count of
references tells of. To find out, the live arrays are looked through; where a copy costs less than that,
and of an array on several devices, it is copied.

Writes and reads by position are jitted with the positions as arguments, so they compile once per
kind of selection and not once per position. 64-bit types are held only where x64 is enabled.
"""

import contextlib
import functools
import sys
import threading
import warnings

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax, tree_util
from jax.extend import core, linear_util
from jax.interpreters import partial_eval

from .. import dtypes
from ._abstract import AbstractArray
from ._host import cast as host_cast
from ._cell import ALONE, CellStorage
from ._points import keep_last, points
from ._signals import Signals
from .base import OPERATORS, Backend
from .tracing import DependsOnAbstractValue

_signals = Signals()


# ---- writing and reading by position ---------------------------------------------------------

_COMBINE = {
    "add": lambda old, new: old + new,
    "sub": lambda old, new: old - new,
    "max": jnp.maximum,
    "min": jnp.minimum,
}
_SCATTER = {"set": "set", "add": "add", "sub": "subtract", "max": "max", "min": "min"}


def _write_block(array, starts, value, sizes, index_shape, op):
    starts = [starts[axis] for axis in range(array.ndim)]
    new = jnp.broadcast_to(value.astype(array.dtype), index_shape).reshape(sizes)
    if op != "set":
        new = _COMBINE[op](lax.dynamic_slice(array, starts, sizes), new)
    return lax.dynamic_update_slice(array, new, starts)


def _three_axes(array, first, last):
    shape = array.shape
    return array.reshape(shape[:first] + (-1,) + shape[last + 1 :])


def _write_points(array, linear, value, first, last, op):
    flat = _three_axes(array, first, last)
    at = flat.at[(slice(None),) * first + (linear,)]
    # A position beyond the axis is padding: it is dropped.
    flat = getattr(at, _SCATTER[op])(value.astype(array.dtype), mode="drop")
    return flat.reshape(array.shape)


def _read_block(array, starts, sizes, shape):
    starts = [starts[axis] for axis in range(array.ndim)]
    return lax.dynamic_slice(array, starts, sizes).reshape(shape)


def _read_points(array, linear, first, last, shape):
    flat = _three_axes(array, first, last)
    at = flat.at[(slice(None),) * first + (linear,)]
    return at.get(mode="promise_in_bounds").reshape(shape)


def _donating_or_not(function, static):
    jit = functools.partial(jax.jit, static_argnames=static)

    @functools.wraps(function)
    def donating(*args, **kwargs):
        # Reached while JAX traces, and so at a call that runs through Python: see `_signals`.
        _signals.hold()
        return function(*args, **kwargs)

    return {True: jit(donating, donate_argnums=0), False: jit(function)}


# [in place?]: donated, the old array dies and its memory becomes the new one's.
_write_block_by = _donating_or_not(_write_block, ("sizes", "index_shape", "op"))
_write_points_by = _donating_or_not(_write_points, ("first", "last", "op"))
_read_block = jax.jit(_read_block, static_argnames=("sizes", "shape"))
_read_points = jax.jit(_read_points, static_argnames=("first", "last", "shape"))


def _block(index):
    """(starts, sizes) of a selection of ints and unit-stride slices, else None."""
    starts, sizes = [], []
    for entry in index:
        if type(entry) is slice:
            if entry.step != 1:
                return None
            starts.append(entry.start)
            sizes.append(entry.stop - entry.start)
        elif isinstance(entry, np.ndarray):
            return None
        else:
            starts.append(entry)
            sizes.append(1)
    return np.array(starts, np.int32), tuple(sizes)


def _padded(linear, value, axis, size):
    # Lengths are rounded up to powers of two, so that writing 1 to n positions compiles log2(n)
    # times; the padding lies beyond the axis.
    padding = (1 << (len(linear) - 1).bit_length()) - len(linear)
    if padding and not isinstance(value, jax.Array):
        linear = np.pad(linear, (0, padding), constant_values=size)
        if value.ndim:
            value = np.pad(value, [(0, padding * (d == axis)) for d in range(value.ndim)])
    return linear, value


def _prepared(array, selection, value, op, in_place):
    """`(function, positions, value)`: `function(array, positions, value)` is the array, written to."""
    if not isinstance(value, jax.Array):
        # JAX may read a NumPy array after the call has returned; this copy nobody writes to.
        value = np.array(value)
    block = _block(selection.index)
    if block is not None:
        starts, sizes = block
        write = functools.partial(
            _write_block_by[in_place], sizes=sizes, index_shape=selection.index_shape, op=op
        )
        return write, starts, value
    at = points(selection, array.shape)
    linear = at.linear
    if value.ndim:
        broadcast = jnp.broadcast_to if isinstance(value, jax.Array) else np.broadcast_to
        value = broadcast(value, selection.index_shape).reshape(at.value_shape)
    if op == "set":
        kept = keep_last(linear)
        if kept is not None:
            linear = linear[kept]
            if value.ndim:
                value = value.take(kept, axis=at.first)
    size = int(np.prod(array.shape[at.first : at.last + 1]))
    linear, value = _padded(linear, value, at.first, size)
    linear = linear.astype(np.int32 if size < 2**31 else np.int64)
    write = functools.partial(_write_points_by[in_place], first=at.first, last=at.last, op=op)
    return write, linear, value


def _round(x, decimals=0):
    """NumPy's round, which JAX (0.10) does not have for the tens of integers."""
    if decimals >= 0 or not jnp.issubdtype(x.dtype, jnp.integer):
        return jnp.round(x, decimals)
    if x.dtype.itemsize == 8:
        return jnp.round(x.astype(jnp.float64), max(decimals, -300)).astype(x.dtype)
    # Without x64 there are no floats that hold 32-bit integers.
    wide = x.astype(jnp.uint32 if x.dtype == jnp.uint32 else jnp.int32)
    ten = 10**-decimals
    if ten > jnp.iinfo(wide.dtype).max:
        return jnp.zeros_like(x)
    ten = wide.dtype.type(ten)
    quotient = jnp.floor_divide(wide, ten)
    rest = wide - quotient * ten
    odd = quotient % wide.dtype.type(2) == 1
    up = (rest > ten - rest) | ((rest == ten - rest) & odd)
    return ((quotient + up) * ten).astype(x.dtype)


# ---- the backend -----------------------------------------------------------------------------


class JaxStorage(CellStorage):
    """An array that was made here and that nobody has fetched since is donated; of any other it is first
    made sure that nobody has it: no reference to it, and no other array over its memory."""

    __slots__ = ("_layout",)

    def __init__(self, value, dtype, layout=None):
        self._layout = layout
        super().__init__(None)
        self._put_array(value, dtype)

    def host(self):
        return np.asarray(self.value)

    def _copied(self, array):
        # By way of the host: a copy on the device might have to be compiled first. The write may be
        # at being traced.
        with jax.ensure_compile_time_eval():
            return jax.device_put(np.array(array), array.sharding)

    def assign(self, value):
        self._put_array(value, self._cell[-1].dtype)

    def _put_array(self, value, dtype):
        new = _array(value, dtype)
        if self._layout is not None:
            new = jax.device_put(new, self._layout)
        if self._cell[-1] is not None:
            _check_kept(self._cell[-1], new)
        # Whoever gave an array has it, and an array on a device may be over the memory of another.
        given = self._layout is not None or isinstance(value, jax.Array)
        self._hide()
        self._handed_out = True
        self._cell[-1] = new
        self._handed_out = given
        self._writing = False

    def update(self, selection, value, op="set"):
        if 0 in selection.index_shape:
            return
        cell = self._cell
        try:
            self._hide()
            array = cell[-1]
            in_place = not isinstance(array, jax.core.Tracer) and not (
                self._handed_out and (sys.getrefcount(array) > ALONE or _has_others(array))
            )
            write, at, value = _prepared(array, selection, value, op, in_place)
            # Called and kept in one step: a donated array is gone, and an interrupt that came before
            # the result has a name would lose that too.
            cell.extend(map(write, (array,), (at,), (value,)))
            try:
                _check_kept(array, cell[-1])
            except RuntimeError:
                cell.pop()
                raise
            self._handed_out = False
        finally:
            if _signals.held:
                _signals.release()
            del cell[:-1]
            self._writing = False


_LOOK = 256
"""Looking at one array takes about as long as copying so many bytes."""


def _has_others(array):
    """Whether another array may lie over the same memory."""
    try:
        address = array.unsafe_buffer_pointer()
    except RuntimeError:  # on several devices
        return True
    (device,) = array.devices()
    live = device.client.live_arrays()
    return len(live) * _LOOK > array.nbytes or any(
        other is not array and _may_be_at(address, other) for other in live
    )


def _may_be_at(address, other):
    try:
        return other.unsafe_buffer_pointer() == address
    except RuntimeError:  # on several devices, or deleted meanwhile
        return not other.is_deleted()


def _check_kept(old, new):
    # A variable that was made in the transformation does not outlive it.
    if not isinstance(new, jax.core.Tracer) or isinstance(old, jax.core.Tracer):
        return
    raise RuntimeError(
        "A variable was to be written inside a transformation of jax (jit, grad, vmap, scan, ...), "
        "which could not be undone when it is traced again. Give the function the values and take the "
        "new ones from it, by `functionalize(fn, variables)` or a `StatelessScope`; the variable is as "
        "it was."
    )


def _array(value, dtype):
    if isinstance(value, jax.Array):
        return value if value.dtype == dtype else value.astype(dtype)
    # Copied on the host: jnp.array reads its argument after it has returned, and device_put with
    # may_alias=False goes on sharing it at times, also when waited for (both seen with 0.10).
    return jnp.asarray(host_cast(value, dtype, copy=True, order="C"))


@functools.cache
def _say_once(wanted, used):
    warnings.warn(
        f"JAX holds no {wanted} unless jax_enable_x64 is set: {used} is used instead. "
        "This is said once.",
        UserWarning,
        stacklevel=2,
    )


# Its place moved with JAX 0.10.
_trace_state = getattr(core, "get_opaque_trace_state", None) or jax.core.get_opaque_trace_state


def _outside(function):
    # In a thread of its own: the first to need this module may be inside a transformation.
    found = []
    thread = threading.Thread(target=lambda: found.append(function()))
    thread.start()
    thread.join()
    return found[0]


_OUTSIDE = _outside(lambda: _trace_state(convention="flax"))
_ARRAY = _outside(lambda: type(jnp.zeros(())))


def reaches_loss(pull_back, loss):
    """Which of its arguments a function's result depends on: a list of bool, in the order of leaves.

    `pull_back` is what `jax.vjp` returned. A branch that was not taken counts too.
    """
    linear = getattr(pull_back, "jaxpr", None)
    if linear is not None:
        return partial_eval.dce_jaxpr(linear, [True] * len(linear.outvars))[1]
    # Before it was kept there: which cotangents are computed from the result's?
    backward = jax.make_jaxpr(pull_back)(jax.numpy.ones_like(loss)).jaxpr
    known = set(backward.invars)
    for equation in backward.eqns:
        if any(x in known for x in equation.invars if not isinstance(x, core.Literal)):
            known.update(equation.outvars)
    return [not isinstance(x, core.Literal) and x in known for x in backward.outvars]


# ---- functions that JAX has under another name, or with another meaning -----------------------


def _along(function):
    return lambda x, axis: function(x, axis=axis % x.ndim)


def _gamma(x):
    pole = (x <= 0) & (jnp.floor(x) == x)
    return jnp.where(pole, jnp.nan, jax.scipy.special.gamma(x))


class JaxBackend(Backend):
    functions = {
        "lgamma": jax.scipy.special.gammaln,
        "gamma": _gamma,
        "digamma": jax.scipy.special.digamma,
        "trigamma": lambda x: jax.scipy.special.polygamma(1, x),
        "cumulative_sum": jnp.cumsum,
        "cumulative_prod": jnp.cumprod,
        "cumulative_max": _along(lax.cummax),
        "cumulative_min": _along(lax.cummin),
        "concat": jnp.concatenate,
    }
    library = numpy_library = jnp
    # Of the three the array API's names are a detour.
    operators = {name: getattr(jnp, name) for name in OPERATORS} | {
        "divide": jnp.true_divide,
        "pow": jnp.power,
        "bitwise_invert": jnp.invert,
        "round": _round,
    }

    def is_tensor(self, x):
        return isinstance(x, jax.Array)

    def tensor(self, value, dtype=None, copy=False):
        if isinstance(value, AbstractArray):
            return self.from_abstract(value, dtype)
        if dtype is None:
            dtype = self.canonical_dtype(self.dtype(value))
        # Nobody can write to an array, so `copy` asks for nothing.
        return _array(value, dtypes.numpy_dtype(dtype))

    def taken(self, array, dtype):
        return jax.device_put(host_cast(array, dtypes.numpy_dtype(dtype), order="C"), may_alias=True)

    def dtype(self, tensor):
        return dtypes.standardize_dtype(tensor.dtype)

    def canonical_dtype(self, dtype):
        if dtype == "string":
            raise ValueError("The jax backend holds no strings; use numpy or tensorflow.")
        narrow = dtypes.narrow(dtype)
        if narrow != dtype and not jax.config.jax_enable_x64:
            _say_once(dtype, narrow)
            return narrow
        return dtype

    @property
    def holds_64_bits(self):
        return jax.config.jax_enable_x64

    def cast(self, tensor, dtype):
        return tensor.astype(dtypes.numpy_dtype(dtype))

    def host(self, tensor):
        return np.asarray(tensor)

    def from_dlpack(self, tensor):
        return jnp.array(jnp.from_dlpack(tensor), copy=True)

    def dlpack(self, tensor, stream=None):
        return jnp.array(tensor, copy=True).__dlpack__()

    def dlpack_device(self, tensor):
        return tuple(int(n) for n in tensor.__dlpack_device__())

    def select(self, tensor, selection):
        if 0 in selection.index_shape:
            return jnp.zeros(selection.shape, tensor.dtype)
        block = _block(selection.index)
        if block is not None:
            starts, sizes = block
            return _read_block(tensor, starts, sizes=sizes, shape=selection.shape)
        at = points(selection, tensor.shape)
        return _read_points(
            tensor, at.linear, first=at.first, last=at.last, shape=selection.shape
        )

    def updated(self, tensor, selection, value, op="set"):
        if 0 in selection.index_shape:
            return tensor
        write, *arguments = _prepared(tensor, selection, value, op, in_place=False)
        return write(tensor, *arguments)

    def number(self, x, dtype):
        # JAX takes a Python int for an int32 (int64 with x64) before it meets the array.
        return np.array(x, dtype) if dtype in ("uint32", "uint64") else x

    def storage(self, value, dtype, *, trainable=True, copy=True, layout=None, **options):
        # An array is immutable, so one that is given needs no copy.
        return JaxStorage(value, dtypes.numpy_dtype(dtype), layout)

    def device(self, name):
        kind, _, number = name.partition(":")
        kind = "gpu" if kind == "cuda" else kind
        return jax.default_device(jax.devices(kind)[int(number or 0)])

    def register_class(self, cls):
        # What is jitted whole (jnp.dot, jnp.sum) refuses arguments that only have `__jax_array__`
        # (seen with 0.10). NumPy's arrays are known to it by tables that are not public.
        try:
            from jax._src import core, dtypes
            from jax._src.interpreters import pxla

            handle = pxla.shard_arg_handlers[_ARRAY]
            core.pytype_aval_mappings[cls] = lambda x: core.typeof(x.__jax_array__())
            dtypes.canonicalize_value_handlers[cls] = lambda x, **_: x.__jax_array__()
            pxla.shard_arg_handlers[cls] = lambda xs, *rest: handle(
                [x.__jax_array__() for x in xs], *rest
            )
        except (ImportError, AttributeError):
            pass

    def value_and_grad(self, function, values):
        loss, pull_back, auxiliary = jax.vjp(function, values, has_aux=True)
        (found,) = pull_back(jnp.ones_like(loss))
        # JAX has zeros for both: what the loss does not depend on, and what happens to be zero.
        reached = dict(zip(sorted(values), reaches_loss(pull_back, loss)))
        return (loss, auxiliary), {k: g if reached[k] else None for k, g in found.items()}

    # -- keys, names, trees

    random = jax.random

    def is_key(self, x):
        if jax.dtypes.issubdtype(x.dtype, jax.dtypes.prng_key):
            return x.shape == ()
        raw = jax.eval_shape(lambda: jax.random.key_data(jax.random.key(0)))
        return (x.shape, x.dtype) == (raw.shape, raw.dtype)

    def named_scope(self, name):
        return jax.named_scope(name)

    def partition_spec(self, names):
        """The `jax.sharding.PartitionSpec` of the names."""
        return jax.sharding.PartitionSpec(*names)

    def named_sharding(self, names, mesh):
        """The `jax.sharding.NamedSharding` of the names on `mesh`."""
        return jax.sharding.NamedSharding(mesh, self.partition_spec(names))

    def constrain_sharding(self, tensor, names, mesh):
        if mesh is not None:
            sharding = self.named_sharding(names, mesh)
        elif jax.sharding.get_abstract_mesh().empty:
            return tensor
        else:
            sharding = self.partition_spec(names)
        return lax.with_sharding_constraint(tensor, sharding)

    def register_pytree(self, cls, flatten, unflatten, by_key):
        entry = tree_util.DictKey if by_key else tree_util.GetAttrKey

        def with_keys(instance):
            children, names, rest = flatten(instance)
            return list(zip(map(entry, names), children)), rest

        # A ValueError: another thread was first.
        with contextlib.suppress(ValueError):
            tree_util.register_pytree_with_keys(
                cls, with_keys, unflatten, lambda instance: flatten(instance)[::2]
            )

    # -- gradients

    def stop_gradient(self, tensor):
        return lax.stop_gradient(tensor)

    def is_recorded(self, tensor, sources):
        return self.is_traced(tensor)

    # -- tracing

    def is_traced(self, x):
        return isinstance(x, jax.core.Tracer)

    def check_kept(self, old, new):
        _check_kept(old, new)

    def updated_traced(self, tensor, key, value):
        return tensor.at[key].set(value)

    def trace_state(self):
        state = _trace_state(convention="flax")
        return None if state == _OUTSIDE else state

    def _eval_shape(self, function):
        found = []
        jax.eval_shape(lambda: found.append(function()))
        return found[0]

    def abstract_value(self, shape, dtype):
        return jax.ShapeDtypeStruct(shape, dtypes.numpy_dtype(self.canonical_dtype(dtype)))

    def is_abstract(self, x):
        return isinstance(x, jax.ShapeDtypeStruct)

    def partial_eval(self, function, args, kwargs):
        leaves, tree = tree_util.tree_flatten((args, kwargs))
        returned = []

        def flat(*leaves):
            args, kwargs = tree.unflatten(leaves)
            returned.extend(tree_util.tree_flatten(function(*args, **kwargs)))
            # What is no tracer has its value already, and need be nothing that JAX could trace.
            return [x for x in returned[0] if isinstance(x, jax.core.Tracer)]

        inputs = [
            partial_eval.PartialVal.unknown(jax.core.ShapedArray(x.shape, x.dtype))
            if self.is_abstract(x)
            else partial_eval.PartialVal.known(x)
            for x in leaves
        ]
        debug_info = jax.api_util.debug_info("lazy_init", function, args, kwargs)
        wrapped = linear_util.wrap_init(flat, debug_info=debug_info)
        _, traced, _ = partial_eval.trace_to_jaxpr_nounits(wrapped, inputs)
        for x in traced:
            if not x.is_known():
                aval = x.get_aval()
                raise DependsOnAbstractValue(f"shape {aval.shape}, dtype {aval.dtype}")
        # A known constant may come as JAX's host array; what it stood for was a jax array.
        known = (jnp.asarray(x.get_known()) for x in traced)
        out, out_tree = returned
        return out_tree.unflatten(
            [next(known) if isinstance(x, jax.core.Tracer) else x for x in out]
        )
