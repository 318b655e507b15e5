"""Initializers: what a variable holds first, from its shape and dtype.

Names, arguments and defaults are those of `keras.initializers`. Values are computed on the host with
`kerasvar.random`, so that one seed gives the same numbers, bit for bit, on every backend; they are
those that Keras draws on its jax backend, but for the last bits. (In float16 Keras's depend on the
processor, and it decomposes for orthogonal matrices in single precision, here it is double.) What is
called with a shape returns a NumPy array.
"""

from .base import Initializer
from .constant import Constant, Identity, Ones, Zeros
from .draw import Orthogonal, RandomNormal, RandomUniform, TruncatedNormal
from .lookup import deserialize, get, serialize
from .scaling import (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LecunNormal,
    LecunUniform,
    VarianceScaling,
    compute_fans,
)

zeros = Zeros
ones = Ones
constant = Constant
identity = Identity
orthogonal = Orthogonal
random_uniform = RandomUniform
random_normal = RandomNormal
truncated_normal = TruncatedNormal
variance_scaling = VarianceScaling
glorot_uniform = GlorotUniform
glorot_normal = GlorotNormal
he_uniform = HeUniform
he_normal = HeNormal
lecun_uniform = LecunUniform
lecun_normal = LecunNormal
