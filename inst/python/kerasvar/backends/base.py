"""What a framework must supply: a `Backend` for its tensors and a `Storage` for a variable's memory.

A tensor is the framework's own array type and is never changed here. A storage is one variable's
memory and is changed in place. Everything that comes in is either a tensor of this framework or a
NumPy array; dtypes are names from `dtypes.ALLOWED`; selections are `subscript.Selection`s, in range
and canonical (see there). This module knows no framework. To add one: subclass both in one file and
call `kerasvar.register_backend(name, cls)`.

Operators and functions get operands that were promoted already, except that a Python number may
stand for an operand: it then has the dtype of the other.
"""

import abc
import contextlib
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from .. import dtypes
from . import _defaults as default
from .tracing import Tracing

OPERATORS = (
    "add", "subtract", "multiply", "divide", "floor_divide", "remainder", "pow", "matmul",
    "equal", "not_equal", "less", "less_equal", "greater", "greater_equal",
    "logical_and", "logical_or", "logical_xor", "logical_not",
    "negative", "positive", "abs", "bitwise_invert", "round",
)  # fmt: skip
"""The keys of `Backend.operators`, by the names of the array API."""


class Function(NamedTuple):
    """A function of tensors that the package asks a backend for."""

    parameters: str
    """How it is called; what it means is NumPy's, and it keeps the dtype but where it is a test."""

    default: Callable | None = None
    """What makes it of the backend's other functions where the framework lacks it; None: it must be
    supplied."""


_ELEMENTWISE, _REDUCTION, _ALONG = "x", "x, axis=None, keepdims=False", "x, axis"

FUNCTIONS: dict[str, Function] = {
    **dict.fromkeys((
        "exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tan", "asin", "acos", "atan", "sinh",
        "cosh", "tanh", "asinh", "acosh", "atanh", "floor", "ceil", "sign",
        "isnan", "isinf", "isfinite",
    ), Function(_ELEMENTWISE)),
    "log2": Function(_ELEMENTWISE, default.logarithm(2)),
    "log10": Function(_ELEMENTWISE, default.logarithm(10)),
    "trunc": Function(_ELEMENTWISE, default.trunc),
    "gamma": Function(_ELEMENTWISE, default.gamma),
    "lgamma": Function(_ELEMENTWISE, default.on_the_host("lgamma")),
    "digamma": Function(_ELEMENTWISE, default.on_the_host("digamma")),
    "trigamma": Function(_ELEMENTWISE, default.on_the_host("trigamma")),
    **dict.fromkeys(("sum", "prod", "max", "min", "any", "all", "mean"), Function(_REDUCTION)),
    **dict.fromkeys(("cumulative_sum", "cumulative_prod", "sort", "flip"), Function(_ALONG)),
    "cumulative_max": Function(_ALONG, default.cumulative("maximum")),
    "cumulative_min": Function(_ALONG, default.cumulative("minimum")),
    "where": Function("condition, x, y"),
    "maximum": Function("x, y"),
    "minimum": Function("x, y"),
    "reshape": Function("x, shape"),
    "broadcast_to": Function("x, shape"),
    "permute_dims": Function("x, axes"),
    "concat": Function("tensors, axis"),
}  # fmt: skip
"""What `Backend.function` knows, by the names of the array API where that has one."""

UPDATES = ("set", "add", "sub", "max", "min")
"""How `update` combines what is there with what comes; repeated positions accumulate, but for
"set", where the last one stays."""


class Storage(abc.ABC):
    """The memory of one variable.

    `value` is what `Variable.value` hands out: on frameworks with immutable arrays a snapshot, on
    those whose tapes and optimizers need the live object (tf.Variable, torch Parameter) that object.

    What `snapshot()` and `host()` have handed out never changes: if somebody still holds it at the
    next write, that write makes the copy. If a method raises, the storage is bit for bit what it was.
    Writes come one at a time, from a thread that holds `lock`; reads come at any time, from any thread,
    and from the writing one too: a finalizer or a signal handler runs in the middle of a write, and
    `KeyboardInterrupt` ends one between any two steps of the interpreter.
    """

    __slots__ = ("value", "lock", "__weakref__")
    # `lock` is the variable's (`locks.new_lock`), which puts it here: for readers who have to wait.

    replicated = False
    """Whether it is several copies in step, which the framework writes from several threads at once,
    each waiting for the others: then nobody else may serialise the writes."""

    dtype = None
    """The name of the dtype that the memory has now, where the framework can change it by itself (a
    torch module's `double()`); None: the one it was made with, for good."""

    live = False
    """Whether `value` is a live object, which a write changes under its readers' hands; else a snapshot."""

    def accumulate(self, operator, value):
        """Of a replicated storage: "add" or "subtract" `value`, a tensor, as the aggregation says."""
        raise NotImplementedError

    @abc.abstractmethod
    def snapshot(self):
        """The present value as a tensor that stays as it is."""

    @abc.abstractmethod
    def host(self):
        """The present value as a NumPy array that is read-only or the caller's own."""

    @abc.abstractmethod
    def assign(self, value):
        """Replace the value by `value` (a tensor or a NumPy array of the same shape), cast."""

    @abc.abstractmethod
    def update(self, selection, value, op="set"):
        """Write `value` (a tensor or NumPy array that broadcasts to `selection.index_shape`, of the
        variable's dtype) to the selected positions; `op` is one of `UPDATES`. What it costs depends
        on what is written."""

    def set_trainable(self, trainable):
        """Take note that gradients are wanted, or not."""


class Backend(Tracing, abc.ABC):
    """What a framework does with its tensors."""

    name = None
    """The name it is registered under."""

    operators = {}
    """Name in `OPERATORS` -> function of one or two tensors of equal dtype; `round(x, decimals)`."""

    # -- tensors

    @abc.abstractmethod
    def is_tensor(self, x):
        """Whether `x` is a tensor of this framework."""

    @abc.abstractmethod
    def tensor(self, value, dtype=None, copy=False):
        """A tensor with the values of `value`, a tensor of this framework or a NumPy array.

        It has `dtype` (default: the value's own, as far as `canonical_dtype` allows) and, with `copy`, memory
        that nobody else can write to. Gradients flow through it."""

    def taken(self, array, dtype):
        """A tensor of `dtype` with the values of a NumPy array that nobody else holds: its memory may
        become the tensor's, where it is aligned as the framework wants it (to 64 bytes)."""
        return self.tensor(array, dtype, copy=True)

    @abc.abstractmethod
    def dtype(self, tensor):
        """The dtype's name."""

    def shape(self, tensor):
        """The shape, a tuple of int."""
        return tuple(tensor.shape)

    def canonical_dtype(self, dtype):
        """The dtype actually used where `dtype` is asked for; ValueError if there is none."""
        return dtype

    @abc.abstractmethod
    def cast(self, tensor, dtype):
        """The tensor in another dtype, as the framework casts."""

    @abc.abstractmethod
    def host(self, tensor):
        """The tensor as a NumPy array, read-only where it shares memory."""

    def borrow(self, tensor):
        """The tensor as a NumPy array, perhaps of its live memory: to be read at once, not kept."""
        return self.host(tensor)

    def dlpack(self, tensor, stream=None):
        """A DLPack capsule of a copy of the tensor, which the reader may write to."""
        return np.array(self.host(tensor)).__dlpack__()

    def from_dlpack(self, tensor):
        """A tensor in memory of its own of another framework's `tensor`, by DLPack; an error where
        one of the two does not allow it. Where both can, nothing passes through the host."""
        raise BufferError(f"The {self.name} backend takes nothing by DLPack.")

    def dlpack_device(self, tensor):
        """What `__dlpack_device__` answers for the tensor."""
        return (1, 0)

    @abc.abstractmethod
    def select(self, tensor, selection):
        """`tensor[selection.index]`, reshaped to `selection.shape`, and staying as it is."""

    @abc.abstractmethod
    def updated(self, tensor, selection, value, op="set"):
        """A new tensor that differs from `tensor` by `Storage.update(selection, value, op)`."""

    functions = {}
    """Name in `FUNCTIONS` -> the framework's function, unless `library` has it under that name."""

    library = None
    """The module in which the framework's other functions are found by the names of `FUNCTIONS`."""

    def function(self, name):
        """The function `name` of `FUNCTIONS`: the framework's own or, where it has none, the default; or
        the operator of that name.

        Raises:
            ValueError: there is no such name in the tables.
            NotImplementedError: the backend lacks it, and it has no default.
        """
        try:
            return self.functions[name]
        except KeyError:
            pass
        if name in self.operators:
            return self.operators[name]
        if name not in FUNCTIONS:
            allowed = ", ".join((*FUNCTIONS, *OPERATORS))
            raise ValueError(f"`name` must be one of {allowed}. Received: {name!r}")
        found = getattr(self.library, name, None)
        if found is None:
            make = FUNCTIONS[name].default
            if make is None:
                raise NotImplementedError(
                    f"The {self.name} backend has no `{name}({FUNCTIONS[name].parameters})`; "
                    "its `functions` must have it."
                )
            found = make(self)
        self.functions = {**self.functions, name: found}
        return found

    numpy_library = None
    """The module in which the framework has NumPy's functions under NumPy's names, if there is one."""

    def numpy_function(self, function, method="__call__"):
        """The framework's own version of a function of NumPy's, or of a ufunc's method: it takes the same
        arguments, as far as the framework goes, and returns tensors. None if there is none."""
        if isinstance(function, np.ufunc) and getattr(np, function.__name__, None) is not function:
            # Of somebody else's.
            return None
        path = getattr(function, "__module__", None) or "numpy"
        found = self.numpy_library
        for name in (*path.split(".")[1:], function.__name__):
            found = getattr(found, name, None)
        return found if method == "__call__" else getattr(found, method, None)

    def constant(self, number, like):
        """A tensor without axes, of the dtype of the tensor `like`."""
        return self.tensor(np.asarray(number, dtypes.numpy_dtype(self.dtype(like))))

    def number(self, x, dtype):
        """A Python number fit to stand beside a tensor of `dtype` in an operator."""
        return x

    def kernel(self, operator, dtype):
        """`(function, dtype to compute in)` of an operator for operands that promote to `dtype`;
        another dtype, or function, than the obvious where the framework lacks it there."""
        return self.operators[operator], dtype

    holds_64_bits = True
    """Whether float64, int64, uint64 and complex128 are what they say."""

    # -- variables

    @abc.abstractmethod
    def storage(self, value, dtype, *, trainable=True, copy=True, **options):
        """A `Storage` with the values of `value`, a tensor or NumPy array.

        With `copy=False` a live container of the framework (a Parameter, a tf.Variable) becomes the
        storage itself. Options: name, aggregation, synchronization, layout, device; each framework
        takes those that mean something to it."""

    def is_container(self, x):
        """Whether `x` is a live container that `storage(..., copy=False)` takes."""
        return False

    def shared_storage(self, read, write):
        """A `Storage` of a value that somebody else keeps: `read()` gives it, `write(tensor)` puts
        another in its place."""
        from ._shared import SharedStorage

        return SharedStorage(self, read, write)

    def device(self, name):
        """A context manager: tensors made inside live on the device `name` ("cpu:0")."""
        return contextlib.nullcontext()

    def register_class(self, cls):
        """Do what it takes that the framework's own functions accept instances of `cls`, which has the
        protocols that frameworks look for, where those are not enough."""

    def value_and_grad(self, function, values):
        """Call `function(values)` and differentiate.

        Args:
            values: dict from path to tensor.

        Returns:
            `(loss, auxiliary), gradients`: what the function returned and a dict like `values`,
            None where the loss does not depend on the value.
        """
        raise NotImplementedError(
            f"The {self.name} backend has no automatic differentiation; "
            "use tensorflow, jax or torch for `value_and_grad`."
        )
