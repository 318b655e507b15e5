"""Subscripts in Python's sense, in base R's sense and in the sense of R keras3's ``@r`` -> one Selection.

The only room of the Python side that knows how R counts (from 1, negative drops, logicals recycle, down the columns).  It
takes subscripts as plain data, so none of it needs R, and it names no framework: what a Selection does to a tensor is
the backends' business.
"""

from .accessor import ELLIPSIS, MISSING, accessor_selection
from .base_r import r_element, r_selection
from .fill import broadcast_fill, r_fill
from .python import python_selection
from .selection import Selection

__all__ = [
    "ELLIPSIS",
    "MISSING",
    "Selection",
    "accessor_selection",
    "broadcast_fill",
    "python_selection",
    "r_element",
    "r_fill",
    "r_selection",
]
