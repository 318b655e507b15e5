"""The functions of `base.FUNCTIONS` that torch has under another name, or with another meaning."""

import torch


def _axes(x, axis):
    if axis is None:
        return tuple(range(x.ndim))
    return axis if isinstance(axis, tuple) else (axis,)


def _over_axes(function):
    """A reduction that takes a tuple of axes; over no axes it changes nothing."""

    def reduce(x, axis=None, keepdims=False):
        axes = _axes(x, axis)
        return function(x, dim=axes, keepdim=keepdims) if axes else function(x)

    return reduce


def _one_by_one(function):
    """The same of a reduction over one axis."""

    def reduce(x, axis=None, keepdims=False):
        for one in sorted(_axes(x, axis), reverse=True):
            x = function(x, dim=one, keepdim=keepdims)
        return x

    return reduce


def _sum(x, axis=None, keepdims=False):
    # Left to itself torch makes int64 of every integer.
    axes = _axes(x, axis)
    return torch.sum(x, dim=axes, keepdim=keepdims, dtype=x.dtype) if axes else x.clone()


FUNCTIONS = {
    # torch's own makes 0 of NaN.
    "sign": lambda x: torch.where(torch.isnan(x), x, torch.sign(x)),
    "digamma": lambda x: torch.where(
        (x <= 0) & (torch.floor(x) == x), torch.full_like(x, float("nan")), torch.digamma(x)
    ),
    "trigamma": lambda x: torch.polygamma(1, x),
    "sum": _sum,
    "prod": _one_by_one(lambda x, dim, keepdim: torch.prod(x, dim, keepdim, dtype=x.dtype)),
    "max": _over_axes(torch.amax),
    "min": _over_axes(torch.amin),
    "any": _over_axes(torch.any),
    "all": _over_axes(torch.all),
    "mean": _over_axes(torch.mean),
    "cumulative_sum": lambda x, axis: torch.cumsum(x, axis, dtype=x.dtype),
    "cumulative_prod": lambda x, axis: torch.cumprod(x, axis, dtype=x.dtype),
    "cumulative_max": lambda x, axis: torch.cummax(x, axis).values,
    "cumulative_min": lambda x, axis: torch.cummin(x, axis).values,
    "sort": lambda x, axis: torch.sort(x, dim=axis).values,
    "flip": lambda x, axis: torch.flip(x, (axis,)),
    "permute_dims": torch.permute,
    "concat": torch.cat,
}
