"""Initializers that draw from one distribution, whatever the shape means; and orthogonal matrices."""

import dataclasses
import math

import numpy as np

from .. import random
from .base import RandomInitializer, finish, float_dtype, full_shape


def scaled_normal(key, shape, dtypes, mean, stddev):
    """Normal numbers; `dtypes` as `float_dtype` returns them."""
    return _moved(random.normal(key, shape, dtypes[1]), mean, stddev, dtypes[0])


def scaled_truncated_normal(key, shape, dtypes, mean, stddev):
    """Normal numbers cut off at two standard deviations (those of the uncut ones)."""
    drawn = random.truncated_normal(key, -2.0, 2.0, shape, dtypes[1])
    return _moved(drawn, mean, stddev, dtypes[0])


def scaled_uniform(key, shape, dtypes, minval, maxval):
    """Uniform numbers from [minval, maxval)."""
    return finish(random.uniform(key, shape, dtypes[1], minval, maxval), dtypes[0])


def _moved(drawn, mean, stddev, name):
    scalar = drawn.dtype.type
    return finish(drawn * scalar(stddev) + scalar(mean), name)


# By identity, as all initializers; `repr` shows what `get_config` says.
configured = dataclasses.dataclass(eq=False, repr=False)


@configured
class _OfMeanAndDeviation(RandomInitializer):
    mean: float = 0.0
    stddev: float = 0.05
    seed: object = None


class RandomNormal(_OfMeanAndDeviation):
    """Normal numbers, floats or complex.

    Args:
        mean, stddev: mean and standard deviation.
        seed: see `RandomInitializer`.
    """

    def draw(self, key, shape, dtype=None):
        dtypes = float_dtype(dtype, self, complex_too=True)
        return scaled_normal(key, full_shape(shape, self), dtypes, self.mean, self.stddev)


class TruncatedNormal(_OfMeanAndDeviation):
    """Normal numbers, drawn again where they are more than two standard deviations off the mean.

    Args:
        mean, stddev: mean and standard deviation of the normal distribution before it is cut; what
            remains has 0.88 times that deviation.
        seed: see `RandomInitializer`.
    """

    def draw(self, key, shape, dtype=None):
        dtypes = float_dtype(dtype, self)
        shape = full_shape(shape, self)
        return scaled_truncated_normal(key, shape, dtypes, self.mean, self.stddev)


@configured
class RandomUniform(RandomInitializer):
    """Uniform numbers from [minval, maxval).

    Args:
        minval, maxval: the ends, the first included.
        seed: see `RandomInitializer`.
    """

    minval: float = -0.05
    maxval: float = 0.05
    seed: object = None

    def draw(self, key, shape, dtype=None):
        dtypes = float_dtype(dtype, self)
        return scaled_uniform(key, full_shape(shape, self), dtypes, self.minval, self.maxval)


@configured
class Orthogonal(RandomInitializer):
    """Matrices with orthonormal rows or columns, whichever are fewer, times `gain`.

    For shapes of at least two axes; all but the last count as the rows. The factor Q of the QR
    decomposition of a normal matrix, with signs that make it uniform among the orthogonal ones
    (Saxe et al., 2014). It is computed in double precision, so that what another LAPACK does to its
    last bits is lost in rounding to a narrower dtype.

    Args:
        gain: the factor.
        seed: see `RandomInitializer`.
    """

    gain: float = 1.0
    seed: object = None

    def draw(self, key, shape, dtype=None):
        name, drawn_in = float_dtype(dtype, self, complex_too=True)
        shape = full_shape(shape, self)
        if len(shape) < 2:
            raise ValueError(f"Orthogonal needs a shape of two axes or more. Received: {shape}")
        rows, columns = math.prod(shape[:-1]), shape[-1]
        flat = (max(rows, columns), min(rows, columns))
        q = _uniformly_orthogonal(random.normal(key, flat, drawn_in))
        if rows < columns:
            q = q.T
        return finish((self.gain * q).reshape(shape), name)


def _uniformly_orthogonal(normal):
    """Q of a NumPy or jax matrix, in at least single precision."""
    if isinstance(normal, np.ndarray):
        xp, wide = np, np.result_type(normal.dtype, np.float64)
    else:
        xp = normal.__array_namespace__()
        wide = xp.promote_types(normal.dtype, xp.float32)
    q, r = xp.linalg.qr(normal.astype(wide))
    diagonal = xp.diagonal(r)
    size = xp.abs(diagonal)
    return q * xp.where(size == 0, 1, diagonal / xp.where(size == 0, 1, size))
