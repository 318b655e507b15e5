"""Reporting when a package has been imported."""

import importlib
import importlib.util
import sys

import pytest

from kerasvar.backends import pytrees


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Writes a package of the given source and returns its name; it is forgotten afterwards."""
    monkeypatch.syspath_prepend(tmp_path)
    made = []

    def write(source, name="kerasvar_test_package"):
        (tmp_path / f"{name}.py").write_text(source)
        importlib.invalidate_caches()
        made.append(name)
        return name

    yield write
    for name in made:
        sys.modules.pop(name, None)
        pytrees._watcher.waiting.pop(name, None)


def test_at_once_if_it_is_imported():
    calls = []
    pytrees.after_import("sys", lambda: calls.append(1))
    assert calls == [1]


def test_after_its_import_and_once(package):
    name = package("done = True")
    calls = []
    pytrees.after_import(name, lambda: calls.append(sys.modules[name].done))
    pytrees.after_import(name, lambda: calls.append("second"))
    assert importlib.util.find_spec(name) is not None
    assert calls == []
    module = importlib.import_module(name)
    assert calls == [True, "second"]
    assert module.__loader__ is module.__spec__.loader
    assert type(module.__loader__).__module__.startswith("_frozen_importlib")
    del sys.modules[name]
    importlib.import_module(name)
    assert calls == [True, "second"]


def test_an_import_that_fails_does_not_count(package):
    name = package("raise ImportError('not today')")
    calls = []
    pytrees.after_import(name, lambda: calls.append(1))
    with pytest.raises(ImportError, match="not today"):
        importlib.import_module(name)
    assert calls == []
    package("fine = True")
    importlib.import_module(name)
    assert calls == [1]


def test_a_package_that_is_not_there_is_waited_for():
    pytrees.after_import("kerasvar_test_absent", lambda: None)
    try:
        with pytest.raises(ModuleNotFoundError):
            importlib.import_module("kerasvar_test_absent")
    finally:
        pytrees._watcher.waiting.pop("kerasvar_test_absent")


def test_a_module_that_is_being_imported_is_not_imported_yet(package):
    name = package("from kerasvar.backends import pytrees\nseen = pytrees.is_imported(__name__)")
    assert importlib.import_module(name).seen is False
    assert pytrees.is_imported(name)
