"""A write that ends early, at any step, leaves the old value or the new one, and everything usable.

The interpreter's profiler raises at the n-th call that the package makes in a write, for every n: before a function,
as an error would, and after one of C's has returned, where an interrupt comes.
"""

import os
import sys

import numpy as np
import pytest

import kerasvar

PACKAGE = os.path.dirname(kerasvar.__file__)
START = np.arange(12, dtype=np.float32).reshape(3, 4)
WRITES = {
    "assign": lambda v: v.assign(START * 2),
    "assign Fortran": lambda v: v.assign(np.asfortranarray(START * 2)),
    "assign_add": lambda v: v.assign_add(2.0),
    "row": lambda v: v.__setitem__(1, 9.0),
    "positions": lambda v: v.__setitem__(([0, 2, 0], [1, 3, 2]), [5.0, 6.0, 7.0]),
    "everything": lambda v: v.__setitem__(..., START[::-1].copy()),
}


class Ending:
    """Raises `error` at the n-th event; `reached` tells whether there were so many."""

    def __init__(self, n, error):
        self.left, self.error, self.reached = n, error, False

    def __call__(self, frame, event, argument):
        # Before `__exit__`, an interrupt does not come.
        if PACKAGE not in frame.f_code.co_filename or event == "return":
            return
        if getattr(argument, "__name__", "") == "__exit__":
            return
        self.left -= 1
        if self.left < 0 and not self.reached:
            self.reached = True
            sys.setprofile(None)
            raise self.error


def ended(write, v, n, error):
    """Whether the write was ended at its n-th event."""
    ending = Ending(n, error)
    try:
        sys.setprofile(ending)
        write(v)
    except BaseException:
        if not ending.reached:
            raise
    finally:
        sys.setprofile(None)
    return ending.reached


# An error in what only tidies up (a generator's end) is reported as one that nobody can catch.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
@pytest.mark.parametrize("write", WRITES)
def test_a_write_that_ends_at_any_step(variable, backend, write, error):
    if backend == "tensorflow":
        pytest.skip("TensorFlow itself crashes when a handler raises inside its calls (seen with 2.21)")
    write = WRITES[write]
    v = variable(START)
    write(v)  # what is compiled once is compiled, in place and not
    v.assign(START)
    held = v.numpy()
    write(v)
    new = v.numpy().copy()
    n = 0
    v = variable(START)
    while True:
        for hold in (False, True):
            held = v.numpy() if hold else None
            reached = ended(write, v, n, error)
            assert not v._lock._is_owned(), n
            found = v.numpy().copy()
            assert (found == START).all() or (found == new).all(), n
            if held is not None:
                np.testing.assert_array_equal(held, START)
            if backend == "torch":
                import torch

                assert torch.is_grad_enabled()
            v.assign(START)
            np.testing.assert_array_equal(v.numpy(), START)
        if not reached:
            break
        n += 1
    assert n > 5
    write(v)
    np.testing.assert_array_equal(v.numpy(), new)


# ---- what shares a jax array's memory without a reference to it


def sharing():
    jax = pytest.importorskip("jax")
    device = jax.devices()[0]
    sharding = jax.sharding.SingleDeviceSharding(device)
    make = jax.make_array_from_single_device_arrays
    return {
        "device_put": lambda x: jax.device_put(x, device),
        "device_put, sharding": lambda x: jax.device_put(x, sharding),
        "addressable_data": lambda x: x.addressable_data(0),
        "shard": lambda x: x.addressable_shards[0].data,
        "made of it": lambda x: make(x.shape, sharding, [x]),
        "a view of NumPy's": lambda x: np.asarray(x),
    }


@pytest.mark.parametrize("size", [3, 300])
@pytest.mark.parametrize("given", [False, True])
@pytest.mark.parametrize("share", range(6))
def test_a_write_deletes_nothing_that_somebody_holds(share, given, size):
    import jax

    name, share = list(sharing().items())[share]
    start = np.arange(size * size, dtype=np.float32).reshape(size, size)
    if given:
        array = jax.numpy.array(start)
        held = share(array)
        v = kerasvar.Variable(array, backend="jax")
        del array
    else:
        v = kerasvar.Variable(start, backend="jax")
        held = share(v.value)
    for i in range(3):
        v[i] = -1.0
        v[[0, 2], [1, 1]] = 5.0
    np.testing.assert_array_equal(np.asarray(held), start, err_msg=name)


def test_an_array_with_a_layout_stays_the_caller_s():
    jax = pytest.importorskip("jax")
    sharding = jax.sharding.SingleDeviceSharding(jax.devices()[0])
    array = jax.numpy.arange(10_000.0)
    v = kerasvar.Variable(array, backend="jax", layout=sharding)
    v[0] = 5.0
    w = kerasvar.Variable(jax.numpy.zeros(10_000), backend="jax", layout=sharding)
    w.assign(array)
    w[0] = 5.0
    assert float(array[0]) == 0 and float(v[0]) == float(w[0]) == 5
