"""A tree taken apart and put together is the tree that it was."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasvar.bridge import ARRAY, OBJECT, VECTOR
from kerasvar.bridge.lists import EMPTY_LIST, EMPTY_MAPPING, build, flatten

trees = st.recursive(
    st.text(max_size=2),
    lambda below: st.dictionaries(st.text(max_size=3), below, max_size=3) | st.lists(below, max_size=3),
    max_leaves=12,
)


@given(trees)
def test_apart_and_together(tree):
    places, leaves = flatten(tree)
    kinds = [None if leaf is EMPTY_LIST or leaf is EMPTY_MAPPING else OBJECT for leaf in leaves]
    assert build(places, leaves, kinds, "numpy") == tree


def test_data_become_tensors_that_share_no_memory():
    data = np.arange(6.0).reshape(2, 3, order="F")
    tree = build([[".params", ".w"]], [data], [ARRAY], "numpy")
    data[:] = 0
    np.testing.assert_array_equal(tree["params"]["w"], np.arange(6.0).reshape(2, 3, order="F"))
    with pytest.raises(ValueError, match="missing"):
        build([[".w"]], [np.array([1, -(2**31)], np.int32)], [VECTOR], "numpy")


def test_numbers_become_tensors_without_axes():
    tree = build([["#0"], ["#1"]], [3, True], [OBJECT, OBJECT], "numpy")
    assert [(leaf.shape, leaf.dtype.name) for leaf in tree] == [((), "int32"), ((), "bool")]
