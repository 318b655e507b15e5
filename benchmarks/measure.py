"""How the benchmarks measure: medians of interleaved batches, a table, a CSV, the machine's description.

What is compared runs side by side: a round times one batch of each contestant in turn, so that a
slow moment of the machine falls on all of them. Reported is the median over the rounds, in
microseconds a call.
"""

import csv
import gc
import importlib.metadata
import os
import platform
import statistics
import time

RESULTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "results")


def batch_size(function, seconds=0.002):
    """How many calls take about `seconds` (at least one)."""
    function()
    count = 1
    while count < 100_000:
        start = time.perf_counter()
        for _ in range(count):
            function()
        taken = time.perf_counter() - start
        if taken >= seconds / 2:
            return max(1, int(count * seconds / taken))
        count *= 4
    return count


def side_by_side(contestants, rounds=21):
    """The median time of a call of each, in microseconds.

    Args:
        contestants: dict from a name to a function without arguments, or None, which is left out.

    Returns:
        dict from the same names to floats.
    """
    functions = {name: f for name, f in contestants.items() if f is not None}
    counts = {name: batch_size(f) for name, f in functions.items()}
    times = {name: [] for name in functions}
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            for name, function in functions.items():
                count = counts[name]
                start = time.perf_counter()
                for _ in range(count):
                    function()
                times[name].append((time.perf_counter() - start) / count * 1e6)
    finally:
        gc.enable()
    return {name: statistics.median(values) for name, values in times.items()}


def peak_growth(function):
    """By how many bytes the process's memory peaks above its present size while `function` runs."""
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")
    before = _status("VmRSS")
    function()
    return max(0, _status("VmHWM") - before)


def _status(field):
    with open("/proc/self/status") as file:
        for line in file:
            if line.startswith(field + ":"):
                return int(line.split()[1]) * 1024
    raise KeyError(field)


def machine():
    """One line: processor, cores, Python and the versions of what is measured."""
    try:
        with open("/proc/cpuinfo") as file:
            model = next(line.split(":", 1)[1].strip() for line in file if "model name" in line)
    except (OSError, StopIteration):
        model = platform.processor() or platform.machine()
    versions = [f"Python {platform.python_version()}"]
    for package in ("numpy", "tensorflow-cpu", "tensorflow", "jax", "torch", "keras"):
        try:
            versions.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    return f"{model}, {os.cpu_count()} cores; {', '.join(versions)}"


def write_csv(name, rows):
    """Write dicts with the same keys to results/`name`.csv."""
    os.makedirs(RESULTS, exist_ok=True)
    with open(os.path.join(RESULTS, f"{name}.csv"), "w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def show(rows):
    """Print dicts with the same keys as a table."""
    shown = [{key: _text(value) for key, value in row.items()} for row in rows]
    widths = {key: max(len(key), *(len(row[key]) for row in shown)) for key in shown[0]}
    print("  ".join(key.ljust(width) for key, width in widths.items()))
    for row in shown:
        print("  ".join(row[key].ljust(width) for key, width in widths.items()))


def _text(value):
    if value is None or value == "":
        return ""
    return f"{value:.3g}" if isinstance(value, float) else str(value)
