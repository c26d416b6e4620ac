"""The status of a passenger that is in the queue: what its entry says, made into objects when a plug-in asks."""

from collections.abc import Callable
from typing import Any, TypeVar

from databus.database.records import Step
from databus.passenger.abstract_passenger import AbstractPassenger
from databus.pqueue.outcome import StepKind
from databus.pqueue.queue_status import PassengerQueueStatus, ProcessorQueueStatus, PusherQueueStatus, QueueStatus

S = TypeVar("S", ProcessorQueueStatus, PusherQueueStatus)


class QueuedStatus(PassengerQueueStatus):
    """Says what the steps of an entry say, until a plug-in sets something else.

    Most plug-ins look at the passenger only: then there is nothing to make, to compare and to bring up to date.

    Args:
        steps: Of the entry.
    """

    def __init__(self, passenger: AbstractPassenger, steps: tuple[Step, ...]) -> None:
        self.passenger = passenger
        self.running = ""
        self._steps = steps
        self._made: dict[StepKind, Any] = {}  # setdefault lets all threads of a plug-in have the same

    def show(self, steps: tuple[Step, ...]) -> None:
        """Say what these steps say, whatever plug-ins have set."""
        self._steps = steps
        if self._made:
            self._made = {}

    def __copy__(self) -> "QueuedStatus":
        other = QueuedStatus(self.passenger, self._steps)
        other.running = self.running
        other._made = dict(self._made)
        return other

    @property
    def is_untouched(self) -> bool:
        """Whether nobody has asked for the steps' statuses yet, so that nobody can have set one."""
        return not self._made

    @property
    def processor_statuses(self) -> list[ProcessorQueueStatus]:
        """One for each processor, in the configured order."""
        return self._of(StepKind.PROCESS, ProcessorQueueStatus)

    @processor_statuses.setter
    def processor_statuses(self, statuses: list[ProcessorQueueStatus]) -> None:
        self._made[StepKind.PROCESS] = statuses

    @property
    def pusher_statuses(self) -> list[PusherQueueStatus]:
        """One for each pusher, in the configured order."""
        return self._of(StepKind.PUSH, PusherQueueStatus)

    @pusher_statuses.setter
    def pusher_statuses(self, statuses: list[PusherQueueStatus]) -> None:
        self._made[StepKind.PUSH] = statuses

    def _of(self, kind: StepKind, make: Callable[[str, QueueStatus, str], S]) -> list[S]:
        if kind not in self._made:
            own = [step for step in self._steps if step.kind is kind]
            self._made.setdefault(kind, [make(each.module, each.status, each.name) for each in own])
        statuses: list[S] = self._made[kind]
        return statuses

    @property
    def puller_notified(self) -> bool:
        """Whether the puller was told that the passenger is seated."""
        found = self._made.get(StepKind.NOTIFY)
        return self._was_notified() if found is None else bool(found)

    @puller_notified.setter
    def puller_notified(self, notified: bool) -> None:
        self._made[StepKind.NOTIFY] = notified

    def _was_notified(self) -> bool:
        return all(step.is_complete for step in self._steps if step.kind is StepKind.NOTIFY)
