"""Programs in a process of their own: Keras as an oracle (it has one backend a process), and clean imports."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

BACKENDS = ("numpy", "tensorflow", "jax", "torch")
SOURCE = pathlib.Path(__file__).parents[2] / "inst" / "python"


def run_python(program, timeout=600, **environment):
    """What `program` prints last, as JSON; `kerasvar` is on its path, no backend is chosen."""
    env = {k: v for k, v in os.environ.items() if k not in ("KERAS_BACKEND", "KERASVAR_BACKEND")}
    env.update({"PYTHONPATH": str(SOURCE), "TF_CPP_MIN_LOG_LEVEL": "3", **environment})
    done = subprocess.run(
        [sys.executable, "-c", program], env=env, capture_output=True, text=True, timeout=timeout
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def ask_keras(backend, program, **environment):
    """What `program` prints last, as JSON, run with Keras on `backend`; skips without Keras or it."""
    pytest.importorskip("keras")
    pytest.importorskip(backend)
    return run_python(program, KERAS_BACKEND=backend, **environment)
