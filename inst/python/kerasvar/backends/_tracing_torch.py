"""torch: fake tensors, which have shape, dtype and device, and no memory.

An unknown is a tensor on the device "meta", so that whoever has one can pass it as it is; inside it
is replaced by a fake one, which mixes with tensors on any device.
"""

import contextlib

import optree
import torch
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode
from torch.overrides import TorchFunctionMode

from .tracing import Tracing

try:
    from torch._functorch.pyfunctorch import temporarily_clear_interpreter_stack as _untransformed
except ImportError:
    _untransformed = contextlib.nullcontext


class _Conversions(TorchFunctionMode):
    """Makes tensors of what has shape and dtype alone, which torch has no protocol for."""

    _FROM_DATA = (torch.tensor, torch.as_tensor, torch.asarray, torch.from_numpy)

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if function in self._FROM_DATA and hasattr(args[0], "__torch_tensor__"):
            tensor = args[0].__torch_tensor__()
            return tensor.to(kwargs["dtype"]) if kwargs.get("dtype") else tensor
        return function(*args, **kwargs)


class TorchTracing(Tracing):
    def trace_state(self):
        innermost = torch._C._functorch.peek_interpreter_stack()
        return None if innermost is None else innermost.level()

    def _abstractly(self, function):
        if self.trace_state() is None:
            with FakeTensorMode(allow_non_fake_inputs=True), _Conversions():
                return function()
        try:
            # vmap forbids random numbers, of which there will be none.
            with _untransformed(), FakeTensorMode(allow_non_fake_inputs=True), _Conversions():
                return function()
        except RuntimeError:
            # The function uses a tensor of the transformation.
            with FakeTensorMode(allow_non_fake_inputs=True), _Conversions():
                return function()

    def hollow(self, shape, dtype):
        return torch.empty(shape, dtype=getattr(torch, dtype))

    def unknown(self, shape, dtype):
        return torch.empty(shape, dtype=getattr(torch, dtype), device="meta")

    def is_unknown(self, x):
        return isinstance(x, torch.Tensor) and (x.is_meta or isinstance(x, FakeTensor))

    def lazily(self, function, args, kwargs):
        mode = FakeTensorMode(allow_non_fake_inputs=True)

        def fake(x):
            if not self.is_unknown(x):
                return x
            with mode:
                return torch.empty(tuple(x.shape), dtype=x.dtype)

        args, kwargs = optree.tree_map(fake, (args, kwargs))
        return super().lazily(function, args, kwargs)
