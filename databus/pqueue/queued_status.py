"""The status of a passenger that is in the queue: what its entry says, made into objects when a plug-in asks."""

from databus.database.records import Step
from databus.passenger.abstract_passenger import AbstractPassenger
from databus.pqueue.outcome import StepKind
from databus.pqueue.queue_status import PassengerQueueStatus, ProcessorQueueStatus, PusherQueueStatus


class QueuedStatus(PassengerQueueStatus):
    """Says what the steps of an entry say, until a plug-in sets something else.

    Most plug-ins look at the passenger only: then there is nothing to make, to compare and to bring up to date.

    Args:
        steps: Of the entry.

    Attributes:
        is_untouched: Whether nobody has asked for the steps' statuses yet, so that nobody can have set one.
    """

    def __init__(self, passenger: AbstractPassenger, steps: tuple[Step, ...]) -> None:
        self.passenger = passenger
        self.running = ""
        self.show(steps)

    def show(self, steps: tuple[Step, ...]) -> None:
        """Say what these steps say, whatever plug-ins have set."""
        self._steps = steps
        self.is_untouched = True

    def _touch(self) -> None:
        if self.is_untouched:
            self.is_untouched = False
            steps = {kind: [step for step in self._steps if step.kind is kind] for kind in StepKind}
            self._notified = all(step.is_complete for step in steps[StepKind.NOTIFY])
            self._processors = [
                ProcessorQueueStatus(step.module, step.status, step.name) for step in steps[StepKind.PROCESS]
            ]
            self._pushers = [PusherQueueStatus(step.module, step.status, step.name) for step in steps[StepKind.PUSH]]

    @property
    def processor_statuses(self) -> list[ProcessorQueueStatus]:
        """One for each processor, in the configured order."""
        self._touch()
        return self._processors

    @processor_statuses.setter
    def processor_statuses(self, statuses: list[ProcessorQueueStatus]) -> None:
        self._touch()
        self._processors = statuses

    @property
    def pusher_statuses(self) -> list[PusherQueueStatus]:
        """One for each pusher, in the configured order."""
        self._touch()
        return self._pushers

    @pusher_statuses.setter
    def pusher_statuses(self, statuses: list[PusherQueueStatus]) -> None:
        self._touch()
        self._pushers = statuses

    @property
    def puller_notified(self) -> bool:
        """Whether the puller was told that the passenger is seated."""
        self._touch()
        return self._notified

    @puller_notified.setter
    def puller_notified(self, notified: bool) -> None:
        self._touch()
        self._notified = notified
