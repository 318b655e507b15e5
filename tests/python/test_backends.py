"""The registry, what is imported when, the default backend, and a fifth backend."""

import inspect

import numpy as np
import pytest

import kerasvar
from frozen_backend import FrozenBackend, FrozenStorage
from keras_oracle import run_python
from kerasvar import backends
from kerasvar.backends import Backend, Storage


def test_names_are_those_of_all_registered_ones():
    assert backends.names()[:4] == ("numpy", "tensorflow", "jax", "torch")
    assert "frozen" in backends.names() and "frozen" in kerasvar.available_backends()


def test_import_imports_no_framework():
    program = """
import sys, json, kerasvar
found = kerasvar.available_backends()
kerasvar.Variable([1.0], backend="numpy")
print(json.dumps(sorted({"tensorflow", "jax", "torch", "keras", "flax"} & set(sys.modules))))
"""
    assert run_python(program) == []


@pytest.mark.parametrize("name", ["tensorflow", "jax", "torch"])
def test_a_variable_imports_its_own_framework_only(name):
    pytest.importorskip(name)
    program = f"""
import sys, json, {name}
others = {{"tensorflow", "jax", "torch", "keras", "flax"}}
before = others & set(sys.modules)  # tensorflow's own import may bring some of them
import kerasvar
v = kerasvar.Variable([1.0, 2.0], backend="{name}")
v.assign_add(1); v[0] = 3; repr(v); v.numpy(); v + 1
print(json.dumps(sorted(others & set(sys.modules) - before)))
"""
    assert run_python(program) == []


def test_all_backends_in_one_process(array):
    names = kerasvar.available_backends()
    variables = [kerasvar.Variable(array, backend=name) for name in names]
    for _ in range(3):
        for v in variables:
            v.assign_add(1)
            v[0, 0] = 0
    expected = array + 3
    expected[0, 0] = 0
    for v in variables:
        np.testing.assert_array_equal(v.numpy(), expected)
    for v in variables:
        for u in variables:
            np.testing.assert_array_equal(kerasvar.Variable(u, backend=v.backend).numpy(), expected)


def test_a_backend_that_is_not_installed_says_how(monkeypatch):
    monkeypatch.setattr(backends, "_is_installed", lambda name: name != "jax")
    monkeypatch.setattr(backends, "_instances", {})
    with pytest.raises(ImportError) as caught:
        kerasvar.Variable([1.0], backend="jax")
    assert "pip install 'kerasvar[jax]'" in str(caught.value)


def test_registering():
    with pytest.raises(TypeError, match="subclass of `Backend`"):
        kerasvar.register_backend("other", dict)
    with pytest.raises(ValueError, match="'numpy' already"):
        kerasvar.register_backend("numpy", FrozenBackend)
    with pytest.raises(ValueError, match="non-empty string"):
        kerasvar.register_backend("", FrozenBackend)
    kerasvar.register_backend("frozen", FrozenBackend)  # the same again is nothing new


def test_the_example_supplies_what_the_page_asks_for_and_no_more():
    for base, example in ((Backend, FrozenBackend), (Storage, FrozenStorage)):
        required = base.__abstractmethods__
        supplied = {n for n, m in vars(example).items() if inspect.isfunction(m)} - {"__init__"}
        assert required <= supplied
        optional = {n for n, m in vars(base).items() if inspect.isfunction(m)} - required
        assert supplied <= required | optional


def test_every_backend_has_every_operator(backend):
    assert set(backends.OPERATORS) <= set(backends.get(backend).operators)


def test_owner_of_a_tensor(variable, backend, array):
    own = backends.backend_of(variable(array).value)
    assert own.name == ("numpy" if backend == "frozen" else backend)
    assert backends.backend_of([1, 2]) is None and backends.backend_of(object()) is None


def test_the_default_backend_makes_the_variable(backend):
    kerasvar.set_backend(backend)
    assert kerasvar.backend() == backend == kerasvar.Variable([1.0]).backend


def test_writes_to_a_frozen_array_are_caught():
    v = kerasvar.Variable([1.0, 2.0], backend="frozen")
    with pytest.raises(ValueError, match="read-only"):
        v.value[0] = 1
    with pytest.raises(ValueError, match="read-only"):
        (v + 1)[0] = 1
