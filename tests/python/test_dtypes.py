"""dtypes: spellings, promotion, Python values, exact casts. The oracles are Keras, JAX and NumPy."""

import functools
import itertools
import json
import random
import sys
import timeit

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from keras_oracle import BACKENDS, ask_keras, run_python
from kerasvar import backends, config, dtypes

FLOAT8 = ("float8_e4m3fn", "float8_e5m2")
PYTHON = {"py:bool": bool, "py:int": int, "py:float": float, "py:complex": complex, "py:str": str}
LATTICE = [name for name in dtypes.ALLOWED if name not in (*FLOAT8, "string")]
WIDE = {"int64": "int32", "uint64": "uint32", "float64": "float32", "complex128": "complex64"}


def spelled(name):
    return PYTHON.get(name, name)


def answer(function, *args, **kwargs):
    """The dtype, or "error" for a ValueError (no other error is caught)."""
    try:
        return function(*args, **kwargs)
    except ValueError:
        return "error"


@pytest.fixture(autouse=True)
def restored_floatx():
    before = config.floatx()
    yield
    config.set_floatx(before)


# ---- spellings ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", dtypes.ALLOWED)
def test_a_name_stands_for_itself(name):
    assert dtypes.standardize_dtype(name) == name


def test_none_is_floatx():
    assert dtypes.standardize_dtype(None) == "float32"
    config.set_floatx("bfloat16")
    assert dtypes.standardize_dtype(None) == "bfloat16"


@pytest.mark.parametrize("backend", BACKENDS)
def test_python_types(backend):
    wide = backend == "tensorflow"
    expected = {
        bool: "bool",
        int: "int64" if wide else "int32",
        "int": "int64" if wide else "int32",
        float: "float32",
        complex: "complex128" if wide else "complex64",
        str: "string",
    }
    assert {kind: dtypes.standardize_dtype(kind, backend) for kind in expected} == expected


@pytest.mark.parametrize("name", [name for name in dtypes.ALLOWED if name != "string"])
def test_numpy_and_ml_dtypes(name):
    scalar = getattr(ml_dtypes, name, None) or np.dtype(name).type
    for spelling in (scalar, np.dtype(scalar), np.dtype(scalar).newbyteorder(">")):
        assert dtypes.standardize_dtype(spelling) == name
    assert dtypes.numpy_dtype(name) == np.dtype(scalar)
    assert dtypes.numpy_dtype(scalar) == np.dtype(scalar)


def test_numpy_names_that_depend_on_the_platform():
    for scalar in (np.intc, np.longlong, np.ulonglong, np.intp, np.double, np.half):
        kind = {"i": "int", "u": "uint", "f": "float"}[np.dtype(scalar).kind]
        expected = f"{kind}{np.dtype(scalar).itemsize * 8}"
        assert dtypes.standardize_dtype(scalar) == expected


@pytest.mark.parametrize("spelling", [np.dtype("U7"), np.str_, np.dtypes.StringDType()])
def test_numpy_text_is_string(spelling):
    assert dtypes.standardize_dtype(spelling) == "string"
    assert dtypes.numpy_dtype("string") == np.dtype(object)


@pytest.mark.parametrize("name", dtypes.ALLOWED)
def test_framework_spellings(name):
    """Each framework that has the dtype: its object means the name."""
    found = 0
    for module in ("torch", "tensorflow", "jax.numpy"):
        pytest.importorskip(module)
        kind = {"jax.numpy": {"bool": "bool_"}}.get(module, {}).get(name, name)
        spelling = getattr(sys.modules[module], kind, None)
        if spelling is None and module == "tensorflow" and name.startswith("float8"):
            spelling = getattr(sys.modules[module].dtypes.experimental, name)
        if spelling is not None:
            found += 1
            assert dtypes.standardize_dtype(spelling) == name
            assert dtypes.standardize_dtype(spelling) == name, "the second time, from the memory"
    assert found == (1 if name == "string" else 3)


def test_written_forms_of_framework_dtypes():
    assert dtypes.standardize_dtype("torch.float16") == "float16"
    assert dtypes.standardize_dtype("jax.numpy.bfloat16") == "bfloat16"


@pytest.mark.parametrize(
    "wrong",
    [
        "float", "complex", "half", "float33", "", "Float32", "torch.quint8", b"float32", 1, True, 3.5, [],
        ["float32"], {}, pytest.param(object(), id="object()"), object, type, len, np.object_,
        np.dtype([("a", "f4")]),
        np.dtype("M8[s]"), np.longdouble, np.float32(1), np.ones(2), ml_dtypes.int4,
        ml_dtypes.float8_e4m3b11fnuz,
    ],
    ids=repr,
)  # fmt: skip
def test_anything_else_is_an_error_that_says_what_came(wrong):
    with pytest.raises(ValueError, match="`dtype` must be one of bool, uint8") as caught:
        dtypes.standardize_dtype(wrong)
    assert repr(wrong) in str(caught.value)


def test_framework_dtypes_without_a_name_here_are_errors():
    torch = pytest.importorskip("torch")
    tensorflow = pytest.importorskip("tensorflow")
    jax = pytest.importorskip("jax")
    key = jax.random.key(0).dtype
    for wrong in (torch.complex32, torch.quint8, tensorflow.resource, tensorflow.qint8, key):
        with pytest.raises(ValueError, match="`dtype` must be"):
            dtypes.standardize_dtype(wrong)


def test_a_number_is_no_dtype_even_after_a_tensorflow_dtype_with_that_number():
    # tf.float32 hashes as 1 and equals 1.
    tensorflow = pytest.importorskip("tensorflow")
    assert dtypes.standardize_dtype(tensorflow.float32) == "float32"
    assert dtypes.result_type(tensorflow.float32, "int8", backend="numpy") == "float32"
    for number in (1, True, tensorflow.float32.as_datatype_enum):
        assert answer(dtypes.standardize_dtype, number) == "error"
        assert answer(dtypes.result_type, number, "int8", backend="numpy") == "error"


def test_nothing_is_imported_to_read_a_dtype():
    program = (
        "import sys, numpy as np\n"
        "from kerasvar import dtypes\n"
        "dtypes.standardize_dtype(np.float32); dtypes.standardize_dtype('torch.float32')\n"
        "dtypes.result_type('float16', int, backend='torch')\n"
        "print(list({'torch', 'jax', 'tensorflow', 'keras'} & set(sys.modules)))\n"
    )
    assert run_python(program) == []


def test_kinds():
    floats = {name for name in dtypes.ALLOWED if dtypes.is_float_dtype(name)}
    assert floats == {"bfloat16", "float16", "float32", "float64", *FLOAT8}
    integers = {name for name in dtypes.ALLOWED if dtypes.is_int_dtype(name)}
    assert integers == {f"{u}int{n}" for u in ("", "u") for n in (8, 16, 32, 64)}
    assert dtypes.is_float_dtype(None) and dtypes.is_int_dtype(int)
    with pytest.raises(ValueError):
        dtypes.is_float_dtype("number")


# ---- promotion ----------------------------------------------------------------------------------

NODES = [*dtypes.ALLOWED, *PYTHON]
PAIRS = list(itertools.product(NODES, repeat=2))
TRIPLES = random.Random(3).sample(list(itertools.product(NODES, repeat=3)), 3000)
TABLE = [(node,) for node in NODES] + PAIRS + TRIPLES

FLOATX = ("float32", "float16", "bfloat16", "float64")

ASK = """
import json, keras
python = dict(zip({names}, (bool, int, float, complex, str)))
def answer(nodes):
    try:
        return keras.backend.result_type(*(python.get(n, n) for n in nodes))
    except ValueError:
        return "error"
answers = {{}}
for floatx in {floatx}:
    keras.config.set_floatx(floatx)
    answers[floatx] = [answer(nodes) for nodes in json.loads({table!r})]
print(json.dumps(answers))
"""


@functools.cache
def keras_tables(backend):
    program = ASK.format(names=list(PYTHON), floatx=FLOATX, table=json.dumps(TABLE))
    answers = ask_keras(backend, program)
    return {floatx: dict(zip(TABLE, answers[floatx])) for floatx in FLOATX}


# Keras caps more than its backends ask for. What it caps there, we keep, by the rule that a 64-bit
# type goes only where the backend cannot hold it:
#   numpy, torch  Keras's result_type caps all four. Its own operators do not agree: on torch
#                 float64 + float64 is float64 and float64 @ float64 is float32. A matrix of R's
#                 doubles would lose half its digits by `v + 1`.
#   tensorflow    Keras keeps int64 and float64, and caps uint64 and complex128.
#   jax           capped unless x64 is enabled; Keras's result_type caps even then, while its
#                 operators on jax do not.
KEPT = {
    "numpy": set(WIDE),
    "torch": set(WIDE),
    "tensorflow": {"uint64", "complex128"},
    "jax": set(),
}


@pytest.mark.parametrize("floatx", FLOATX)
@pytest.mark.parametrize("backend", BACKENDS)
def test_promotion_is_keras_s_over_the_whole_table(backend, floatx):
    expected = keras_tables(backend)[floatx]
    config.set_floatx(floatx)
    different = []
    for nodes in TABLE:
        ours = answer(dtypes.result_type, *map(spelled, nodes), backend=backend)
        as_keras = WIDE[ours] if ours in KEPT[backend] else ours
        if as_keras != expected[nodes]:
            different.append((nodes, ours, expected[nodes]))
    assert not different, different[:10]


@pytest.mark.parametrize("backend", ["numpy", "tensorflow", "torch"])
def test_promotion_without_a_cap_is_jax_s_with_x64(backend):
    """Every set of types with one that is strong; weak results take floatx's width, not jax's."""
    jax = pytest.importorskip("jax")
    jnp = pytest.importorskip("jax.numpy")
    weak = {bool: True, int: 1, float: 1.0, complex: 1j}
    checked = 0
    with jax.enable_x64(True):
        for nodes in TABLE:
            kinds = [spelled(node) for node in nodes]
            if {"string", str, *FLOAT8}.intersection(kinds):
                continue
            strong = [kind for kind in kinds if isinstance(kind, str)]
            if not strong:
                continue
            given_jax = [weak.get(kind, kind) for kind in kinds]
            _, is_weak = jax.dtypes.result_type(*given_jax, return_weak_type_flag=True)
            if is_weak:
                continue
            checked += 1
            expected = jnp.result_type(*given_jax).name
            # Two weak types above the only strong one (bool, int) are weak to jax, ours resolve.
            assert dtypes.result_type(*kinds, backend=backend) == expected, nodes
    assert checked > 1500


def test_jax_keeps_64_bits_with_x64_enabled():
    jax = pytest.importorskip("jax")
    for nodes in itertools.product(LATTICE, repeat=2):
        wide = dtypes.result_type(*nodes, backend="numpy")
        with jax.enable_x64(True):
            assert dtypes.result_type(*nodes, backend="jax") == wide
        with jax.enable_x64(False):
            assert dtypes.result_type(*nodes, backend="jax") == WIDE.get(wide, wide)


@given(st.lists(st.sampled_from(LATTICE), min_size=1, max_size=5), st.randoms())
@settings(max_examples=300, deadline=None)
def test_promotion_knows_no_order_and_no_grouping(names, rng):
    whole = dtypes.result_type(*names, backend="numpy")
    shuffled = rng.sample(names, len(names))
    assert dtypes.result_type(*shuffled, backend="numpy") == whole
    assert dtypes.result_type(whole, *names, backend="numpy") == whole


def test_promotion_of_nothing_and_of_none_is_floatx():
    assert dtypes.result_type(backend="numpy") == "float32"
    assert dtypes.result_type(None, "int8", backend="numpy") == "float32"
    config.set_floatx("float16")
    assert dtypes.result_type(backend="numpy") == "float16"
    assert dtypes.result_type(None, "int8", backend="numpy") == "float16"
    assert dtypes.result_type("int8", float, backend="numpy") == "float16"


def test_promotion_reads_every_spelling():
    torch = pytest.importorskip("torch")
    spellings = [torch.int8, np.float16, np.dtype("uint8"), ml_dtypes.bfloat16]
    for _ in range(2):
        assert dtypes.result_type(*spellings, backend="numpy") == "float32"
        assert dtypes.result_type("int", "uint8", backend="tensorflow") == "int64"
        assert dtypes.result_type("int", "uint8", backend="numpy") == "int32"


@pytest.mark.parametrize("nodes", [("float8_e5m2", "float8_e5m2"), ("float8_e4m3fn", float), ("string", "int8")])  # fmt: skip
def test_no_promotion_names_the_types(nodes):
    with pytest.raises(ValueError, match="no common dtype for") as caught:
        dtypes.result_type(*nodes, backend="numpy")
    assert nodes[0] in str(caught.value) and "Cast" in str(caught.value)


@pytest.mark.parametrize("nodes", [("float32", "int8"), ("float32", int), ("float64", "float64")])
@pytest.mark.parametrize("backend", BACKENDS)
def test_a_promotion_asked_before_is_looked_up(backend, nodes, monkeypatch):
    expected = dtypes.result_type(*nodes, backend=backend)
    monkeypatch.setattr(dtypes, "promote", None)
    assert dtypes.result_type(*nodes, backend=backend) == expected


def test_looking_up_is_quick():
    # The aim is 0.2 µs; four times that leaves room for a busy machine and still catches a walk
    # over the lattice (20 µs).
    quickest = min(
        timeit.repeat(lambda: dtypes.result_type("float32", int, backend="jax"), number=10000, repeat=7)
    )  # fmt: skip
    assert quickest / 10000 < 0.8e-6


# ---- Python values ------------------------------------------------------------------------------


def dtype_of(value, backend):
    """The dtype of a variable of `backend` made from the value."""
    dtype = dtypes.dtype_of_kinds(dtypes.kinds_of_python(value))
    return dtype if dtype == "string" else backends.get(backend).canonical_dtype(dtype)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, "bool"), (3, "int32"), (2**40, "int32"), (3.5, "float32"), (2j, "complex64"), ("a", "string"),
        ([True, False], "bool"), ([1, True], "int32"), ([1, 2.0], "float32"), ([[1], [True, 2.5]], "float32"),
        ([1, 2j], "complex64"), ((1, (2, 3)), "int32"), ([], "float32"), ([[], []], "float32"),
        (["a", "b"], "string"), ([np.float64(1)], "float64"), ([np.ones(2, "int8"), 1], "int8"),
        (np.float16(1), "float16"), ([np.ones(2, "int8"), 1.5], "float32"),
    ],
    ids=str,
)  # fmt: skip
def test_dtype_of_python_values(value, expected, backend):
    if expected == "float64" and backend == "jax":
        expected = "float32"
    assert dtype_of(value, backend) == expected


def test_dtype_of_python_floats_follows_floatx():
    config.set_floatx("float64")
    assert dtype_of([1, 2.5], "numpy") == "float64"
    assert dtype_of(1j, "numpy") == "complex128"
    assert dtype_of([1, 2], "numpy") == "int32"
    assert dtype_of([1, True], "numpy") == "int32"


@pytest.mark.parametrize("floatx", FLOATX)
def test_dtype_of_python_floats_is_floatx_itself(floatx):
    # In a promotion Keras makes float16 of a weak float where floatx is bfloat16.
    config.set_floatx(floatx)
    for value in (1.5, [1.5, 2], [[True], [0.5]]):
        assert dtype_of(value, "numpy") == floatx


def test_dtype_of_python_subclasses():
    class Count(int):
        pass

    assert dtype_of([Count(1)], "numpy") == "int32"


@pytest.mark.parametrize(
    "wrong",
    [None, [1, None], {"a": 1}, pytest.param(object(), id="object()"), [[{}]], ["a", 1]],
    ids=repr,
)
def test_dtype_of_python_refuses_what_is_no_number(wrong):
    with pytest.raises(ValueError):
        dtype_of(wrong, "numpy")


# ---- exact casts --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "dtype", "said"),
    [
        ([1.0, 2.5, 3.5], "int32", "2.5 has a fraction (and 1 more)"),
        ([np.nan], "int32", "nan is not finite"),
        ([1.0, -np.inf], "uint8", "-inf is not finite"),
        ([256.0], "uint8", "256.0 is out of range (0 to 255)"),
        ([300, -1], "uint8", "300 is out of range (0 to 255) (and 1 more)"),
        ([-129], "int8", "-129 is out of range (-128 to 127)"),
        ([2.0**63], "int64", "is out of range"),
        ([2.0**64], "uint64", "is out of range"),
        (np.array([2**63], "uint64"), "int64", "9223372036854775808 is out of range"),
        ([2], "bool", "2 is out of range (0 to 1)"),
        ([0.5], "bool", "0.5 has a fraction"),
        ([1j], "float32", "1j has an imaginary part"),
        (np.array([1.5], ml_dtypes.bfloat16), "int8", "1.5 has a fraction"),
        (np.float64(0.5), "int32", "0.5 has a fraction"),
        (["a"], "int32", "<U1"),
    ],
    ids=str,
)  # fmt: skip
def test_a_cast_that_would_lose_says_what(values, dtype, said):
    with pytest.raises(ValueError) as caught:
        dtypes.check_exact_cast(values, dtype)
    assert said in str(caught.value) and dtype in str(caught.value)


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ([1.0, 255.0, 0.0], "uint8"), ([-(2.0**63), 2.0**62], "int64"), ([True], "int8"), ([1, 0], "bool"),
        ([1e300, np.nan], "float32"), ([0.1], "bfloat16"), ([2 + 0j], "int8"), ([], "int8"), (["a"], "string"),
        (np.array([1.0], ml_dtypes.float8_e5m2), "int8"), ([2**53 + 1], "float64"), (7, "uint64"),
    ],
    ids=str,
)  # fmt: skip
def test_a_cast_that_only_rounds_floats_passes(values, dtype):
    dtypes.check_exact_cast(values, dtype)


INTEGERS = [n for n in dtypes.ALLOWED if dtypes.is_int_dtype(n)]


@given(
    hnp.arrays(
        st.sampled_from(["float64", "float32", "int64", "uint64", "int8"]),
        st.integers(0, 4),
        elements=None,
    ),
    st.sampled_from(INTEGERS),
)
@settings(max_examples=400, deadline=None)
def test_a_cast_passes_just_when_python_s_integers_agree(array, dtype):
    limits = np.iinfo(dtype)

    def exact(x):
        return bool(np.isfinite(x)) and x == int(x) and limits.min <= int(x) <= limits.max

    fits = all(exact(x) for x in array.tolist())
    assert (answer(dtypes.check_exact_cast, array, dtype) is None) == fits
