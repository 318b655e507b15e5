"""What our files say of themselves, as JSON in the metadata of the file, and how it is sealed.

Under "kerasvar" stands what the format has no place for: each variable's options and checksums, the
structure that was saved, the user's metadata. Under "kerasvar.checksum" stands the checksum of the whole
header with 0 in place of its own digits. Either of the two without the other is damage, but for files of
version 1, which had no checksums at all.
"""

import hashlib
import json
from typing import NamedTuple

from . import header

__all__ = ["CHUNK", "Notes", "UNSET", "digest", "fill_seal", "notes_of", "sealed"]

CHUNK = 1 << 20
"""How many bytes of an entry have a checksum of their own, so that a part can be read and checked."""

UNSET = "0" * 32
_KEY, _SEAL = "kerasvar", "kerasvar.checksum"
_VERSION = 2


def digest(data):
    """The checksum of bytes: half of their SHA-256, for which processors have instructions."""
    return hashlib.sha256(data).hexdigest()[: len(UNSET)]


class Notes(NamedTuple):
    """What stands in a file of ours; of somebody else's, the user's metadata alone."""

    version: int = 0
    variables: dict = {}
    """For each entry a dict: see `saving`."""
    structure: object = None
    """See `structure`; None where the entries are a dict from name to value."""
    metadata: dict = {}
    chunk: int = CHUNK
    seal: object = None
    seals: dict = {}
    """Of an index: from the name of each file to its seal."""


def sealed(variables, structure=None, metadata=None, seals=None):
    """The metadata of a file, with `UNSET` for its seal.

    Raises:
        TypeError: `metadata` is no dict of what JSON knows.
    """
    text, other = {}, {}
    for key, value in (metadata or {}).items():
        if not isinstance(key, str):
            raise TypeError(f"Argument `metadata` must have text as keys. Received: {key!r}")
        # Text goes where other readers look for it.
        plain = isinstance(value, str) and _KEY not in key
        (text if plain else other)[key] = value
    notes = {"version": _VERSION, "chunk": CHUNK, "variables": variables}
    given = {"structure": structure, "metadata": other, "seals": seals}
    notes.update((key, value) for key, value in given.items() if value)
    try:
        written = json.dumps(notes, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise TypeError(f"Argument `metadata` must be a dict of what JSON knows: {error}") from None
    return {_SEAL: UNSET, **text, _KEY: written}


def fill_seal(text):
    """`(text, seal)`: the bytes of a header or an index with its seal in place of the first `UNSET`."""
    seal = digest(text)
    return text.replace(UNSET.encode(), seal.encode(), 1), seal


def notes_of(metadata, text):
    """The `Notes` in the metadata of a file whose header, or index, are the bytes `text`.

    Raises:
        ValueError: the checksum is another, or what stands there is no notes.
    """
    written, seal = metadata.get(_KEY), metadata.get(_SEAL)
    user = {key: value for key, value in metadata.items() if key not in (_KEY, _SEAL)}
    if any(_KEY in key for key in user):
        raise ValueError("its metadata have no names that kerasvar gives")
    if written is None and seal is None:
        return Notes(metadata=user)
    notes = {} if written is None else _checked(header.strict_json(written.encode(), "its metadata"))
    if seal is None:
        if notes["version"] != 1:
            raise ValueError("its checksum is missing")
        return Notes(1, notes["variables"], metadata=user)
    if digest(text.replace(seal.encode(), UNSET.encode(), 1)) != seal or "variables" not in notes:
        raise ValueError(
            "its header has another checksum than it was saved with: it is damaged, or another program "
            "has put other entries in place of those that were saved"
        )
    if notes["version"] != _VERSION:
        raise ValueError(f"it is of version {notes['version']}, which this kerasvar does not know")
    return Notes(
        _VERSION,
        notes["variables"],
        notes.get("structure"),
        {**user, **notes.get("metadata", {})},
        notes["chunk"],
        seal,
        notes.get("seals", {}),
    )


def _checked(notes):
    """The notes, whose form at least is right."""
    right = (
        isinstance(notes, dict)
        and type(notes.get("version")) is int
        and isinstance(notes.get("variables"), dict)
        and all(isinstance(note, dict) for note in notes["variables"].values())
        and isinstance(notes.get("metadata", {}), dict)
        and isinstance(notes.get("seals", {}), dict)
        and type(notes.get("chunk", 1)) is int
        and notes.get("chunk", 1) > 0
    )
    if not right:
        raise ValueError("its metadata under 'kerasvar' are not what kerasvar writes")
    return {"chunk": CHUNK, **notes}
