"""Damaged files: none loads as if it were well, and nothing of it reaches a variable."""

import json
import os
import pathlib
import tempfile
import tracemalloc

import numpy as np
import pytest
import safetensors.numpy

import kerasvar
from kerasvar import checkpoint
from kerasvar.checkpoint import notes


@pytest.fixture
def path():
    # In memory, where there is such a place: a disk takes longer than all the rest.
    place = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=place) as folder:
        yield pathlib.Path(folder) / "values.safetensors"


def variables():
    made = {
        "dense/kernel": np.arange(12, dtype=np.float32).reshape(3, 4),
        "mask": np.array([True, False, True]),
        "z": np.array([1 + 2j, 3 - 4j]),
        "words": np.array(["a", "Zürich"], object),
        "n": np.int64(7),
        "half": np.arange(5).astype(np.float16),
    }
    return {
        key: kerasvar.Variable(value, name=key.rpartition("/")[2], trainable=n > 1, backend="numpy")
        for n, (key, value) in enumerate(made.items())
    }


def saved(path, monkeypatch):
    """The bytes of a file of ours, with several checksums for an entry."""
    monkeypatch.setattr(notes, "CHUNK", 32)
    tree = {"model": variables(), "epoch": 3, "of": "run"}
    checkpoint.save(path, tree, metadata={"who": "me", "loss": [0.5, 1]})
    return path.read_bytes()


def written(path, contents):
    """Each content in turn, written to the one file at `path`; opening anew would take most of the time."""
    with open(path, "r+b", buffering=0) as file:
        for content in contents:
            os.pwrite(file.fileno(), content, 0)
            file.truncate(len(content))
            yield content


def flipped(data, n):
    """The bytes with another n-th bit."""
    changed = bytearray(data)
    changed[n // 8] ^= 1 << (n % 8)
    return bytes(changed)


def mutations(data, count, rng):
    """Files that differ from `data` in a bit, in length, or by a piece that came from elsewhere."""
    yield from (data[:n] for n in range(len(data)))
    for _ in range(count):
        yield flipped(data, int(rng.integers(len(data) * 8)))
    for _ in range(count // 2):
        start, source = rng.integers(len(data), size=2)
        size = int(rng.integers(1, 64))
        piece = rng.bytes(size) if rng.integers(2) else data[source : source + size]
        # In place of what was there, or in between.
        after = start + (len(piece) if rng.integers(2) else 0)
        yield data[:start] + piece + data[after:]
    for _ in range(count // 4):
        start, stop = np.sort(rng.integers(len(data), size=2))
        yield data[:start] + data[stop:]
    for claim in (0, 1, 2, len(data), 2**31, 2**31 - 1, 2**32 + 9, 2**63, 2**64 - 1):
        yield claim.to_bytes(8, "little") + data[8:]
    yield data + b"\0"
    yield data + data


def test_ten_thousand_damaged_files(path, monkeypatch):
    data = saved(path, monkeypatch)
    target = {"model": variables(), "epoch": 0, "of": ""}
    for v in target["model"].values():
        v.assign(np.zeros(v.shape, v.dtype) if v.dtype != "string" else np.full(v.shape, "", object))
    before = [v.numpy().copy() for v in target["model"].values()]
    count = 0
    for damaged in written(path, mutations(data, 5000, np.random.default_rng(1))):
        if damaged == data:
            continue
        count += 1
        with pytest.raises(ValueError, match="`path`"):
            checkpoint.load(path, target)
    assert count > 10_000
    for v, old in zip(target["model"].values(), before):
        np.testing.assert_array_equal(v.numpy(), old)
    path.write_bytes(data)
    checkpoint.load(path, target)
    assert target["model"]["n"].numpy() == 7


def test_every_bit_of_a_file_counts(path, monkeypatch):
    monkeypatch.setattr(notes, "CHUNK", 8)
    checkpoint.save(path, kerasvar.Variable(np.arange(3.0), name="v", backend="numpy"))
    data = path.read_bytes()
    for _ in written(path, (flipped(data, n) for n in range(8 * len(data)))):
        with pytest.raises(ValueError, match="`path`"):
            checkpoint.load(path)


def test_damaged_files_of_others_are_well_formed_or_refused(path):
    # Without checksums, what cannot be seen cannot be told; but nothing else happens than these two.
    values = {"w": np.arange(6.0).reshape(2, 3), "b": np.array([True, False]), "n": np.int8([1, 2, 3])}
    safetensors.numpy.save_file(values, path, metadata={"format": "pt"})
    data = path.read_bytes()
    loaded = 0
    for damaged in written(path, mutations(data, 3000, np.random.default_rng(2))):
        try:
            read = checkpoint.load(path)
        except ValueError as error:
            assert "`path`" in str(error)
            continue
        loaded += 1
        total = sum(x.nbytes for x in read.values())
        assert total + int.from_bytes(damaged[:8], "little") + 8 == len(damaged)
        # What the format's own reader refuses is refused.
        safetensors.numpy.load_file(path)
    assert loaded > 100


def test_a_damaged_index(path):
    made = [kerasvar.Variable(np.full(50, n, np.float32), name=f"v{n}", backend="numpy") for n in range(4)]
    checkpoint.save(path, made, max_shard_size=250, metadata={"who": "me"})
    index = path.parent / "values.safetensors.index.json"
    data = index.read_bytes()
    for damaged in written(index, mutations(data, 500, np.random.default_rng(3))):
        if damaged == data:
            continue
        with pytest.raises((ValueError, FileNotFoundError), match="`path`"):
            checkpoint.load(index)
    index.write_bytes(data)
    assert checkpoint.load(path)["v3"].sum() == 150
    # A file of the same form from another save.
    shard = next(f for f in path.parent.iterdir() if "00002-of" in f.name)
    made[1].assign(np.zeros(50))
    checkpoint.save(path.parent / "x.safetensors", made[1:2])
    shard.write_bytes((path.parent / "x.safetensors").read_bytes())
    with pytest.raises(ValueError, match="is damaged: its files are not those"):
        checkpoint.load(path)


def crafted(header, data=b"", size=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (len(text) if size is None else size).to_bytes(8, "little") + text + data


ENTRY = {"dtype": "U8", "shape": [2], "data_offsets": [0, 2]}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "it is empty"),
        (b"hello, world, this is text", "it is text"),
        (b"\x80\x04\x95aaaaaaaaaaaaaaaa", "is a pickle, which may hold code"),
        (b"\x93NUMPY\1\0aaaaaaaaaaaaaaaaaaaa", r"single array of NumPy"),
        (crafted(b"{}", size=2**31), "it claims a header of 2147483648 bytes"),
        (crafted(b"{}", b"\0"), "take 0 bytes, and 1 follow"),
        (crafted(b"[]"), "no JSON object"),
        (crafted(b"{", b" "), "cannot be read"),
        (crafted(b'{"a\xff": 1}'), "utf-8"),
        (crafted(b'{"\\ud800": ' + json.dumps(ENTRY).encode() + b"}", b"aa"), "is no text"),
        (crafted(b"[" * 100_000), "nested too deep"),
        (crafted(b'{"a":' * 100_000), "nested too deep"),
        (crafted(b'{"a": %s, "a": %s}' % ((json.dumps(ENTRY).encode(),) * 2), b"aa"), "'a' comes twice"),
        (crafted({"a": {**ENTRY, "data_offsets": [0, 3]}}, b"aaa"), "has 3 bytes"),
        (crafted({"a": {**ENTRY, "data_offsets": [-2, 0]}}, b"aa"), "impossible shape or place"),
        (crafted({"a": {**ENTRY, "data_offsets": [2, 0]}}, b"aa"), "impossible shape or place"),
        (crafted({"a": {**ENTRY, "data_offsets": [0.0, 2.0]}}, b"aa"), "impossible shape or place"),
        (crafted({"a": {**ENTRY, "data_offsets": [2, 4]}}, b"aaaa"), "starts at 2, where 0"),
        (crafted({"a": ENTRY, "b": ENTRY}, b"aa"), "starts at 0, where 2"),
        (crafted({"a": ENTRY, "b": {**ENTRY, "data_offsets": [1, 3]}}, b"aaa"), "starts at 1"),
        (crafted({"a": {**ENTRY, "shape": [2**40, 2**40]}}, b"aa"), "impossible shape"),
        (crafted({"a": {**ENTRY, "shape": [0, 2**62, 2**62], "data_offsets": [0, 0]}}), "impossible shape"),
        (crafted({"a": {**ENTRY, "shape": [1] * 65 + [2]}}, b"aa"), "impossible shape"),
        (crafted({"a": {**ENTRY, "shape": [True, 2]}}, b"aa"), "impossible shape or place"),
        (crafted({"a": {**ENTRY, "shape": [-1, -2]}}, b"aa"), "impossible shape or place"),
        (crafted({"a": {**ENTRY, "dtype": 1}}, b"aa"), "a dtype that is no text"),
        (crafted({"a": {**ENTRY, "more": 1}}, b"aa"), "must have a dtype, a shape"),
        (crafted({"a": 1}), "must have a dtype, a shape"),
        (crafted({"__metadata__": {"a": 1}}), "no dict of text"),
        (crafted({"__metadata__": {"kerasvar": "{"}}), "its metadata cannot be read"),
        (crafted({"__metadata__": {"kerasvar": "[]"}}), "not what kerasvar writes"),
        (crafted({"__metadata__": {"kerasvar": "[" * 10**5}}), "nested too deep"),
        (crafted({"__metadata__": {"kerasvar": '{"version": 1}'}}), "not what kerasvar writes"),
        (crafted({"__metadata__": {"kerasvar": '{"version": 2, "variables": {}}'}}), "checksum is missing"),
        (crafted({"__metadata__": {"kerasvar.checksum": "0" * 32}}), "another checksum"),
        (crafted({"a": {**ENTRY, "dtype": "BOOL"}}, b"\1\2"), "neither 0 nor 1"),
        (crafted({"a": {**ENTRY, "dtype": "F8_E8M0"}}, b"aa"), "has the dtype F8_E8M0, which is not known"),
        (crafted({"a": {**ENTRY, "dtype": "F4", "shape": [4]}}, b"aa"), "has the dtype F4, which is not known"),
    ],
)  # fmt: skip
def test_what_is_no_safetensors_file(path, content, words):
    path.write_bytes(content)
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=words) as caught:
            checkpoint.load(path)
        assert tracemalloc.get_traced_memory()[1] < 100e6
    finally:
        tracemalloc.stop()
    assert str(path) in str(caught.value)


def test_other_entries_of_a_file_with_an_unknown_dtype(path):
    header = {"a": {**ENTRY, "dtype": "F9"}, "b": {**ENTRY, "data_offsets": [2, 4]}}
    path.write_bytes(crafted(header, b"aabb"))
    assert checkpoint.load(path, only="b")["b"].tolist() == [98, 98]
    assert checkpoint.describe(path)["a"] == {"dtype": "F9", "shape": (2,)}
    with pytest.raises(ValueError, match="What is known: bool, uint8"):
        checkpoint.load(path)


def test_what_is_no_file(tmp_path):
    with pytest.raises(ValueError, match="is a directory, and holds none of them. What can be read is a safe"):
        checkpoint.load(tmp_path)
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    for path, kind in ((fifo, "a FIFO"), ("/dev/null", "a device")):
        with pytest.raises(ValueError, match=f"is {kind}. What can be read is"):
            checkpoint.load(path)
        with pytest.raises(ValueError, match=f"is {kind}, and is left as it is"):
            checkpoint.save(path, kerasvar.Variable(1.0, backend="numpy"))
    with pytest.raises(ValueError, match="is a directory, and is left as it is"):
        checkpoint.save(tmp_path, kerasvar.Variable(1.0, backend="numpy"))
    assert fifo.is_fifo() and list(tmp_path.iterdir()) == [fifo]
    for path in (1, None, "", "a\0b"):
        with pytest.raises((TypeError, ValueError), match="Argument `path` must be a path. Received: "):
            checkpoint.load(path)


@pytest.mark.parametrize("name", ["../x.safetensors", "/x.safetensors", "a/../../x", "..\\x", "link", "c:x", ""])
def test_an_index_names_nothing_outside_its_folder(tmp_path, name):
    safetensors.numpy.save_file({"w": np.ones(2)}, tmp_path / "x.safetensors")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path / "x.safetensors")
    index = folder / "model.safetensors.index.json"
    index.write_text(json.dumps({"metadata": {}, "weight_map": {"w": name}}))
    with pytest.raises(ValueError, match="outside its folder"):
        checkpoint.load(index)


def test_the_cache_of_hugging_face_may_link_to_where_its_index_lies(tmp_path):
    blobs, snapshot = tmp_path / "blobs", tmp_path / "snapshots" / "1"
    blobs.mkdir()
    snapshot.mkdir(parents=True)
    safetensors.numpy.save_file({"w": np.ones(2)}, blobs / "abc")
    (blobs / "def").write_text(json.dumps({"metadata": {}, "weight_map": {"w": "m-1.safetensors"}}))
    (snapshot / "m.safetensors.index.json").symlink_to(blobs / "def")
    (snapshot / "m-1.safetensors").symlink_to(blobs / "abc")
    assert checkpoint.load(snapshot)["w"].tolist() == [1, 1]
