"""torch: the operators it has no kernels for, computed in another dtype or by other means.

torch 2.13 knows unsigned integers wider than 8 bits as little more than storage, float8 likewise,
and orders no complex numbers. What a kernel gives must be what the same operator gives on NumPy.
"""

import operator

import numpy as np
import torch

from ..operators import COMPARISONS
from ._defaults import ordered_complex

_COMPARISONS = ("less", "less_equal", "greater", "greater_equal")
_ARITHMETIC = (
    "add", "subtract", "multiply", "floor_divide", "remainder", "pow", "matmul",
    "negative", "bitwise_invert",
)  # fmt: skip
_LOWEST = torch.iinfo(torch.int64).min


def _in_int64(function):
    """For what has the same bits for signed and unsigned integers."""

    def kernel(*operands):
        return function(*(x.view(torch.int64) for x in operands)).view(torch.uint64)

    return kernel


def _order_in_int64(function):
    def kernel(left, right):
        # Flipping the highest bit shifts the range of uint64 to that of int64, in order.
        return function(left.view(torch.int64) ^ _LOWEST, right.view(torch.int64) ^ _LOWEST)

    return kernel


def _on_the_host(function):
    def kernel(left, right):
        result = function(left.detach().cpu().numpy(), right.detach().cpu().numpy())
        return torch.from_numpy(np.asarray(result)).to(left.device)

    return kernel


def _round_integer(x, decimals):
    if decimals >= 0:
        return x.clone()
    # By way of float64, as NumPy does.
    return torch.round(x.to(torch.float64), decimals=max(decimals, -300)).to(x.dtype)


def _round_complex(x, decimals):
    return torch.complex(
        torch.round(x.real, decimals=decimals), torch.round(x.imag, decimals=decimals)
    )


_ORDER_COMPLEX = ordered_complex(
    {name: getattr(operator, method) for method, name in COMPARISONS.items()},
    lambda x: (x.real, x.imag),
)


class TorchKernels:
    def kernel(self, operator, dtype):
        function = self.operators[operator]
        if operator == "round" and "int" in dtype:
            return _round_integer, dtype
        if dtype == "bool":
            if operator == "matmul":
                return function, "int32"
            if operator == "abs":
                return torch.clone, dtype
        elif dtype in ("uint16", "uint32"):
            if operator in ("abs", "positive"):
                return torch.clone, dtype
            return function, "int32" if dtype == "uint16" else "int64"
        elif dtype == "uint64":
            return self._uint64(operator, function), dtype
        elif dtype.startswith("float8"):
            return function, "float32"
        elif dtype.startswith("complex"):
            if operator == "round":
                return _round_complex, dtype
            return _ORDER_COMPLEX.get(operator, function), dtype
        return function, dtype

    @staticmethod
    def _uint64(operator, function):
        if operator == "abs":
            return torch.clone
        if operator in ("floor_divide", "remainder"):
            return _on_the_host(np.floor_divide if operator == "floor_divide" else np.remainder)
        if operator in _COMPARISONS:
            return _order_in_int64(function)
        return _in_int64(function) if operator in _ARITHMETIC else function
