"""Copies between layouts, with NumPy's own astype and copyto as the oracle."""

import ml_dtypes
import numpy as np
import pytest
from kerasvar import memory_order

SHAPES = [(), (5,), (3, 4), (64, 64), (300, 130), (130, 7, 70), (3, 0, 5), (9, 8, 7, 6), (1, 20000)]


def _filled(shape, order, dtype="float64"):
    values = np.arange(int(np.prod(shape)), dtype=np.float64).reshape(shape)
    return np.array(values, dtype=dtype, order=order)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "complex128", "bool"])
def test_values_are_kept_and_the_layout_is_as_asked(shape, order, dtype):
    source = _filled(shape, order)
    source.flags.writeable = False
    for wanted in "CF":
        got = memory_order.copied(source, dtype, wanted)
        assert got.flags[f"{wanted}_CONTIGUOUS"] and got.flags.writeable
        assert got.dtype == dtype
        np.testing.assert_array_equal(got, source.astype(dtype))
        assert not np.shares_memory(got, source)


def test_a_view_that_is_neither_is_copied_too():
    source = _filled((400, 300, 3), "F")[::2, ::-1]
    np.testing.assert_array_equal(memory_order.copied(source, None, "C"), source)
    np.testing.assert_array_equal(memory_order.copied(source, "float32", "F"), source.astype("float32"))


@pytest.mark.parametrize("order", ["C", "F"])
def test_copy_into_fills_what_is_there(order):
    target = np.full((300, 200), -1.0, order=order)
    address = target.ctypes.data
    source = _filled((300, 200), "F" if order == "C" else "C", "float32")
    memory_order.copy_into(target, source)
    assert target.ctypes.data == address
    np.testing.assert_array_equal(target, source)


def test_copy_into_a_part_of_an_array():
    whole = np.zeros((500, 500))
    source = _filled((200, 300), "F")
    memory_order.copy_into(whole[100:300, 50:350], source)
    np.testing.assert_array_equal(whole[100:300, 50:350], source)
    assert np.count_nonzero(whole) == np.count_nonzero(source)


def test_dtypes_of_ml_dtypes_are_cast():
    source = _filled((200, 300), "F") % 64
    got = memory_order.copied(source, ml_dtypes.bfloat16, "C")
    np.testing.assert_array_equal(got.astype("float64"), source)
