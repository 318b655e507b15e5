"""A Parameter that torch itself converts (`module.double()`): the variable around it tells the truth, and writes it."""

import copy
import pickle

import numpy as np
import pytest

import kerasvar

torch = pytest.importorskip("torch")


def linear():
    module = torch.nn.Linear(3, 2, bias=False)
    return module, kerasvar.as_variable(module.weight, name="w")


CONVERSIONS = {
    "float64": lambda m: m.double(),
    "float16": lambda m: m.half(),
    "bfloat16": lambda m: m.bfloat16(),
    "float32": lambda m: m.double().float(),
}


@pytest.mark.parametrize("dtype", CONVERSIONS)
def test_the_dtype_is_that_of_the_live_parameter(dtype):
    module, v = linear()
    assert v.dtype == "float32"
    CONVERSIONS[dtype](module)
    assert v.value is module.weight
    assert v.dtype == dtype == v._backend.dtype(v.value)
    assert v.numpy().dtype == kerasvar.dtypes.numpy_dtype(dtype)
    assert f"dtype={dtype}" in repr(v)
    for like in (copy.deepcopy(v), pickle.loads(pickle.dumps(v)), v.to_backend("numpy")):
        assert like.dtype == dtype
        np.testing.assert_array_equal(like.numpy(), v.numpy())


@pytest.mark.parametrize("dtype", CONVERSIONS)
def test_operators_promote_from_it(dtype):
    module, v = linear()
    CONVERSIONS[dtype](module)
    other = np.ones((2, 3), np.float32)
    expected = kerasvar.Variable(v.numpy(), backend="torch") + other
    assert (v + other).dtype == expected.dtype
    assert (v * 2).dtype == v.value.dtype and (v + v).dtype == v.value.dtype
    assert (v // 2).dtype == v.value.dtype


@pytest.mark.parametrize("dtype", CONVERSIONS)
def test_what_is_written_is_rounded_once(dtype):
    module, v = linear()
    CONVERSIONS[dtype](module)
    # Between two float16 numbers, a little above the middle: by way of float32 it is the middle.
    tricky = 1 + 2**-11 + 2**-40
    expected = np.full((2, 3), tricky).astype(kerasvar.dtypes.numpy_dtype(dtype))
    writes = {
        "array": lambda: v.assign(np.full((2, 3), tricky)),
        "list": lambda: v.assign([[tricky] * 3] * 2),
        "item": lambda: v.__setitem__(..., tricky),
        "rows": lambda: v.__setitem__([0, 1], np.full((2, 3), tricky)),
    }
    for name, write in writes.items():
        with torch.no_grad():
            module.weight.zero_()
        write()
        np.testing.assert_array_equal(v.numpy(), expected, err_msg=name, strict=True)
    # A torch tensor is cast as torch casts, which itself goes by way of float32 to float16.
    wide = torch.full((2, 3), tricky, dtype=torch.float64)
    v.assign(wide)
    assert torch.equal(v.value, wide.to(v.value.dtype))
    assert module.weight.dtype == getattr(torch, dtype)


def test_autocast_and_stateless_scopes_go_by_it():
    module, v = linear()
    module.double()
    with kerasvar.AutocastScope("float16"):
        assert v.dtype == "float16" and v.value.dtype == torch.float16
    with kerasvar.AutocastScope("float64"):
        assert v.value is module.weight
    with kerasvar.StatelessScope() as scope:
        v.assign(np.full((2, 3), 0.1))
        assert scope.get_current_value(v).dtype == torch.float64
        np.testing.assert_array_equal(v.numpy(), np.full((2, 3), 0.1))
