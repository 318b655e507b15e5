"""The functions of `base.FUNCTIONS` that JAX has under another name, or with another meaning."""

import jax
import jax.numpy as jnp
from jax import lax

__all__ = ["FUNCTIONS"]


def _along(function):
    return lambda x, axis: function(x, axis=axis % x.ndim)


def _gamma(x):
    pole = (x <= 0) & (jnp.floor(x) == x)
    return jnp.where(pole, jnp.nan, jax.scipy.special.gamma(x))


FUNCTIONS = {
    "asin": jnp.arcsin,
    "acos": jnp.arccos,
    "atan": jnp.arctan,
    "asinh": jnp.arcsinh,
    "acosh": jnp.arccosh,
    "atanh": jnp.arctanh,
    "lgamma": jax.scipy.special.gammaln,
    "gamma": _gamma,
    "digamma": jax.scipy.special.digamma,
    "trigamma": lambda x: jax.scipy.special.polygamma(1, x),
    "cumulative_sum": jnp.cumsum,
    "cumulative_prod": jnp.cumprod,
    "cumulative_max": _along(lax.cummax),
    "cumulative_min": _along(lax.cummin),
    "permute_dims": jnp.transpose,
    "concat": jnp.concatenate,
}
