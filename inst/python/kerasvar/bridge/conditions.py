"""Python's warnings and exceptions for the caller: which come from this package, and what they say.

Which warnings there are at all, and how often, is for Python's filters to say, as ever.
"""

import sys
import threading
import warnings

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


def raised_here(exception):
    """Whether this package raised it, not a framework and not code of the user's."""
    trace = exception.__traceback__
    if trace is None:
        return False
    while trace.tb_next is not None:
        trace = trace.tb_next
    return _is_of_package(trace.tb_frame)


def _is_ours():
    if threading.current_thread() is not threading.main_thread():
        return False
    frame = sys._getframe()
    while frame.f_back is not None:
        frame = frame.f_back
    return _is_of_package(frame)


def _is_of_package(frame):
    return frame.f_globals.get("__name__", "").partition(".")[0] == _PACKAGE
