"""What only R needs: functions that R calls, one an operation, with plain data or tensors out.

This package knows variables, tensors and how R thinks of an array: data that lie down the columns,
vectors without axes that are recycled, a number that stands for "missing". It names no framework. What
comes in as data says with a kind (see `data`) what R knows of it. Nothing outside imports this package.
"""

from .arithmetic import *  # noqa: F403
from .arrays import *  # noqa: F403
from .data import *  # noqa: F403
from .mathematics import *  # noqa: F403
from .reductions import *  # noqa: F403
from .values import *  # noqa: F403
