"""What all initializers have in common: configuration, a seed or none, shapes and dtypes read.

Knows nothing of any distribution, and of Keras only how its seed generators look.
"""

import random as python_random
import sys

import numpy as np

from .. import backends, dtypes, shapes


class Initializer:
    """Called as initializer(shape, dtype=None), gives a NumPy array. To be subclassed.

    A subclass defines `draw`, and if its constructor has arguments it is a dataclass or defines
    `get_config`.
    """

    def __call__(self, shape, dtype=None):
        """First values.

        Args:
            shape: a sequence of int >= 0.
            dtype: the dtype; None means floatx.

        Returns:
            NumPy array of that shape and dtype.

        Raises:
            ValueError: the initializer makes no such shape or dtype.
        """
        return self.draw(None, shape, dtype)

    def draw(self, key, shape, dtype=None):
        """First values from a random key instead of the initializer's own seed.

        Args:
            key: as for `kerasvar.random`; from a jax key a jax array is made, traced or not.
        """
        raise NotImplementedError(f"{type(self).__name__} does not say what it makes.")

    def get_config(self):
        """The constructor's arguments as a dict, in Keras's form."""
        return {name: getattr(self, name) for name in getattr(self, "__dataclass_fields__", ())}

    @classmethod
    def from_config(cls, config):
        """The initializer with this configuration."""
        return cls(**config)

    def clone(self):
        """Another initializer with the same configuration."""
        return self.from_config(self.get_config())

    def __repr__(self):
        arguments = ", ".join(f"{key}={value!r}" for key, value in self.get_config().items())
        return f"{type(self).__name__}({arguments})"


class RandomInitializer(Initializer):
    """An initializer with a seed, a dataclass whose fields are its constructor's arguments.

    Args:
        seed: an integer, or a `keras.random.SeedGenerator`. With an integer each call gives the same
            numbers, with a generator each call moves on. None takes an integer from Python's
            `random`, as Keras does, so that whoever seeds that has repeatable runs.

    Raises:
        ValueError: `seed` is neither.
    """

    seed = None

    def __post_init__(self):
        seed = self.seed
        if isinstance(seed, dict):
            seed = _generator_of(seed)
        if isinstance(seed, np.integer):
            seed = int(seed)
        if not (seed is None or isinstance(seed, int) or _is_generator(seed)):
            raise ValueError(
                "`seed` must be an integer or a keras.random.SeedGenerator. "
                f"Received: {seed!r} (type {type(seed).__name__})"
            )
        self._init_seed = seed
        self.seed = python_random.randint(1, 10**9) if seed is None else seed

    def __call__(self, shape, dtype=None):
        return self.draw(self._key(), shape, dtype)

    def _key(self):
        if _is_generator(self.seed):
            state = self.seed.next()
            # Keras holds it as a signed integer where the backend has no other.
            return backends.backend_of(state).host(state).astype(np.uint32)
        # The key that Keras makes on jax; it has no seeds beyond 32 bits, here the next 32 count.
        return np.array([self.seed & 0xFFFFFFFF, self.seed >> 32 & 0xFFFFFFFF], np.uint32)

    def get_config(self):
        seed = self._init_seed
        if _is_generator(seed):
            seed = {
                "module": "keras.random",
                "class_name": "SeedGenerator",
                "config": seed.get_config(),
                "registered_name": None,
            }
        return {**super().get_config(), "seed": seed}


def _is_generator(seed):
    return callable(getattr(seed, "next", None)) and hasattr(seed, "get_config")


def _generator_of(config):
    keras = sys.modules.get("keras")
    if keras is None:
        raise ValueError(
            "`seed` is the configuration of a Keras object. Import keras first. "
            f"Received: {config!r}"
        )
    return keras.saving.deserialize_keras_object(config)


def full_shape(shape, initializer):
    """The shape as a tuple of ints; ValueError if a size is not known."""
    sizes = shapes.standardize_shape(shape)
    if None in sizes:
        raise ValueError(
            f"{type(initializer).__name__} needs a fully-defined `shape`. Received: {shape!r}"
        )
    return sizes


def float_dtype(dtype, initializer, complex_too=False):
    """The names of the dtype asked for and of the one to draw in; ValueError if it is no float."""
    name = dtypes.standardize_dtype(dtype)
    if name.startswith("float8"):
        # Too few digits to compute in.
        return name, "float32"
    if dtypes.is_float_dtype(name) or (complex_too and name.startswith("complex")):
        return name, name
    kinds = "floats and complex numbers" if complex_too else "floats"
    raise ValueError(
        f"{type(initializer).__name__} makes {kinds}. Received: dtype={name!r}. For another dtype, "
        "make the variable from values."
    )


def finish(values, name):
    """The values in the dtype `name`; an array even where NumPy made a scalar."""
    if isinstance(values, np.generic):
        values = np.asarray(values)
    dtype = dtypes.numpy_dtype(name)
    return values if values.dtype == dtype else values.astype(dtype)
