"""Calling plug-ins on threads of their own, so that one that hangs or exits costs its own step only.

Python cannot stop a thread. A call that outlives its time limit is abandoned: its thread is left to itself and its
result is ignored, a new thread with new plug-in objects takes over the calls that wait.
"""

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable

from databus.driver.plugins import Plugins
from databus.driver.stage import Done, Interrupted, PluginThread, Stage, Task, TimeLimitExceeded

SHARED_COMMIT = 0.010
"""Seconds to wait for further results before those at hand are recorded together; design section 4 allows 20 ms."""

HEARTBEAT = 1.0
"""At most these many seconds pass between two calls of the heartbeat."""


class Team:
    """The threads on which one drive calls its plug-ins.

    Args:
        name: For the threads' names.
        make_plugins: Called on each new thread.
        time_limit: Seconds that a call may take.
        stop: When set, calls that have not begun are forgotten.
        grace: Seconds that a running call is waited for after ``stop``.
        heartbeat: Called about every second on the caller's thread.
    """

    def __init__(
        self,
        name: str,
        make_plugins: Callable[[], Plugins],
        *,
        time_limit: float,
        stop: threading.Event,
        grace: float,
        heartbeat: Callable[[], None],
    ) -> None:
        self._name = name
        self._make_plugins = make_plugins
        self._time_limit = time_limit
        self._stop = stop
        self._grace = grace
        self._stopped_at: float | None = None
        self._heartbeat = heartbeat
        self._threads: list[PluginThread] = []

    def run(
        self,
        tasks: Iterable[Task],
        on_done: Callable[[list[Done]], None],
        *,
        workers: int = 1,
        each: bool = False,
    ) -> bool:
        """Make all calls and hand their results to ``on_done`` on this thread, in batches, soon after they come.

        Args:
            workers: How many calls run side by side. With one, they run in order and all on the same thread.
            each: A thread begins its next call only when ``on_done`` has returned for the last.

        Returns:
            False where calls hung so often in a row that the rest was not made.

        Raises:
            Exception: What ``on_done`` or the heartbeat raised. No further call was begun, none is running any more,
                and the results that came after it were handed over once.
        """
        stage = Stage(deque(tasks), each, self._stop)
        for index in range(min(workers, len(stage.waiting))):
            self._thread(index).inbox.put(stage)
        try:
            while not stage.is_over:
                stage.wake.wait(self._patience(stage.calls()))
                if not each:
                    stage.idle.wait(SHARED_COMMIT)
                self._hand_over(stage, on_done)
                self._heartbeat()
                self._look_after(stage)
        except Exception:
            self._wind_up(stage, on_done)
            raise
        finally:
            stage.close()
        return not stage.gave_up

    @staticmethod
    def _hand_over(stage: Stage, on_done: Callable[[list[Done]], None]) -> None:
        done = stage.take()
        try:
            if done:
                on_done(done)
        except BaseException:
            stage.close()  # before the threads go on below: what was not recorded must be followed by nothing
            raise
        finally:
            for result in done:
                if result.recorded is not None:
                    result.recorded.set()

    def _wind_up(self, stage: Stage, on_done: Callable[[list[Done]], None]) -> None:
        """Wait for the calls that run: one that outlived its drive would meet the next one with the same passenger."""
        stage.close()
        while calls := stage.calls():
            stage.idle.wait(self._patience(calls))
            self._look_after(stage)
        with contextlib.suppress(Exception):  # the first error is the one to tell
            self._hand_over(stage, on_done)

    def _look_after(self, stage: Stage) -> None:
        if self._stop.is_set():
            self._stopped_at = self._stopped_at or time.monotonic()
            stage.drop_waiting()
        for thread, task, began in stage.calls():
            error = self._overdue(began)
            if error is not None and stage.abandon(thread, task, error):
                self._replace(thread, stage)

    def _overdue(self, began: float) -> Exception | None:
        now = time.monotonic()
        if now - began >= self._time_limit:
            return TimeLimitExceeded(f"did not return within {self._time_limit:g} seconds and was given up")
        if self._stopped_at is not None and now - self._stopped_at >= self._grace:
            return Interrupted("Databus ended while it was running")
        return None

    def _patience(self, calls: Iterable[tuple[PluginThread, Task, float]]) -> float:
        left = min((began + self._time_limit - time.monotonic() for _, _, began in calls), default=HEARTBEAT)
        return min(max(left, 0.0), 0.1 if self._stop.is_set() else HEARTBEAT)

    def _thread(self, index: int) -> PluginThread:
        while len(self._threads) <= index:
            self._threads.append(self._start_thread(len(self._threads)))
        return self._threads[index]

    def _start_thread(self, index: int) -> PluginThread:
        thread = PluginThread(f"{self._name} #{index + 1}", self._make_plugins)
        thread.start()
        return thread

    def _replace(self, thread: PluginThread, stage: Stage) -> None:
        index = self._threads.index(thread)
        self._threads[index] = self._start_thread(index)
        self._threads[index].inbox.put(stage)

    def close(self) -> None:
        """Let the threads end, and what plug-ins left open on them; those that hang are left to themselves."""
        for thread in self._threads:
            thread.inbox.put(None)
        until = time.monotonic() + self._grace
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
