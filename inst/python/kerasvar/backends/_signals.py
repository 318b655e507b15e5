"""Signals held back for the length of a call that must not be ended in the middle.

What a handler in Python raises comes between any two steps of the interpreter, and so at any place of a
framework's own Python code. Knows nothing of frameworks.
"""

import signal
import threading

__all__ = ["Signals"]


class Signals:
    """`hold()` puts off what Python's handlers do until `release()`; it does nothing outside the main
    thread, the only one in which they run."""

    def __init__(self):
        self.held = {}
        self._arrived = []

    def hold(self):
        if threading.current_thread() is threading.main_thread():
            for number in signal.valid_signals():
                handler = signal.getsignal(number)
                if callable(handler) and number not in self.held:
                    self.held[number] = handler
                    signal.signal(number, self._note)

    def _note(self, number, frame):
        self._arrived.append(number)

    def release(self):
        if threading.current_thread() is not threading.main_thread():
            return
        try:
            for number in tuple(self.held):
                signal.signal(number, self.held[number])
                del self.held[number]
        finally:
            # One that was back has raised already.
            if self.held:
                self.release()
        while self._arrived:
            signal.raise_signal(self._arrived.pop())
