"""Axis metadata against flax.core.meta, and a class of a test's own."""

import jax
import jax.numpy as jnp
import numpy as np
import optree
import pytest

import kerasvar
from kerasvar.functional import apply, bind, errors, init, meta

theirs = pytest.importorskip("flax.core.meta")
flax_scope = pytest.importorskip("flax.core.scope")



class Counted(meta.AxisMetadata):
    """Axis metadata that count the axes that were added; registered as a pytree nowhere."""

    def __init__(self, value, count=0):
        self.value = value
        self.count = count

    def unbox(self):
        return self.value

    def replace_boxed(self, val):
        return Counted(val, self.count)

    def add_axis(self, index, params):
        return Counted(self.value, self.count + 1)

    def remove_axis(self, index, params):
        return Counted(self.value, self.count - 1)


def tree(library):
    box = library.Partitioned
    return {
        "kernel": box(1.0, ("in", "out")),
        "plain": 2.0,
        "twice": {"deep": box(box(3.0, ("inner",)), ("outer", None))},
        "none": None,
        "list": [4.0, box(5.0, (None,))],
    }


def seen(x):
    """Axis metadata as tuples, so that those of two libraries compare."""
    if type(x).__name__ == "Partitioned":
        return ("box", seen(x.value), x.names, x.mesh)
    if isinstance(x, dict):
        return {key: seen(value) for key, value in x.items()}
    if isinstance(x, list):
        return [seen(value) for value in x]
    return x


def both(function):
    """(what the function does with our module, what it does with flax's)."""
    return seen(function(meta)), seen(function(theirs))


@pytest.mark.parametrize(
    "function",
    [
        lambda m: m.unbox(tree(m)),
        lambda m: m.unbox(m.Partitioned(m.Partitioned(1, ("a",)), ("b",))),
        lambda m: m.unbox(3),
        lambda m: m.replace_boxed(tree(m), jax.tree.map(lambda x: -x, m.unbox(tree(m)))),
        lambda m: m.replace_boxed(
            {"a": m.Partitioned(1, ("x",)), "b": 1}, {"a": {"c": 2}, "b": [3]}
        ),
        lambda m: m.map_axis_meta(lambda box: box.names, tree(m)),
        lambda m: m.add_axis(tree(m), 1, {m.PARTITION_NAME: "new"}),
        lambda m: m.add_axis(tree(m), 4, {m.PARTITION_NAME: "new"}),
        lambda m: m.add_axis(tree(m), -1, {m.PARTITION_NAME: None}),
        lambda m: m.remove_axis(m.add_axis(tree(m), 0, {m.PARTITION_NAME: "n"}), 0,
                                {m.PARTITION_NAME: "n"}),
        lambda m: m.get_partition_spec({**tree(m), "array": np.ones(2), "text": "x"}),
        lambda m: m.Partitioned(1, (("a", "b"), None)).get_partition_spec(),
        lambda m: m.with_partitioning(lambda shape: np.zeros(shape), ("a",))((2,)).names,
        lambda m: m.with_partitioning(jax.nn.initializers.zeros, ("a",)).__name__,
        lambda m: [m.is_axis_metadata(x) for x in (m.Partitioned(1, ()), 1, None)],
        lambda m: m.Partitioned(1, ("a",)).replace(names=("b",)),
        lambda m: m.Partitioned(1, ("a",)) == m.Partitioned(1, ("a",)),
        lambda m: jax.tree.leaves(tree(m)),
        lambda m: jax.tree.map(lambda x: x + 1, tree(m)),
        lambda m: jax.tree_util.tree_flatten_with_path(m.Partitioned(1, ("a",)))[0],
        lambda m: jax.jit(lambda x: x)(m.Partitioned(1.0, ("a",))),
    ],
)  # fmt: skip
def test_it_does_what_flax_does(function):
    ours, expected = both(function)
    assert ours == expected


@pytest.mark.parametrize(
    ("function", "error"),
    [
        (lambda m: m.Partitioned(1, ("a",)).add_axis(0, {}), "PartitioningUnspecifiedError"),
        (lambda m: m.Partitioned(1, ("a",)).remove_axis(0, {}), "PartitioningUnspecifiedError"),
        (
            lambda m: m.Partitioned(1, ("a",)).remove_axis(0, {"partition_name": "b"}),
            "AssertionError",
        ),
        (lambda m: m.Partitioned(1, ("a",)).remove_axis(3, {"partition_name": "a"}), "IndexError"),
        (lambda m: setattr(m.Partitioned(1, ("a",)), "names", ()), "FrozenInstanceError"),
        (lambda m: m.replace_boxed({"a": m.Partitioned(1, ())}, {"a": 1, "b": 2}), "ValueError"),
        (lambda m: m.AxisMetadata(), "TypeError"),
        (lambda m: hash(m.Partitioned(jnp.ones(2), ())), "TypeError"),
    ],
)
def test_it_fails_where_flax_fails(function, error):
    for library in (meta, theirs):
        with pytest.raises(Exception) as caught:
            function(library)
        assert type(caught.value).__name__ == error


def test_shardings_are_flaxs():
    mesh = jax.sharding.Mesh(np.array(jax.devices()[:1]).reshape(1, 1), ("a", "b"))

    def shardings(m):
        boxed = m.Partitioned(jnp.ones((2, 2)), ("a", None), mesh)
        assert m.unbox(boxed).shape == (2, 2)
        # A mesh has no axis of that name: reading applies the constraint, unless it is not wanted.
        wrong = m.Partitioned(jnp.ones((2, 2)), ("other", None), mesh)
        with pytest.raises(ValueError, match="other"):
            wrong.unbox()
        assert wrong.unbox(apply_constraint=False) is wrong.value
        given = {"x": boxed, "y": jnp.ones(2), "z": "text"}
        return m.get_sharding(given, mesh), boxed.get_sharding(mesh), boxed.unbox().sharding

    ours, expected = both(shardings)
    assert ours == expected


def test_a_mesh_in_force_is_used():
    mesh = jax.make_mesh((1,), ("a",))
    for library in (meta, theirs):
        with jax.set_mesh(mesh), pytest.raises(ValueError, match="other"):
            library.Partitioned(jnp.ones((2, 2)), ("other", None)).unbox()


def test_without_jax_specs_are_tuples_of_names():
    spec = meta.PartitionSpec("a", None, ("b", "c"))
    assert spec == ("a", None, ("b", "c")) and repr(spec) == "PartitionSpec('a', None, ('b', 'c'))"


def test_boxes_of_ones_own():
    boxed = {"a": Counted(1), "b": 2}
    assert meta.unbox(boxed) == {"a": 1, "b": 2}
    assert meta.unbox(Counted(Counted(3))) == 3
    assert meta.add_axis(boxed, 0, {})["a"].count == 1
    replaced = meta.replace_boxed(meta.remove_axis(boxed, 0, {}), {"a": 5, "b": 6})
    assert (replaced["a"].value, replaced["a"].count, replaced["b"]) == (5, -1, 6)


def program(m):
    """Boxed variables, assigned in every way; returns what they read as."""

    def body(scope):
        two = np.ones((2, 2), np.float32)
        make = m.with_partitioning(lambda *_: two, ("a", "b"))
        read = [scope.param("w", make), scope.get_variable("params", "w")]
        plain = scope.variable("stats", "plain", make)
        plain.value = 2 * two
        seen_boxed = scope.variable("stats", "boxed", make, unbox=False)
        read.append(seen_boxed.value)
        seen_boxed.value = 3 * two
        other = scope.variable("stats", "other", make)
        other.value = {"of another": two}
        within = scope.variable("stats", "within", lambda: {"x": m.Partitioned(1, ("n",)), "y": 2})
        within.value = {"x": 3, "y": 4}
        twice = scope.variable("stats", "twice", lambda: m.Partitioned(1, ("n",)))
        twice.value = m.Partitioned(2, ("more",))
        return [*read, plain.value, seen_boxed.value, other.value, within.value, twice.value]

    return body


def arrays_as_lists(x):
    return jax.tree.map(lambda leaf: np.asarray(leaf).tolist(), x)


def test_a_variable_keeps_its_box_when_it_is_assigned():
    ours = init(program(meta))(kerasvar.random.key(0))
    expected = flax_scope.init(program(theirs))(jax.random.key(0))
    assert seen(list(arrays_as_lists(ours))) == seen(list(arrays_as_lists(expected)))


def test_boxes_on_every_backend(backend):
    own = kerasvar.backends.get(backend)

    def body(scope, factor):
        make = meta.with_partitioning(
            lambda key: own.tensor(kerasvar.random.uniform(key, (2, 3))), ("in", None)
        )
        kernel = scope.param("kernel", make)
        zeros = meta.with_partitioning(lambda: kernel * 0, ("in",))
        total = scope.variable("stats", "total", zeros)
        if scope.is_mutable_collection("stats"):
            total.value = total.value + factor * kernel
        return kernel

    kernel, variables = init(body)(kerasvar.random.key(0), 2.0)
    assert variables["params"]["kernel"].names == ("in", None)
    assert variables["stats"]["total"].names == ("in",)
    assert own.is_tensor(kernel)
    _, changed = apply(body, mutable="stats")(variables, 2.0)
    assert changed["stats"]["total"].names == ("in",)
    expected = 4 * own.host(kernel)
    np.testing.assert_array_equal(own.host(changed["stats"]["total"].value), expected)
    with pytest.raises(errors.ScopeParamShapeError, match=r"\(2, 3\).*\(3,\)"):
        other = meta.with_partitioning(lambda key: own.tensor(np.ones(3)), ())
        bind(variables).param("kernel", other)


def test_optree_knows_boxes():
    box = meta.Partitioned(1, ("a",))
    assert optree.tree_map(lambda x: x + 1, {"x": box}) == {"x": box.replace(value=2)}
