"""Switches: the reference's, by its names, defaults and environment variables.

`update()` sets a switch for the process; `temp_flip_flag()` for a block, held in `contextvars`, so
that other threads and tasks do not see it. Two switches change something here; the others are there
so that code which sets or reads them runs, and say so. Semantics: `flax.config`.
"""

import contextlib
import os
from contextvars import ContextVar
from typing import NamedTuple

__all__ = ["config"]


class Switch(NamedTuple):
    name: str
    default: object
    kind: type
    meaning: str


_OURS = (
    Switch(
        "flax_fix_rng_separator", False, bool,
        "Put a zero byte before each part of a path that is folded into a key, so that ('ab', 'c') "
        "and ('a', 'bc') give different keys.",
    ),
    Switch(
        "flax_return_frozendict", False, bool,
        "Return variables as FrozenDict where a dict is returned otherwise.",
    ),
)  # fmt: skip

# Of parts of Flax (linen, nnx, checkpoints) that have no counterpart here: kept, never read.
_THEIRS = (
    ("flax_filter_frames", True, bool),
    ("flax_profile", True, bool),
    ("flax_use_orbax_checkpointing", True, bool),
    ("flax_preserve_adopted_names", False, bool),
    ("flax_use_flaxlib", False, bool),
    ("flax_array_ref", False, bool),
    ("flax_pytree_module", True, bool),
    ("flax_max_repr_depth", None, int),
    ("flax_always_shard_variable", True, bool),
    ("flax_hijax_variable", False, bool),
    ("nnx_graph_mode", True, bool),
    ("nnx_graph_updates", True, bool),
)

SWITCHES = _OURS + tuple(Switch(*s, "Has no effect in kerasvar.") for s in _THEIRS)

_WORDS = dict.fromkeys(("y", "yes", "t", "true", "on", "1"), True)
_WORDS.update(dict.fromkeys(("n", "no", "f", "false", "off", "0"), False))


def _initial(switch):
    variable = switch.name.upper()
    text = os.environ.get(variable)
    if text is None:
        return switch.default
    try:
        return int(text) if switch.kind is int else _WORDS[text.lower()]
    except (KeyError, ValueError):
        expected = "an integer" if switch.kind is int else f"one of {', '.join(_WORDS)}"
        raise ValueError(
            f"The environment variable {variable} must be {expected}. Received: {text!r}"
        ) from None


_flipped = ContextVar("kerasvar_functional_flipped", default={})


class Config:
    """The switches, each an attribute that can be read."""

    def __init__(self):
        object.__setattr__(self, "_values", {s.name: _initial(s) for s in SWITCHES})

    def __getattr__(self, name):
        flipped = _flipped.get()
        if name in flipped:
            return flipped[name]
        try:
            return self._values[name]
        except KeyError:
            raise AttributeError(f"There is no switch {name!r}.") from None

    def __setattr__(self, name, value):
        raise AttributeError(f"Set a switch with config.update({name!r}, {value!r}).")

    def __dir__(self):
        return [*super().__dir__(), *self._values]

    def __repr__(self):
        lines = "".join(f"  {name}={getattr(self, name)!r},\n" for name in self._values)
        return f"Config(\n{lines})"

    def update(self, name, value, /):
        """Set a switch: for the process, or, inside a block that flips it, for that block.

        Raises:
            LookupError: there is no such switch.
        """
        if name not in self._values:
            raise LookupError(f"There is no switch {name!r}. There are: {', '.join(self._values)}.")
        flipped = _flipped.get()
        if name in flipped:
            _flipped.set({**flipped, name: value})
        else:
            self._values[name] = value

    @contextlib.contextmanager
    def temp_flip_flag(self, var_name, var_value):
        """A context manager: inside, the switch `"flax_" + var_name` has the value `var_value`.

        Raises:
            AttributeError: there is no such switch.
        """
        name = f"flax_{var_name}"
        getattr(self, name)
        token = _flipped.set({**_flipped.get(), name: var_value})
        try:
            yield
        finally:
            _flipped.reset(token)


config = Config()
