"""Initializers whose spread depends on how many units a weight connects (Glorot, He, LeCun)."""

import math

from .base import RandomInitializer, float_dtype, full_shape
from .draw import configured, scaled_normal, scaled_truncated_normal, scaled_uniform

_MODES = ("fan_in", "fan_out", "fan_avg")
_DISTRIBUTIONS = ("uniform", "truncated_normal", "untruncated_normal")

# The standard deviation of a standard normal cut off at -2 and 2.
_CUT_STDDEV = 0.87962566103423978


def compute_fans(shape, input_axes=None, output_axes=None):
    """How many units a weight of this shape connects on either side, as Keras counts.

    Args:
        shape: tuple of int. The last two axes of three or more are the input and output channels of
            a convolution, the others its window.
        input_axes, output_axes: sequences of axes, which count instead if both are given.

    Returns:
        (fan_in, fan_out), two ints.
    """
    if input_axes is not None and output_axes is not None:
        return tuple(math.prod(shape[a] for a in axes) for axes in (input_axes, output_axes))
    if len(shape) == 0:
        return 1, 1
    if len(shape) == 1:
        return shape[0], shape[0]
    window = math.prod(shape[:-2])
    return shape[-2] * window, shape[-1] * window


@configured
class VarianceScaling(RandomInitializer):
    """Numbers of mean zero and variance `scale` / n.

    Args:
        scale: a positive float.
        mode: what n is: "fan_in" (the input units), "fan_out" (the output units) or "fan_avg"
            (their mean); at least 1.
        distribution: "truncated_normal" (or "normal"; cut off at two standard deviations before the
            cut, and stretched to have the variance after it), "untruncated_normal" or "uniform".
        seed: see `RandomInitializer`.
        input_axes, output_axes: the axes that count as input and output; see `compute_fans`.

    Raises:
        ValueError: `scale`, `mode` or `distribution` is none of these.
    """

    scale: float = 1.0
    mode: str = "fan_in"
    distribution: str = "truncated_normal"
    seed: object = None
    input_axes: object = None
    output_axes: object = None

    def __post_init__(self):
        super().__post_init__()
        if self.scale <= 0:
            raise ValueError(f"`scale` must be a positive float. Received: {self.scale!r}")
        if self.mode not in _MODES:
            raise ValueError(f"`mode` must be one of {', '.join(_MODES)}. Received: {self.mode!r}")
        known = str(self.distribution).lower()
        known = "truncated_normal" if known == "normal" else known
        if known not in _DISTRIBUTIONS:
            raise ValueError(
                f"`distribution` must be one of normal, {', '.join(_DISTRIBUTIONS)}. "
                f"Received: {self.distribution!r}"
            )
        self.distribution = known

    def draw(self, key, shape, dtype=None):
        dtypes = float_dtype(dtype, self)
        shape = full_shape(shape, self)
        fan_in, fan_out = compute_fans(shape, self.input_axes, self.output_axes)
        units = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        variance = self.scale / max(1.0, units)
        if self.distribution == "uniform":
            limit = math.sqrt(3 * variance)
            return scaled_uniform(key, shape, dtypes, -limit, limit)
        if self.distribution == "untruncated_normal":
            return scaled_normal(key, shape, dtypes, 0.0, math.sqrt(variance))
        return scaled_truncated_normal(key, shape, dtypes, 0.0, math.sqrt(variance) / _CUT_STDDEV)


class _Named(VarianceScaling):
    """A `VarianceScaling` that has a name of its own.

    Args:
        seed: see `RandomInitializer`.
        input_axes, output_axes: see `compute_fans`.
    """

    _scaling = {}

    def __init__(self, seed=None, input_axes=None, output_axes=None):
        super().__init__(**self._scaling, seed=seed, input_axes=input_axes, output_axes=output_axes)

    def get_config(self):
        config = super().get_config()
        return {key: config[key] for key in ("seed", "input_axes", "output_axes")}


class GlorotUniform(_Named):
    """Uniform numbers of variance 2 / (fan_in + fan_out) (Glorot and Bengio, 2010)."""

    _scaling = {"scale": 1.0, "mode": "fan_avg", "distribution": "uniform"}


class GlorotNormal(_Named):
    """Truncated normal numbers of variance 2 / (fan_in + fan_out) (Glorot and Bengio, 2010)."""

    _scaling = {"scale": 1.0, "mode": "fan_avg", "distribution": "truncated_normal"}


class HeUniform(_Named):
    """Uniform numbers of variance 2 / fan_in (He et al., 2015)."""

    _scaling = {"scale": 2.0, "mode": "fan_in", "distribution": "uniform"}


class HeNormal(_Named):
    """Truncated normal numbers of variance 2 / fan_in (He et al., 2015)."""

    _scaling = {"scale": 2.0, "mode": "fan_in", "distribution": "truncated_normal"}


class LecunUniform(_Named):
    """Uniform numbers of variance 1 / fan_in (Klambauer et al., 2017)."""

    _scaling = {"scale": 1.0, "mode": "fan_in", "distribution": "uniform"}


class LecunNormal(_Named):
    """Truncated normal numbers of variance 1 / fan_in (Klambauer et al., 2017)."""

    _scaling = {"scale": 1.0, "mode": "fan_in", "distribution": "truncated_normal"}
