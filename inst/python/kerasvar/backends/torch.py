"""torch: a Parameter, written through a detached tensor over the same memory.

Autograd has nothing to do with such a write, as under `no_grad`; but an interrupt in the middle of that
could leave autograd off.

Snapshots are torch's own copy-on-write tensors (`_lazy_clone`): whoever writes next, an optimizer as
well as we, makes the copy, and only while the snapshot is alive.
"""

import contextlib
import operator
import warnings

import numpy as np
import optree
import torch
from torch._C import _functorch
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode
from torch.autograd.graph import get_gradient_edge
from torch.overrides import TorchFunctionMode
from torch.utils import _pytree

try:
    # What `torch.compile` makes of NumPy's functions.
    import torch._numpy as numpy_functions
except ImportError:
    numpy_functions = None

from .. import dtypes
from ..operators import BINARY, COMPARISONS
from ._abstract import AbstractArray
from ._functions_torch import FUNCTIONS
from ._host import cast as host_cast
from ._points import keep_last, points
from ._kernels_torch import TorchKernels
from .base import Backend, Storage

try:
    from torch._functorch.pyfunctorch import temporarily_clear_interpreter_stack as _untransformed
except ImportError:
    _untransformed = contextlib.nullcontext

_DTYPES = {
    name: getattr(torch, name)
    for name in dtypes.ALLOWED
    if name != "string" and hasattr(torch, name)
}
_NAMES = {dtype: name for name, dtype in _DTYPES.items()}
# NumPy has no bfloat16 and float8 of its own: these cross as integers of the same width.
_BITS = {
    "bfloat16": (torch.int16, np.int16),
    "float8_e4m3fn": (torch.uint8, np.uint8),
    "float8_e5m2": (torch.uint8, np.uint8),
}


def _from_numpy(array, device=None):
    # torch.tensor copies into memory of torch's own; only such memory can be copied on write.
    name = dtypes.standardize_dtype(array.dtype)
    if name in _BITS:
        return torch.tensor(array.view(_BITS[name][1]), device=device).view(_DTYPES[name])
    return torch.tensor(array, device=device)


def _borrowed(array, device):
    """A tensor to be read at once and never written to: no copy where the device is the host."""
    if array.dtype not in _NATIVE:
        return _from_numpy(array, device)
    if not array.flags.writeable:
        # torch.from_numpy warns of a read-only array; it is only read here.
        array = _reinterpreted(array, array.__array_interface__["data"][0], False)
    tensor = torch.from_numpy(array)
    return tensor if device.type == "cpu" else tensor.to(device)


class _Memory:
    """What NumPy makes an array of without copying: memory that `owner` keeps alive."""

    __slots__ = ("__array_interface__", "owner")


def _reinterpreted(owner, address, read_only, shape=None, strides=None, dtype=None):
    memory = _Memory()
    memory.owner = owner
    memory.__array_interface__ = {
        "data": (address, read_only),
        "shape": owner.shape if shape is None else shape,
        "strides": owner.strides if strides is None else strides,
        "typestr": (owner.dtype if dtype is None else dtype).str,
        "version": 3,
    }
    return np.asarray(memory)


def _lazy_copy(tensor):
    if _functorch.peek_interpreter_stack() is not None and not _is_wrapped(tensor):
        # A plain tensor inside a transformation of torch.func, whose operations would wrap it.
        with _untransformed():
            return _lazy_copy(tensor)
    try:
        return tensor.detach()._lazy_clone()
    except RuntimeError:
        # Memory that is not torch's own (a NumPy array's, a file's) cannot be copied on write.
        return tensor.detach().clone()


def _to_numpy(tensor):
    tensor = tensor.detach().resolve_conj().resolve_neg()
    tensor = tensor.cpu() if tensor.device.type != "cpu" else tensor
    name = _NAMES[tensor.dtype]
    if name in _BITS:
        return tensor.view(_BITS[name][0]).numpy().view(dtypes.numpy_dtype(name))
    return tensor.numpy()


_is_wrapped = _functorch.is_functorch_wrapped_tensor


def _host(snapshot):
    """A snapshot, which nobody else has, as a read-only array."""
    if _data_address is not None and snapshot.dtype not in _ODD and snapshot.numel():
        if snapshot.device.type == "cpu" and not (snapshot.is_conj() or snapshot.is_neg()):
            # `Tensor.numpy()` asks for memory to write to, which makes the copy there and then.
            dtype = dtypes.numpy_dtype(_NAMES[snapshot.dtype])
            strides = tuple(s * dtype.itemsize for s in snapshot.stride())
            shape = tuple(snapshot.shape)
            # The address is that of the storage, in which a view begins further on.
            address = _data_address(snapshot) + snapshot.storage_offset() * dtype.itemsize
            return _reinterpreted(snapshot, address, True, shape, strides, dtype)
    array = _to_numpy(snapshot)
    array.flags.writeable = False
    return array


_data_address = getattr(torch._C, "_data_address", None)
# Autograd must know of a write that torch did not do.
_increment_version = getattr(torch.autograd.graph, "increment_version", None)
_NUMPY = {t: dtypes.numpy_dtype(name) for t, name in _NAMES.items() if name not in _BITS}
_NATIVE = frozenset(_NUMPY.values())
_ODD = frozenset(_DTYPES[name] for name in _BITS if name in _DTYPES)


def _may_have_gradient(dtype):
    return dtype.is_floating_point or dtype.is_complex


def _detached(value):
    return value.detach() if getattr(value, "requires_grad", False) else value


# ---- writing by position ---------------------------------------------------------------------

_COMBINE = {"max": torch.maximum, "min": torch.minimum}
_REDUCE = {"max": "amax", "min": "amin"}
# torch 2.13 copies these, but scatters them only as integers of the same width.
_SAME_WIDTH = {
    torch.uint16: torch.int16,
    torch.uint32: torch.int32,
    torch.uint64: torch.int64,
    torch.float8_e4m3fn: torch.uint8,
    torch.float8_e5m2: torch.uint8,
}

# torch 2.13 warns once in a process that index_reduce is in beta, which is nothing to a user.
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    torch.zeros(1).index_reduce_(0, torch.zeros(1, dtype=torch.int64), torch.zeros(1), "amax")


def _may_overlap(tensor, value):
    """Whether writing to `tensor` may change `value`: NumPy then reads all of it first, torch does not.

    Their storages tell, which is more than their elements: a copy too many changes no answer."""
    try:
        first, second = _data_address(tensor), _data_address(value)
        return (
            first < second + value.untyped_storage().nbytes()
            and second < first + tensor.untyped_storage().nbytes()
        )
    except (RuntimeError, NotImplementedError, TypeError):
        # A tensor without a storage (while tracing); a torch that does not tell.
        return True


def _indices(index, device):
    return tuple(
        _positions(entry, device) if isinstance(entry, np.ndarray) else entry for entry in index
    )


def _write(tensor, selection, value, op, fresh=False):
    """Write to `tensor`; `fresh`: nobody else has its memory."""
    if 0 in selection.index_shape:
        return
    if not isinstance(value, torch.Tensor):
        # torch takes no Python integer beyond int64.
        if value.ndim == 0 and op == "set" and value.dtype.kind in "bifc":
            value = value.item()
        else:
            value = _borrowed(np.asarray(value, order="C"), tensor.device)
    if not fresh and isinstance(value, torch.Tensor) and _may_overlap(tensor, value):
        value = value.clone()
    if selection.is_basic:
        if op == "set":
            tensor[selection.index] = value
            return
        target = tensor[selection.index]
        if op == "add":
            target += value
        elif op == "sub":
            target -= value
        else:
            target.copy_(_COMBINE[op](target, value.broadcast_to(target.shape)))
        return
    if tensor.is_contiguous():
        _write_points(tensor, selection, value, op)
    else:
        # Somebody else's Parameter, wrapped: its axes cannot be joined in place.
        whole = tensor.contiguous()
        _write_points(whole, selection, value, op)
        tensor.copy_(whole)


def _write_points(tensor, selection, value, op):
    # index_fill_ and index_copy_ along one axis take a tenth of the time of tensor[positions] = value.
    shape = tuple(tensor.shape)
    at = points(selection, shape)
    flat = tensor.view(shape[: at.first] + (-1,) + shape[at.last + 1 :])
    linear = at.linear
    if op == "set" and tensor.dtype in _SAME_WIDTH:
        value = torch.as_tensor(value, device=tensor.device).to(tensor.dtype)
        value = value.view(_SAME_WIDTH[tensor.dtype])
        flat = flat.view(value.dtype)
    if not isinstance(value, torch.Tensor):
        flat.index_fill_(at.first, _positions(linear, tensor.device), value)
        return
    value = value.broadcast_to(selection.index_shape).reshape(at.value_shape)
    kept = keep_last(linear) if op == "set" else None
    if kept is not None:
        linear = linear[kept]
        value = value.index_select(at.first, torch.from_numpy(kept).to(value.device))
    linear = _positions(linear, tensor.device)
    value = value.to(flat.dtype)
    if op == "set" and _is_wrapped(flat):
        # vmap has no rule for index_copy_ (torch 2.13), which is faster otherwise.
        flat[(slice(None),) * at.first + (linear,)] = value
    elif op == "set":
        flat.index_copy_(at.first, linear, value)
    elif op == "add":
        flat.index_add_(at.first, linear, value)
    elif op == "sub":
        flat.index_add_(at.first, linear, value, alpha=-1)
    else:
        flat.index_reduce_(at.first, linear, value, _REDUCE[op], include_self=True)


def _positions(linear, device):
    return torch.from_numpy(np.array(linear, dtype=np.int64)).to(device)


# ---- the backend -----------------------------------------------------------------------------


class TorchStorage(Storage):
    __slots__ = ()
    live = True

    def __init__(self, value):
        self.value = value

    @property
    def dtype(self):
        return _NAMES[self.value.dtype]

    def snapshot(self):
        # In the middle of this thread's own write, which may have asked for the memory already, a copy
        # that is put off would come too late.
        inside = self.lock._is_owned()
        with self.lock:
            return self.value.detach().clone() if inside else _lazy_copy(self.value)

    def host(self):
        return _host(self.snapshot())

    def assign(self, value):
        target = self.value.detach()
        if not isinstance(value, torch.Tensor):
            if self._takes(value):
                # First, so that an interrupt leaves no write that autograd does not know of.
                _increment_version(target)
                # One thread copies as fast, and does not wait for the others to wake up.
                np.copyto(target.numpy(), value)
                return
            # Cast here: torch walks a column-major array against the grain.
            dtype = dtypes.numpy_dtype(_NAMES[target.dtype])
            value = _borrowed(host_cast(value, dtype, order="C"), target.device)
        # The same elements in the same order come to the same, whoever reads first.
        if value is not self.value and _may_overlap(target, value):
            value = value.clone()
        target.copy_(_detached(value))

    def _takes(self, array):
        """Whether NumPy can copy the array into the value as it is."""
        value = self.value
        dtype = _NUMPY.get(value.dtype)
        return (
            _increment_version is not None
            and dtype is not None  # which NumPy would take for float64
            and array.dtype == dtype
            and array.flags.c_contiguous
            and value.device.type == "cpu"
            # Not so of a Parameter around a conjugate, or around a number that several elements share.
            and value.is_contiguous()
            and not (value.is_conj() or value.is_neg())
        )

    def update(self, selection, value, op="set"):
        _write(self.value.detach(), selection, _detached(value), op)

    def set_trainable(self, trainable):
        if _may_have_gradient(self.value.dtype):
            self.value.requires_grad_(trainable)


class _Conversions(TorchFunctionMode):
    """Makes tensors of what has shape and dtype alone, which torch has no protocol for."""

    _FROM_DATA = (torch.tensor, torch.as_tensor, torch.asarray, torch.from_numpy)

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if function in self._FROM_DATA and hasattr(args[0], "__torch_tensor__"):
            tensor = args[0].__torch_tensor__()
            return tensor.to(kwargs["dtype"]) if kwargs.get("dtype") else tensor
        return function(*args, **kwargs)


def _floor_divide(left, right):
    # `//` has no derivative, not even the zero that it is.
    return torch.div(_beside(left, right), right, rounding_mode="floor")


def _remainder(left, right):
    return torch.remainder(_beside(left, right), right)


def _beside(left, right):
    # torch has no such functions of a number and a tensor, or they have no derivative.
    return left if isinstance(left, torch.Tensor) else torch.full_like(right, left)


def _reaches(node, targets):
    """Whether a node of the graph of gradients is, or leads to, one of `targets`."""
    seen, waiting = set(), [node]
    while waiting:
        node = waiting.pop()
        if node in targets:
            return True
        if node is not None and node not in seen:
            seen.add(node)
            waiting.extend(following for following, _ in node.next_functions)
    return False


def _fit_to_write(tensor, *others):
    """A copy of a tensor; inside vmap one that is batched where any of `others` is, which cannot be
    written to one that is not."""
    for x in others:
        if isinstance(x, torch.Tensor) and _functorch.is_batchedtensor(x):
            tensor = torch.where(torch.ones_like(x[(0,) * x.ndim], dtype=torch.bool), tensor, tensor)
    return tensor.clone(memory_format=torch.contiguous_format)


def _plain(x):
    """Tensors for torch's versions of NumPy arrays, in lists and tuples too."""
    if isinstance(x, (list, tuple)):
        return type(x)([_plain(entry) for entry in x])
    return getattr(x, "tensor", x)


class TorchBackend(TorchKernels, Backend):
    functions = FUNCTIONS
    library = torch
    numpy_library = numpy_functions

    def numpy_function(self, function, method="__call__"):
        found = super().numpy_function(function, method)
        return found and (lambda *args, **kwargs: _plain(found(*args, **kwargs)))

    # Python's operators take a number on either side, which torch's functions do not.
    operators = {
        name: getattr(operator, method)
        for method, name in (BINARY | COMPARISONS).items()
        if method not in ("and", "or", "xor")
    } | {
        "floor_divide": _floor_divide,
        "remainder": _remainder,
        "logical_and": torch.logical_and,
        "logical_or": torch.logical_or,
        "logical_xor": torch.logical_xor,
        "logical_not": torch.logical_not,
        "negative": torch.negative,
        # torch.positive returns its argument, which a later write would change.
        "positive": torch.clone,
        "abs": torch.abs,
        "bitwise_invert": torch.bitwise_not,
        "round": lambda x, decimals: torch.round(x, decimals=decimals),
    }

    def is_tensor(self, x):
        return isinstance(x, torch.Tensor)

    def tensor(self, value, dtype=None, copy=False):
        if isinstance(value, torch.Tensor):
            target = value.dtype if dtype is None else _DTYPES[dtype]
            if target is value.dtype:
                return value.clone() if copy else value
            return value.to(target, copy=copy)
        if isinstance(value, AbstractArray):
            return self.from_abstract(value, dtype)
        if dtype is not None:
            self.canonical_dtype(dtype)
            value = host_cast(value, dtypes.numpy_dtype(dtype), order="C")
        else:
            self.canonical_dtype(dtypes.standardize_dtype(value.dtype))
        return _from_numpy(value)

    def taken(self, array, dtype):
        array = host_cast(array, dtypes.numpy_dtype(self.canonical_dtype(dtype)), order="C")
        bits = _BITS.get(dtype)
        tensor = torch.from_numpy(array if bits is None else array.view(bits[1]))
        tensor = tensor if bits is None else tensor.view(_DTYPES[dtype])
        return tensor.to(torch.get_default_device())

    def dtype(self, tensor):
        return _NAMES[tensor.dtype]

    def canonical_dtype(self, dtype):
        if dtype not in _DTYPES:
            raise ValueError(f"The torch backend holds no {dtype}; use numpy or tensorflow.")
        return dtype

    def cast(self, tensor, dtype):
        return tensor.to(_DTYPES[dtype])

    def borrow(self, tensor):
        return _to_numpy(tensor)

    def host(self, tensor):
        return _host(_lazy_copy(tensor))

    def from_dlpack(self, tensor):
        return torch.from_dlpack(tensor).clone()

    def dlpack(self, tensor, stream=None):
        return tensor.detach().clone().__dlpack__()

    def dlpack_device(self, tensor):
        return tuple(int(n) for n in tensor.__dlpack_device__())

    def select(self, tensor, selection):
        if 0 in selection.index_shape:
            return tensor.new_empty(selection.shape)
        selected = tensor[_indices(selection.index, tensor.device)]
        if selection.is_basic:
            selected = selected.clone()  # ints and slices give a view
        return selected.reshape(selection.shape)

    def updated(self, tensor, selection, value, op="set"):
        new = _fit_to_write(tensor, value)
        _write(new, selection, value, op, fresh=True)
        return new

    def number(self, x, dtype):
        # torch's logical functions take tensors only, and so do our kernels for uint64.
        if dtype == "bool":
            return torch.tensor(x)
        return torch.from_numpy(np.array(x, "uint64")) if dtype == "uint64" else x

    def storage(self, value, dtype, *, trainable=True, copy=True, device=None, **options):
        if not copy and isinstance(value, torch.nn.Parameter):
            return TorchStorage(value)
        tensor = self.tensor(value, dtype, copy=True)
        if value is not tensor and isinstance(value, torch.Tensor):
            tensor = tensor.detach().contiguous()
        trainable = trainable and _may_have_gradient(tensor.dtype)
        return TorchStorage(torch.nn.Parameter(tensor, trainable))

    def is_container(self, x):
        return isinstance(x, torch.nn.Parameter)

    def device(self, name):
        return torch.device(name.replace("gpu", "cuda"))

    def value_and_grad(self, function, values):
        leaves = {k: v.detach().requires_grad_(True) for k, v in values.items()}
        with torch.enable_grad():
            loss, auxiliary = function(leaves)
        if not leaves or not loss.requires_grad:
            return (loss, auxiliary), dict.fromkeys(values)
        found = torch.autograd.grad(loss, list(leaves.values()), allow_unused=True)
        return (loss.detach(), auxiliary), dict(zip(values, found))

    # -- gradients

    def stop_gradient(self, tensor):
        tensor = tensor.detach()
        while _functorch.is_gradtrackingtensor(tensor):
            tensor = _functorch.get_unwrapped(tensor)
        return tensor

    def may_record(self):
        return self.trace_state() is not None

    def is_recorded(self, tensor, sources):
        if _is_wrapped(tensor):
            return True
        if not tensor.requires_grad or not torch.is_grad_enabled():
            return False
        # A Parameter records always, for whoever may ask; a source because somebody will.
        sources = {get_gradient_edge(x).node for x in sources() if x.requires_grad}
        return bool(sources) and _reaches(get_gradient_edge(tensor).node, sources)

    # -- tracing

    def is_traced(self, x):
        return isinstance(x, torch.Tensor) and _is_wrapped(x)

    def updated_traced(self, tensor, key, value):
        items = key if isinstance(key, tuple) else (key,)
        new = _fit_to_write(tensor, value, *(x for x in items if isinstance(x, torch.Tensor)))
        new[key] = value
        return new

    # -- tracing: fake tensors have shape, dtype and device, and no memory. An abstract value is a
    # tensor on the device "meta", so that whoever has one can pass it as it is; a fake one in its
    # place mixes with tensors on any device.

    def trace_state(self):
        innermost = _functorch.peek_interpreter_stack()
        return None if innermost is None else innermost.level()

    def _eval_shape(self, function):
        def attempt():
            with FakeTensorMode(allow_non_fake_inputs=True), _Conversions():
                return function()

        if self.trace_state() is not None:
            # vmap forbids random numbers, of which there will be none.
            with contextlib.suppress(RuntimeError), _untransformed():
                return attempt()
            # The function uses a tensor of the transformation.
        return attempt()

    def abstract_value(self, shape, dtype):
        return torch.empty(shape, dtype=getattr(torch, dtype), device="meta")

    def is_abstract(self, x):
        return isinstance(x, torch.Tensor) and (x.is_meta or isinstance(x, FakeTensor))

    def partial_eval(self, function, args, kwargs):
        mode = FakeTensorMode(allow_non_fake_inputs=True)

        def fake(x):
            if not self.is_abstract(x):
                return x
            with mode:
                return torch.empty(tuple(x.shape), dtype=x.dtype)

        args, kwargs = optree.tree_map(fake, (args, kwargs))
        return super().partial_eval(function, args, kwargs)

    def register_pytree(self, cls, flatten, unflatten, by_key):
        entry = _pytree.MappingKey if by_key else _pytree.GetAttrKey

        def with_keys(instance):
            children, names, rest = flatten(instance)
            return list(zip(map(entry, names), children)), rest

        def without_keys(instance):
            children, _, rest = flatten(instance)
            return list(children), rest

        # A ValueError: another thread was first.
        with contextlib.suppress(ValueError):
            _pytree.register_pytree_node(
                cls,
                without_keys,
                lambda children, rest: unflatten(rest, children),
                flatten_with_keys_fn=with_keys,
            )
