"""Shapes, with Keras as the oracle: one list of inputs, written as Python, read by both."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keras_oracle import BACKENDS, ask_keras, run_python
from kerasvar.shapes import shape_equal, standardize_shape

# Inputs that need no framework.
PLAIN = [
    "()", "[]", "(2, 3)", "[2, 3]", "(None, 3)", "range(1, 4)", "(size for size in (2, 3))", "{4: 'a'}",
    "iter([1, None])", "np.array([2, 3])", "np.array([], int)", "(np.int8(3), np.uint64(4))", "np.empty((2, 0)).shape",
    "(np.array(3), 2)", "(True, 2)", "(0,)", "(10**12,)",
    "None", "3", "3.0", "object()", "('3',)", "(2, 3.0)", "(2.5,)", "(float('nan'),)", "(-1, 2)", "[2, -3]",
    "(np.int32(-1),)", "(object(),)", "((2, 3),)", "([1],)", "(1j,)",
]  # fmt: skip

# Inputs of the framework that Keras runs on; ours takes every framework's wherever it runs.
FRAMEWORK = {
    "numpy": [],
    "tensorflow": [
        "tf.TensorShape([2, 3])", "tf.TensorShape([None, 3])", "tf.TensorShape(None)", "tf.TensorShape([])",
        "(tf.constant(2), 3)", "tf.ones((2, 5)).shape", "(tf.constant(-2),)", "tf.constant([2, 3])",
    ],
    "jax": [
        "jax.numpy.ones((2, 3)).shape", "(jax.numpy.array(2), 3)", "jax.export.symbolic_shape('b, 3')",
        "jax.export.symbolic_shape('2 * b + 1')", "jax.numpy.array([2, 3])", "(jax.numpy.array(-1),)",
    ],
    "torch": ["torch.Size([2, 3])", "torch.ones(2, 5).shape", "(torch.tensor(2), 3)", "(torch.tensor(-1),)"],
}  # fmt: skip

IMPORTS = {
    "numpy": "import numpy as np",
    "tensorflow": "import tensorflow as tf",
    "jax": "import jax, jax.export",
    "torch": "import torch",
}

# What Keras takes and ours refuses, with the reason.
REFUSED = {
    "'23'": "a string is no shape; Keras stops only at its first character",
    "''": "the same, and Keras makes it the shape of a scalar",
    "(np.float32(3),)": "a float, though not Python's own; Keras takes it for 3",
    "(np.array(3.0),)": "a float",
    "(np.array([3]),)": "one size of rank 1 is no size",
    "(b'3',)": "text, which Keras reads as 3",
    "np.array(3)": "nothing to iterate over; Keras dies of a TypeError",
    "(torch.tensor(3.0),)": "a float",
    "(tf.constant(3.5),)": "a float, which Keras cuts to 3",
    "(jax.numpy.array(3.5),)": "a float, which Keras cuts to 3",
}

ASK = """
import json
{imports}
from keras.src.backend.common.variables import standardize_shape
def answer(source):
    try:
        return standardize_shape(eval(source))
    except ValueError:
        return "error"
print(json.dumps([answer(source) for source in {sources}]))
"""


def read(source, backend):
    names = {"np": np}
    exec(IMPORTS[backend], names)
    return eval(source, names)


@pytest.mark.parametrize("backend", BACKENDS)
def test_shapes_are_keras_s(backend):
    sources = PLAIN + FRAMEWORK[backend]
    imports = f"{IMPORTS['numpy']}; {IMPORTS[backend]}"
    answers = ask_keras(backend, ASK.format(imports=imports, sources=sources))
    for source, expected in zip(sources, answers):
        if expected == "error":
            with pytest.raises(ValueError, match="`shape`"):
                standardize_shape(read(source, backend))
            continue
        shape = standardize_shape(read(source, backend))
        assert shape == tuple(expected), source
        assert type(shape) is tuple
        assert all(size is None or type(size) is int for size in shape), source


@pytest.mark.parametrize("source", REFUSED)
def test_shapes_that_keras_takes_and_ours_refuses(source):
    backend = {"tf": "tensorflow", "to": "torch", "ja": "jax"}.get(source.lstrip("(")[:2], "numpy")
    pytest.importorskip(backend)
    with pytest.raises(ValueError, match="`shape`"):
        standardize_shape(read(source, backend))


def test_torch_symbolic_sizes_become_none():
    torch = pytest.importorskip("torch")
    seen = []

    class Look(torch.nn.Module):
        def forward(self, x):
            seen.append((type(x.shape[0]).__name__, standardize_shape(x.shape)))
            return x + 1

    torch.export.export(
        Look(), (torch.ones(4, 3),), dynamic_shapes={"x": {0: torch.export.Dim("batch", min=2, max=64)}}
    )  # fmt: skip
    assert ("SymInt", (None, 3)) in seen


def test_a_tensorshape_of_unknown_rank_is_named_as_such():
    tensorflow = pytest.importorskip("tensorflow")
    with pytest.raises(ValueError, match="`shape` must be a sequence of sizes"):
        standardize_shape(tensorflow.TensorShape(None))


def test_sizes_under_a_jax_trace_are_refused():
    jax = pytest.importorskip("jax")
    with pytest.raises(ValueError, match="dimension 0 is no integer"):
        jax.jit(lambda size: standardize_shape((size, 2)))(3)


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        ((2, "3"), "dimension 1 is no integer. Received: '3' (type builtins.str)"),
        ((2.0,), "dimension 0 is no integer. Received: 2.0 (type builtins.float)"),
        ((1, 2, -7), "dimension 2 is negative. Received: -7"),
        ([None, object], "dimension 1 is no integer. Received: <class 'object'>"),
        (5, "must be a sequence of sizes. Received: 5 (type builtins.int)"),
        (None, "must be a sequence of sizes. Received: None"),
    ],
    ids=str,
)  # fmt: skip
def test_errors_name_the_dimension_and_what_came(shape, said):
    with pytest.raises(ValueError) as caught:
        standardize_shape(shape)
    assert said in str(caught.value)


def test_a_plain_tuple_comes_back_as_it_is():
    shape = (2, 3)
    assert standardize_shape(shape) is shape


def test_no_framework_is_imported():
    program = (
        "import sys; from kerasvar.shapes import standardize_shape as s\n"
        "s([2, None]); s(range(3))\n"
        "print(list({'torch', 'jax', 'tensorflow'} & set(sys.modules)))"
    )
    assert run_python(program) == []


SIZES = st.one_of(st.none(), st.integers(0, 3))


@given(st.lists(SIZES, max_size=5))
@settings(max_examples=200)
def test_every_way_to_write_a_shape_is_the_same_shape(sizes):
    expected = tuple(sizes)
    as_numpy = [size if size is None else np.int64(size) for size in sizes]
    as_rank_0 = [size if size is None else np.array(size, "uint8") for size in sizes]
    for spelling in (sizes, tuple(sizes), iter(sizes), as_numpy, as_rank_0):
        assert standardize_shape(spelling) == expected


# ---- shape_equal --------------------------------------------------------------------------------

SHAPES = st.lists(SIZES, max_size=4).map(tuple)


@given(SHAPES, SHAPES)
@settings(max_examples=300)
def test_shape_equal_is_having_a_size_in_common_on_every_axis(a, b):
    def values(size):
        return set(range(4)) if size is None else {size}

    common = len(a) == len(b) and all(values(x) & values(y) for x, y in zip(a, b))
    assert shape_equal(a, b) is common
    assert shape_equal(b, a) is common
    assert shape_equal(list(a), b) is common


def test_shape_equal_without_none():
    assert shape_equal((None, 2), (None, 2), allow_none=False)
    assert not shape_equal((None, 2), (1, 2), allow_none=False)


def test_shape_equal_leaves_axes_out():
    assert shape_equal((2, 3), (4, 3), axis=0)
    assert shape_equal((2, 3), (2, 4), axis=-1)
    assert shape_equal((2, 3, 5), (4, 3, 6), axis=[0, -1])
    assert not shape_equal((2, 3), (2, 4), axis=0)
    assert not shape_equal((2, 3), (2, 3, 1), axis=-1)
    with pytest.raises(IndexError):
        shape_equal((2, 3), (2, 3), axis=2)
