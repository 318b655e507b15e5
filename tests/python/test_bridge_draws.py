"""Draws and first values arrive as tensors of the default backend, with the numbers of the host's."""

import numpy as np
import pytest

import kerasvar
from kerasvar import initializers, random
from kerasvar.bridge import draws



@pytest.fixture
def backend(backend):
    kerasvar.set_backend(backend)
    yield kerasvar.backends.get(backend)
    kerasvar.set_backend(None)


def home(backend):
    # The frozen backend's tensors are NumPy's arrays.
    return "numpy" if backend.name == "frozen" else backend.name


def test_draws_are_those_of_the_key(backend):
    key = random.key(3)
    for found, expected in [
        (draws.draw("uniform", key, (2, 3), minval=-1.0, maxval=2.0), random.uniform(key, (2, 3), "float32", -1.0, 2.0)),
        (draws.draw("normal", key, (2, 3)), random.normal(key, (2, 3), "float32")),
        (draws.draw("bernoulli", key, (4,), p=0.3), random.bernoulli(key, 0.3, (4,))),
    ]:
        assert kerasvar.backends.backend_of(found) is kerasvar.backends.get(home(backend))
        assert backend.dtype(found) == str(expected.dtype)
        np.testing.assert_array_equal(np.asarray(backend.host(found)), expected)


def test_initializers_from_a_key_and_from_their_seed(backend):
    init = initializers.GlorotUniform(seed=1)
    from_seed = draws.first_values(init, (4, 3))
    from_key = draws.from_key(init, shape=(4, 3))(random.key(2))
    for found, expected in [(from_seed, init((4, 3))), (from_key, init.draw(random.key(2), (4, 3)))]:
        assert kerasvar.backends.backend_of(found) is kerasvar.backends.get(home(backend))
        np.testing.assert_array_equal(np.asarray(backend.host(found)), expected)
    by_name = draws.from_key("zeros", shape=(2,), dtype="int32")(random.key(0))
    np.testing.assert_array_equal(np.asarray(backend.host(by_name)), np.zeros(2, "int32"))


def test_text_of_a_key():
    assert draws.key_text(random.key(7)) == "0 7"
