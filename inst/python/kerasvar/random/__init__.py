"""Random numbers from explicit keys, on the host, in pure NumPy: the numbers `jax.random` gives.

A key is a plain uint32 array of shape (2,), and the same key gives the same numbers in every
process, whatever framework is loaded. Bits, uniforms, integers and Bernoulli draws are bit for bit
those of `jax.random` with its default settings (threefry2x32, `jax_threefry_partitionable`), for
64-bit dtypes those of jax with x64 enabled; normals agree to 2 units in the last place.

A function that is given a jax key (raw or typed, traced or not) leaves the work to `jax.random` and
returns jax arrays; everything else returns NumPy arrays. jax is found through `backends`, never
imported. Where jax would need `jax.vmap`, an array of keys, shape (..., 2), may stand for the key:
the result then has the keys' leading axes in front.
"""

from .floats import bernoulli, normal, truncated_normal, uniform
from .integers import bits, randint
from .keys import fold_in, key, split
