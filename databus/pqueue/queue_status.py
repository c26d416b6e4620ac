"""How far a passenger has come: the status of each of its steps."""

from collections.abc import Sequence
from enum import Enum

from databus.client.client_passenger import ClientPassenger
from databus.compat import p_keywords
from databus.passenger.abstract_passenger import AbstractPassenger


class QueueStatus(Enum):
    """The status of a step, or of a whole passenger."""

    undefined = 0
    incomplete = 1
    complete = 2


@p_keywords
class ProcessorQueueStatus:
    """The status of one processor for one passenger.

    Attributes:
        processor_module: The processor's module.
        status: Its status.
        name: The configured name of the step; the module where there is none.
    """

    def __init__(self, processor_module: str, status: QueueStatus = QueueStatus.undefined, name: str = "") -> None:
        self.processor_module = processor_module
        self.status = status
        self.name = name or processor_module


@p_keywords
class PusherQueueStatus:
    """The status of one pusher for one passenger.

    Attributes:
        pusher_module: The pusher's module.
        status: Its status.
        name: The configured name of the step; the module where there is none.
    """

    def __init__(self, pusher_module: str, status: QueueStatus = QueueStatus.undefined, name: str = "") -> None:
        self.pusher_module = pusher_module
        self.status = status
        self.name = name or pusher_module


@p_keywords
class PassengerQueueStatus:
    """A passenger and how far it has come. It is what processors and pushers are called with.

    Attributes:
        passenger: The passenger.
        pusher_statuses, processor_statuses: One for each configured step, in the configured order.
        puller_notified: Whether the puller was told that the passenger is seated.
        running: The name of the step that runs now; set by the driver, empty otherwise.
    """

    def __init__(
        self,
        passenger: AbstractPassenger,
        pusher_statuses: list[PusherQueueStatus] | None = None,
        processor_statuses: list[ProcessorQueueStatus] | None = None,
        puller_notified: bool = False,
    ) -> None:
        self.passenger = passenger
        self.pusher_statuses = [] if pusher_statuses is None else pusher_statuses
        self.processor_statuses = [] if processor_statuses is None else processor_statuses
        self.puller_notified = puller_notified
        self.running = ""

    @property
    def all_processors_complete(self) -> bool:
        """Whether no processor is left."""
        return all(step.status == QueueStatus.complete for step in self.processor_statuses)

    @property
    def all_pushers_complete(self) -> bool:
        """Whether no pusher is left."""
        return all(step.status == QueueStatus.complete for step in self.pusher_statuses)

    @property
    def status(self) -> QueueStatus:
        """Whether anything is left: the puller's notification, a processor or a pusher."""
        done = self.puller_notified and self.all_processors_complete and self.all_pushers_complete
        return QueueStatus.complete if done else QueueStatus.incomplete

    def set_all_processor_statuses(self, status: QueueStatus) -> None:
        """Set the status of every processor."""
        for step in self.processor_statuses:
            step.status = status

    def set_all_pusher_statuses(self, status: QueueStatus) -> None:
        """Set the status of every pusher."""
        for step in self.pusher_statuses:
            step.status = status

    def set_processor_status(self, processor_module: str, status: QueueStatus) -> None:
        """Set the status of the processor of that module or name.

        Where several have the module and one of them runs now, only that one is meant.
        """
        modules = [(step.processor_module, step.name) for step in self.processor_statuses]
        for index in self._meant(processor_module, modules):
            self.processor_statuses[index].status = status

    def set_pusher_status(self, pusher_module: str, status: QueueStatus) -> None:
        """Set the status of the pusher of that module or name.

        Where several have the module and one of them runs now, only that one is meant.
        """
        modules = [(step.pusher_module, step.name) for step in self.pusher_statuses]
        for index in self._meant(pusher_module, modules):
            self.pusher_statuses[index].status = status

    def _meant(self, wanted: str, steps: Sequence[tuple[str, str]]) -> list[int]:
        named = [index for index, (_, name) in enumerate(steps) if name == wanted]
        same_module = [index for index, (module, _) in enumerate(steps) if module == wanted]
        running = [index for index in same_module if self.running and steps[index][1] == self.running]
        return running or named or same_module


@p_keywords
class QueueStatusFactory:
    """Makes the status of a passenger that is not in the queue yet."""

    @staticmethod
    def get_passenger_queue_status(
        passenger: AbstractPassenger, client_passenger: ClientPassenger
    ) -> PassengerQueueStatus:
        """Return the passenger with every step of its route incomplete."""
        pushers = [PusherQueueStatus(module, QueueStatus.incomplete) for module in client_passenger.pusher_modules]
        processors = [
            ProcessorQueueStatus(module, QueueStatus.incomplete) for module in client_passenger.processor_modules
        ]
        return PassengerQueueStatus(passenger, pushers, processors)
