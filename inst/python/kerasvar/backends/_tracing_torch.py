"""torch: fake tensors, which have shape, dtype and device, and no memory.

An unknown is a tensor on the device "meta", so that whoever has one can pass it as it is; inside it
is replaced by a fake one, which mixes with tensors on any device.
"""

import contextlib

import optree
import torch
import torch.utils._pytree as torch_trees
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode

from .nodes import Key
from .tracing import DependsOnUnknown, Tracing

try:
    from torch._functorch.pyfunctorch import temporarily_clear_interpreter_stack as _untransformed
except ImportError:
    _untransformed = contextlib.nullcontext


def _entry(name):
    if isinstance(name, Key):
        return torch_trees.MappingKey(name.name)
    return torch_trees.GetAttrKey(name.name)


class TorchTracing(Tracing):
    def register_node(self, cls, flatten, unflatten):
        def without_keys(instance):
            children, _, rest = flatten(instance)
            return list(children), rest

        def with_keys(instance):
            children, names, rest = flatten(instance)
            return [(_entry(n), c) for n, c in zip(names, children)], rest

        torch_trees.register_pytree_node(
            cls,
            without_keys,
            lambda children, rest: unflatten(rest, children),
            flatten_with_keys_fn=with_keys,
        )

    def trace_state(self):
        innermost = torch._C._functorch.peek_interpreter_stack()
        return None if innermost is None else innermost.level()

    def abstractly(self, function):
        if self.trace_state() is None:
            with FakeTensorMode(allow_non_fake_inputs=True):
                return function()
        try:
            # vmap forbids random numbers, of which there will be none.
            with _untransformed(), FakeTensorMode(allow_non_fake_inputs=True):
                return function()
        except RuntimeError:
            # The function uses a tensor of the transformation.
            with FakeTensorMode(allow_non_fake_inputs=True):
                return function()

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
