"""An index of several safetensors files that are one checkpoint, as Hugging Face writes it.

The files have names that no other save has used: a new checkpoint is there when its index takes the place
of the old one, and only then the old files go. This knows names and JSON; what is in the files, `sources`.
"""

import contextlib
import json
import os
import re

from . import atomic, header, notes
from .files import File

__all__ = ["ENDING", "build", "file_name", "file_of", "parse", "remove", "remove_abandoned"]

ENDING = ".index.json"


def file_name(base, token, n, count):
    """The path of the n-th of `count` files of the save `token`."""
    return f"{_stem(base)}-{token}-{n:05d}-of-{count:05d}.safetensors"


def _stem(base):
    return base[: -len(".safetensors")] if base.endswith(".safetensors") else base


def build(weights, total, metadata):
    """The bytes of an index: `weights` is a dict from entry to file name, `total` their bytes."""
    content = {"metadata": {"total_size": total, **metadata}, "weight_map": weights}
    return notes.fill_seal(json.dumps(content, indent=2).encode())[0]


def parse(text):
    """`(weights, notes)` of an index.

    Raises:
        ValueError: it is none.
    """
    content = header.strict_json(text, "it")
    # Other keys would be these, damaged.
    right = isinstance(content, dict) and content.keys() <= {"metadata", "weight_map"}
    weights, metadata = (content.get("weight_map"), content.get("metadata", {})) if right else (None, {})
    if not isinstance(weights, dict) or not all(isinstance(x, str) for x in weights.values()):
        raise ValueError("it has no weight_map from names to files")
    if not isinstance(metadata, dict):
        raise ValueError("its metadata are no dict")
    text_only = {k: v for k, v in metadata.items() if isinstance(v, str)}
    found = notes.notes_of(text_only, text)
    return weights, found._replace(metadata={k: v for k, v in found.metadata.items() if k != "total_size"})


def file_of(path, name):
    """The path of the file that the index at `path` calls `name`.

    Raises:
        ValueError: it lies in another folder than the index. (A link may lead to where the index itself
            really lies, as in Hugging Face's cache.)
    """
    folder = os.path.dirname(os.path.abspath(path))
    parts = re.split(r"[/\\]", name)
    inside = name and not os.path.isabs(name) and ".." not in parts and ":" not in name and "\0" not in name
    if inside:
        real = os.path.realpath(os.path.join(folder, name))
        allowed = (os.path.realpath(folder), os.path.dirname(os.path.realpath(path)))
        inside = any(os.path.commonpath([real, root]) == root for root in allowed)
    if not inside:
        raise ValueError(f"`path`: {path!r} names the file {name!r}, which is outside its folder.")
    return real


def _pattern(base):
    return re.escape(os.path.basename(_stem(base))) + r"-[0-9a-f]{8}-\d{5,}-of-\d{5,}\.safetensors"


def _read(path):
    """`parse` of the index at `path`; None if there is none that can be read."""
    try:
        file = File(path)
    except (OSError, ValueError):
        return None
    with contextlib.closing(file):
        try:
            return parse(file.read(0, file.size))
        except (OSError, ValueError):
            return None


def remove_abandoned(base):
    """Remove the files of saves to `base` that are neither being written nor in an index of the folder."""
    folder = os.path.dirname(base)

    def spare(name):
        indexes = (_read(os.path.join(folder, x)) for x in os.listdir(folder) if x.endswith(ENDING))
        return any(found is not None and name in found[0].values() for found in indexes)

    atomic.remove_abandoned(folder, _pattern(base), spare)


def remove(base):
    """Remove the index of `base`, if it is ours, and its files."""
    found = _read(base + ENDING)
    if found is not None and found[1].version:
        with contextlib.suppress(OSError):
            os.remove(base + ENDING)
    remove_abandoned(base)
