"""A keeper of checkpoints: a folder with one for each step, of which the newest stay."""

import operator
import os
import re

from . import files, index
from .loading import load, read_metadata
from .saving import save

__all__ = ["Checkpoints"]

_NAME = re.compile(r"step-(\d{10,})\.safetensors(\.index\.json)?")


class Checkpoints:
    """The checkpoints of a training run, so that it can go on where it was, whatever ended it.

        checkpoints = Checkpoints("run", keep=3)
        for step in range(checkpoints.restore(variables), 1000):
            train(variables)
            checkpoints.save(variables, step + 1)

    Args:
        folder: where they are; made when it is needed.
        keep: how many stay, those of the highest steps; None for all.

    Raises:
        ValueError: `keep` is less than 1.
    """

    def __init__(self, folder, keep=3):
        self.folder = files.checked_path(folder)
        if keep is not None and (isinstance(keep, bool) or not isinstance(keep, int) or keep < 1):
            raise ValueError(f"Argument `keep` must be an integer from 1, or None. Received: {keep!r}")
        self.keep = keep

    def __repr__(self):
        return f"<Checkpoints {self.folder!r}, steps {', '.join(map(str, self.steps())) or 'none'}>"

    def steps(self):
        """The steps that there are checkpoints of, a sorted list of int."""
        try:
            names = os.listdir(self.folder)
        except FileNotFoundError:
            return []
        return sorted({int(found[1]) for found in map(_NAME.fullmatch, names) if found})

    def latest(self):
        """The highest step that there is a checkpoint of; None if there is none."""
        return max(self.steps(), default=None)

    def path(self, step):
        """The path that the checkpoint of a step is saved to, or was."""
        return os.path.join(self.folder, f"step-{_checked_step(step):010d}.safetensors")

    def save(self, variables, step, metadata=None, **options):
        """Save what `kerasvar.save` takes as the checkpoint of a step; then remove the oldest, if it is one
        too many.

        Args:
            step: an int from 0, not lower than the highest that is there. One that is there is replaced.
            metadata, **options: as for `kerasvar.save`.

        Raises:
            ValueError: the step is lower.
            TypeError, OSError: as `kerasvar.save`.
        """
        step = _checked_step(step)
        latest = self.latest()
        if latest is not None and step < latest:
            raise ValueError(
                f"Argument `step` is {step}, and there are checkpoints up to step {latest}. "
                "`remove` those that do not count any more."
            )
        os.makedirs(self.folder, exist_ok=True)
        save(self.path(step), variables, {**(metadata or {}), "step": step}, **options)
        if self.keep is not None:
            for old in self.steps()[: -self.keep]:
                self.remove(old)

    def restore(self, variables, step=None):
        """Load a checkpoint into variables, all of them or none.

        Args:
            variables: what `kerasvar.load` takes as `into`; variables alone, so that all is in place.
            step: which one; None for the latest.

        Returns:
            The step; 0 if there is no checkpoint at all, and then nothing is done.

        Raises:
            ValueError: there is none of this step, or it does not agree with the variables.
            TypeError: there is something else than variables: use `load`.
        """
        if step is None:
            step = self.latest()
            if step is None:
                return 0
        path = self._existing(step)
        from .structure import flatten

        if not flatten(variables).in_place:
            raise TypeError(
                "Argument `variables` holds more than Variables, which nothing can be loaded into: use "
                "`load(into=...)`, which returns the tree."
            )
        load(path, variables)
        return step

    def load(self, step=None, **options):
        """What `kerasvar.load` gives for the checkpoint of a step, the latest for None.

        Raises:
            ValueError: there is none.
        """
        return load(self._existing(self.latest() if step is None else step), **options)

    def metadata(self, step=None):
        """The metadata of the checkpoint of a step, the latest for None: a dict, the step in it."""
        return read_metadata(self._existing(self.latest() if step is None else step))

    def remove(self, step):
        """Remove the checkpoint of a step.

        Raises:
            ValueError: there is none.
        """
        path = self._existing(step)
        index.remove(path)
        if os.path.exists(path):
            os.remove(path)

    def _existing(self, step):
        steps = self.steps()
        if step is None or _checked_step(step) not in steps:
            what = "no checkpoint" if step is None else f"no checkpoint of step {step}"
            there = ", ".join(map(str, steps)) or "none"
            raise ValueError(f"There is {what} in {self.folder!r}. There are: {there}.")
        return self.path(step)


def _checked_step(step):
    try:
        found = operator.index(step)
    except TypeError:
        found = -1
    if found < 0 or isinstance(step, bool):
        raise ValueError(f"Argument `step` must be an integer from 0. Received: {step!r}")
    return found
