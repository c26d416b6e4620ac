"""The calls of one stage, and the threads that make them."""

import math
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from queue import SimpleQueue
from typing import Any

from msgspec import Struct

from databus.driver.failures import ask_for_text
from databus.driver.plugins import Plugins
from databus.timestamps import utc_now

TIMEOUTS_IN_A_ROW = 3
"""A plug-in that hangs so often in one stage is left alone until the next drive: its target is probably down."""


SAME_MOMENT = 0.010
"""Seconds in which results get one common time: what is the same of many passengers is worked out and stored once."""


class TimeLimitExceeded(Exception):
    """A plug-in did not return within the route's ``time_limit``."""


class Interrupted(Exception):
    """A plug-in was still working when Databus had to end; its step has no outcome."""


class Task(Struct, eq=False):
    """One call of a plug-in; ``subject`` is the caller's, to know the result by."""

    call: Callable[[Plugins], Any]
    subject: Any = None


class Done(Struct, eq=False):
    """What a call gave: a value or an error, and when; that of a value may be ``SAME_MOMENT`` too early."""

    task: Task
    at: datetime
    value: Any = None
    error: BaseException | None = None
    recorded: threading.Event | None = None


class Moments:
    """Tells the time, and the same time again until a moment has passed."""

    def __init__(self) -> None:
        self._until = -math.inf
        self._now = utc_now()

    def now(self) -> datetime:
        """Return the time, at most ``SAME_MOMENT`` old."""
        elapsed = time.monotonic()
        if elapsed >= self._until:
            self._until, self._now = elapsed + SAME_MOMENT, utc_now()
        return self._now


@dataclass(eq=False)
class Stage:
    """The calls of one ``Team.run``, shared by its threads."""

    waiting: deque[Task]
    each: bool
    stop: threading.Event
    timeouts: int = 0
    gave_up: bool = False
    closed: bool = False
    running: dict["PluginThread", tuple[Task, float]] = field(default_factory=dict)
    done: list[Done] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    wake: threading.Event = field(default_factory=threading.Event)
    idle: threading.Event = field(default_factory=threading.Event)
    moments: Moments = field(default_factory=Moments)

    def next(self, thread: "PluginThread", done: Done | None = None) -> Task | None:
        """Take a thread's result, if it comes with one, and return its next call; None where none is left for it.

        The result of a call that was abandoned before it came back is ignored, and its thread gets no other.
        """
        with self.lock:
            is_taken = done is not None and self._finish(thread, done)
            if done is None or done.recorded is None or not is_taken or self.closed:
                return self._begin(thread)
        done.recorded.wait()
        with self.lock:
            return self._begin(thread)

    def _begin(self, thread: "PluginThread") -> Task | None:
        if self.stop.is_set():
            self._drop_waiting()
        if not self.waiting or thread.abandoned:
            return None
        task = self.waiting.popleft()
        self.running[thread] = (task, time.monotonic())
        return task

    def _finish(self, thread: "PluginThread", done: Done) -> bool:
        if self.running.pop(thread, None) is None:
            return False
        self.timeouts = 0
        self._append(done)
        return True

    def abandon(self, thread: "PluginThread", task: Task, error: BaseException) -> bool:
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
        if not self.wake.is_set():  # setting it once more would cost a turn of its lock for each call
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

    def calls(self) -> list[tuple["PluginThread", Task, float]]:
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
        """Whether every call was made or forgotten, and every result taken."""
        with self.lock:
            return not (self.waiting or self.running or self.done)


class PluginThread(threading.Thread):
    """Makes the calls of the stages that are put into its ``inbox``, with plug-in objects of its own.

    None ends it. One that is ``abandoned`` ends when its call comes back, if it ever does.
    """

    def __init__(self, log_name: str, make: Callable[[], Plugins]) -> None:
        super().__init__(name=log_name, daemon=True)
        self.inbox: SimpleQueue[Stage | None] = SimpleQueue()
        self.abandoned = False
        self._make = make

    def run(self) -> None:
        """Work until the end."""
        plugins = self._make()
        try:
            while (stage := self.inbox.get()) is not None:
                task = stage.next(self)
                while task is not None:
                    task = stage.next(self, self._call(task, plugins, stage))
                if self.abandoned:
                    return
        finally:
            plugins.close()

    @staticmethod
    def _call(task: Task, plugins: Plugins, stage: Stage) -> Done:
        recorded = threading.Event() if stage.each else None
        try:
            value = task.call(plugins)
        except BaseException as error:  # noqa: BLE001 - the border to foreign code: sys.exit() fails its step only
            ask_for_text(error)
            return Done(task, utc_now(), error=error, recorded=recorded)
        return Done(task, stage.moments.now(), value=value, recorded=recorded)
