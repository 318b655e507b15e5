"""Functions made of a backend's other ones, for frameworks that lack them: the defaults in `base.FUNCTIONS`.

Each takes the backend and returns the function. Gradients flow through all but those that are computed
on the host, a number at a time.
"""

import math

import numpy as np

from ..subscript import python_selection


def logarithm(base):
    """The logarithm to a base, of the natural one."""

    def make(backend):
        log, divide = backend.function("log"), backend.operators["divide"]
        return lambda x: divide(log(x), log(backend.constant(base, x)))

    return make


def trunc(backend):
    """The whole part, of `floor` and `ceil`."""
    where, floor, ceil = map(backend.function, ("where", "floor", "ceil"))
    less = backend.operators["less"]
    return lambda x: where(less(x, backend.constant(0, x)), ceil(x), floor(x))


def cumulative(name):
    """A running "maximum" or "minimum": log2(n) steps, each over twice the distance."""

    def make(backend):
        function, concat = backend.function(name), backend.function("concat")

        def run(x, axis):
            shape = backend.shape(x)
            axis %= len(shape)

            def part(start, stop):
                key = (slice(None),) * axis + (slice(start, stop),)
                return backend.select(x, python_selection(shape, key))

            distance, size = 1, shape[axis]
            while distance < size:
                later = function(part(0, size - distance), part(distance, size))
                x = concat([part(0, distance), later], axis)
                distance *= 2
            return x

        return run

    return make


def gamma(backend):
    """The gamma function, of `lgamma`; NaN at its poles."""
    where, floor, exp, lgamma = map(backend.function, ("where", "floor", "exp", "lgamma"))
    operators = backend.operators

    def apply(x):
        zero, one, two = (backend.constant(number, x) for number in (0, 1, 2))
        below = floor(x)
        odd = operators["not_equal"](operators["remainder"](below, two), zero)
        negative = operators["logical_and"](operators["less"](x, zero), odd)
        pole = operators["logical_and"](operators["less_equal"](x, zero), operators["equal"](below, x))
        sign = where(negative, operators["negative"](one), one)
        value = operators["multiply"](sign, exp(lgamma(x)))
        return where(pole, backend.constant(math.nan, x), value)

    return apply


def ordered_complex(operators, parts):
    """The comparisons of complex numbers as NumPy makes them: by the real parts, then the imaginary.

    A dict like `operators`, of those that order; `parts(x)` gives the two parts of an operand.
    """

    def make(name):
        strict, own, equal = operators[name.removesuffix("_equal")], operators[name], operators["equal"]

        def compare(left, right):
            (left, left_imaginary), (right, right_imaginary) = parts(left), parts(right)
            tied = own(left_imaginary, right_imaginary)
            return strict(left, right) | (equal(left, right) & tied)

        return compare

    return {name: make(name) for name in ("less", "less_equal", "greater", "greater_equal")}


# ---- on the host -----------------------------------------------------------------------------


def on_the_host(name):
    """The "lgamma", "digamma" or "trigamma" of every element, computed in float64."""
    function = _OF_NUMBERS[name]

    def make(backend):
        def apply(x):
            array = np.asarray(backend.host(x))
            values = [function(value) for value in array.astype(np.float64).ravel().tolist()]
            return backend.tensor(np.array(values).reshape(array.shape).astype(array.dtype))

        return apply

    return make


def _is_pole(x):
    return x <= 0 and x == math.floor(x)


def _lgamma(x):
    if math.isinf(x) or _is_pole(x):
        return math.inf
    return math.lgamma(x)


# Asymptotic series (Abramowitz and Stegun 6.3.18 and 6.4.12), good to 1e-16 from 10 on; smaller
# arguments climb there by recurrence, and those below 1/2 are reflected.
_DIGAMMA = (-1 / 12, 1 / 120, -1 / 252, 1 / 240, -1 / 132, 691 / 32760, -1 / 12)
_TRIGAMMA = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6)


def _digamma(x):
    if not math.isfinite(x):
        return x if x > 0 else math.nan
    if _is_pole(x):
        return math.nan
    if x < 0.5:
        return _digamma(1 - x) - math.pi / math.tan(math.pi * x)
    total = 0.0
    while x < 10:
        total -= 1 / x
        x += 1
    square = 1 / (x * x)
    series = 0.0
    for coefficient in reversed(_DIGAMMA):
        series = (series + coefficient) * square
    return total + math.log(x) - 0.5 / x + series


def _trigamma(x):
    if math.isnan(x):
        return x
    if math.isinf(x):
        return 0.0 if x > 0 else math.nan
    if _is_pole(x):
        return math.inf
    if x < 0.5:
        return (math.pi / math.sin(math.pi * x)) ** 2 - _trigamma(1 - x)
    total = 0.0
    while x < 10:
        total += 1 / (x * x)
        x += 1
    square = 1 / (x * x)
    series = 0.0
    for coefficient in reversed(_TRIGAMMA):
        series = (series + coefficient) * square
    return total + (1 + series) / x + square / 2


_OF_NUMBERS = {"lgamma": _lgamma, "digamma": _digamma, "trigamma": _trigamma}
