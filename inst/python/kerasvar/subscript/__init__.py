"""Subscripts in Python's sense -> one Selection.

What a Selection does to a tensor is the backends' business; no framework is named here.
"""

from .python import python_selection
from .selection import Selection
