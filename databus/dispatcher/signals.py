"""Signals while something is under way."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def handling(handler: "signal._HANDLER", *numbers: signal.Signals) -> Iterator[None]:
    """Handle signals until the block ends. On another thread than the main one, which may not, do nothing.

    Args:
        handler: As ``signal.signal`` takes it.
        numbers: Of which signals; none stands for SIGINT and SIGTERM.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handler) for number in numbers or (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)
