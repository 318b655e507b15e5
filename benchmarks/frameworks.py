"""What a framework does by its own means, as the floor that the benchmarks compare with.

Each class holds one framework's own tensor and offers, as plain functions, the fastest way that
framework has for the thing measured. Knows nothing of kerasvar.
"""

import numpy as np


class Framework:
    """Reading as Python has it, done when it returns."""

    def read_row(self, i):
        return self.value[i]

    def read_one(self, i, j):
        return self.value[i, j]

    @staticmethod
    def wait(x):
        return x


class Numpy(Framework):
    def __init__(self, array):
        self.value = np.array(array)

    construct = staticmethod(np.array)

    def write_row(self, i, number):
        self.value[i] = number

    def write_one(self, i, j, number):
        self.value[i, j] = number

    def write_scattered(self, rows, columns, values):
        self.value[rows, columns] = values


class Torch(Framework):
    def __init__(self, array):
        import torch

        self.torch = torch
        self.value = torch.nn.Parameter(torch.tensor(array))
        self.construct = lambda a: torch.nn.Parameter(torch.tensor(a))

    def write_row(self, i, number):
        with self.torch.no_grad():
            self.value[i] = number

    def write_one(self, i, j, number):
        with self.torch.no_grad():
            self.value[i, j] = number

    def write_scattered(self, rows, columns, values):
        torch = self.torch
        with torch.no_grad():
            self.value[torch.from_numpy(rows), torch.from_numpy(columns)] = torch.from_numpy(values)


class Jax:
    def __init__(self, array):
        import functools

        import jax
        import jax.numpy as jnp

        self.value = jnp.array(array).block_until_ready()
        self.construct = lambda a: jnp.array(a).block_until_ready()
        jit = functools.partial(jax.jit, donate_argnums=0)
        self._row = jit(lambda x, i, v: x.at[i].set(v))
        self._one = jit(lambda x, i, j, v: x.at[i, j].set(v))
        self._read_row = jax.jit(lambda x, i: x[i])
        self._read_one = jax.jit(lambda x, i, j: x[i, j])
        self.wait = jax.block_until_ready

    def write_row(self, i, number):
        self.value = self._row(self.value, i, number).block_until_ready()

    def write_one(self, i, j, number):
        self.value = self._one(self.value, i, j, number).block_until_ready()

    def write_scattered(self, rows, columns, values):
        self.value = self._one(self.value, rows, columns, values).block_until_ready()

    def read_row(self, i):
        return self._read_row(self.value, i).block_until_ready()

    def read_one(self, i, j):
        return self._read_one(self.value, i, j).block_until_ready()


class Tensorflow(Framework):
    def __init__(self, array):
        import tensorflow as tf

        self.tf = tf
        self.raw = tf.raw_ops
        self.value = tf.Variable(array)
        self.construct = tf.Variable

    def _scatter(self, indices, updates):
        handle = self.value.handle
        self.raw.ResourceScatterNdUpdate(ref=handle, indices=indices, updates=updates)
        # Without this every later read copies the whole variable.
        self.raw.DisableCopyOnRead(resource=handle)

    def write_row(self, i, number):
        row = self.tf.fill((1, self.value.shape[1]), np.float32(number))
        self._scatter(np.array([[i]]), row)

    def write_one(self, i, j, number):
        self._scatter(np.array([[i, j]]), np.array([number], np.float32))

    def write_scattered(self, rows, columns, values):
        self._scatter(np.stack([rows, columns], axis=1), values)


FRAMEWORKS = {"numpy": Numpy, "tensorflow": Tensorflow, "jax": Jax, "torch": Torch}
