"""Recording a lane's outcomes, if wanted on a thread of its own: plug-ins are called while the database works."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from queue import SimpleQueue

from msgspec.structs import replace

from databus.database.steps import group_by_entry
from databus.errors import UNREACHABLE, StoreError, Untakable
from databus.pqueue.abstract_queue import AbstractQueue
from databus.pqueue.outcome import Outcome
from databus.timestamps import utc_now

Outcomes = Sequence[Outcome]

Work = Callable[[], list[Outcome]]


class Recorder:
    """Records outcomes in a queue, one batch at a time: a slow database gets larger commits, not more of them.

    All its methods are called on one thread, and call back on it.

    Args:
        queue: Where to.
        settle: Called with outcomes that are recorded, and those of them that the queue rejected.
        failed: Called with an outcome whose changes cannot be stored, and why; returns what to record instead.
    """

    def __init__(
        self,
        queue: AbstractQueue,
        settle: Callable[[Outcomes, Outcomes], None],
        failed: Callable[[Outcome, StoreError], Outcome],
    ) -> None:
        self._queue = queue
        self._settle = settle
        self._failed = failed
        self._thread: _Thread | None = None
        self._under_way: tuple[Outcomes, Future[list[Outcome]]] | None = None

    def record(self, outcomes: Outcomes) -> None:
        """Record outcomes, after those that are under way.

        Raises:
            StoreError: Some outcomes, of these or of those, may not be stored; all others are, if the database answers.
        """
        self.finish()
        if outcomes:
            future: Future[list[Outcome]] = Future()
            _run(future, self._work(outcomes))
            self._take(outcomes, future)

    def begin(self, outcomes: Outcomes) -> None:
        """Begin to record outcomes, after those that are under way; raises for these as ``record`` does."""
        self.finish()
        if outcomes:
            if self._thread is None:
                self._thread = _Thread()
                self._thread.start()
            self._under_way = outcomes, self._thread.submit(self._work(outcomes))

    def finish(self) -> None:
        """Wait until what is under way is recorded; raises for it what ``record`` raises."""
        if self._under_way is not None:
            under_way, self._under_way = self._under_way, None
            self._take(*under_way)

    def close(self) -> None:
        """Let the thread end."""
        if self._thread is not None:
            self._thread.inbox.put(None)

    def _work(self, outcomes: Outcomes) -> Work:
        return partial(self._queue.record, outcomes, now=utc_now())

    def _take(self, outcomes: Outcomes, future: "Future[list[Outcome]]") -> None:
        try:
            rejected = future.result()
        except StoreError:
            self._record_each(outcomes)
        else:
            self._settle(outcomes, rejected)

    def _record_each(self, outcomes: Outcomes) -> None:
        """Record each passenger's outcomes alone; of those that cannot be stored, raise the first error at the end.

        What is not recorded is done again by the next drive: nobody may be pushed twice because of a neighbour.
        """
        first: StoreError | None = None
        for own in group_by_entry(outcomes).values():
            try:
                self._record_alone(own)
            except UNREACHABLE:
                raise
            except StoreError as error:
                first = first or error
        if first is not None:
            raise first

    def _record_alone(self, outcomes: Outcomes) -> None:
        """Record one passenger's outcomes, after a common commit failed: perhaps through a neighbour's attachment."""
        own = outcomes[0]
        if self._queue.has_stored(own):  # its part of the common commit did succeed
            self._settle(outcomes, [])
            return
        try:
            rejected = self._queue.record(outcomes, now=utc_now())
        except UNREACHABLE:
            raise
        except StoreError as error:
            outcomes = self._instead(outcomes, error)
            rejected = self._queue.record(outcomes, now=utc_now())
        self._settle(outcomes, rejected)

    def _instead(self, outcomes: Outcomes, error: StoreError) -> Outcomes:
        """Return what to record for one passenger in place of what cannot be stored; raise its error if that is no way.

        An attempt that is not counted would be made again without end.
        """
        own = outcomes[0]
        if own.changes is not None and (own.changes.attachments is not None or isinstance(error, Untakable)):
            return [self._failed(own, error)]
        if isinstance(error, Untakable) and any(outcome.error for outcome in outcomes):
            return [replace(outcome, error=outcome.error and _plain(error)) for outcome in outcomes]
        raise error


def _plain(error: StoreError) -> str:
    """Return an error's text in place of another one that the database does not take, in letters that each takes."""
    return f"the error's text could not be stored: {error}".encode("ascii", "backslashreplace").decode()


class _Thread(threading.Thread):
    """Does what is put into its inbox. A daemon: a database that hangs must not keep Databus from ending."""

    def __init__(self) -> None:
        super().__init__(name="recording", daemon=True)
        self.inbox: SimpleQueue[tuple[Future[list[Outcome]], Work] | None] = SimpleQueue()

    def submit(self, work: Work) -> "Future[list[Outcome]]":
        future: Future[list[Outcome]] = Future()
        self.inbox.put((future, work))
        return future

    def run(self) -> None:
        while (task := self.inbox.get()) is not None:
            _run(*task)


def _run(future: "Future[list[Outcome]]", work: Work) -> None:
    try:
        future.set_result(work())
    except BaseException as error:  # noqa: BLE001 - it is raised where the future is asked
        future.set_exception(error)
