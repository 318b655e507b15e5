"""The safetensors format: what stands at the start of a file, read with every check and written.

A file is 8 bytes with the length of the header, the header (JSON: for each entry its dtype, shape and
place, and text under "__metadata__"), then the data: the entries one after the other, without gaps.
Knows bytes alone, neither files nor arrays.
"""

import json
import math
from typing import NamedTuple

__all__ = ["LIMIT", "METADATA", "BITS", "Stored", "build", "parse", "strict_json"]

METADATA = "__metadata__"
LIMIT = 100_000_000
"""Bytes that a header can have; safetensors' own limit."""

BITS = {
    "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6,
    "BOOL": 8, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8, "F8_E4M3FNUZ": 8,
    "F8_E5M2FNUZ": 8,
    "U16": 16, "I16": 16, "F16": 16, "BF16": 16,
    "U32": 32, "I32": 32, "F32": 32,
    "U64": 64, "I64": 64, "F64": 64, "C64": 64,
}  # fmt: skip
"""The format's dtypes, and how many bits an element has."""

_MOST = 2**63 - 1
_MOST_AXES = 64  # NumPy's


class Stored(NamedTuple):
    """An entry as it stands in the file; `start` and `stop` count from the first byte of the data."""

    dtype: str
    shape: tuple
    start: int
    stop: int


def strict_json(text, what):
    """What the JSON says; `text` are bytes.

    Raises:
        ValueError: invalid UTF-8 or JSON, a key that comes twice, NaN, nesting without end.
    """

    def pairs(items):
        found = dict(items)
        if len(found) != len(items):
            keys = [key for key, _ in items]
            twice = next(key for key in keys if keys.count(key) > 1)
            raise ValueError(f"the name {twice!r} comes twice")
        return found

    def refuse(constant):
        raise ValueError(f"{constant} is no JSON")

    try:
        return json.loads(str(text, "utf-8"), object_pairs_hook=pairs, parse_constant=refuse)
    except RecursionError:
        raise ValueError(f"{what} is nested too deep") from None
    except ValueError as error:
        raise ValueError(f"{what} cannot be read: {error}") from None


def parse(text, size):
    """`(entries, metadata)` of a header: dicts from name to `Stored` and from text to text.

    Args:
        text: the header, bytes.
        size: how many bytes of data follow.

    Raises:
        ValueError: anything that is not as the format wants it.
    """
    header = strict_json(text, "its header")
    if not isinstance(header, dict):
        raise ValueError("its header is no JSON object")
    metadata = header.pop(METADATA, {})
    if not isinstance(metadata, dict) or not all(isinstance(x, str) for x in metadata.values()):
        raise ValueError(f"{METADATA} is no dict of text")
    entries = {name: _entry(name, entry) for name, entry in header.items()}
    end = 0
    for name, entry in sorted(entries.items(), key=lambda item: item[1][2:]):
        if entry.start != end:
            raise ValueError(f"the entry {name!r} starts at {entry.start}, where {end} was expected")
        end = entry.stop
    if end != size:
        raise ValueError(f"its entries take {end} bytes, and {size} follow the header")
    return entries, metadata


def _entry(name, entry):
    _check_text(name)
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise ValueError(f"the entry {name!r} must have a dtype, a shape and data_offsets")
    dtype, shape, place = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(dtype, str):
        raise ValueError(f"the entry {name!r} has a dtype that is no text")
    if not _are_sizes(shape) or not _are_sizes(place) or len(place) != 2 or place[0] > place[1]:
        raise ValueError(f"the entry {name!r} has an impossible shape or place: {shape}, {place}")
    if len(shape) > _MOST_AXES or math.prod(max(n, 1) for n in shape) * 16 > _MOST:
        raise ValueError(f"the entry {name!r} has an impossible shape: {shape}")
    # Of a dtype that is not known here, the size cannot be checked.
    if dtype in BITS and math.prod(shape) * BITS[dtype] != 8 * (place[1] - place[0]):
        raise ValueError(
            f"the entry {name!r} has {place[1] - place[0]} bytes, which is not what its dtype {dtype} "
            f"and its shape {tuple(shape)} take"
        )
    return Stored(dtype, tuple(shape), *place)


def _are_sizes(x):
    return isinstance(x, list) and all(type(n) is int and 0 <= n <= _MOST for n in x)


def _check_text(name):
    try:
        name.encode()
    except UnicodeEncodeError:
        raise ValueError(f"the name {name!r} is no text") from None


def build(entries, metadata):
    """The bytes that go before the data.

    Args:
        entries: dict from name to `(dtype, shape, size in bytes)`, in the order of the data.
        metadata: dict from text to text.
    """
    header, end = {METADATA: metadata} if metadata else {}, 0
    for name, (dtype, shape, size) in entries.items():
        header[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [end, end + size]}
        end += size
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    # So that the data, which come next, lie at a multiple of 8.
    text += b" " * (-len(text) % 8)
    if len(text) > LIMIT:
        raise ValueError(
            f"The names, shapes and metadata take {len(text)} bytes, and a safetensors file has room "
            f"for {LIMIT} of them. Save fewer in one file, or less metadata."
        )
    return len(text).to_bytes(8, "little") + text
