"""Random numbers and first values, as tensors of the default backend.

`kerasvar.random` and the initializers give NumPy arrays, and jax arrays for a key of jax's; a caller
who has chosen a backend wants that backend's. What has no values (an abstract key was given, to ask
for shapes only) stays what it is.
"""

import numpy as np

from .. import backends, coerce, config, dtypes, initializers, random


def _as_tensor(array, dtype=None):
    if not isinstance(array, (np.ndarray, np.generic)):
        return array
    return coerce.operand(array).tensor(backends.get(config.backend()), dtype)


def draw(distribution, key, shape, dtype=None, mean=0.0, stddev=1.0, **arguments):
    """Numbers of the distribution "normal", "uniform" or "bernoulli".

    Args:
        dtype: a dtype name, None for floatx; not for "bernoulli".
        mean, stddev: of a normal distribution.
        **arguments: `minval`, `maxval`; `p`.

    Raises what the function of `kerasvar.random` raises.
    """
    if distribution == "bernoulli":
        return _as_tensor(random.bernoulli(key, arguments["p"], shape))
    dtype = dtypes.standardize_dtype(dtype)
    if distribution == "normal":
        return _as_tensor(initializers.RandomNormal(mean, stddev, 0).draw(key, shape, dtype), dtype)
    return _as_tensor(random.uniform(key, shape, dtype, **arguments), dtype)


def first_values(initializer, shape, dtype=None):
    """What the initializer gives for the shape; raises what it raises."""
    return _as_tensor(initializer(shape, dtype=dtype))


def with_seed(initializer, seed):
    """The same random initializer with this seed."""
    return initializer.from_config({**initializer.get_config(), "seed": seed})


def from_key(initializer, shape=None, dtype=None):
    """The initializer as a function of a key alone, as scopes want it."""
    if not isinstance(initializer, initializers.Initializer):
        initializer = initializers.get(initializer)

    def draw_from(key):
        return _as_tensor(initializer.draw(key, shape, dtype))

    return draw_from


def key_text(key):
    """The numbers that make up a key."""
    try:
        return " ".join(str(number) for number in np.asarray(key).reshape(-1).tolist())
    except TypeError:
        # A typed key of jax's is no array of numbers to NumPy.
        return str(key)
