"""Print the requirements that pyproject.toml states, one a line: the hard ones and those of the named extras.

With --satisfied print nothing, and fail if this Python lacks any of them. Knows nothing of the package itself; needs
only the standard library and pip.
"""

import sys
from importlib import metadata

from pip._vendor.packaging.requirements import Requirement

try:
    import tomllib
except ImportError:  # Python 3.10
    from pip._vendor import tomli as tomllib


def requirements(extras):
    with open("pyproject.toml", "rb") as file:
        project = tomllib.load(file)["project"]
    lines = list(project["dependencies"])
    for extra in extras:
        lines += project["optional-dependencies"][extra]
    return [line for line in map(Requirement, lines) if line.marker is None or line.marker.evaluate()]


def is_satisfied(requirement):
    try:
        version = metadata.version(requirement.name)
    except metadata.PackageNotFoundError:
        return False
    return requirement.specifier.contains(version, prereleases=True)


def main(arguments):
    check = "--satisfied" in arguments
    wanted = requirements(argument for argument in arguments if argument != "--satisfied")
    if check:
        return 0 if all(map(is_satisfied, wanted)) else 1
    print(*wanted, sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
