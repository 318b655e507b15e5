"""Random numbers against `jax.random`, the published test vectors of Threefry, and exact fractions."""

import functools
import hashlib
import os
import subprocess
import sys
import tracemalloc
from fractions import Fraction

import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasvar import random
from kerasvar.backends._abstract import AbstractArray
from kerasvar.random import fma, special, threefry

FLOATS = ("float16", "bfloat16", "float32", "float64")
UNSIGNED = ("uint8", "uint16", "uint32", "uint64")
SIGNED = ("int8", "int16", "int32", "int64")
# Each new shape costs a compilation in jax. The last one crosses the edge of a chunk.
SHAPES = ((), (1,), (7,), (0,), (3, 0, 2), (4, 5), (2, 3, 4), (threefry.CHUNK + 3,))
seeds = st.integers(-(2**63), 2**63 - 1)
shapes = st.sampled_from(SHAPES)
few_shapes = st.sampled_from([(), (3, 0, 2), (threefry.CHUNK + 3,)])


def numpy_of(dtype):
    return np.dtype(getattr(ml_dtypes, dtype, dtype))


def oracle(name, seed, *args, **kwargs):
    """What `jax.random` gives for the default key of a seed, with 64-bit types at hand."""
    key = np.asarray(jax.random.key_data(jax.random.key(seed)))
    with jax.enable_x64(True):
        return np.asarray(getattr(jax.random, name)(jnp.asarray(key), *args, **kwargs))


def agree(name, seed, *args, **kwargs):
    ours = getattr(random, name)(random.key(seed), *args, **kwargs)
    assert isinstance(ours, np.ndarray)
    np.testing.assert_array_equal(ours, oracle(name, seed, *args, **kwargs), strict=True)


def ulps(a, b):
    """How many numbers of the dtype lie between a and b, elementwise."""
    assert a.dtype == b.dtype and a.shape == b.shape
    bits = a.dtype.itemsize * 8

    def rank(x):
        code = x.view(f"i{bits // 8}").astype(np.int64)
        return np.where(code < 0, -(code & (2 ** (bits - 1) - 1)), code)

    return np.abs(rank(a) - rank(b))


@functools.cache
def jax_fuses(dtype):
    """Whether XLA, on this processor, rounds a * b + c once; bfloat16 it rounds twice everywhere."""
    if dtype == "bfloat16":
        return True
    step = 2.0 ** -(np.finfo(dtype).nmant // 2 + 1)
    a, c = np.array(1 + step, dtype), np.array(-(1 + 2 * step), dtype)
    with jax.enable_x64(True):
        # The square of the step is all that remains, unless it was rounded away before.
        return float(jax.jit(lambda a, c: a * a + c)(a, c)) != 0


def skip_unless_jax_fuses(*dtypes):
    # jax's own numbers are others there: a processor of before 2013, or one without float16.
    if not all(map(jax_fuses, dtypes)):
        pytest.skip("XLA rounds otherwise on this processor")


# --- the cipher ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "counter", "expected"),
    [
        ((0, 0), (0, 0), (0x6B200159, 0x99BA4EFE)),
        ((0xFFFFFFFF, 0xFFFFFFFF), (0xFFFFFFFF, 0xFFFFFFFF), (0x1CB996FC, 0xBB002BE7)),
        ((0x13198A2E, 0x03707344), (0x243F6A88, 0x85A308D3), (0xC4923A9C, 0x483DF7A0)),
    ],
)
def test_cipher_gives_the_published_vectors(key, counter, expected):
    # The known answers that the authors publish with Random123, for 20 rounds.
    key0, key1, word0, word1 = (np.array([v], np.uint32) for v in (*key, *counter))
    threefry.encrypt(key0, key1, word0, word1)
    assert (word0[0], word1[0]) == expected


def test_high_word_of_the_counter_counts():
    key = np.array([5, 6], np.uint32)
    start = 2**32 - threefry.CHUNK
    expected = np.zeros(2, np.uint32), np.array([2**32 - 1, 0], np.uint32)
    expected[0][1] = 1
    threefry.encrypt(key[:1], key[1:], *expected)
    # Only the chunks beside the edge, not the four billion elements before them.
    edges = [threefry.chunk(key, first, first + threefry.CHUNK) for first in (start, 2**32)]
    assert edges[0][0][-1] == expected[0][0] and edges[0][1][-1] == expected[1][0]
    assert edges[1][0][0] == expected[0][1] and edges[1][1][0] == expected[1][1]


# --- keys ---------------------------------------------------------------------------------------


@given(seeds)
def test_key_is_that_of_jax(seed):
    theirs = np.asarray(jax.random.key_data(jax.random.key(seed)))
    np.testing.assert_array_equal(random.key(seed), theirs, strict=True)


@pytest.mark.parametrize("kind", [*SIGNED, *UNSIGNED])
@pytest.mark.parametrize("end", ["min", "max"])
def test_key_of_a_numpy_integer_is_that_of_jax(kind, end):
    seed = np.dtype(kind).type(getattr(np.iinfo(kind), end))
    for value in (seed, np.asarray(seed)):
        theirs = np.asarray(jax.random.key_data(jax.random.key(value)))
        np.testing.assert_array_equal(random.key(value), theirs, strict=True)


@pytest.mark.parametrize(
    "seed", [1.5, np.float32(3), np.bool_(True), [1, 2], np.arange(2), "1", None]
)
def test_key_wants_an_integer(seed):
    with pytest.raises(TypeError, match="`seed` of key"):
        random.key(seed)


@pytest.mark.parametrize("seed", [2**63, -(2**63) - 1, 10**30])
def test_key_wants_64_bits(seed):
    with pytest.raises(OverflowError, match="`seed` of key"):
        random.key(seed)


@given(seeds, st.integers(0, 2**32 - 1))
def test_fold_in(seed, data):
    agree("fold_in", seed, data)


def test_fold_in_counts_numpy_integers_modulo_2_32():
    for data in (np.int64(-1), np.int8(-7), np.uint64(2**40 + 5)):
        agree("fold_in", 3, data)


def test_fold_in_refuses():
    key = random.key(0)
    for data in (-1, 2**32):
        with pytest.raises(OverflowError, match="`data` of fold_in"):
            random.fold_in(key, data)
    for data in (1.5, "1", None):
        with pytest.raises(TypeError, match="`data` of fold_in"):
            random.fold_in(key, data)


@given(seeds, st.sampled_from([0, 1, 2, 5, (), (2, 3), (0, 2), [3]]))
def test_split(seed, num):
    agree("split", seed, num)


@pytest.mark.parametrize(
    "key",
    [
        None,
        3,
        [0, 1],
        "key",
        np.zeros(2, np.int32),
        np.zeros(3, np.uint32),
        np.uint32(1),
        np.zeros(2),
    ],
)
def test_what_is_no_key_is_refused(key):
    for name in ("bits", "normal", "split"):
        with pytest.raises(TypeError, match=f"`key` of {name}"):
            getattr(random, name)(key)


# --- agreement ----------------------------------------------------------------------------------


@given(st.sampled_from(UNSIGNED), seeds, shapes)
def test_bits(dtype, seed, shape):
    agree("bits", seed, shape, dtype)


@pytest.mark.parametrize("dtype", FLOATS)
@given(seed=seeds, shape=shapes)
def test_uniform(dtype, seed, shape):
    agree("uniform", seed, shape, dtype)


@pytest.mark.parametrize("dtype", FLOATS)
@given(seed=seeds, data=st.data())
def test_uniform_between(dtype, seed, data):
    # No numbers so small that XLA would flush them to zero.
    bound = st.floats(-1000, 1000).filter(lambda x: x == 0 or abs(x) > 1e-4)
    low, high = data.draw(bound), data.draw(bound)
    if jax_fuses(dtype):
        agree("uniform", seed, (999,), dtype, low, high)
    else:
        # A processor without this instruction: jax itself draws other last bits there.
        ours = random.uniform(random.key(seed), (999,), dtype, low, high).astype(np.float64)
        theirs = oracle("uniform", seed, (999,), dtype, low, high).astype(np.float64)
        unit = float(ml_dtypes.finfo(numpy_of(dtype)).eps) * max(abs(low), abs(high))
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=2 * unit)


@pytest.mark.parametrize("dtype", FLOATS)
def test_uniform_of_arrays(dtype):
    low = np.arange(5, dtype=numpy_of(dtype))
    high = np.array([[8], [16], [32]], numpy_of(dtype))
    agree("uniform", 8, (2, 3, 5), dtype, np.zeros((2, 3, 5)), np.full((2, 3, 5), 4.0))
    ours = random.uniform(random.key(8), (4000, 3, 5), dtype, low, high)
    unit = random.uniform(random.key(8), (4000, 3, 5), dtype).astype(np.float64)
    step = float(ml_dtypes.finfo(numpy_of(dtype)).eps) * 32
    np.testing.assert_allclose(
        ours.astype(np.float64),
        unit * (high.astype(float) - low.astype(float)) + low.astype(float),
        rtol=0,
        atol=2 * step,
    )
    assert (ours >= low).all() and (ours <= high).all()


@pytest.mark.parametrize("dtype", FLOATS)
@given(seed=seeds, shape=shapes)
def test_normal(dtype, seed, shape):
    skip_unless_jax_fuses("float32", "float64")
    ours = random.normal(random.key(seed), shape, dtype)
    theirs = oracle("normal", seed, shape, dtype)
    assert ulps(ours, theirs).max(initial=0) <= 2


@pytest.mark.parametrize("dtype", FLOATS)
def test_millions_of_normals(dtype):
    skip_unless_jax_fuses("float32", "float64")
    size = (3_000_000,)
    assert (
        ulps(random.normal(random.key(11), size, dtype), oracle("normal", 11, size, dtype)).max()
        <= 2
    )


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_complex_normals(dtype):
    skip_unless_jax_fuses("float32", "float64")
    ours = random.normal(random.key(5), (100_000,), dtype)
    theirs = oracle("normal", 5, (100_000,), dtype)
    for part in ("real", "imag"):
        of_both = (np.ascontiguousarray(getattr(x, part)) for x in (ours, theirs))
        assert ulps(*of_both).max() <= 2


def test_every_float32_normal():
    skip_unless_jax_fuses("float32")
    # All 2**23 uniforms that a float32 normal can be made of.
    low = np.float32(-1 + 2.0**-24)
    unit = np.arange(2**23, dtype=np.float32) * np.float32(2.0**-23)
    drawn = unit * np.float32(2) + low
    theirs = np.asarray(jax.jit(jax.lax.erf_inv)(drawn))
    ours = np.concatenate([special.erf_inv(part) for part in np.split(drawn, 512)])
    assert ulps(ours, theirs).max() <= 1


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(
    "bounds", [(-2, 2), (-1, 1), (0.25, 3), (-0.5, np.inf), (-np.inf, np.inf), (1, 5)]
)
def test_truncated_normal(dtype, bounds):
    skip_unless_jax_fuses(dtype)
    size = (300_000,)
    ours = random.truncated_normal(random.key(2), *bounds, size, dtype)
    assert ulps(ours, oracle("truncated_normal", 2, *bounds, size, dtype)).max() <= 2


@given(st.floats(-6, 6, width=32), st.floats(-6, 6, width=32), seeds)
def test_truncated_normal_keeps_the_open_interval(a, b, seed):
    low, high = sorted((np.float32(a), np.float32(b)))
    if np.nextafter(low, np.float32(np.inf)) < high:
        drawn = random.truncated_normal(random.key(seed), low, high, (100,))
        assert ((drawn > low) & (drawn < high)).all()


def test_truncated_normal_of_arrays():
    skip_unless_jax_fuses("float32")
    low, high = np.array([-2.0, -1.0, 0.5]), np.array([[1.0], [2.0]])
    drawn = random.truncated_normal(random.key(1), low, high)
    assert drawn.shape == (2, 3) and drawn.dtype == np.float32
    assert ulps(drawn, oracle("truncated_normal", 1, low, high, None, "float32")).max() <= 2


@settings(max_examples=600)
@given(st.sampled_from([*UNSIGNED, *SIGNED]), seeds, st.data())
def test_randint(dtype, seed, data):
    info = np.iinfo(dtype)
    # jax takes Python integers of 64 signed bits. In the small types it wraps a bound beyond 32
    # bits around, which nobody wants back.
    reach = 2**31 - 1 if info.bits < 32 else 2**63 - 1
    ends = [v for v in (info.min, info.max, info.max + 1, 0, 1, -5) if -reach <= v <= reach]
    bound = st.one_of(st.sampled_from(ends), st.integers(-reach, reach), st.integers(-300, 300))
    agree("randint", seed, data.draw(few_shapes), data.draw(bound), data.draw(bound), dtype)


@pytest.mark.parametrize("dtype", [*UNSIGNED, *SIGNED])
def test_randint_of_arrays(dtype):
    low = np.array([0, 3, 100, 7], dtype)
    high = np.array([[10], [100], [5]], dtype)
    agree("randint", 4, (3, 4), low, high, dtype)
    agree("randint", 4, (3, 4), 1.9, high, dtype)
    drawn = random.randint(random.key(4), (9000, 3, 4), low, high, dtype)
    empty = np.broadcast_to(high <= low, drawn.shape)
    assert (drawn >= low).all()
    assert (drawn < high)[~empty].all() and (drawn == low)[empty].all()
    assert (drawn.max(axis=0)[:2, :2] == high[:2] - 1).all()


def test_randint_over_all_of_uint64():
    # jax has no way to say this range; it is that of the lower word alone.
    lower = random.split(random.key(1))[1]
    drawn = random.randint(random.key(1), (50,), 0, 2**64, "uint64")
    np.testing.assert_array_equal(drawn, random.bits(lower, (50,), "uint64"), strict=True)


@settings(max_examples=400)
@given(
    st.sampled_from(FLOATS),
    st.sampled_from(["low", "high"]),
    seeds,
    st.floats(-0.1, 1.1),
    few_shapes,
)
def test_bernoulli(dtype, mode, seed, p, shape):
    agree("bernoulli", seed, numpy_of(dtype).type(p), shape, mode)


def test_bernoulli_of_arrays_and_python_floats():
    agree("bernoulli", 6, np.linspace(0, 1, 11))
    agree("bernoulli", 6, np.linspace(0, 1, 11, dtype=np.float32), (5, 11))
    # Without x64, which is jax's default, a Python float is a float32.
    theirs = np.asarray(jax.random.bernoulli(jax.random.key(6), 0.3, (1000,)))
    np.testing.assert_array_equal(
        random.bernoulli(random.key(6), 0.3, (1000,)), theirs, strict=True
    )


@pytest.mark.parametrize(
    ("name", "args", "dtype"),
    [("bits", (), "uint32"), ("uniform", (), "float32"), ("normal", (), "float32"),
     ("truncated_normal", (-1, 1), "float32"), ("randint", ((), 0, 9), "int32")],
)  # fmt: skip
def test_default_dtypes_and_shapes_are_those_of_jax(name, args, dtype):
    skip_unless_jax_fuses("float32")
    ours = getattr(random, name)(random.key(1), *args)
    theirs = np.asarray(getattr(jax.random, name)(jax.random.key(1), *args))
    assert ours.dtype == dtype
    np.testing.assert_array_equal(ours, theirs, strict=True)


# --- several keys, jax's keys -------------------------------------------------------------------


@pytest.mark.parametrize("batch", [(3,), (2, 2), (0,), (1,)])
@pytest.mark.parametrize(
    ("name", "args"),
    [("bits", ((4,),)), ("uniform", ((2, 3), "float32", -1.0, 1.0)), ("normal", ((4,),)),
     ("truncated_normal", (-1.0, 1.0, (4,))), ("randint", ((5,), 0, 100)),
     ("bernoulli", (0.5, (6,))), ("fold_in", (7,)), ("split", (3,)), ("uniform", ())],
)  # fmt: skip
def test_an_array_of_keys_draws_as_vmap_does(name, args, batch):
    skip_unless_jax_fuses("float32")
    keys = random.split(random.key(9), batch)
    call = lambda key: getattr(jax.random, name)(key, *args)
    for _ in batch:
        call = jax.vmap(call)
    theirs = np.asarray(call(jnp.asarray(keys)))
    np.testing.assert_array_equal(getattr(random, name)(keys, *args), theirs, strict=True)


def test_fold_in_of_an_array_of_integers():
    key, data = random.key(2), np.arange(6).reshape(2, 3)
    folded = random.fold_in(key, data)
    assert folded.shape == (2, 3, 2)
    for place in np.ndindex(2, 3):
        np.testing.assert_array_equal(folded[place], random.fold_in(key, int(data[place])))


CALLS = [
    ("bits", ((4,), "uint8")), ("uniform", ((2, 3), "float16", -1.0, 1.0)), ("normal", ((4,),)),
    ("truncated_normal", (-1.0, 1.0, (4,))), ("randint", ((5,), 0, 100, "int8")),
    ("bernoulli", (0.5, (6,))), ("fold_in", (7,)), ("split", (3,)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "args"), CALLS)
@pytest.mark.parametrize("make", [jax.random.key, jax.random.PRNGKey])
def test_a_jax_key_is_answered_by_jax(name, args, make):
    def data(x):
        typed = jnp.issubdtype(x.dtype, jax.dtypes.prng_key)
        return np.asarray(jax.random.key_data(x) if typed else x)

    key = make(5)
    ours = getattr(random, name)(key, *args)
    theirs = getattr(jax.random, name)(key, *args)
    assert isinstance(ours, jax.Array) and ours.dtype == theirs.dtype
    np.testing.assert_array_equal(data(ours), data(theirs))
    traced = jax.jit(lambda key: getattr(random, name)(key, *args))(key)
    np.testing.assert_array_equal(data(traced), data(theirs))


def test_the_key_may_be_named():
    for key in (random.key(4), jax.random.key(4)):
        named, placed = random.normal(key=key, shape=(3,)), random.normal(key, (3,))
        assert type(named) is type(placed)
        np.testing.assert_array_equal(named, placed)


def test_the_key_of_a_jax_seed_is_jaxs():
    made = random.key(jnp.int32(3))
    assert jnp.issubdtype(made.dtype, jax.dtypes.prng_key)
    np.testing.assert_array_equal(jax.random.key_data(made), random.key(3))


@pytest.mark.parametrize("key_shape", [(2,), (3, 2)])
@pytest.mark.parametrize(
    ("name", "args"),
    [*CALLS, ("normal", ((2, 3), "complex64")), ("bernoulli", (0.5, (6,), "high")),
     ("truncated_normal", (np.zeros((2, 1)), np.ones(3)))],
)  # fmt: skip
def test_a_key_without_values_gives_shape_and_dtype(name, args, key_shape):
    key = np.zeros(key_shape, np.uint32)
    real = getattr(random, name)(key, *args)
    abstract = getattr(random, name)(AbstractArray(key.shape, key.dtype), *args)
    assert type(abstract) is AbstractArray
    assert (abstract.shape, abstract.dtype) == (real.shape, real.dtype)


def test_a_key_without_values_draws_nothing():
    abstract = random.normal(AbstractArray((2,), np.uint32), (10**6, 10**6))
    assert abstract.shape == (10**6, 10**6)


# --- refusals -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "args", "error", "words"),
    [
        ("bits", ((2,), "int32"), ValueError, "`dtype` of bits"),
        ("bits", ((-1,),), ValueError, "`shape` of bits"),
        ("bits", ((2.0,),), TypeError, "`shape` of bits"),
        ("bits", (None,), TypeError, "`shape` of bits"),
        ("bits", ((2,), "uint7"), ValueError, "`dtype`"),
        ("uniform", ((2,), "int32"), ValueError, "`dtype` of uniform"),
        ("uniform", ((2,), "complex64"), ValueError, "`dtype` of uniform"),
        ("uniform", ((2,), "float32", np.zeros(3)), ValueError, "`minval` of uniform"),
        ("uniform", ((2,), "float32", 0.0, np.ones((2, 2))), ValueError, "`maxval` of uniform"),
        ("normal", ((2,), "int32"), ValueError, "`dtype` of normal"),
        ("normal", ((2,), "float8_e5m2"), ValueError, "`dtype` of normal"),
        ("truncated_normal", (-1, 1, (2,), "complex64"), ValueError, "`dtype` of truncated_normal"),
        ("truncated_normal", (np.zeros(3), 1, (2,)), ValueError, "`lower` of truncated_normal"),
        ("truncated_normal", (np.zeros(3), np.ones(2)), ValueError, "must broadcast together"),
        ("randint", ((2,), 0, 5, "float32"), TypeError, "`dtype` of randint"),
        ("randint", ((2,), 0, "5"), TypeError, "`maxval` of randint"),
        ("randint", ((2,), 1j, 5), TypeError, "`minval` of randint"),
        ("randint", ((2,), 0, np.nan), TypeError, "`maxval` of randint"),
        ("randint", ((2,), np.zeros((2, 2), int), 5), ValueError, "`minval` of randint"),
        ("bernoulli", (1,), TypeError, "`p` of bernoulli"),
        ("bernoulli", (np.ones(3), (2,)), ValueError, "`p` of bernoulli"),
        ("bernoulli", (0.5, (), "mid"), ValueError, "`mode` of bernoulli"),
        ("split", (-1,), ValueError, "`num` of split"),
        ("split", (2.5,), TypeError, "`num` of split"),
    ],
)
def test_refusals_name_the_argument(name, args, error, words):
    with pytest.raises(error, match=words):
        getattr(random, name)(random.key(0), *args)


# --- arithmetic ---------------------------------------------------------------------------------

numbers = st.floats(-1e6, 1e6, allow_subnormal=False).filter(lambda x: x == 0 or abs(x) > 1e-30)


@given(st.lists(st.tuples(numbers, numbers, numbers), min_size=1, max_size=20))
def test_fma64_rounds_once(rows):
    a, b, c = (np.array(column) for column in zip(*rows))
    exact = [float(Fraction(x) * Fraction(y) + Fraction(z)) for x, y, z in rows]
    np.testing.assert_array_equal(fma.fma64(a, b, c), exact)


@pytest.mark.parametrize("dtype", ["float32", "float16"])
@given(data=st.data())
def test_fma_narrow_rounds_once(dtype, data):
    width = {"float32": 32, "float16": 16}[dtype]
    limit = 2.0**60 if width == 32 else 2.0**6
    number = st.floats(-limit, limit, width=width, allow_subnormal=False)
    a, b, c = (np.array([data.draw(number) for _ in range(5)]) for _ in range(3))
    # The exact sum, put on the right side of the middle by rounding it to odd first.
    for x, y, z, ours in zip(a, b, c, fma.fma_narrow(a, b, c, np.dtype(dtype))):
        exact = Fraction(x) * Fraction(y) + Fraction(z)
        below, above = (np.nextafter(ours, np.array(end, dtype)) for end in (-np.inf, np.inf))
        if abs(exact) < np.finfo(dtype).tiny:
            continue
        distances = [abs(Fraction(float(v)) - exact) for v in (ours, below, above)]
        assert distances[0] == min(distances)
        if distances.count(distances[0]) > 1:
            assert int(ours.view(f"u{width // 8}")) % 2 == 0


def test_fma_narrow_where_float64_lands_on_the_middle():
    # The product lies in the middle of 1.5 + 2**-23 and 1.5 + 2**-22, and float64 drops all of c:
    # rounded twice, both would go up to the even one.
    a, b, c = np.array([1 + 2.0**-23] * 2), np.array([1.5] * 2), np.array([2.0**-80, -(2.0**-80)])
    ours = fma.fma_narrow(a, b, c, np.dtype(np.float32))
    np.testing.assert_array_equal(ours, np.float32([1.5 + 2.0**-22, 1.5 + 2.0**-23]))


# --- manners ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["bits", "uniform", "normal"])
@given(seed=seeds, size=st.integers(0, 3 * threefry.CHUNK))
def test_a_draw_begins_with_every_shorter_one(name, seed, size):
    draw = getattr(random, name)
    whole = draw(random.key(seed), (3 * threefry.CHUNK,))
    np.testing.assert_array_equal(draw(random.key(seed), (size,)), whole[:size], strict=True)


def test_working_memory_does_not_grow_with_the_draw():
    key = random.key(0)
    random.normal(key, (10,))
    for name, args in (
        ("normal", ()),
        ("uniform", ("float32", np.zeros(4), 2.0)),
        ("randint", (0, 9)),
    ):
        size = (500_000, 4)
        tracemalloc.start()
        drawn = getattr(random, name)(key, size, *args)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < drawn.nbytes + 4 * 2**20


def test_drawing_changes_neither_key_nor_bounds():
    key, low = random.key(3), np.zeros(4, np.float32)
    key.setflags(write=False)
    low.setflags(write=False)
    random.split(key), random.fold_in(key, 1), random.bits(key)
    random.uniform(key, (4,), "float32", low, 1.0)
    random.truncated_normal(key, low, 1.0)
    random.randint(key, (4,), low, 9)


DIGEST = """
import hashlib, sys
from kerasvar import random
from kerasvar.backends._abstract import AbstractArray
key, seen = random.key(7), hashlib.sha256()
for dtype in ("float16", "bfloat16", "float32", "float64"):
    seen.update(random.normal(key, (20000,), dtype).tobytes())
    seen.update(random.truncated_normal(key, -1.7, 2.3, (20000,), dtype).tobytes())
    seen.update(random.uniform(key, (20000,), dtype, -0.3, 1.7).tobytes())
print(seen.hexdigest())
foreign = {"jax", "tensorflow", "torch", "keras", "flax"} & set(sys.modules)
assert not foreign, foreign
"""


def digest(**environment):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment}
    command = [sys.executable, "-c", DIGEST]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_a_fresh_process_loads_no_framework_and_draws_the_same_on_a_plain_processor():
    from numpy._core import _multiarray_umath as core

    plain = [f for f in core.__cpu_dispatch__ if core.__cpu_features__.get(f)]
    here = hashlib.sha256()
    key = random.key(7)
    for dtype in FLOATS:
        here.update(random.normal(key, (20000,), dtype).tobytes())
        here.update(random.truncated_normal(key, -1.7, 2.3, (20000,), dtype).tobytes())
        here.update(random.uniform(key, (20000,), dtype, -0.3, 1.7).tobytes())
    assert digest() == here.hexdigest()
    assert digest(NPY_DISABLE_CPU_FEATURES=" ".join(plain)) == here.hexdigest()
