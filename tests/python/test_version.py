"""One version number: DESCRIPTION states it, and everything else reads it there."""

import re
import runpy
import shutil
from pathlib import Path

import pytest

import kerasvar

ROOT = Path(__file__).parents[2]
MODULE = ROOT / "inst" / "python" / "kerasvar" / "_version.py"


def stated():
    return re.search(r"^Version: (\S+)$", (ROOT / "DESCRIPTION").read_text(encoding="utf-8"), re.MULTILINE)[1]


def version_at(module):
    return runpy.run_path(str(module))["__version__"]


def test_the_module_says_what_description_says():
    assert kerasvar.__version__ == stated()


def test_pyproject_finds_the_same_version_and_states_none():
    tomllib = pytest.importorskip("tomllib", reason="Python 3.10 has no TOML reader")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["dynamic"] == ["version"]
    rule = project["tool"]["hatch"]["version"]
    found = re.search(rule["pattern"], (ROOT / rule["path"]).read_text(encoding="utf-8"), re.MULTILINE)
    assert found["version"] == stated()


@pytest.mark.parametrize("description, module", [
    pytest.param("DESCRIPTION", "inst/python/kerasvar/_version.py", id="source tree"),
    pytest.param("DESCRIPTION", "python/kerasvar/_version.py", id="R library"),
    pytest.param("kerasvar/DESCRIPTION", "kerasvar/_version.py", id="wheel"),
])
def test_wherever_it_is_installed_the_version_is_found(tmp_path, description, module):
    for file in (description, module):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    text = "Package: kerasvar\nTitle: A Title: With a Colon\nVersion: 7.8.9\nDescription: Several\n    lines.\n"
    (tmp_path / description).write_text(text, encoding="utf-8")
    shutil.copy(MODULE, tmp_path / module)
    assert version_at(tmp_path / module) == "7.8.9"


def test_another_packages_description_is_not_ours(tmp_path):
    (tmp_path / "python" / "kerasvar").mkdir(parents=True)
    (tmp_path / "DESCRIPTION").write_text("Package: other\nVersion: 7.8.9\n", encoding="utf-8")
    shutil.copy(MODULE, tmp_path / "python" / "kerasvar")
    with pytest.raises(RuntimeError, match="incomplete"):
        version_at(tmp_path / "python" / "kerasvar" / "_version.py")
