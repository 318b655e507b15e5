"""The same programs run by flax.core and by kerasvar.functional, on jax and on the other backends.

flax.core on jax is the oracle: every step must give the same value, bit for bit, or raise an
exception of the same name, and every tree must be the same.
"""

import functools
import types

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import kerasvar
from kerasvar import functional
from scope_programs import Library, difference, program, run

flax_core = pytest.importorskip("flax.core")

PROGRAMS = 320
BATCH = 40


def _flax():
    import flax.core.scope as scope

    names = ("DenyList", "apply", "bind", "init", "lazy_init")
    return types.SimpleNamespace(
        freeze=flax_core.freeze, **{name: getattr(scope, name) for name in names}
    )


def _jax_key(seed, typed):
    return jax.random.key(seed) if typed else jax.random.PRNGKey(seed)


def _jax_draw(kind, key, shape, dtype):
    return getattr(jax.random, kind)(key, shape, jnp.dtype(dtype))


def _library(core, backend):
    if backend == "jax":
        return Library(core, jnp.asarray, _jax_draw, _jax_key, np.asarray)
    own = kerasvar.backends.get(backend)

    def draw(kind, key, shape, dtype):
        return own.tensor(getattr(kerasvar.random, kind)(key, shape, dtype))

    def host(x):
        # Keys are NumPy's on every backend.
        return x if isinstance(x, np.ndarray) else own.host(x)

    return Library(core, own.tensor, draw, lambda seed, _: kerasvar.random.key(seed), host)


@functools.cache
def _oracle(seed, draws):
    return run(program(seed, draws), _library(_flax(), "jax"))


def _compare(seeds, draws, backend, ulp):
    library = _library(functional, backend)
    for seed in seeds:
        log = run(program(seed, draws), library)
        found = difference(tuple(log), tuple(_oracle(seed, draws)), ulp)
        assert found is None, f"program({seed}, {draws}): {found}"


@pytest.mark.parametrize("start", range(0, PROGRAMS, BATCH))
def test_programs_agree_bit_for_bit(backend, start):
    _compare(range(start, start + BATCH), ("zeros", "bits", "uniform", "float64bits"), backend, 0)


def test_programs_with_normals_agree(backend):
    # On jax the draws are jax's own on both sides.
    ulp = 0 if backend == "jax" else 2
    _compare(range(10_000, 10_000 + BATCH), ("normal", "uniform"), backend, ulp)


def test_the_programs_do_something():
    """The generated programs reach every kind of step, and each error at least once."""
    logs = [_oracle(seed, ("zeros", "bits", "uniform", "float64bits")) for seed in range(PROGRAMS)]
    steps = {what for log in logs for what, _ in log}
    raised = {found for log in logs for _, found in log if isinstance(found, str)}
    assert steps >= {"param", "variable", "put", "get", "make_rng", "push", "child", "rewound"}
    assert raised >= {
        "InvalidRngError",
        "InvalidScopeError",
        "ModifyScopeVariableError",
        "ScopeCollectionNotFound",
        "ScopeParamNotFoundError",
        "ScopeParamShapeError",
        "ScopeVariableNotFoundError",
        "ValueError",
    }
    done = [found for log in logs for what, found in log if what == "result"]
    assert sum(not isinstance(found, str) for found in done) > PROGRAMS // 2
