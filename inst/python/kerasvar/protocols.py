"""How a variable answers when a framework's own function is given it.

These are the protocols that NumPy, JAX, TensorFlow and torch look for, so that np.sum(v),
jnp.dot(v, x), tf.matmul(v, x) and torch.matmul(v, x) work as they are. No framework is imported: a
protocol is called by its framework. A framework is given the variables of its own backend only
(nothing moves between frameworks silently); NumPy is given a host copy of any.
"""

import numpy as np

from . import coerce, operators

__all__ = ["Protocols"]

# What `array <operator> variable` calls, which is the variable's to answer.
_UFUNCS = {
    np.add: "add", np.subtract: "subtract", np.multiply: "multiply", np.true_divide: "divide",
    np.floor_divide: "floor_divide", np.remainder: "remainder", np.power: "pow",
    np.matmul: "matmul", np.equal: "equal", np.not_equal: "not_equal", np.less: "less",
    np.less_equal: "less_equal", np.greater: "greater", np.greater_equal: "greater_equal",
    np.bitwise_and: "logical_and", np.bitwise_or: "logical_or", np.bitwise_xor: "logical_xor",
}  # fmt: skip


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
        inputs = [x.numpy() if isinstance(x, Protocols) else x for x in inputs]
        return getattr(ufunc, method)(*inputs, **kwargs)

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
        return func(*_unwrapped(args), **_unwrapped(kwargs or {}))

    # -- DLPack: what leaves is a copy, since its reader may write to it.

    def __dlpack__(self, *, stream=None, max_version=None, dl_device=None, copy=None):
        if copy is False:
            raise BufferError(f"The variable {self.path!r} is handed out as a copy only.")
        return self._backend.dlpack(self.snapshot(), stream=stream)

    def __dlpack_device__(self):
        return self._backend.dlpack_device(self.snapshot())


def _unwrapped(x):
    if isinstance(x, Protocols):
        return x._for_framework("torch")
    if type(x) in (list, tuple):
        return type(x)(_unwrapped(entry) for entry in x)
    if type(x) is dict:
        return {key: _unwrapped(entry) for key, entry in x.items()}
    return x
