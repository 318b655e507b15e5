"""A progress bar for long work: tqdm's, if it is installed and somebody may be looking; or the caller's."""

import contextlib
import sys

__all__ = ["bar"]

_LONG = 1 << 28


@contextlib.contextmanager
def bar(what, total, show):
    """A function to be called with the number of bytes that were dealt with since the last time.

    Args:
        what: "saving" or "loading".
        total: bytes in all.
        show: a function of (done, total); False for none; None for tqdm's bar, above 256 MB.
    """
    if callable(show):
        done = 0

        def advance(count):
            nonlocal done
            done += count
            show(done, total)

        yield advance
        return
    shown = None
    if show is None and total >= _LONG and sys.stderr is not None and sys.stderr.isatty():
        with contextlib.suppress(ImportError):
            from tqdm import tqdm

            shown = tqdm(total=total, unit="B", unit_scale=True, desc=what, leave=False)
    if shown is None:
        yield lambda count: None
        return
    with shown:
        yield shown.update
