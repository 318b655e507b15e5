"""What all tests share: a backend each, a clean context, quiet frameworks, small steps for hypothesis."""

import contextlib
import importlib
import importlib.util
import os
import warnings

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import hypothesis
import numpy as np
import pytest

import kerasvar
from frozen_backend import FrozenBackend

# "frozen" is the example of a fifth one: see frozen_backend.py.
BACKENDS = ("numpy", "tensorflow", "jax", "torch", "frozen")

kerasvar.register_backend("frozen", FrozenBackend)

# The first example on a backend pays for imports and compilation, which says nothing of the code.
hypothesis.settings.register_profile(
    "kerasvar",
    max_examples=200,
    deadline=None,
    derandomize=True,
    suppress_health_check=[
        hypothesis.HealthCheck.function_scoped_fixture,
        hypothesis.HealthCheck.too_slow,
    ],
)
hypothesis.settings.load_profile("kerasvar")


def pytest_configure(config):
    # Tested on its own, in a fresh process; here it would strike whichever test comes first.
    config.addinivalue_line("filterwarnings", "ignore:JAX holds no:UserWarning")


@pytest.fixture(params=BACKENDS)
def backend(request):
    """The name of each backend in turn, its framework imported; skips what is not installed."""
    name = request.param
    if name != "frozen":
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"{name} is not installed")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            importlib.import_module(name)
            kerasvar.backends.get(name)
    return name


@pytest.fixture(autouse=True)
def clean_context():
    """Names start over and no default backend is left behind, whatever a test does."""
    kerasvar.clear_session()
    yield
    kerasvar.set_backend(None)
    kerasvar.set_floatx("float32")
    assert kerasvar.current_path() == ""
    assert not kerasvar.in_stateless_scope()
    assert kerasvar.get_autocast_scope() is None


@pytest.fixture
def variable(backend):
    """A maker of variables of this backend."""

    def make(initializer, *args, **kwargs):
        return kerasvar.Variable(initializer, *args, backend=backend, **kwargs)

    return make


@pytest.fixture
def array():
    """A 3 x 4 float32 array of the numbers 0 to 11."""
    return np.arange(12, dtype=np.float32).reshape(3, 4)


def host(x):
    """The values of any framework's tensor, as a NumPy array of the caller's own."""
    return np.array(kerasvar.backends.backend_of(x).host(x))


@contextlib.contextmanager
def no_writes(*arrays):
    """Fails if any of the NumPy arrays is another on leaving than on entering."""
    before = [a.copy() for a in arrays]
    yield
    for a, b in zip(arrays, before):
        np.testing.assert_array_equal(a, b, strict=True)
