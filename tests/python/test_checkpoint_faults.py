"""Saving while things go wrong: kills, full disks, others who save or load at the same moment."""

import errno
import fcntl
import os
import resource
import stat
import subprocess

import numpy as np
import pytest

import kerasvar
from keras_oracle import run_python
from kerasvar import checkpoint


@pytest.fixture
def path(tmp_path):
    return tmp_path / "values.safetensors"


def variables(value, size=1000):
    return [kerasvar.Variable(np.full(size, value, np.float32), name=n, backend="numpy") for n in "abcd"]


def value_of(path):
    """The one value of all that was saved by `save(variables(value))`."""
    values = {float(x) for array in checkpoint.load(path).values() for x in np.unique(array)}
    assert len(values) == 1
    return values.pop()


def names(path):
    return sorted(entry.name for entry in path.parent.iterdir())


# What the scripts below share: children of a process that has imported nothing but NumPy.
PRELUDE = """
import itertools, json, os, random, signal, time
import numpy as np
import kerasvar
from kerasvar import checkpoint

path = os.path.join(folder, "values.safetensors")
random.seed(limit or 0)

def save(value):
    made = [kerasvar.Variable(np.full(5000, value, np.float32), name=n, backend="numpy") for n in "abcd"]
    checkpoint.save(path, made, max_shard_size=limit)

def loaded():
    values = {float(x) for array in checkpoint.load(path).values() for x in np.unique(array)}
    assert len(values) == 1, values
    return values.pop()

def child(function):
    pid = os.fork()
    if pid == 0:
        try:
            function()
            os._exit(0)
        except BaseException:
            import traceback
            traceback.print_exc()
        finally:
            os._exit(1)
    return pid

def ended(pid):
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
"""

KILLED = """
save(0)
began = time.perf_counter(); save(1); took = time.perf_counter() - began
last, left = 1, 0
for n in range(100):
    pid = child(lambda: [save(value) for value in itertools.count(last + 1)])
    time.sleep(random.uniform(0, 2 * took))
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    now = loaded()
    assert now >= last, (now, last)
    last = now
    names = os.listdir(folder)
    left += any(name.endswith(".tmp") for name in names) or len(names) > (6 if limit else 1)
save(-1)
assert loaded() == -1
print(json.dumps([left, sorted(os.listdir(folder))]))
"""

LOADING = """
save(0)
pid = child(lambda: [save(value) for value in itertools.count(1)])
seen = {loaded() for _ in range(400)}
assert os.waitpid(pid, os.WNOHANG) == (0, 0)
os.kill(pid, signal.SIGKILL)
os.waitpid(pid, 0)
print(json.dumps(len(seen)))
"""

TWO_SAVERS = """
pids = [child(lambda: [save(value) for _ in range(40)]) for value in (1, 2)]
codes = [ended(pid) for pid in pids]
value = loaded()
save(3)
print(json.dumps([codes, value, loaded(), sorted(os.listdir(folder))]))
"""


def run(script, folder, limit):
    return run_python(f"folder, limit = {str(folder)!r}, {limit or None}\n{PRELUDE}{script}", timeout=300)


def is_whole(listing, limit):
    if not limit:
        return listing == ["values.safetensors"]
    shards = [name for name in listing if "-of-00004.safetensors" in name]
    return len(shards) == 4 and set(listing) - set(shards) == {"values.safetensors.index.json"}


@pytest.mark.parametrize("limit", [0, 20_000])
def test_a_killed_save_leaves_a_whole_checkpoint_and_nothing_else(tmp_path, limit):
    # 200 kills, half of them while several files are written.
    left, listing = run(KILLED, tmp_path, limit)
    assert left > 5, "too few of the kills came while something was written"
    assert is_whole(listing, limit), listing


@pytest.mark.parametrize("limit", [0, 20_000])
def test_loading_while_somebody_saves(tmp_path, limit):
    assert run(LOADING, tmp_path, limit) > 3


@pytest.mark.parametrize("limit", [0, 20_000])
def test_two_savers(tmp_path, limit):
    codes, value, last, listing = run(TWO_SAVERS, tmp_path, limit)
    assert codes == [0, 0] and value in (1, 2) and last == 3
    assert is_whole(listing, limit), listing


def test_what_is_written_is_on_the_disk_before_it_has_its_name(path, monkeypatch):
    calls = []

    def logged(name, function):
        def call(*args):
            if name == "fsync":
                folder = stat.S_ISDIR(os.fstat(args[0]).st_mode)
                calls.append("sync folder" if folder else "sync file")
            else:
                calls.append("replace")
            return function(*args)

        monkeypatch.setattr(os, name, call)

    logged("fsync", os.fsync)
    logged("replace", os.replace)
    checkpoint.save(path, variables(1))
    assert calls == ["sync file", "replace", "sync folder"]
    calls.clear()
    checkpoint.save(path, variables(1), max_shard_size=8000)
    assert calls == ["sync file", "sync file", "sync folder", "sync file", "replace", "sync folder"]


@pytest.mark.parametrize("limit", [None, 4000])
def test_a_file_that_cannot_grow(path, limit):
    checkpoint.save(path, variables(1), max_shard_size=limit)
    before = names(path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3000, hard))
    try:
        with pytest.raises(OSError, match="cannot be saved: File too large. What was there stays") as caught:
            checkpoint.save(path, variables(2), max_shard_size=limit)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert caught.value.errno == errno.EFBIG and str(path) in str(caught.value)
    assert names(path) == before and value_of(path) == 1


@pytest.fixture
def mounted(tmp_path):
    """A function that mounts a small file system at a path, with options; skips where that is not allowed."""
    done = []

    def mount(place, options):
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
        try:
            subprocess.run(command, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            pytest.skip("mounting is not allowed here")
        done.append(place)

    yield mount
    for place in reversed(done):
        subprocess.run(["umount", str(place)], check=False, capture_output=True)


def test_a_full_disk(tmp_path, mounted):
    folder = tmp_path / "small"
    folder.mkdir()
    mounted(folder, "size=128k")
    path = folder / "values.safetensors"
    checkpoint.save(path, variables(1, 2000))
    for limit in (None, 8000):
        with pytest.raises(OSError, match="cannot be saved: No space left on device") as caught:
            checkpoint.save(path, variables(2, 9000), max_shard_size=limit)
        assert caught.value.errno == errno.ENOSPC
        assert names(path) == [path.name] and value_of(path) == 1
    # What was left behind by a save that was killed is removed before its room is needed.
    (folder / "values.safetensors.0123abcd.tmp").write_bytes(bytes(60_000))
    checkpoint.save(path, variables(3, 2000))
    assert names(path) == [path.name] and value_of(path) == 3


def test_a_folder_that_cannot_be_written(tmp_path, mounted):
    folder = tmp_path / "locked"
    folder.mkdir()
    path = folder / "values.safetensors"
    if os.geteuid() == 0:
        # Modes say nothing to root.
        mounted(folder, "size=256k")
        checkpoint.save(path, variables(1))
        mounted(folder, "ro")
        with pytest.raises(OSError, match="cannot be saved: Read-only file system"):
            checkpoint.save(path, variables(2))
        subprocess.run(["umount", str(folder)], check=True)
    else:
        checkpoint.save(path, variables(1))
        folder.chmod(0o555)
        with pytest.raises(PermissionError, match="cannot be saved: Permission denied"):
            checkpoint.save(path, variables(2))
        folder.chmod(0o755)
    assert value_of(path) == 1


def test_a_folder_that_is_not_there_or_goes(tmp_path, monkeypatch):
    folder = tmp_path / "folder"
    path = folder / "values.safetensors"
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        checkpoint.save(path, variables(1))
    folder.mkdir()
    sync = os.fsync

    def gone(file):
        sync(file)
        for entry in folder.iterdir():
            entry.unlink()
        folder.rmdir()

    monkeypatch.setattr(os, "fsync", gone)
    with pytest.raises(FileNotFoundError, match="cannot be saved: No such file or directory"):
        checkpoint.save(path, variables(1))
    assert not folder.exists()


def test_what_somebody_else_is_writing_stays(path):
    others = [
        "values.safetensors.0123abcd.tmp",
        "values-0123abcd-00001-of-00002.safetensors",
    ]
    kept = ["values.safetensors.tmp", "other.safetensors.0123abcd.tmp", "values-1-of-2.safetensors"]
    for name in others + kept:
        (path.parent / name).write_bytes(b"")
    with open(path.parent / others[0]) as first, open(path.parent / others[1]) as second:
        for file in (first, second):
            fcntl.flock(file, fcntl.LOCK_EX)
        checkpoint.save(path, variables(1))
        assert names(path) == sorted([path.name, *others, *kept])
    checkpoint.save(path, variables(1))
    assert names(path) == sorted([path.name, *kept])


def test_files_that_any_index_names_stay(path):
    checkpoint.save(path, variables(1), max_shard_size=4000)
    copy = path.parent / "best.index.json"
    copy.write_bytes((path.parent / "values.safetensors.index.json").read_bytes())
    checkpoint.save(path, variables(2))
    assert value_of(path) == 2 and value_of(copy) == 1
    copy.unlink()
    checkpoint.save(path, variables(3))
    assert names(path) == [path.name]


def test_one_file_takes_the_place_of_several_and_the_reverse(path):
    for value, limit in enumerate([None, 4000, 8000, None]):
        checkpoint.save(path, variables(value), max_shard_size=limit)
        assert value_of(path) == value == value_of(path.parent)
        assert len(names(path)) == (1 if limit is None else 16_000 // limit + 1)


def test_an_interrupt_leaves_the_old_checkpoint(path, monkeypatch):
    checkpoint.save(path, variables(1))
    for place in ("fsync", "replace"):
        with monkeypatch.context() as patch:

            def interrupted(*args):
                raise KeyboardInterrupt

            patch.setattr(os, place, interrupted)
            for limit in (None, 4000):
                with pytest.raises(KeyboardInterrupt):
                    checkpoint.save(path, variables(2), max_shard_size=limit)
                assert names(path) == [path.name] and value_of(path) == 1
