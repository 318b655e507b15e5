"""Files that torch wrote: of all that `torch.load` can do, the reading of tensors alone."""

import os

import torch

__all__ = ["read_tensors"]


def read_tensors(file):
    """What a file holds that `torch.save` wrote: tensors, numbers, text, and lists and dicts of them.

    The tensors of a large file are read from the disk when they are used.

    Raises:
        ValueError: it holds Python objects of other kinds, which only code could make.
    """
    import pickle

    place = f"/dev/fd/{file.fileno()}"
    is_zip = file.read(4) == b"PK\3\4"
    file.seek(0)
    # By the name of the descriptor: torch maps only what it opens itself.
    mapped = is_zip and os.path.exists(place)
    try:
        return torch.load(place if mapped else file, map_location="cpu", weights_only=True, mmap=mapped)
    except pickle.UnpicklingError:
        raise ValueError(
            "it holds Python objects that only code could make. What can be read is tensors, numbers, "
            "text, and lists and dicts of these"
        ) from None
