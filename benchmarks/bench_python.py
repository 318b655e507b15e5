"""kerasvar.Variable against keras.Variable and the framework itself, in Python.

    python benchmarks/bench_python.py                    all backends, all rows
    python benchmarks/bench_python.py jax                one backend
    python benchmarks/bench_python.py jax "v[i] = x"     one row of it

Keras has one backend a process, so each backend is measured in a process of its own. Writes
results/python.csv and results/growth-python.csv and prints the table.
"""

import json
import os
import subprocess
import sys

import numpy as np
from measure import machine, peak_growth, show, side_by_side, write_csv

BACKENDS = ("numpy", "tensorflow", "jax", "torch")


class Row:
    """One line of the table: who competes, and which ratios are wanted."""

    def __init__(self, what, contestants, target, met):
        self.what = what
        self.contestants = contestants
        self.target = target
        self.met = met


def times_keras(limit):
    return f"<= {limit} keras", lambda t: t["ours"] <= limit * t["keras"]


def rows_for(backend):
    import keras
    from frameworks import FRAMEWORKS

    import kerasvar

    framework = FRAMEWORKS[backend]
    three = np.arange(9, dtype=np.float32).reshape(3, 3)
    raw = framework(three)
    wait = raw.wait
    theirs = keras.Variable(three)
    ours = kerasvar.Variable(three, backend=backend)
    other = raw.construct(three * 2)

    def reading(attribute):
        target, met = times_keras(0.5)
        functions = {
            "keras": eval(f"lambda: v.{attribute}", {"v": theirs}),
            "ours": eval(f"lambda: v.{attribute}", {"v": ours}),
        }
        return Row(f"v.{attribute}", functions, target, met)

    def operation(what):
        functions = {
            name: eval(f"lambda: wait({what})", {"v": v, "x": other, "wait": wait})
            for name, v in (("raw", raw.value), ("keras", theirs), ("ours", ours))
        }
        return Row(
            what,
            functions,
            "<= 0.6 keras, <= raw + 3 us",
            lambda t: t["ours"] <= 0.6 * t["keras"] and t["ours"] <= t["raw"] + 3,
        )

    for attribute in ("value", "shape", "dtype"):
        yield reading(attribute)

    yield Row(
        "construct 3x3",
        {
            "raw": lambda: raw.construct(three),
            "keras": lambda: keras.Variable(three),
            "ours": lambda: kerasvar.Variable(three, backend=backend),
        },
        "<= 0.7 keras, <= 1.5 raw",
        lambda t: t["ours"] <= 0.7 * t["keras"] and t["ours"] <= 1.5 * t["raw"],
    )
    for what in ("v + 1", "v @ v", "v == x"):
        yield operation(what)

    target, met = times_keras(0.7)
    yield Row(
        "v.assign(x) 3x3",
        {
            "keras": lambda: wait(theirs.assign(three)),
            "ours": lambda: wait(ours.assign(three)),
        },
        target,
        met,
    )

    million = np.random.default_rng(0).random((1000, 1000), dtype=np.float32)
    large_theirs = keras.Variable(million)
    large_ours = kerasvar.Variable(million, backend=backend)
    yield Row(
        "v.assign(x) 1000x1000",
        {
            "raw": million.copy,
            "keras": lambda: wait(large_theirs.assign(million)),
            "ours": lambda: wait(large_ours.assign(million)),
        },
        "<= 1.1 copies (raw)",
        lambda t: t["ours"] <= 1.1 * t["raw"],
    )

    yield from writes(backend, framework)

    small = kerasvar.Variable(np.ones((100, 100), np.float32), backend=backend)
    large = kerasvar.Variable(np.ones((4000, 4000), np.float32), backend=backend)
    yield Row(
        "repr(v) 4000x4000",
        {"at 10": lambda: repr(small), "ours": lambda: repr(large)},
        "<= 2 x 100x100",
        lambda t: t["ours"] <= 2 * t["at 10"],
    )
    del small, large

    def stateless(scope, variable, value):
        def run():
            with scope():
                for _ in range(100):
                    variable.assign(value)
                for _ in range(100):
                    variable.value

        return run

    # A plain tensor: a live tf.Variable would have to be copied.
    tensor = keras.ops.convert_to_tensor(three * 2)
    target, met = times_keras(0.5)
    yield Row(
        "stateless, 100 + 100",
        {
            "keras": stateless(keras.StatelessScope, theirs, tensor),
            "ours": stateless(kerasvar.StatelessScope, ours, tensor),
        },
        target,
        met,
    )


def writes(backend, framework):
    """Writing by position, at 10x10 and 4000x4000."""
    import kerasvar

    generator = np.random.default_rng(0)
    ones = {n: np.ones((n, n), np.float32) for n in (10, 4000)}
    ours = {n: kerasvar.Variable(a, backend=backend) for n, a in ones.items()}
    raw = framework(ones[4000])
    wait = raw.wait
    rows, columns = generator.integers(0, 10, (2, 64))
    values = generator.random(64, dtype=np.float32)

    def write(n, key, value):
        variable = ours[n]

        def run():
            variable[key] = value
            wait(variable.value)

        return run

    kinds = {
        "v[i] = x": (3, 9.0, lambda: raw.write_row(3, 9.0)),
        "v[i, j] = x": ((3, 4), 9.0, lambda: raw.write_one(3, 4, 9.0)),
        "v[64 positions] = x": (
            (rows, columns),
            values,
            lambda: raw.write_scattered(rows, columns, values),
        ),
    }
    for what, (key, value, own) in kinds.items():
        yield Row(
            what,
            {"raw": own, "at 10": write(10, key, value), "ours": write(4000, key, value)},
            "<= 1.3 x 10x10, <= 2 raw",
            lambda t: t["ours"] <= 1.3 * t["at 10"] and t["ours"] <= 2 * t["raw"],
        )


def memory(backend):
    """How much of a variable's size the memory peaks at while a row is written."""
    import kerasvar

    n = 8000
    variable = kerasvar.Variable(np.ones((n, n), np.float32), backend=backend)
    variable[1] = 2.0  # what is compiled or loaded once is not what is measured
    growth = peak_growth(lambda: variable.__setitem__(3, 9.0))
    return growth / (4 * n * n)


def growth(backend):
    """What a write costs against the size of the variable, and against the number of positions."""
    import kerasvar

    rows = []
    for n in (10, 30, 100, 300, 1000, 3000, 8000):
        variable = kerasvar.Variable(np.ones((n, n), np.float32), backend=backend)
        write = lambda: variable.__setitem__((3, 4), 9.0)  # noqa: B023, E731
        rows.append({"what": "v[i, j] = x", "n": n, "us": side_by_side({"": write}, 7)[""]})
    generator = np.random.default_rng(0)
    variable = kerasvar.Variable(np.ones((4000, 4000), np.float32), backend=backend)
    for count in (1, 10, 100, 1000, 10_000, 100_000, 1_000_000):
        at = tuple(generator.integers(0, 4000, (2, count)))
        values = generator.random(count, dtype=np.float32)
        write = lambda: variable.__setitem__(at, values)  # noqa: B023, E731
        rows.append({"what": "positions", "n": count, "us": side_by_side({"": write}, 5)[""]})
    return [{"backend": backend, **row} for row in rows]


def measure_backend(backend, only=None):
    found = []
    for row in rows_for(backend):
        if only is not None and row.what != only:
            continue
        times = side_by_side(row.contestants)
        found.append(
            {
                "backend": backend,
                "what": row.what,
                **{f"{name} us": times.get(name, "") for name in ("raw", "keras", "at 10", "ours")},
                "ours/raw": times["ours"] / times["raw"] if "raw" in times else "",
                "ours/keras": times["ours"] / times["keras"] if "keras" in times else "",
                "target": row.target,
                "met": "yes" if row.met(times) else "NO",
            }
        )
    if only in (None, "memory of v[i] = x"):
        share = memory(backend)
        found.append(
            {
                **dict.fromkeys(
                    ("raw us", "keras us", "at 10 us", "ours us", "ours/raw", "ours/keras"), ""
                ),
                "backend": backend,
                "what": "memory of v[i] = x",
                "ours us": f"{share:.3%}",
                "target": "< 1 % of the variable",
                "met": "yes" if share < 0.01 else "NO",
            }
        )
    return found


def import_time():
    """`import kerasvar` against importing what it requires, each in fresh processes."""
    import statistics
    import time

    contestants = {"raw": "numpy, ml_dtypes, optree", "ours": "kerasvar"}
    times = {name: [] for name in contestants}
    for _ in range(11):
        for name, modules in contestants.items():
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", f"import {modules}"], check=True)
            times[name].append((time.perf_counter() - start) * 1e6)
    # The interpreter's own start is in both and is none of theirs.
    start_up = []
    for _ in range(11):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", "pass"], check=True)
        start_up.append((time.perf_counter() - start) * 1e6)
    t = {k: statistics.median(v) - statistics.median(start_up) for k, v in times.items()}
    return {
        "backend": "-",
        "what": "import kerasvar",
        "raw us": t["raw"],
        "keras us": "",
        "at 10 us": "",
        "ours us": t["ours"],
        "ours/raw": t["ours"] / t["raw"],
        "ours/keras": "",
        "target": "<= 1.5 requirements (raw)",
        "met": "yes" if t["ours"] <= 1.5 * t["raw"] else "NO",
    }


def in_own_process(backend, *arguments):
    environment = {**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, os.path.abspath(__file__), "--measure", backend, *arguments]
    result = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(result.stdout.splitlines()[-1])


def main(arguments):
    if arguments[:1] == ["--measure"]:
        backend, *rest = arguments[1:]
        measured = growth(backend) if rest == ["growth"] else measure_backend(backend, *rest)
        print(json.dumps(measured))
        return
    backends = arguments[:1] or BACKENDS
    table = [] if arguments else [import_time()]
    for backend in backends:
        print(f"measuring {backend} ...", file=sys.stderr)
        table += in_own_process(backend, *arguments[1:2])
    print(machine())
    show(table)
    if not arguments:
        write_csv("python", table)
        write_csv("growth-python", [row for b in backends for row in in_own_process(b, "growth")])


if __name__ == "__main__":
    main(sys.argv[1:])
