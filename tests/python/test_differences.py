"""The page of differences from Keras: its tests exist, its names are Keras's and ours."""

import functools
import pathlib
import re

import pytest

import kerasvar
from keras_oracle import ask_keras

HERE = pathlib.Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "differences.md"


@functools.cache
def page():
    if not PAGE.exists():
        pytest.skip("the docs are not beside the tests")
    return PAGE.read_text(encoding="utf-8")


def rows(heading):
    section = page().split(f"## {heading}")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_each_difference_names_tests_that_exist():
    found = rows("Differences")
    assert len(found) > 20
    for row in found:
        tests = row[-1].split()
        assert tests, row
        for test in tests:
            file, name = test.split("::")
            source = (HERE / file).read_text(encoding="utf-8")
            assert re.search(rf"^def {name}\(", source, re.M), test


def resolve(name):
    value = kerasvar
    for part in name.split(".")[1:]:
        value = getattr(value, part)
    return value


def test_our_names_are_there():
    for _, ours in rows("Keras's names, and ours"):
        assert resolve(ours.strip("`")) is not None


def test_every_public_attribute_of_keras_s_variable_is_listed_and_is_ours():
    listed = [theirs.strip("`") for theirs, _ in rows("Keras's names, and ours")]
    program = f"""
import json, keras
public = [n for n in dir(keras.Variable) if not n.startswith("_")]
dunder = [n for n in dir(keras.Variable) if n.startswith("__") and n.endswith("__")]
missing = []
for name in {listed!r}:
    value = keras
    for part in name.split(".")[1:]:
        value = getattr(value, part, None)
    if value is None:
        missing.append(name)
print(json.dumps([public, dunder, missing]))
"""
    public, dunder, missing = ask_keras("jax", program)
    assert {f"keras.Variable.{name}" for name in public} == {
        name for name in listed if name.startswith("keras.Variable.")
    }
    for name in public + dunder:
        assert hasattr(kerasvar.Variable, name), name
    assert missing == []
