"""Python's warnings for the caller: those that are raised in calls of its own, handed over as they come.

Which warnings there are at all, and how often, is for Python's filters to say, as ever.
"""

import sys
import threading
import warnings

__all__ = ["report_warnings"]

_PACKAGE = __name__.partition(".")[0]
_report = None


def report_warnings(report):
    """Have `report(message, class names)` called instead of a line on stderr for a warning in a call of ours.

    A call of ours is one whose outermost function is this package's, in the main thread: the
    caller's other Python code, and what threads do meanwhile, shows its warnings where it did.
    """
    global _report
    if _report is None:
        show = warnings.showwarning

        def showwarning(message, category, filename, lineno, file=None, line=None):
            if file is None and _is_ours():
                # What NumPy says of Inf and NaN; they are numbers as others, on every backend alike.
                if category is RuntimeWarning and " encountered in " in str(message):
                    return
                _report(str(message), [cls.__name__ for cls in category.__mro__ if issubclass(cls, Warning)])
            else:
                show(message, category, filename, lineno, file, line)

        warnings.showwarning = showwarning
    _report = report


def _is_ours():
    if threading.current_thread() is not threading.main_thread():
        return False
    frame = sys._getframe()
    while frame.f_back is not None:
        frame = frame.f_back
    return frame.f_globals.get("__name__", "").partition(".")[0] == _PACKAGE
