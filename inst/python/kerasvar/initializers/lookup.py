"""Initializers by name, by configuration, by value; and written down.

Keras's names and forms, so that what one of the two packages wrote the other can read.
"""

import re

import numpy as np

from .. import backends, shapes
from . import constant, draw, scaling
from .base import Initializer

_CLASSES = (
    constant.Zeros,
    constant.Ones,
    constant.Constant,
    constant.Identity,
    draw.Orthogonal,
    draw.RandomUniform,
    draw.RandomNormal,
    draw.TruncatedNormal,
    scaling.VarianceScaling,
    scaling.GlorotUniform,
    scaling.GlorotNormal,
    scaling.HeUniform,
    scaling.HeNormal,
    scaling.LecunUniform,
    scaling.LecunNormal,
)


def _snake_case(name):
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


_BY_SNAKE_CASE = {_snake_case(cls.__name__): cls for cls in _CLASSES}
_BY_NAME = {
    **_BY_SNAKE_CASE,
    **{cls.__name__: cls for cls in _CLASSES},
    "IdentityInitializer": constant.Identity,
    "OrthogonalInitializer": draw.Orthogonal,
    "normal": draw.RandomNormal,
    "one": constant.Ones,
    "uniform": draw.RandomUniform,
    "zero": constant.Zeros,
}


def get(identifier):
    """An initializer from whatever names one, as `keras.initializers.get`.

    Args:
        identifier: a name ("glorot_uniform", "GlorotUniform"), a configuration (`deserialize`), an
            initializer's class, an array or tensor (which then is the value, for its own shape
            only), None, or anything callable: ours, Keras's, a function of shape and dtype.

    Returns:
        A callable; None for None.

    Raises:
        ValueError: no such name or class, or `identifier` is nothing of these.
    """
    if identifier is None:
        return None
    if isinstance(identifier, str):
        return _named(identifier)()
    if isinstance(identifier, dict):
        return deserialize(identifier)
    if isinstance(identifier, np.generic):
        identifier = np.asarray(identifier)
    if backends.backend_of(identifier) is not None:
        return _Given(identifier)
    found = identifier() if isinstance(identifier, type) else identifier
    if callable(found):
        return found
    raise ValueError(
        "`identifier` must be an initializer, its name, its class or its configuration. "
        f"Received: {identifier!r} (type {type(identifier).__name__})"
    )


def serialize(initializer):
    """An initializer written down as Keras does it: a dict of module, class_name, config.

    Raises:
        ValueError: it is none of ours.
    """
    if type(initializer) not in _CLASSES:
        raise ValueError(f"`initializer` must be one of kerasvar's. Received: {initializer!r}")
    return {
        "module": "keras.initializers",
        "class_name": type(initializer).__name__,
        "config": initializer.get_config(),
        "registered_name": None,
    }


def deserialize(config):
    """The initializer that `serialize`, or `keras.initializers.serialize`, wrote down.

    Args:
        config: a dict of "class_name" and maybe "config".

    Raises:
        ValueError: `config` has no such form, or names no initializer.
    """
    if not isinstance(config, dict) or "class_name" not in config:
        raise ValueError(
            "`config` must be a dict with the entries 'class_name' and 'config'. "
            f"Received: {config!r}"
        )
    cls = _named(config["class_name"])
    try:
        return cls.from_config(config.get("config") or {})
    except (TypeError, KeyError) as error:
        raise ValueError(
            f"`config` does not fit {cls.__name__}: {error}. Received: {config!r}"
        ) from error


def _named(name):
    try:
        return _BY_NAME[name]
    except (KeyError, TypeError):
        raise ValueError(
            f"There is no initializer {name!r}. There are: {', '.join(_BY_SNAKE_CASE)}"
        ) from None


class _Given(Initializer):
    """A value that is there already."""

    def __init__(self, value):
        self.value = value

    def draw(self, key, shape, dtype=None):
        own = shapes.standardize_shape(self.value.shape)
        if shapes.standardize_shape(shape) != own:
            raise ValueError(f"`shape` must be the value's, {own}. Received: {shape!r}")
        return constant.Constant(self.value).draw(None, shape, dtype)
