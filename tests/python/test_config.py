"""The default float type and the order in which a default backend is found."""

import pytest

from keras_oracle import BACKENDS, ask_keras, run_python
from kerasvar import config


@pytest.fixture(autouse=True)
def restored(monkeypatch):
    """No backend chosen, by the environment or by an imported Keras; floatx as it was."""
    monkeypatch.delenv("KERASVAR_BACKEND", raising=False)
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.setattr(config, "_imported_keras_backend", lambda: None)
    monkeypatch.setattr(config, "_backend", None)
    before = config.floatx()
    yield
    config.set_floatx(before)


@pytest.mark.parametrize("name", ["float16", "bfloat16", "float32", "float64"])
def test_floatx_is_what_was_set(name):
    assert config.floatx() == "float32"
    config.set_floatx(name)
    assert config.floatx() == name


@pytest.mark.parametrize("wrong", ["float8_e5m2", "int32", "Float32", "", None, float, 32], ids=repr)
def test_floatx_refuses_what_keras_refuses(wrong):
    with pytest.raises(ValueError, match="`value` must be one of float16, bfloat16") as caught:
        config.set_floatx(wrong)
    assert repr(wrong) in str(caught.value)
    assert config.floatx() == "float32"


def test_floatx_takes_keras_s_names():
    program = """
import json, keras
taken = []
for name in {names}:
    try:
        keras.config.set_floatx(name)
        taken.append(name)
    except ValueError:
        pass
print(json.dumps(taken))
"""
    from kerasvar import dtypes

    ours = []
    for name in dtypes.ALLOWED:
        try:
            config.set_floatx(name)
            ours.append(name)
        except ValueError:
            pass
    assert ours == ask_keras("numpy", program.format(names=dtypes.ALLOWED))


def test_numpy_is_the_default():
    assert config.backend() == "numpy"


@pytest.mark.parametrize("name", BACKENDS)
def test_each_source_of_the_default_goes_before_the_next(name, monkeypatch):
    others = [other for other in BACKENDS if other != name]
    monkeypatch.setattr(config, "_imported_keras_backend", lambda: name)
    assert config.backend() == name
    for source in (
        lambda value: monkeypatch.setenv("KERAS_BACKEND", value),
        lambda value: monkeypatch.setenv("KERASVAR_BACKEND", value),
        config.set_backend,
    ):
        other = others.pop()
        source(other)
        assert config.backend() == other


def test_an_empty_environment_variable_is_not_set(monkeypatch):
    monkeypatch.setenv("KERASVAR_BACKEND", "")
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    assert config.backend() == "torch"


@pytest.mark.parametrize("wrong", ["nunpy", "", "NumPy", 3, float], ids=repr)
def test_an_unknown_backend_is_an_error_that_changes_nothing(wrong):
    config.set_backend("jax")
    with pytest.raises(ValueError, match="`name` must be one of numpy, tensorflow, jax, torch") as caught:
        config.set_backend(wrong)
    assert repr(wrong) in str(caught.value)
    assert config.backend() == "jax"


@pytest.mark.parametrize("variable", ["KERASVAR_BACKEND", "KERAS_BACKEND"])
def test_an_unknown_backend_in_the_environment_names_the_variable(variable, monkeypatch):
    monkeypatch.setenv(variable, "theano")
    with pytest.raises(ValueError, match=f"{variable} must be one of .* Received: 'theano'"):
        config.backend()


@pytest.mark.parametrize("name", ["jax", "torch"])
def test_an_imported_keras_is_asked(name):
    # Keras reads its backend while it is imported, so the environment is cleared only after that.
    program = """
import json, os
from kerasvar import config
del os.environ["KERAS_BACKEND"]
before = config.backend()
os.environ["KERAS_BACKEND"] = {name!r}
import keras
del os.environ["KERAS_BACKEND"]
print(json.dumps([before, config.backend()]))
"""
    assert ask_keras(name, program.format(name=name)) == ["numpy", name]


_DEFAULTS = """
import json, os
import kerasvar
{}
os.environ.pop("KERAS_BACKEND", None)
print(json.dumps([kerasvar.backend(), kerasvar.Variable(1.0).backend]))
"""


@pytest.mark.parametrize("name", BACKENDS)
def test_a_variable_of_another_backend_does_not_change_the_default(name):
    pytest.importorskip(name)
    program = _DEFAULTS.format(f'kerasvar.Variable(1.0, backend="{name}")')
    assert run_python(program) == ["numpy", "numpy"]


def test_tensorflow_s_own_import_of_keras_does_not_change_the_default():
    pytest.importorskip("tensorflow")
    assert run_python(_DEFAULTS.format("import tensorflow")) == ["numpy", "numpy"]
    assert run_python(_DEFAULTS.format("import tensorflow; tensorflow.keras.Variable(1.0)")) == ["numpy", "numpy"]


def test_our_own_import_of_keras_does_not_change_the_default():
    pytest.importorskip("keras")
    pytest.importorskip("tensorflow")
    ours = """
try:
    kerasvar.as_keras(kerasvar.Variable(1.0, backend="numpy"))
except ValueError:  # Keras runs on tensorflow
    pass
"""
    assert run_python(_DEFAULTS.format(ours)) == ["numpy", "numpy"]


@pytest.mark.parametrize("name", ["tensorflow", "jax"])
def test_a_keras_imported_before_tensorflow_decides(name):
    pytest.importorskip("keras")
    pytest.importorskip("tensorflow")
    before = f'os.environ["KERAS_BACKEND"] = {name!r}; import keras; import tensorflow'
    assert ask_keras(name, _DEFAULTS.format(before)) == [name, name]


def test_a_keras_that_is_not_whole_is_not_asked():
    program = """
import json, sys, types
from kerasvar import config
sys.modules["keras"] = types.ModuleType("keras")
print(json.dumps(config.backend()))
"""
    assert run_python(program) == "numpy"


def test_choosing_a_backend_imports_nothing():
    program = """
import json, sys
from kerasvar import config
for name in {names}:
    config.set_backend(name)
config.set_backend(None), config.backend()
print(json.dumps(sorted({{"torch", "jax", "tensorflow", "keras"}} & set(sys.modules))))
"""
    assert run_python(program.format(names=BACKENDS)) == []
