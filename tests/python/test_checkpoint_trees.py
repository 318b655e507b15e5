"""What can be saved besides lists of variables: trees, keys, optimizers' states, others' variables."""

import collections

import numpy as np
import pytest

import kerasvar
from conftest import host
from kerasvar import checkpoint, functional, random
from kerasvar.functional.meta import Partitioned

Pair = collections.namedtuple("Pair", ["mu", "nu"])


@pytest.fixture
def path(tmp_path):
    return tmp_path / "values.safetensors"


def tensor(backend, value):
    return kerasvar.backends.get(backend).tensor(np.asarray(value, np.float32), copy=True)


def test_a_tree_comes_back_with_its_form(backend, path):
    tree = {
        "params": {"dense": {"kernel": tensor(backend, [[1, 2]]), "bias": tensor(backend, [3])}},
        "list": [tensor(backend, [4]), (tensor(backend, [5]), None)],
        "state": Pair(tensor(backend, 6), {}),
        0: {"int": tensor(backend, 7)},
        "plain": [1, True, 0.1, float("inf"), 1 - 2j, "text", b"\xff", None],
    }
    checkpoint.save(path, tree)
    read = checkpoint.load(path)
    assert list(read) == list(tree)
    assert read["params"]["dense"]["kernel"].tolist() == [[1, 2]]
    assert read["list"][0] == [4] and read["list"][1] == (np.float32([5]), None)
    assert read["state"] == (6, {}) and type(read["state"]) is tuple
    assert read[0]["int"] == 7
    assert read["plain"] == tree["plain"] and [type(x) for x in read["plain"]] == [type(x) for x in tree["plain"]]
    assert "params/dense/kernel" in checkpoint.describe(path)
    # As tensors of a backend, since no variables were saved.
    read = checkpoint.load(path, backend=backend)
    assert kerasvar.backends.get(backend).is_tensor(read[0]["int"])
    # Into a tree of that form: with its classes, and what cannot be changed is made anew.
    blank = {**tree, "state": Pair(tensor(backend, 0), {}), "plain": [0] * 8}
    filled = checkpoint.load(path, blank)
    assert type(filled["state"]) is Pair and float(filled["state"].mu) == 6
    assert float(blank["state"].mu) == 0
    assert filled["plain"] == tree["plain"] and filled["list"][1][1] is None
    assert kerasvar.backends.get(backend).is_tensor(filled[0]["int"])


def test_variables_in_a_tree_are_loaded_in_place(variable, path):
    w, b = variable(np.ones(2, np.float32), name="w"), variable(np.float32([5]), name="b")
    tree = {"model": [w, b], "mean": w, "epoch": 3}
    checkpoint.save(path, tree)
    assert list(checkpoint.describe(path)) == ["model/w", "model/b", "mean"]
    w.assign(np.zeros(2))
    with pytest.raises(ValueError, match="'epoch' has no|'more' is not in the file"):
        checkpoint.load(path, {**tree, "more": 1})
    filled = checkpoint.load(path, {"model": [w, b], "mean": w, "epoch": 0})
    assert filled["epoch"] == 3 and filled["model"] == [w, b] and filled["mean"] is w
    assert w.numpy().tolist() == [1, 1]
    read = checkpoint.load(path)
    assert read["model"]["w"].tolist() == [1, 1] and read["epoch"] == 3


def test_names_with_slashes_are_paths(variable, path):
    with kerasvar.name_scope("a"):
        v = variable(np.ones(2, np.float32), name="b")
    checkpoint.save(path, [v])
    nested = {"a": {"b": variable(np.zeros(2, np.float32), name="x")}}
    checkpoint.load(path, nested)
    assert nested["a"]["b"].numpy().tolist() == [1, 1]
    with pytest.raises(ValueError, match="Several of `variables` have the same path: 'a/b'$"):
        checkpoint.save(path, {"a/b": v, **{"a": {"b": np.ones(2)}}})


def test_a_functional_scope(backend, path):
    def model(scope, x):
        kernel = scope.param("kernel", lambda key: Partitioned(tensor(backend, np.ones((2, 3))), ("in", None)))
        count = scope.variable("counts", "n", lambda: tensor(backend, 0))
        count.value = count.value + 1
        return kernel

    _, tree = functional.init(model)(random.key(0), 1)
    checkpoint.save(path, tree)
    read = checkpoint.load(path, backend=backend)
    assert list(read) == list(tree) and isinstance(read, type(functional.unfreeze(tree)))
    kernel = read["params"]["kernel"]
    assert kernel.names == ("in", None) and host(kernel.value).sum() == 6
    checkpoint.save(path, functional.freeze(tree))
    assert isinstance(checkpoint.load(path), functional.FrozenDict)

    variables = functional.variables_from(tree, backend)
    checkpoint.save(path, variables)
    assert sorted(checkpoint.describe(path)) == ["counts/n", "params/kernel"]
    for v in variables:
        v.assign(np.zeros(v.shape))
    checkpoint.load(path, variables)
    assert [v.numpy().sum() for v in variables.collection("params")] == [6]


def test_keys(path):
    key = random.key(3)
    checkpoint.save(path, key)
    np.testing.assert_array_equal(checkpoint.load(path), key)
    jax = pytest.importorskip("jax")
    for implementation in ("threefry2x32", "rbg"):
        own = jax.random.key(3, impl=implementation)
        keys = jax.random.split(own, 4)
        checkpoint.save(path, {"rng": own, "all": keys})
        assert checkpoint.describe(path)["rng"]["kind"] == "key"
        for read in (checkpoint.load(path, backend="jax"), checkpoint.load(path, {"rng": jax.random.key(0, impl=implementation), "all": keys})):
            assert read["rng"] == own and (read["all"] == keys).all()
            assert jax.random.key_impl(read["rng"]) == jax.random.key_impl(own)
        assert checkpoint.load(path)["rng"].tolist() == jax.random.key_data(own).tolist()


def test_the_state_of_optax(path):
    optax, jax = pytest.importorskip("optax"), pytest.importorskip("jax")
    params = {"w": jax.numpy.arange(3.0)}
    optimizer = optax.chain(optax.clip(1.0), optax.inject_hyperparams(optax.adamw)(0.1))
    state = optimizer.init(params)
    _, state = optimizer.update({"w": jax.numpy.ones(3)}, state, params)
    checkpoint.save(path, state)
    filled = checkpoint.load(path, optimizer.init(params))
    assert jax.tree.structure(filled) == jax.tree.structure(state)
    assert all((a == b).all() for a, b in zip(jax.tree.leaves(filled), jax.tree.leaves(state)))


def test_the_state_of_a_torch_optimizer(path):
    torch = pytest.importorskip("torch")
    model = torch.nn.Linear(2, 1)

    def stepped(optimizer):
        optimizer.zero_grad()
        model(torch.ones(1, 2)).sum().backward()
        optimizer.step()
        return optimizer

    optimizer = stepped(torch.optim.AdamW(model.parameters(), lr=0.1))
    checkpoint.save(path, {"optimizer": optimizer.state_dict(), "model": dict(model.named_parameters())})
    saved = [p.detach().clone() for p in model.parameters()]
    stepped(optimizer)
    expected = [p.detach().clone() for p in model.parameters()]

    other = torch.optim.AdamW(model.parameters(), lr=0.5)
    read = checkpoint.load(path, backend="torch")
    other.load_state_dict(read["optimizer"])
    # Parameters are variables: what is loaded into them is in the model.
    checkpoint.load(path, {"model": dict(model.named_parameters())}, only=lambda name: name.startswith("model/"))
    assert all(torch.equal(p, x) for p, x in zip(model.parameters(), saved))
    stepped(other)
    assert all(torch.equal(p, x) for p, x in zip(model.parameters(), expected))


def test_variables_of_others(path):
    tf, keras = pytest.importorskip("tensorflow"), pytest.importorskip("keras")
    layer = keras.layers.Dense(2, name="dense")
    layer.build((None, 3))
    v = tf.Variable([1.0, 2.0])
    checkpoint.save(path, {"layer": layer.variables, "v": v})
    assert list(checkpoint.describe(path)) == ["layer/dense/kernel", "layer/dense/bias", "v"]
    kernel = layer.kernel.numpy()
    layer.kernel.assign(np.zeros((3, 2)))
    v.assign([0.0, 0.0])
    checkpoint.load(path, {"layer": layer.variables, "v": v})
    np.testing.assert_array_equal(layer.kernel.numpy(), kernel)
    assert v.numpy().tolist() == [1, 2]
    # Names that are given by counting go on as if nothing had been saved.
    assert kerasvar.Variable(1.0, backend="numpy").name == "variable"


@pytest.mark.parametrize(
    ("tree", "error", "words"),
    [
        ({1.5: np.ones(1)}, TypeError, "must have text or integers as keys. Received: 1.5"),
        ({"a": object()}, TypeError, "must be Variables, tensors, or lists and dicts"),
        ({"a": {"__metadata__": 1}, "b": np.ones(1)}, None, ""),
        ({"__metadata__": np.ones(1)}, ValueError, "safetensors keeps the path '__metadata__'"),
        ({"a": np.array([object()])}, TypeError, "'a' holds Python objects that are no text"),
        ({"a": np.zeros(2, "M8[s]")}, TypeError, "'a' is of a dtype that no file can hold"),
    ],
)
def test_what_cannot_be_saved(path, tree, error, words):
    if error is None:
        checkpoint.save(path, tree)
        return
    with pytest.raises(error, match=words):
        checkpoint.save(path, tree)
    assert not path.exists()


def test_a_tree_without_end(path):
    tree = {"a": np.ones(1)}
    tree["b"] = tree
    with pytest.raises(ValueError, match="nested too deep, or holds itself"):
        checkpoint.save(path, tree)
