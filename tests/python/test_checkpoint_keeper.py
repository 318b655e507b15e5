"""The keeper: which checkpoints stay, and a training loop that is killed and goes on."""

import os

import numpy as np
import pytest

import kerasvar
from keras_oracle import run_python
from kerasvar import Checkpoints


def made(value):
    return [kerasvar.Variable(np.full(4, value, np.float32), name=n, backend="numpy") for n in "ab"]


@pytest.mark.parametrize("limit", [None, 16])
def test_the_newest_stay(tmp_path, limit):
    checkpoints = Checkpoints(tmp_path / "run", keep=2)
    assert checkpoints.steps() == [] and checkpoints.latest() is None
    v = made(0)
    assert checkpoints.restore(v) == 0
    for step in (0, 5, 10, 100):
        checkpoints.save(made(step), step, metadata={"loss": 0.5}, max_shard_size=limit)
    assert checkpoints.steps() == [10, 100] and checkpoints.latest() == 100
    assert len(os.listdir(tmp_path / "run")) == (2 if limit is None else 6)
    assert checkpoints.restore(v) == 100 and v[0].numpy().tolist() == [100] * 4
    assert checkpoints.restore(v, step=10) == 10 and v[1].numpy().tolist() == [10] * 4
    assert checkpoints.metadata() == {"loss": 0.5, "step": 100}
    assert checkpoints.load(10)["a"].tolist() == [10] * 4 == checkpoints.load(10, only="b")["b"].tolist()
    assert repr(checkpoints) == f"<Checkpoints {str(tmp_path / 'run')!r}, steps 10, 100>"
    # The same step again, for a run that was killed before it could go on.
    checkpoints.save(made(7), 100, max_shard_size=limit)
    assert checkpoints.load()["a"][0] == 7
    with pytest.raises(ValueError, match="is 50, and there are checkpoints up to step 100. `remove` those"):
        checkpoints.save(v, 50)
    checkpoints.remove(100)
    checkpoints.save(v, 50)
    assert checkpoints.steps() == [10, 50]


def test_other_files_of_the_folder_stay(tmp_path):
    for name in ("step-1.safetensors", "notes.txt", "step-0000000001.safetensors.tmp"):
        (tmp_path / name).write_bytes(b"")
    checkpoints = Checkpoints(tmp_path, keep=1)
    for step in (1, 2):
        checkpoints.save(made(step), step)
    assert checkpoints.steps() == [2] and len(os.listdir(tmp_path)) == 4


def test_wrong_arguments(tmp_path):
    for keep in (0, -1, True, 1.5, "3"):
        with pytest.raises(ValueError, match="`keep` must be an integer from 1, or None. Received: "):
            Checkpoints(tmp_path, keep=keep)
    with pytest.raises(TypeError, match="`path` must be a path"):
        Checkpoints(1)
    checkpoints = Checkpoints(tmp_path)
    for step in (-1, 1.5, "1", True, None):
        with pytest.raises(ValueError, match="`step` must be an integer from 0. Received: "):
            checkpoints.save(made(1), step)
    with pytest.raises(ValueError, match="There is no checkpoint in .* There are: none."):
        checkpoints.load()
    checkpoints.save(made(1), 3)
    with pytest.raises(ValueError, match="There is no checkpoint of step 4 in .* There are: 3."):
        checkpoints.restore(made(1), 4)
    with pytest.raises(TypeError, match="holds more than Variables"):
        checkpoints.restore({"a": np.ones(4)})


TRAINING = """
import json, os, signal, sys
import numpy as np
import kerasvar
from kerasvar import random

folder, backend, deadly = {folder!r}, {backend!r}, {deadly}
data = np.random.default_rng(1).normal(size=(20, 3)).astype("float32")
w = kerasvar.Variable(np.zeros(3, "float32"), name="w", backend=backend)
momentum = kerasvar.Variable(np.zeros(3, "float32"), name="momentum", trainable=False, backend=backend)
key = kerasvar.Variable(random.key(7), name="key", trainable=False, backend=backend)
variables = [w, momentum, key]
checkpoints = kerasvar.Checkpoints(folder, keep=2)
first = checkpoints.restore(variables)
for step in range(first, 12):
    key.assign(random.fold_in(key.numpy(), step))
    row = data[int(key.numpy()[1]) % 20]
    momentum.assign(momentum * 0.9 + row)
    w.assign_sub(momentum * 0.1)
    if step + 1 == deadly:
        os.kill(os.getpid(), signal.SIGKILL)
    checkpoints.save(variables, step + 1)
print(json.dumps([first, w.numpy().tobytes().hex(), checkpoints.steps()]))
"""


def test_a_killed_training_goes_on_to_the_same_bits(backend, tmp_path):
    if backend == "frozen":
        pytest.skip("it is registered in this process alone")

    def train(folder, deadly):
        return run_python(TRAINING.format(folder=str(tmp_path / folder), backend=backend, deadly=deadly))

    first, expected, _ = train("whole", 0)
    with pytest.raises(AssertionError):
        train("killed", 5)
    again, found, steps = train("killed", 0)
    assert (first, again, found, steps) == (0, 4, expected, [11, 12])
