"""TensorFlow's MirroredStrategy on two logical CPU devices: one process for all of it.

Keras's variable under the same strategy is the oracle where it does something sensible.
"""

import functools

import pytest

from keras_oracle import run_python

PROGRAM = """
import copy, json, os, traceback
import numpy as np, tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
import kerasvar
from kerasvar import Variable
kerasvar.set_backend("tensorflow")
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
A = np.arange(6, dtype="float32").reshape(3, 2)
seen = {}

def replicas(v):
    return [np.asarray(x).tolist() for x in strategy.experimental_local_results(v.value)]

def per_replica():
    return tf.cast(tf.distribute.get_replica_context().replica_id_in_sync_group, "float32")

def attempt(name, action):
    try:
        seen[name] = action()
    except Exception as error:
        seen[name] = f"{type(error).__name__}: {error}"[:300]

def make(**kwargs):
    with strategy.scope():
        return Variable(A, **kwargs)

def outside():
    v = make()
    held = v.numpy()
    v.assign(A + 1); v.assign_add(1.0); v += 1
    return [type(v.value).__name__, replicas(v), v.numpy().tolist(), held.tolist()]
attempt("outside", outside)

def slices():
    v = make()
    v[1] = 9
    v[[0, 2], [1, 0]] = [7, 8]
    v[::2, 0] = -1
    return replicas(v)
attempt("slices", slices)

def in_scope():
    with strategy.scope():
        v = Variable(A)
        v[0] = 5
        v.assign_sub(A)
    return replicas(v)
attempt("in scope", in_scope)

def aggregated(aggregation):
    def action():
        v = make(aggregation=aggregation)
        strategy.run(lambda: v.assign_add(per_replica() + 1.0) and None)
        return replicas(v)
    return action
for aggregation in ("none", "mean", "sum", "only_first_replica"):
    attempt("aggregation " + aggregation, aggregated(aggregation))

def assigned(aggregation):
    def action():
        v = make(aggregation=aggregation)
        strategy.run(lambda: v.assign(A * 0 + per_replica()) and None)
        return replicas(v)
    return action
for aggregation in ("none", "mean", "sum", "only_first_replica"):
    attempt("assign " + aggregation, assigned(aggregation))

def slice_in_replicas(aggregation):
    def action():
        v = make(aggregation=aggregation)
        strategy.run(lambda: v.__setitem__(0, per_replica()))
        return replicas(v)
    return action
for aggregation in ("none", "mean", "sum", "only_first_replica"):
    attempt("slice " + aggregation, slice_in_replicas(aggregation))

def in_function():
    v = make(aggregation="mean")
    @tf.function
    def step():
        def replica():
            v.assign_add(per_replica())
            return tf.reduce_sum(v.value)
        return strategy.run(replica)
    step()
    return replicas(v)
attempt("in a function", in_function)

def copied():
    v = make(aggregation="mean")
    with strategy.scope():
        w = copy.copy(v)
    strategy.run(lambda: w.__setitem__(0, per_replica()))
    return replicas(w)
attempt("a copy", copied)

def on_read():
    v = make(aggregation="sum", synchronization="on_read")
    return [v.synchronization, type(v.value).__name__]
attempt("on_read", on_read)

def trainable():
    v = make(trainable=False)
    first = v.value.trainable
    v.trainable = True
    return [first, v.trainable]
attempt("trainable", trainable)

with tf.device("CPU:1"):
    seen["device"] = [Variable(A).value.device[-5:]]
with kerasvar.device("cpu:1"):
    seen["device"].append(Variable(A).value.device[-5:])
    seen["device"].append(Variable(lambda shape, dtype: np.ones(shape), shape=(2,)).value.device[-5:])
print(json.dumps(seen))
"""

A = [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]


@functools.cache
def seen():
    pytest.importorskip("tensorflow")
    return run_python(PROGRAM, timeout=180)


def plus(number):
    return [[x + number for x in row] for row in A]


def test_a_mirrored_variable_is_written_in_every_replica():
    kind, replicas, whole, held = seen()["outside"]
    assert kind == "MirroredVariable"
    assert replicas == [plus(3)] * 2 and whole == plus(3) and held == A


def test_a_subscripted_write_keeps_the_replicas_equal():
    expected = [[-1, 7], [9, 9], [-1, 5]]
    assert seen()["slices"] == [expected] * 2
    assert seen()["in scope"] == [[[5, 4], [0, 0], [0, 0]]] * 2


@pytest.mark.parametrize("aggregation, number", [("mean", 1.5), ("sum", 3.0), ("only_first_replica", 1.0)])
def test_updates_in_the_replicas_end_as_the_aggregation_says(aggregation, number):
    assert seen()[f"aggregation {aggregation}"] == [plus(number)] * 2


@pytest.mark.parametrize("aggregation, number", [("mean", 0.5), ("sum", 1.0), ("only_first_replica", 0.0)])
def test_assigned_in_the_replicas(aggregation, number):
    assert seen()[f"assign {aggregation}"] == [[[number] * 2] * 3] * 2


@pytest.mark.parametrize("what", ["aggregation none", "assign none", "slice none", "slice sum"])
def test_what_would_part_the_replicas_raises(what):
    error = seen()[what]
    assert isinstance(error, str) and error.startswith("ValueError"), error
    assert "aggregation" in error and "replicas" in error


def test_a_subscripted_write_in_the_replicas():
    assert seen()["slice mean"] == [[[0.5, 0.5], *A[1:]]] * 2
    assert seen()["slice only_first_replica"] == [[[0, 0], *A[1:]]] * 2


def test_a_copy_made_under_the_strategy_is_written_in_every_replica():
    assert seen()["a copy"] == [[[0.5, 0.5], *A[1:]]] * 2


def test_in_a_function():
    assert seen()["in a function"] == [plus(0.5)] * 2


def test_synchronization_is_tensorflow_s():
    assert seen()["on_read"] == ["on_read", "SyncOnReadVariable"]


def test_trainable():
    assert seen()["trainable"] == [False, True]


def test_devices():
    assert seen()["device"] == ["CPU:1"] * 3
