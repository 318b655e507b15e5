"""Flags, by the names, defaults and environment variables that they have in Flax: those that change something here.

`update()` sets a flag for the process; `temp_flip_flag()` for a block, held in `contextvars`, so that
other threads and tasks do not see it. Semantics: `flax.config`.
"""

import contextlib
import os
from contextvars import ContextVar

__all__ = ["config"]

FLAGS = {
    # A zero byte before each part of a path that is folded into a key, so that ("ab", "c") and
    # ("a", "bc") give different keys.
    "flax_fix_rng_separator": False,
    # Variables are returned as a FrozenDict where a dict is returned otherwise.
    "flax_return_frozendict": False,
}
_WORDS = dict.fromkeys(("y", "yes", "t", "true", "on", "1"), True)
_WORDS.update(dict.fromkeys(("n", "no", "f", "false", "off", "0"), False))


def _initial(name):
    text = os.environ.get(name.upper())
    if text is None:
        return FLAGS[name]
    try:
        return _WORDS[text.lower()]
    except KeyError:
        raise ValueError(
            f"The environment variable {name.upper()} must be one of {', '.join(_WORDS)}. "
            f"Received: {text!r}"
        ) from None


_flipped = ContextVar("kerasvar_functional_flipped", default={})


class Config:
    """The flags, each an attribute (bool) that can be read."""

    def __init__(self):
        object.__setattr__(self, "_values", {name: _initial(name) for name in FLAGS})

    def __getattr__(self, name):
        try:
            return {**self._values, **_flipped.get()}[name]
        except KeyError:
            raise AttributeError(_unknown(name)) from None

    def __setattr__(self, name, value):
        raise AttributeError(f"Set a flag with config.update({name!r}, {value!r}).")

    def __dir__(self):
        return [*super().__dir__(), *FLAGS]

    def __repr__(self):
        lines = "".join(f"  {name}={getattr(self, name)!r},\n" for name in FLAGS)
        return f"Config(\n{lines})"

    def update(self, name, value, /):
        """Set a flag: for the process, or, inside a block that flips it, for that block.

        Raises:
            LookupError: there is no such flag (lists those that there are).
        """
        if name not in FLAGS:
            raise LookupError(_unknown(name))
        if name in _flipped.get():
            _flipped.set({**_flipped.get(), name: value})
        else:
            self._values[name] = value

    @contextlib.contextmanager
    def temp_flip_flag(self, var_name, var_value):
        """A context manager: inside, the flag `"flax_" + var_name` has the value `var_value`.

        Raises:
            AttributeError: there is no such flag (lists those that there are).
        """
        name = f"flax_{var_name}"
        getattr(self, name)
        token = _flipped.set({**_flipped.get(), name: var_value})
        try:
            yield
        finally:
            _flipped.reset(token)


def _unknown(name):
    return (
        f"There is no flag {name!r}. Flags of Flax that nothing here reads are left out; "
        f"there are: {', '.join(FLAGS)}."
    )


config = Config()
