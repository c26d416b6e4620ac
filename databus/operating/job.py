"""Something that takes its time: it is counted first, done when somebody has said so, and undone where that can be."""

import logging
import secrets
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from databus.errors import DatabusError, StoreError
from databus.operating.bulk import Handled, Progress

_logger = logging.getLogger("databus")


class Task(ABC):
    """What a job does.

    Each method may take long, says how far it is after each batch, and lets what that raises through: what is done
    stays done.

    Attributes:
        name: What is done, as a heading.
        thing: With what: "passenger".
        which: Which of them, in words; empty for all.
        deletes: Whether what it is done with is gone then, and nothing of it can be undone.
        needs_administrator: Whether only an administrator may have it done, or undone.
    """

    name: str
    thing: str
    which: str
    deletes: bool
    needs_administrator: bool

    @abstractmethod
    def count(self, on_progress: Progress) -> int:
        """Find out with how many it would be done now, and fix them: those that come since are not touched."""

    @abstractmethod
    def do(self, on_progress: Progress) -> Handled:
        """Do it with those that were counted."""

    @property
    @abstractmethod
    def can_be_undone(self) -> bool:
        """Whether there is something to be set back, and a way to do it."""

    @abstractmethod
    def undo(self, on_progress: Progress) -> Handled:
        """Set back what was done, as far as nothing else has changed it since."""

    def done_words(self, done: int, counted: int) -> str:
        """Return in words with how many it was done."""
        which = f" ({self.which})" if self.which else ""
        return f"{self.name}: {done:,} of {counted:,} {self.thing}s{which}"

    @abstractmethod
    def tell(self, sentence: str) -> None:
        """Write into the record of changes how it ended."""


class Activity(StrEnum):
    """What a job is busy with, or was last."""

    COUNTING = "counting"
    DOING = "doing"
    UNDOING = "undoing"


class Status(StrEnum):
    """How far that is."""

    UNDER_WAY = "under way"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"


NOTHING = Handled()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """How far a job is.

    Attributes:
        counted: With how many it is done.
        progress: Of the activity.
        trouble: Why it has failed, or who has stopped it.
    """

    activity: Activity
    status: Status
    counted: int = 0
    progress: Handled = NOTHING
    trouble: str = ""

    @property
    def is_under_way(self) -> bool:
        """Whether it still goes on."""
        return self.status is Status.UNDER_WAY

    @property
    def asks(self) -> bool:
        """Whether it is counted, and waits for somebody to say that it shall be done."""
        return self.activity is Activity.COUNTING and self.status is Status.DONE


@dataclass(frozen=True, slots=True)
class Owner:
    """Who has begun a job: nobody else sees it."""

    client_id: str
    username: str


class Stopped(Exception):
    """Somebody has stopped a job; the text says who."""


class Job:
    """A task under way, on a thread of its own.

    Args:
        client_id: Whose things it handles.
        back: The address that it was begun from.
    """

    def __init__(self, task: Task, *, owner: Owner, client_id: str, back: str, began: datetime) -> None:
        self.id = secrets.token_urlsafe(16)
        self.task = task
        self.owner = owner
        self.client_id = client_id
        self.back = back
        self.began = began
        self.stage = Stage(activity=Activity.COUNTING, status=Status.STOPPED)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stop_reason = ""

    @property
    def can_be_undone(self) -> bool:
        """Whether it can be set back now: it has been done, at least in part, and is not undone already."""
        stage = self.stage
        is_done = stage.activity is Activity.DOING or (
            stage.activity is Activity.UNDOING and stage.status is not Status.DONE
        )
        return is_done and not stage.is_under_way and self.task.can_be_undone

    def count(self) -> None:
        """Begin to count."""
        self._begin(Activity.COUNTING, lambda: not self.stage.is_under_way)

    def do(self) -> None:
        """Begin to do it.

        Raises:
            DatabusError: It is not counted, or was begun already.
        """
        self._begin(Activity.DOING, lambda: self.stage.asks)

    def did(self, handled: Handled) -> None:
        """Note that it was done already."""
        self.stage = Stage(activity=Activity.DOING, status=Status.DONE, counted=handled.matched, progress=handled)

    def undo(self) -> None:
        """Begin to undo it.

        Raises:
            DatabusError: There is nothing to be undone.
        """
        self._begin(Activity.UNDOING, lambda: self.can_be_undone)

    def stop(self, reason: str) -> None:
        """Let it end after the batch that it is at; what is done stays done."""
        self._stop_reason = reason

    def wait(self, seconds: float) -> None:
        """Wait until it is no longer under way, but not for ever."""
        thread = self._thread
        if thread is not None:
            thread.join(seconds)

    def _begin(self, activity: Activity, may: Callable[[], bool]) -> None:
        with self._lock:
            if not may():
                raise DatabusError(f"This cannot be begun now: {self.stage.activity} is {self.stage.status}.")
            self._stop_reason = ""
            self.stage = Stage(activity=activity, status=Status.UNDER_WAY, counted=self.stage.counted)
            self._thread = threading.Thread(target=self._run, args=(activity,), name=f"job {self.id}", daemon=True)
            self._thread.start()

    def _run(self, activity: Activity) -> None:
        try:
            self._work(activity)
        except Stopped as stopped:
            self._end(Status.STOPPED, str(stopped))
        except StoreError as error:  # its text may name servers and folders, which not everybody may know
            _logger.error("%s could not use the database: %s", self.task.name, error)
            self._end(Status.FAILED, "The database could not be used; the output of Databus's process says more.")
        except DatabusError as error:
            self._end(Status.FAILED, str(error))
        except Exception:  # the border to the database: whoever looks at the job is told
            _logger.exception("%s has failed", self.task.name)
            self._end(Status.FAILED, "What happened stands in the output of the process that runs Databus.")
        else:
            self._end(Status.DONE, "")

    def _work(self, activity: Activity) -> None:
        match activity:
            case Activity.COUNTING:
                counted = self.task.count(self._note)
                self.stage = replace(self.stage, counted=counted)
            case Activity.DOING:
                self.stage = replace(self.stage, progress=self.task.do(self._note))
            case Activity.UNDOING:
                self.stage = replace(self.stage, progress=self.task.undo(self._note))

    def _note(self, handled: Handled) -> None:
        self.stage = replace(self.stage, progress=handled)
        if self._stop_reason:
            raise Stopped(self._stop_reason)

    def _end(self, status: Status, trouble: str) -> None:
        if self.stage.activity is not Activity.COUNTING:
            self._tell(status, trouble)
        self.stage = replace(self.stage, status=status, trouble=trouble)

    def _tell(self, status: Status, trouble: str) -> None:
        """Write into the record of changes how it ended: after a failure, or at the end of Databus, nobody may look."""
        stage = self.stage
        undone = "undoing: " if stage.activity is Activity.UNDOING else ""
        how = "" if status is Status.DONE else f"; {status}: {trouble}"
        try:
            self.task.tell(f"{undone}{self.task.done_words(stage.progress.done, stage.counted)}{how}")
        except DatabusError as error:
            _logger.error("%s ended, which could not be noted: %s", self.task.name, error)
