"""kerasvar: variables on numpy, tensorflow, jax and torch, all in one process.

Re-exports the public names, one by one, and does nothing else. The modules `checkpoint`,
`functional`, `initializers`, `interop` and `random` are imported when they are first used.
"""

from ._version import __version__
from .backends import available_backends, register_backend
from .config import backend, floatx, set_backend, set_floatx
from .dtypes import is_float_dtype, is_int_dtype, result_type, standardize_dtype
from .leaving import stop_gradient
from .scopes import (
    AutocastScope,
    StatelessScope,
    clear_session,
    current_path,
    device,
    get_autocast_scope,
    get_stateless_scope,
    in_stateless_scope,
    initialize_all_variables,
    name_scope,
)
from .shapes import shape_equal, standardize_shape
from .transforms import functionalize, value_and_grad
from .variable import Variable

_LAZY = ("checkpoint", "functional", "initializers", "interop", "random")
_LAZY_NAMES = {
    "as_keras": "interop",
    "as_variable": "interop",
    "Checkpoints": "checkpoint",
    "load": "checkpoint",
    "save": "checkpoint",
}


def __getattr__(name):
    if name in _LAZY or name in _LAZY_NAMES:
        import importlib

        module = importlib.import_module(f".{_LAZY_NAMES.get(name, name)}", __name__)
        return getattr(module, name) if name in _LAZY_NAMES else module
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
