"""How a variable answers when a framework's own function is given it.

These are the protocols that NumPy, JAX, TensorFlow and torch look for, so that np.sum(v),
jnp.dot(v, x), tf.matmul(v, x) and torch.matmul(v, x) work as they are. No framework is imported: a
protocol is called by its framework. A framework is given the variables of its own backend only
(nothing moves between frameworks silently). A function of NumPy's is answered by the framework, with
gradients, where that has it; otherwise NumPy is given a host copy.
"""

import numpy as np

from . import coerce, operators

# What `array <operator> variable` calls, which is the variable's to answer.
_UFUNCS = {
    np.add: "add", np.subtract: "subtract", np.multiply: "multiply", np.true_divide: "divide",
    np.floor_divide: "floor_divide", np.remainder: "remainder", np.power: "pow",
    np.matmul: "matmul", np.equal: "equal", np.not_equal: "not_equal", np.less: "less",
    np.less_equal: "less_equal", np.greater: "greater", np.greater_equal: "greater_equal",
    np.bitwise_and: "logical_and", np.bitwise_or: "logical_or", np.bitwise_xor: "logical_xor",
}  # fmt: skip

# What asks for the shape alone.
_ABOUT = frozenset((np.shape, np.ndim, np.size))


class Protocols:
    """The framework protocols, for a class that has `_backend`, `value`, `numpy()` and `snapshot()`."""

    def _for_framework(self, framework):
        if self._backend.name != framework:
            raise TypeError(
                f"The variable {self.path!r} lives in {self._backend.name}, and a {framework} "
                f"function was given it. Convert it: `variable.to_backend({framework!r})` or "
                "`variable.numpy()`."
            )
        return self.value

    # -- NumPy

    def __array__(self, dtype=None, copy=None):
        array = self.numpy()
        if copy:
            return np.array(array, dtype=dtype, order="C")
        if dtype is None or np.dtype(dtype) == array.dtype:
            return array
        if copy is False:
            raise ValueError(
                f"The variable {self.path!r} cannot be read as {np.dtype(dtype)} without a copy."
            )
        return array.astype(dtype)

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        operator = _UFUNCS.get(ufunc)
        if operator is not None and method == "__call__" and not kwargs and len(inputs) == 2:
            left, right = (coerce.beside(x, self._backend) for x in inputs)
            if left is None or right is None:
                return NotImplemented
            return operators.binary(
                self._backend, operator, left.value, left.dtype, right.value, right.dtype
            )
        if any(isinstance(x, Protocols) for x in kwargs.get("out") or ()):
            raise TypeError("A variable cannot be `out=`; assign the result to it instead.")
        return self._answer(ufunc, getattr(ufunc, method), method, inputs, kwargs)

    def __array_function__(self, func, types, args, kwargs):
        if func in _ABOUT and args and args[0] is self:
            return func(np.broadcast_to(np.zeros((), bool), self.shape), *args[1:], **kwargs)
        return self._answer(func, func, "__call__", args, kwargs)

    def _answer(self, function, host_function, method, args, kwargs):
        own = self._backend.numpy_function(function, method)
        refused = None
        if own is not None and "out" not in kwargs:
            try:
                given = _mapped(lambda x: x._for_framework(self.backend), (args, kwargs))
                return own(*given[0], **given[1])
            except Exception as error:
                # It takes less than NumPy: fewer arguments, no lists, no variables of two frameworks.
                refused = error
        try:
            on_host = _mapped(lambda x: x.numpy(), (args, kwargs))
        except TypeError as error:
            raise error from refused
        return host_function(*on_host[0], **on_host[1])

    # -- JAX, TensorFlow, torch

    def __jax_array__(self):
        return self._for_framework("jax")

    def __tf_tensor__(self, dtype=None, name=None):
        tensor = self._backend.tensor(self._for_framework("tensorflow"))
        if dtype is not None and not dtype.is_compatible_with(tensor.dtype):
            raise ValueError(
                f"The variable {self.path!r} is {self.dtype}; TensorFlow asked for {dtype.name}."
            )
        return tensor

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        args, kwargs = _mapped(lambda x: x._for_framework("torch"), (args, kwargs or {}))
        return func(*args, **kwargs)

    # -- DLPack: what leaves is a copy, since its reader may write to it.

    def __dlpack__(self, *, stream=None, max_version=None, dl_device=None, copy=None):
        if copy is False:
            raise BufferError(f"The variable {self.path!r} is handed out as a copy only.")
        self._check_leaving()
        return self._backend.dlpack(self.snapshot(), stream=stream)

    def __dlpack_device__(self):
        return self._backend.dlpack_device(self.snapshot())


def _mapped(function, x):
    """The (nested) lists, tuples and dicts with `function(variable)` in the place of each variable."""
    if isinstance(x, Protocols):
        return function(x)
    if type(x) in (list, tuple):
        return type(x)([_mapped(function, entry) for entry in x])
    if type(x) is dict:
        return {key: _mapped(function, entry) for key, entry in x.items()}
    return x
