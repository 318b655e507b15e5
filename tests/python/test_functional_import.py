"""What importing kerasvar.functional imports, and what it exports."""

import os
import subprocess
import sys

from kerasvar import functional


def run(program):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", program], check=True, env=environment)


def test_no_framework_is_imported():
    run(
        "import sys, numpy as np, kerasvar\n"
        "assert 'kerasvar.functional' not in sys.modules\n"
        "from kerasvar import functional, random\n"
        "def body(scope, x):\n"
        "    w = scope.param('w', lambda key: random.normal(key, (x.shape[-1], 2)))\n"
        "    n = scope.variable('stats', 'n', lambda: np.zeros(()))\n"
        "    if scope.is_mutable_collection('stats'):\n"
        "        n.value = n.value + 1\n"
        "    return scope.child(lambda inner, y: y + random.uniform(inner.make_rng()))(x @ w)\n"
        "x = np.ones((3, 4))\n"
        "_, variables = functional.init(body)(random.key(0), x)\n"
        "frozen = functional.freeze(variables)\n"
        "functional.apply(body, mutable='stats')(frozen, x, rngs=random.key(1))\n"
        "functional.lazy_init(body)(random.key(0), functional.ShapeDtypeStruct((3, 4)))\n"
        "functional.tree_from(functional.variables_from(variables))\n"
        "boxed = functional.meta.Partitioned(x, ('a', None))\n"
        "assert functional.meta.get_partition_spec(boxed) == ('a', None)\n"
        "loaded = {'jax', 'flax', 'torch', 'tensorflow', 'keras'} & set(sys.modules)\n"
        "assert not loaded, loaded\n"
    )


def test_a_jax_key_is_enough_for_jax():
    run(
        "import jax, sys\n"
        "from kerasvar import functional\n"
        "key = functional.bind({}, rngs={'params': jax.random.key(0)}).make_rng()\n"
        "assert isinstance(key, jax.Array)\n"
        "assert not {'flax', 'torch', 'tensorflow'} & set(sys.modules)\n"
    )


def test_the_names_of_flax_core_are_there():
    names = {
        "DenyList", "FrozenDict", "LazyRng", "Scope", "apply", "bind", "copy", "filter_to_set",
        "freeze", "group_collections", "in_filter", "init", "intersect_filters", "is_filter_empty",
        "lazy_init", "pop", "pretty_repr", "subtract_filters", "unfreeze", "union_filters",
    }  # fmt: skip
    assert names <= set(dir(functional))
    assert functional.config.flax_fix_rng_separator is False
    assert functional.errors.ScopeParamShapeError and functional.meta.Partitioned
