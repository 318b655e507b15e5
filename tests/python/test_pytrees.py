"""Our containers in the tree utilities of the frameworks, whichever is imported first."""

import importlib
import os
import subprocess
import sys

import optree
import pytest

from kerasvar import backends
from kerasvar.functional import FrozenDict, LazyRng, freeze, meta
from kerasvar.functional import pytrees

# Each instance with its leaves.
INSTANCES = (
    "((freeze({'a': {'b': 1}}), [1]), (LazyRng(2, ('x',)), [2]), "
    "(meta.Partitioned(3, (None,)), [3]))"
)
IMPORT_OURS = "from kerasvar.functional import FrozenDict, LazyRng, freeze, meta\nimport sys\n"
IMPORT_TREES = {
    "jax": "import jax.tree_util as trees\n",
    "torch": "import torch, torch.utils._pytree as trees\n",
}
CHECK = (
    "for x, leaves in made:\n"
    "    assert trees.tree_leaves(x) == leaves, x\n"
    "    assert trees.tree_map(lambda leaf: leaf, x) == x\n"
)
frameworks = pytest.mark.parametrize("framework", IMPORT_TREES)


def run(framework, *lines):
    pytest.importorskip(framework)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    program = "".join(lines)
    subprocess.run([sys.executable, "-c", program], check=True, env=environment)


@frameworks
def test_a_framework_that_is_there_before(framework):
    run(framework, IMPORT_TREES[framework], IMPORT_OURS, f"made = {INSTANCES}\n", CHECK)


@frameworks
def test_a_framework_that_is_imported_after(framework):
    run(
        framework,
        IMPORT_OURS,
        f"before = sys.meta_path[:]\nmade = {INSTANCES}\n"
        f"assert {framework!r} not in sys.modules and sys.meta_path == before\n",
        IMPORT_TREES[framework],
        # What the documentation says of instances that are older than the framework: leaves, until
        # kerasvar is next used.
        "assert [trees.tree_leaves(x) for x, _ in made] == [[x] for x, _ in made]\n",
        f"made = (*made, *{INSTANCES})\n",
        CHECK,
    )


@frameworks
@pytest.mark.parametrize(
    "use",
    [
        "freeze({})",
        "frozen['a']",
        "pickle.loads(pickled_rng)",
        "copy.copy(partitioned)",
        "LazyRng(0)",
        "meta.Partitioned(0, ())",
        "kerasvar.functional.bind({})",
        "kerasvar.Variable(1.0, backend=FRAMEWORK)",
        "kerasvar.backends.get(FRAMEWORK)",
    ],
)
def test_the_next_use_of_kerasvar_makes_containers_of_older_instances(framework, use):
    run(
        framework,
        IMPORT_OURS,
        "import copy, pickle, kerasvar, kerasvar.backends\n",
        "frozen, partitioned = freeze({'a': {'b': 1}}), meta.Partitioned(1, ())\n",
        "pickled_rng = pickle.dumps(LazyRng(0))\n",
        IMPORT_TREES[framework],
        use.replace("FRAMEWORK", repr(framework)) + "\n",
        "assert trees.tree_leaves(frozen) == [1]\n",
    )


@pytest.fixture
def container():
    class Pair(pytrees.Container):
        def __init__(self, first, second):
            self.first, self.second = first, second

    pytrees.register(
        Pair,
        lambda pair: ((pair.first, pair.second), ("first", "second"), None),
        lambda rest, children: Pair(*children),
    )
    return Pair


def test_a_class_that_is_registered_later_is_a_container_at_once(container):
    jax = pytest.importorskip("jax")
    torch_trees = pytest.importorskip("torch.utils._pytree")
    pair = container(1, {"x": 2})
    for leaves in (optree.tree_leaves, jax.tree.leaves, torch_trees.tree_leaves):
        assert leaves(pair) == [1, 2]
    (path, _), _ = jax.tree_util.tree_flatten_with_path(pair)[0]
    assert jax.tree_util.keystr(path) == ".first"
    (path, _), _ = torch_trees.tree_flatten_with_path(pair)[0]
    assert torch_trees.keystr(path) == ".first"


def test_paths_name_keys_and_attributes():
    jax = pytest.importorskip("jax")
    torch_trees = pytest.importorskip("torch.utils._pytree")
    tree = freeze({"a": meta.Partitioned(1, (None,)), "b": LazyRng(2)})
    for trees in (jax.tree_util, torch_trees):
        paths = [trees.keystr(path) for path, _ in trees.tree_flatten_with_path(tree)[0]]
        assert paths == ["['a'].value", "['b'].rng"]
    assert isinstance(tree, FrozenDict)


def test_a_module_that_is_being_imported_is_not_imported_yet(tmp_path, monkeypatch):
    name = "kerasvar_test_package"
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / f"{name}.py").write_text(
        "from kerasvar import backends\nseen = backends.is_imported(__name__)"
    )
    importlib.invalidate_caches()
    try:
        assert importlib.import_module(name).seen is False
        assert backends.is_imported(name)
    finally:
        sys.modules.pop(name, None)
