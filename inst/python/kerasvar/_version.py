"""The version number, read from where it is stated once: the `Version` field of DESCRIPTION.

The same file is at hand wherever this package is: at the top of the source tree, at the top of the
installed R package, and beside this module in a wheel (pyproject.toml puts it there). It is read
directly because `importlib.metadata` knows nothing of the copy inside an R library, and is slow.
Knows nothing of the rest of the package.
"""

import os


def _read_version():
    here = os.path.dirname(os.path.abspath(__file__))
    installed = os.path.dirname(os.path.dirname(here))
    source = os.path.dirname(installed)
    for folder in (here, installed, source):
        try:
            with open(os.path.join(folder, "DESCRIPTION"), encoding="utf-8") as file:
                fields = dict(line.rstrip("\n").split(": ", 1) for line in file if ": " in line)
        except FileNotFoundError:
            continue
        # The folder above could be anybody's: only our own DESCRIPTION counts.
        if fields.get("Package") == "kerasvar":
            return fields["Version"]
    raise RuntimeError(f"No DESCRIPTION of kerasvar beside or above {here}: the installation is incomplete.")


__version__ = _read_version()
