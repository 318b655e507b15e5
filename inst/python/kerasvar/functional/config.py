"""The settings of the reference that change something here, with its names and defaults.

`update()` changes one for the process; `temp_flip_flag()` for a block, held in `contextvars`, so
that other threads and tasks do not see it. A process starts with what the environment variable of
that name, in capitals, says. Semantics: `flax.config`.
"""

import contextlib
import os
from contextvars import ContextVar

_DEFAULTS = {
    # Put a zero byte before each part of a path that is folded into a key, so that ('ab', 'c') and
    # ('a', 'bc') give different keys.
    "flax_fix_rng_separator": False,
    # Return variables as FrozenDict where a dict is returned otherwise.
    "flax_return_frozendict": False,
}
_WORDS = dict.fromkeys(("y", "yes", "t", "true", "on", "1"), True)
_WORDS.update(dict.fromkeys(("n", "no", "f", "false", "off", "0"), False))


def _initial(name, default):
    text = os.environ.get(name.upper())
    if text is None:
        return default
    try:
        return _WORDS[text.lower()]
    except KeyError:
        raise ValueError(
            f"The environment variable {name.upper()} must be one of {', '.join(_WORDS)}. "
            f"Received: {text!r}"
        ) from None


_flipped = ContextVar("kerasvar_functional_flipped", default={})


class Config:
    """The settings, each an attribute that can be read."""

    def __init__(self):
        values = {name: _initial(name, default) for name, default in _DEFAULTS.items()}
        object.__setattr__(self, "_values", values)

    def __getattr__(self, name):
        try:
            return {**self._values, **_flipped.get()}[name]
        except KeyError:
            raise AttributeError(_unknown(name)) from None

    def __setattr__(self, name, value):
        raise AttributeError(f"Change a setting with config.update({name!r}, {value!r}).")

    def __dir__(self):
        return [*super().__dir__(), *self._values]

    def __repr__(self):
        lines = "".join(f"  {name}={getattr(self, name)!r},\n" for name in self._values)
        return f"Config(\n{lines})"

    def update(self, name, value, /):
        """Change a setting: for the process, or, inside a block that flips it, for that block.

        Raises:
            LookupError: there is no such setting.
        """
        if name not in self._values:
            raise LookupError(_unknown(name))
        flipped = _flipped.get()
        if name in flipped:
            _flipped.set({**flipped, name: value})
        else:
            self._values[name] = value

    @contextlib.contextmanager
    def temp_flip_flag(self, var_name, var_value):
        """A context manager: inside, the setting `"flax_" + var_name` has the value `var_value`.

        Raises:
            AttributeError: there is no such setting.
        """
        name = f"flax_{var_name}"
        getattr(self, name)
        token = _flipped.set({**_flipped.get(), name: var_value})
        try:
            yield
        finally:
            _flipped.reset(token)


def _unknown(name):
    return f"There is no setting {name!r}. There are: {', '.join(_DEFAULTS)}."


config = Config()
