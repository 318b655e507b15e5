"""Checkpoints: values in safetensors files, which any framework's tools can read.

`files`, `atomic` and `header` know bytes; `values`, `notes` and `chunks` what of ours stands in them;
`structure` the trees that are saved; `saving`, `sources` and `loading` put these together; `foreign` reads
the files of others and `keeper` keeps the newest of many. Frameworks are known through the backends.
"""

from .keeper import Checkpoints
from .loading import Disagreement, describe, load, read_metadata
from .saving import save
from .sources import open_source as open

__all__ = ["Checkpoints", "Disagreement", "describe", "load", "open", "read_metadata", "save"]
