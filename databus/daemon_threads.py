"""Threads that do not hold the process."""

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class DaemonThreads(Executor):
    """Runs each call on a thread of its own, which does not hold the process when it cannot be ended.

    The threads of ``ThreadPoolExecutor`` do: Python waits for them when it exits. How many run side by side is the
    caller's to bound.

    Args:
        name: What the threads are called.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
        """Call ``fn`` on a new thread."""
        future: Future[T] = Future()

        def run() -> None:
            future.set_running_or_notify_cancel()
            try:
                future.set_result(fn(*args, **kwargs))
            except BaseException as error:  # noqa: BLE001 - whoever holds the future is told
                future.set_exception(error)

        threading.Thread(target=run, name=self._name, daemon=True).start()
        return future
