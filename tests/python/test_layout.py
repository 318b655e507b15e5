"""A layout of several devices (jax): kept by every kind of write. One process with two CPU devices."""

import pytest

from keras_oracle import run_python

PROGRAM = """
import copy, json
import numpy as np, jax, kerasvar
from jax.sharding import Mesh, NamedSharding, PartitionSpec
mesh = Mesh(np.array(jax.devices()), ("x",))
layout = NamedSharding(mesh, PartitionSpec("x", None))
A = np.arange(8, dtype="float32").reshape(4, 2)
v = kerasvar.Variable(A, layout=layout, backend="jax")
d = kerasvar.Variable(lambda shape, dtype: np.ones(shape, dtype), shape=(4, 2), layout=layout, backend="jax")
seen = [v.layout is layout]
def kept(u):
    return u.value.sharding.is_equivalent_to(layout, 2) and len(u.value.devices()) == 2
seen += [kept(v), kept(d)]
v.assign(A + 1); seen.append(kept(v))
v.assign_add(1); seen.append(kept(v))
v[1] = 5; seen.append(kept(v))
v[[0, 3], [1, 0]] = 7; seen.append(kept(v))
held = v.numpy()
v[2] = -1; seen.append(kept(v))
seen.append(kept(copy.deepcopy(v)))
plain = v.to_backend("numpy")
seen.append(plain.layout is None and plain.numpy().tolist() == v.numpy().tolist())
print(json.dumps([seen, v.numpy().tolist(), held[2].tolist()]))
"""


def test_a_sharded_variable_stays_sharded():
    pytest.importorskip("jax")
    seen, value, held = run_python(
        PROGRAM, XLA_FLAGS="--xla_force_host_platform_device_count=2", JAX_PLATFORMS="cpu"
    )
    assert all(seen), seen
    assert value == [[2, 7], [5, 5], [-1, -1], [7, 9]] and held == [6, 7]
