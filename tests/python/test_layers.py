"""Which part of the package may import which, read from the sources."""

import ast
import re
from pathlib import Path

import pytest

import kerasvar
from keras_oracle import run_python

ROOT = Path(kerasvar.__file__).parent
MODULES = sorted(path.relative_to(ROOT) for path in ROOT.rglob("*.py"))
CORE = [path for path in MODULES if path.parts[0] != "bridge"]
FRAMEWORKS = {"tensorflow", "jax", "torch", "keras", "flax"}


def imported(path):
    """The dotted names that a module imports, those of the package itself from its root."""
    package = ["kerasvar", *path.parts[:-1]]
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def test_there_is_something_to_look_at():
    assert len(CORE) > 40 and len(MODULES) > len(CORE) + 10
    assert "kerasvar.bridge.data" in set(imported(Path("bridge/arithmetic.py")))


@pytest.mark.parametrize("path", CORE, ids=str)
def test_the_core_never_imports_what_only_r_needs(path):
    assert not [name for name in imported(path) if name.startswith("kerasvar.bridge")]
    # Nor by a name put together at run time.
    assert not re.search("bridge", (ROOT / path).read_text(), re.IGNORECASE)


@pytest.mark.parametrize("path", CORE, ids=str)
def test_the_core_does_not_speak_of_r(path):
    text = (ROOT / path).read_text()
    # Version and coefficient names aside: `R` as a word of its own, in comments, docs or messages.
    found = [line for line in text.splitlines() if re.search(r"\bR('s)?\b|reticulate", line)]
    allowed = {"_version.py": "R package|R library", "special.py": "x R\\(x\\), R in three parts"}
    pattern = allowed.get(path.name)
    assert not [line for line in found if not (pattern and re.search(pattern, line))]


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_frameworks_are_named_by_backends_and_interop_alone(path):
    names = {name.partition(".")[0] for name in imported(path)} & FRAMEWORKS
    assert not names or path.parts[0] in ("backends", "interop")


def test_importing_the_package_leaves_the_bridge_out():
    code = "import sys, kerasvar, kerasvar.functional, kerasvar.random; print([m for m in sys.modules if 'bridge' in m])"
    assert run_python(code) == []
