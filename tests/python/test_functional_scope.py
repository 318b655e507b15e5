"""Scopes where generated programs do not go: what is stricter than the reference, and sharing."""

import asyncio
import threading

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import kerasvar
from kerasvar import random
from kerasvar.functional import FrozenDict, Scope, apply, bind, errors, freeze, init

flax_scope = pytest.importorskip("flax.core.scope")


def root(variables=None, mutable=True, **arguments):
    return Scope({} if variables is None else variables, {"params": random.key(0)}, mutable=mutable,
                 **arguments)  # fmt: skip


# ---- one tree, shared along the path -----------------------------------------------------------


def test_a_write_through_a_child_shows_in_the_parents_tree():
    variables = {}
    scope = root(variables)
    inner = scope.push("a").push("b")
    inner.put_variable("stats", "x", 1)
    assert variables == {"stats": {"a": {"b": {"x": 1}}}}
    scope.put_variable("stats", "a", {"b": {"x": 2, "y": 3}})
    assert inner.get_variable("stats", "x") == 2 and inner.get_variable("stats", "y") == 3
    inner.put_variable("stats", "x", 4)
    assert scope.variables() == {"stats": {"a": {"b": {"x": 4, "y": 3}}}}


def test_what_is_put_and_what_is_read_is_nobody_elses_dict():
    scope = root()
    given = {"b": {"x": 1}}
    scope.put_variable("stats", "a", given)
    child = scope.push("a").push("b")
    child.put_variable("stats", "x", 2)
    assert given == {"b": {"x": 1}}
    read, tree = scope.get_variable("stats", "a"), scope.variables()
    child.put_variable("stats", "x", 3)
    assert read == {"b": {"x": 2}} and tree == {"stats": {"a": {"b": {"x": 2}}}}


def test_bind_leaves_what_it_is_given_as_it_is():
    for variables in ({"stats": {"a": {"x": 1}}}, freeze({"stats": {"a": {"x": 1}}})):
        scope = bind(variables, mutable=True)
        scope.push("a").put_variable("stats", "x", 2)
        assert variables == {"stats": {"a": {"x": 1}}}
        assert scope.variables() == {"stats": {"a": {"x": 2}}}


def test_a_scope_cannot_stand_on_a_variable():
    scope = root({"params": {"a": np.ones(3)}})
    for use in (
        lambda: scope.push("a", reuse=True).get_variable("params", "x"),
        lambda: scope.push("a", reuse=True).put_variable("params", "x", 1),
    ):
        with pytest.raises(TypeError, match="'/a'.*'params'.*a variable of type ndarray"):
            use()


# ---- equality ----------------------------------------------------------------------------------


def test_scopes_are_equal_as_cursors():
    scope = root()
    child, again, other = scope.push("a"), scope.push("a", reuse=True), scope.push("b")
    assert child == again and hash(child) == hash(again) and len({child, again, other}) == 2
    assert child != other and child != scope and child != "a"
    assert child.rewound() == child != child.rewound(rewind_rngs=True)
    assert root() != root()
    child.make_rng()
    assert again.rng_counters == {"params": 1}


# ---- ended scopes ------------------------------------------------------------------------------


def test_a_scope_that_leaked_from_apply_says_so(backend):
    own = kerasvar.backends.get(backend)
    leaked = []

    def body(scope):
        leaked.extend((scope, scope.push("a"), scope.variable("stats", "x", lambda: None)))
        leaked.append(scope.child(lambda inner: inner, "b"))
        return own.tensor(np.ones(2))

    apply(body, mutable=True)({}, rngs=random.key(0))
    scope, child, reference, call = leaked
    uses = [
        lambda: scope.put_variable("stats", "y", 1),
        lambda: scope.make_rng(),
        lambda: scope.push("c"),
        lambda: scope.child(lambda inner: inner),
        lambda: scope.rewound(),
        lambda: scope.param("w", lambda key: 1),
        lambda: setattr(reference, "value", 1),
        call,
    ]
    for use in uses:
        with pytest.raises(errors.InvalidScopeError, match="no longer valid.*has ended"):
            use()
    assert scope.invalid and "no longer valid" in repr(scope)
    # Looking does no harm.
    assert reference.value is None and scope.get_variable("stats", "y", 3) == 3


def test_stricter_than_flax_children_end_with_their_parents():
    def leak(library, key):
        leaked = []

        def body(scope):
            leaked.append(scope.push("a"))
            leaked.append(scope.push("b").rewound())
            scope.put_variable("stats", "y", 0)

        _, tree = library.apply(body, mutable=True)({}, rngs=key)
        return leaked, tree

    leaked, tree = leak(kerasvar.functional, random.key(0))
    for scope in leaked:
        assert scope.invalid
        with pytest.raises(errors.InvalidScopeError):
            scope.put_variable("stats", "x", 1)
    assert tree == {"stats": {"y": 0}}
    # There, the tree that was handed back is changed behind its owner's back.
    (child, _), tree = leak(flax_scope, jax.random.key(0))
    child.put_variable("stats", "x", 1)
    assert tree == {"stats": {"y": 0, "a": {"x": 1}}}


def test_temporary_ends_also_when_something_is_raised():
    scope = root()
    with pytest.raises(KeyError), scope.temporary() as same:
        assert same is scope and not scope.invalid
        raise KeyError
    assert scope.invalid


# ---- transformations ---------------------------------------------------------------------------


def uses_of(scope):
    return [
        lambda: scope.put_variable("stats", "x", 1),
        lambda: scope.make_rng(),
        lambda: scope.push("a"),
        lambda: scope.child(lambda inner: inner, "b"),
        lambda: scope.rewound().make_rng(),
        lambda: scope.param("w", lambda key: 1),
    ]


_X = np.float32(1)
TRANSFORMATIONS = {
    "jit": lambda f: jax.jit(f)(_X),
    "grad": lambda f: jax.grad(f)(_X),
    "vmap": lambda f: jax.vmap(f)(np.ones(2, np.float32)),
    "eval_shape": lambda f: jax.eval_shape(f, _X),
    "scan": lambda f: jax.lax.scan(lambda c, _: (f(c), None), _X, None, length=2),
    "tf.function": lambda f: _tf_function(f),
    "torch.func.grad": lambda f: _torch_grad(f),
}


@pytest.fixture(params=TRANSFORMATIONS)
def transform(request):
    """Calls a function of one number under each framework's transformations in turn."""
    return TRANSFORMATIONS[request.param]


def _tf_function(f):
    tf = pytest.importorskip("tensorflow")
    return tf.function(f, autograph=False)(tf.constant(1.0))


def _torch_grad(f):
    torch = pytest.importorskip("torch")
    return torch.func.grad(f)(torch.tensor(1.0))


def test_a_scope_does_not_belong_into_another_transformation(transform):
    scope = root()
    for use in uses_of(scope):

        def body(x, use=use):
            use()
            return x * 2

        with pytest.raises(errors.JaxTransformError, match="outside the transformation"):
            transform(body)
    assert scope.variables() == {} and scope.rng_counters == {"params": 0}


def test_a_scope_does_not_outlive_the_transformation_it_was_made_in(transform):
    leaked = []

    def body(x):
        leaked.append(bind({}, mutable=True))
        return x * 2

    transform(body)
    with pytest.raises(errors.JaxTransformError, match="or inside one that has ended"):
        leaked[0].put_variable("stats", "x", 1)


@pytest.mark.parametrize(
    "context",
    [
        lambda: jax.set_mesh(jax.make_mesh((1,), ("a",))),
        lambda: jax.named_scope("a"),
        jax.disable_jit,
        jax.ensure_compile_time_eval,
    ],
)
def test_what_is_no_transformation_does_no_harm(context):
    scope = root()
    with context():
        for use in uses_of(scope):
            use()
    assert scope.variables() == {"stats": {"x": 1}, "params": {"w": 1}}


def test_reading_is_allowed_everywhere(transform):
    scope = bind({"params": {"w": np.float32(2)}})
    seen = []

    def body(x):
        # The names are free again in each step of a scan.
        seen.append(scope.rewound().param("w", lambda key: np.zeros((), np.float32)))
        return x * seen[-1]

    transform(body)
    assert set(map(float, seen)) == {2.0}


def test_an_initializer_may_use_the_scope_while_its_shape_is_found():
    def body(scope):
        make = lambda key: jax.random.uniform(scope.make_rng("noise"), (2,))
        return scope.param("w", make), scope.make_rng("noise")

    key = {"noise": jax.random.key(1), "params": jax.random.key(0)}
    _, variables = init(body)(key)
    (kernel, after), (their_kernel, their_after) = (
        library.apply(body)(variables, rngs=key) for library in (kerasvar.functional, flax_scope)
    )
    assert (kernel == their_kernel).all()
    assert (jax.random.key_data(after) == jax.random.key_data(their_after)).all()


# ---- the rest ----------------------------------------------------------------------------------


def test_names():
    scope = root()
    scope.reserve("w", "params")
    scope.reserve("w", "stats")
    assert scope.name_reserved("w") and not scope.name_reserved("w", "cache")
    for again in (lambda: scope.reserve("w", "params"), lambda: scope.push("w")):
        with pytest.raises(ValueError, match="'w' is in use already in scope '/'"):
            again()
    assert [scope.push(prefix="layer").name for _ in range(2)] == ["layer0", "layer1"]
    for wrong in (lambda: scope.reserve(3), lambda: scope.push(3), lambda: scope.param(3, None)):
        with pytest.raises(TypeError, match="must be strings. Received: 3 .type int"):
            wrong()


def test_children_take_the_functions_name():
    def dense(scope):
        return scope.path_text

    scope = root()
    assert [scope.child(dense)() for _ in range(2)] == ["/dense_0", "/dense_1"]
    assert scope.child(dense, prefix="p")() == "/p0"
    assert scope.child(dense, "named").__wrapped__ is dense


def test_calling_a_child_again_shares_variables_and_goes_on_counting_keys():
    def body(scope):
        def draw(inner, offset, sign=1):
            value = inner.param("w", lambda key: random.uniform(key)) + offset
            return sign * value, inner.make_rng()

        call = scope.child(draw, "draw", sign=-1)
        return call(0.0), call(1.0), call(1.0, sign=1)

    ((first, one), (second, two), (third, _)), variables = init(body)(random.key(0))
    kernel = variables["params"]["draw"]["w"]
    assert (first, second, third) == (-kernel, -(kernel + 1), kernel + 1)
    assert one.tolist() != two.tolist()


def test_jaxs_profiles_show_the_child():
    def lowered(library, named):
        def body(scope, x):
            return scope.child(lambda _, x: jnp.sin(x), "shown", named_call=named)(x)

        text = jax.jit(lambda x: library.apply(body)({}, x)).lower(1.0)
        return "shown" in text.as_text(debug_info=True)

    for named in (True, False):
        assert lowered(kerasvar.functional, named) is lowered(flax_scope, named) is named


def test_flags():
    scope = root(flags={"train": True}).push("a")
    assert scope.has_flag("train") and scope.get_flag("train") and not scope.has_flag("other")
    assert scope.get_flag("other", 3) == 3 and isinstance(scope.flags, FrozenDict)
    # The reference returns the exception in place of raising it.
    with pytest.raises(ValueError, match="'/a' has no flag 'other'; it has: train"):
        scope.get_flag("other")


def test_threads_and_tasks_do_not_disturb_each_other():
    """A shape check in one thread does not switch off the other's check for transformations."""
    outcomes = []

    def body(scope, x):
        def slow(key):
            outcomes.append(other_thread(scope))
            return np.zeros(2, np.float32)

        return scope.param("w", slow)

    def other_thread(scope):
        found = []

        def use():
            try:
                jax.jit(lambda x: (scope.make_rng(), x)[1])(1.0)
            except errors.JaxTransformError:
                found.append("refused")

        thread = threading.Thread(target=use)
        thread.start()
        thread.join()
        return found

    apply(body)({"params": {"w": np.zeros(2, np.float32)}}, 1, rngs=random.key(0))
    assert outcomes and all(found == ["refused"] for found in outcomes)

    async def draw(seed):
        scope = bind({}, rngs={"params": random.key(seed)})
        await asyncio.sleep(0)
        return scope.make_rng().tolist()

    async def several():
        return await asyncio.gather(*(draw(seed) for seed in (0, 1, 0)))

    a, b, again = asyncio.run(several())
    assert a == again != b
