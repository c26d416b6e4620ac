"""Calling plug-ins on threads of their own, so that one that hangs or exits costs its own step only.

Python cannot stop a thread. A call that outlives its time limit is abandoned: its thread is left to itself and its
result is ignored, a new thread with new plug-in objects takes over the calls that wait.
"""

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from queue import SimpleQueue
from typing import Any

from databus.driver.plugins import Plugins
from databus.timestamps import utc_now

SHARED_COMMIT = 0.010
"""Seconds to wait for further results before those at hand are recorded together; design section 4 allows 20 ms."""

HEARTBEAT = 1.0
"""At most these many seconds pass between two calls of the heartbeat."""

TIMEOUTS_IN_A_ROW = 3
"""A plug-in that hangs so often in one stage is left alone until the next drive: its target is probably down."""


class TimeLimitExceeded(Exception):
    """A plug-in did not return within the route's ``time_limit``."""


class Interrupted(Exception):
    """A plug-in was still working when Databus had to end; its step has no outcome."""


@dataclass(slots=True, eq=False)
class Task:
    """One call of a plug-in; ``subject`` is the caller's, to know the result by."""

    call: Callable[[Plugins], Any]
    subject: Any = None


@dataclass(slots=True, eq=False)
class Done:
    """What a call gave: a value or an error, and when."""

    task: Task
    at: datetime
    value: Any = None
    error: BaseException | None = None
    recorded: threading.Event | None = None


@dataclass(eq=False)
class _Stage:
    """The calls of one ``Team.run``, shared by its threads."""

    waiting: deque[Task]
    each: bool
    stop: threading.Event
    timeouts: int = 0
    gave_up: bool = False
    closed: bool = False
    running: dict["_PluginThread", tuple[Task, float]] = field(default_factory=dict)
    done: list[Done] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    wake: threading.Event = field(default_factory=threading.Event)
    idle: threading.Event = field(default_factory=threading.Event)

    def begin(self, thread: "_PluginThread") -> Task | None:
        with self.lock:
            if self.stop.is_set():
                self._drop_waiting()
            if not self.waiting or thread.abandoned:
                return None
            task = self.waiting.popleft()
            self.running[thread] = (task, time.monotonic())
            return task

    def finish(self, thread: "_PluginThread", done: Done) -> bool:
        """Take a result; False where the call was abandoned before it came back."""
        with self.lock:
            if self.running.pop(thread, None) is None:
                return False
            self.timeouts = 0
            self._append(done)
            waits = done.recorded is not None and not self.closed
        if waits and done.recorded is not None:
            done.recorded.wait()
        return True

    def abandon(self, thread: "_PluginThread", task: Task, error: BaseException) -> bool:
        """Give up a call; False where it came back in the meantime, and its thread may be at its next call already."""
        with self.lock:
            if self.running.get(thread, (None, 0.0))[0] is not task:
                return False
            del self.running[thread]
            thread.abandoned = True
            self.timeouts += isinstance(error, TimeLimitExceeded)
            self._append(Done(task, utc_now(), error=error))
            if self.timeouts >= TIMEOUTS_IN_A_ROW:
                self.gave_up = True
                self._drop_waiting()
            return True

    def _append(self, done: Done) -> None:
        self.done.append(done)
        if not self.waiting and not self.running:
            self.idle.set()
        self.wake.set()

    def drop_waiting(self) -> None:
        """Forget the calls that have not begun."""
        with self.lock:
            self._drop_waiting()

    def _drop_waiting(self) -> None:
        self.waiting.clear()
        if not self.running:
            self.idle.set()
            self.wake.set()

    def close(self) -> None:
        """Begin no further call, and let no thread wait for a result to be recorded."""
        with self.lock:
            self.closed = True
            self._drop_waiting()
            for done in self.done:
                if done.recorded is not None:
                    done.recorded.set()

    def calls(self) -> list[tuple["_PluginThread", Task, float]]:
        """Return who is calling what, and since when."""
        with self.lock:
            return [(thread, task, began) for thread, (task, began) in self.running.items()]

    def take(self) -> list[Done]:
        """Return the results that came since the last time."""
        with self.lock:
            self.wake.clear()
            taken, self.done = self.done, []
            return taken

    @property
    def is_over(self) -> bool:
        with self.lock:
            return not (self.waiting or self.running or self.done)


class _PluginThread(threading.Thread):
    def __init__(self, log_name: str, make: Callable[[], Plugins]) -> None:
        super().__init__(name=log_name, daemon=True)
        self.inbox: SimpleQueue[_Stage | None] = SimpleQueue()
        self.abandoned = False
        self._make = make

    def run(self) -> None:
        plugins = self._make()
        try:
            while (stage := self.inbox.get()) is not None:
                while (task := stage.begin(self)) is not None:
                    if not stage.finish(self, self._call(task, plugins, stage.each)):
                        return
        finally:
            plugins.close()

    @staticmethod
    def _call(task: Task, plugins: Plugins, each: bool) -> Done:
        recorded = threading.Event() if each else None
        try:
            value = plugins.resolve(task.call(plugins))
        except BaseException as error:  # noqa: BLE001 - the border to foreign code: sys.exit() fails its step only
            return Done(task, utc_now(), error=error, recorded=recorded)
        return Done(task, utc_now(), value=value, recorded=recorded)


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
        self._threads: list[_PluginThread] = []

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
        stage = _Stage(deque(tasks), each, self._stop)
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
    def _hand_over(stage: _Stage, on_done: Callable[[list[Done]], None]) -> None:
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

    def _wind_up(self, stage: _Stage, on_done: Callable[[list[Done]], None]) -> None:
        """Wait for the calls that run: one that outlived its drive would meet the next one with the same passenger."""
        stage.close()
        while calls := stage.calls():
            stage.idle.wait(self._patience(calls))
            self._look_after(stage)
        with contextlib.suppress(Exception):  # the first error is the one to tell
            self._hand_over(stage, on_done)

    def _look_after(self, stage: _Stage) -> None:
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

    def _patience(self, calls: Iterable[tuple[_PluginThread, Task, float]]) -> float:
        left = min((began + self._time_limit - time.monotonic() for _, _, began in calls), default=HEARTBEAT)
        return min(max(left, 0.0), 0.1 if self._stop.is_set() else HEARTBEAT)

    def _thread(self, index: int) -> _PluginThread:
        while len(self._threads) <= index:
            self._threads.append(self._start_thread(len(self._threads)))
        return self._threads[index]

    def _start_thread(self, index: int) -> _PluginThread:
        thread = _PluginThread(f"{self._name} #{index + 1}", self._make_plugins)
        thread.start()
        return thread

    def _replace(self, thread: _PluginThread, stage: _Stage) -> None:
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
