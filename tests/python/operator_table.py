"""Every operator over every pair of dtypes, evaluated alike for Keras's variables and for ours.

Imported by the tests and by the processes in which they ask Keras, so it imports neither.
"""

import itertools
import operator

import ml_dtypes
import numpy as np

ARITHMETIC = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
    "//": operator.floordiv, "%": operator.mod, "**": operator.pow, "@": operator.matmul,
}  # fmt: skip
LOGICAL = {"&": operator.and_, "|": operator.or_, "^": operator.xor}
COMPARISON = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le,
    ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
BINARY = {**ARITHMETIC, **LOGICAL, **COMPARISON}
UNARY = {
    "neg": operator.neg, "pos": operator.pos, "abs": abs, "~": operator.invert,
    "round": round, "round 1": lambda v: round(v, 1),
}  # fmt: skip

DTYPES = (
    "bool", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64",
    "bfloat16", "float16", "float32", "float64", "float8_e4m3fn", "float8_e5m2",
    "complex64", "complex128",
)  # fmt: skip
SCALARS = {"py bool": True, "py int": 2, "py float": 1.5, "py complex": 2j}

# No zero on the right: what an integer division by zero gives is the framework's own affair.
LEFT = [[-3, 0], [3, 2]]
RIGHT = [[2, 1], [3, 1]]


def array(dtype, side):
    values = np.abs(side) if dtype.startswith(("uint", "bool")) else np.array(side)
    return values.astype(getattr(ml_dtypes, dtype, None) or dtype)


def cases():
    """`(operator, left, right)`, each of the last two a dtype or a key of SCALARS, or `(op, dtype)`."""
    for op in BINARY:
        yield from ((op, left, right) for left, right in itertools.product(DTYPES, repeat=2))
        if op != "@":
            yield from ((op, left, right) for left in DTYPES for right in SCALARS)
            yield from ((op, left, right) for left in SCALARS for right in DTYPES)
    yield from itertools.product(UNARY, DTYPES)


def evaluate(chosen, operand, describe, framework):
    """What each case gives: `[dtype, values]`, or `["error", name of the error's class]`.

    Args:
        chosen: cases.
        operand: `operand(dtype, side)` is what stands for a dtype, made from `array(dtype, side)`.
        describe: `describe(result)` is its dtype's name and a NumPy array.
        framework: the backend's name; on jax all cases of an operator are traced into one program,
            since compiling each by itself takes minutes.
    """
    made = {}

    def stand_in(name, side):
        if name in SCALARS:
            return SCALARS[name]
        if (name, side) not in made:
            made[name, side] = operand(name, LEFT if side == "left" else RIGHT)
        return made[name, side]

    def attempt(case):
        if len(case) == 2:
            return UNARY[case[0]](stand_in(case[1], "left"))
        left, right = stand_in(case[1], "left"), stand_in(case[2], "right")
        return BINARY[case[0]](left, right)

    results = {}
    for _, group in itertools.groupby(chosen, key=lambda case: case[0]):
        group = list(group)
        if framework == "jax":
            # Made before the trace, which would leave its own values in them.
            for case in group:
                for name, side in zip(case[1:], ("left", "right")):
                    stand_in(name, side)
            values = _traced(attempt, group, results)
        else:
            values = _one_by_one(attempt, group, results)
        for case, value in values.items():
            try:
                dtype, found = describe(value)
            except Exception as error:
                # torch answers `==` with False where it has no kernel.
                results[case] = ["error", type(error).__name__]
            else:
                results[case] = [dtype, plain(found)]
    return results


def plain(found):
    """The elements as Python's bools, ints, floats, or pairs of floats."""
    found = np.asarray(found)
    if found.dtype.kind == "c":
        return [[x.real, x.imag] for x in found.ravel().tolist()]
    if found.dtype.kind not in "biu":
        found = found.astype(np.float64)
    return found.ravel().tolist()


def _one_by_one(attempt, group, results):
    values = {}
    for case in group:
        try:
            values[case] = attempt(case)
        except Exception as error:
            results[case] = ["error", type(error).__name__]
    return values


def _traced(attempt, group, results):
    import jax

    def program():
        values = _one_by_one(attempt, group, results)
        return {i: values[case] for i, case in enumerate(group) if case in values}

    return {group[i]: value for i, value in jax.jit(program)().items()}
