"""Eight threads on one variable: no update is lost, no read is torn, no snapshot changes."""

import threading

import numpy as np
import pytest

from conftest import host

THREADS = 8


def run(*functions):
    """Runs each function in THREADS threads at once and raises what any of them raised."""
    errors = []

    def guarded(function, i):
        try:
            function(i)
        except BaseException as error:
            errors.append(error)

    threads = [
        threading.Thread(target=guarded, args=(f, i)) for f in functions for i in range(THREADS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


@pytest.fixture(autouse=True)
def many_switches():
    import sys

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def test_assign_add_loses_nothing(variable):
    v = variable(np.zeros(3, np.float32))

    def work(i):
        for _ in range(50):
            v.assign_add(1)
            v.assign_sub(np.array([0, 1, 0.5], np.float32))

    run(work)
    np.testing.assert_array_equal(v.numpy(), [400, 0, 200])


def test_slices_written_side_by_side(variable):
    v = variable(np.zeros((THREADS, 4), np.float32))

    def work(i):
        for k in range(40):
            v[i] = k
            v[[i], [1]] = -k

    run(work)
    expected = np.full((THREADS, 4), 39)
    expected[:, 1] = -39
    np.testing.assert_array_equal(v.numpy(), expected)


def test_reads_are_whole_and_stay(variable):
    v = variable(np.zeros(2000, np.float32))
    stop = threading.Event()

    def write(i):
        if i:
            return
        for k in range(60):
            v.assign(np.full(2000, k, np.float32))
            v[...] = k + 0.5
        stop.set()

    def read(i):
        held = []
        while not stop.is_set():
            array = v.numpy()
            first = float(array[0])
            assert (array == first).all(), "torn"
            held.append((array, first))
            for tensor in (v.snapshot(), v + 0.0, 0 + v, -v, v[...], v + v):
                computed = host(tensor)
                assert (computed == computed[0]).all(), "torn"
            held = held[-20:]
        for array, first in held:
            assert (array == first).all(), "a snapshot changed"

    run(write, read)
    assert (v.numpy() == 59.5).all()


def test_values_read_while_rows_are_written(variable, backend):
    # On jax a write donates the old array: nobody who has just read it may lose it.
    v = variable(np.zeros((50, 50), np.float32))
    stop = threading.Event()

    def write(i):
        if i:
            return
        for k in range(150):
            v[k % 50] = 1.0
        stop.set()

    def read(i):
        while not stop.is_set():
            (v + 1)
            np.asarray(v)

    run(write, read)
    assert (v.numpy() == 1).all()


def test_names_are_unique(variable):
    made = []
    run(lambda i: made.extend(variable([1.0]).name for _ in range(20)))
    assert len(set(made)) == THREADS * 20
