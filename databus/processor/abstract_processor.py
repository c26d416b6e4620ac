"""The base of all processors."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from databus.client.log import Log
from databus.compat import p_keywords
from databus.pqueue.queue_status import PassengerQueueStatus

if TYPE_CHECKING:  # pydantic is slow to import, and few plug-ins need it
    from pydantic import BaseModel


@p_keywords
class AbstractProcessor(ABC):
    """Checks, filters or changes passengers that are in the queue.

    A processor is a module that defines one subclass of this. Each drive makes a new object of it, with the log as the
    only positional argument. A route's processors run in the configured order, and its pushers after them.

    Attributes:
        log: The log of the drive.
        batch_size: The most passengers with which :meth:`process` is called at once.
        Settings: A pydantic model against which the configured settings are checked; None for a processor without any.
        settings: An instance of ``Settings``, set after the object is made.
        name: The configured name, or the module; set after the object is made.
    """

    batch_size: ClassVar[int] = 1
    Settings: ClassVar["type[BaseModel] | None"] = None
    settings: Any = None
    name: str = ""

    def __init__(self, log: Log | None = None) -> None:
        # A processor that is made without a log, such as in a test, can write to it all the same.
        self.log: Log = Log() if log is None else log

    @abstractmethod
    def process(self, passengers: list[PassengerQueueStatus]) -> Any:
        """Process passengers; it may also be ``async def``. What it returns is ignored.

        - When it returns, this processor is complete for each of them, and what it changed in ``.passenger`` (its
          attachments, ``source_system``, ``external_id``) is stored.
        - When it raises, nothing of that is stored, the error is logged and shown, and it is tried again at the next
          drive. :class:`databus.errors.Retry` chooses the time, :class:`databus.errors.Reject` holds the passenger for
          an operator. The passenger's later steps wait; other passengers travel on.
        - To filter a passenger out, set all its steps complete: ``set_all_processor_statuses(QueueStatus.complete)``
          and ``set_all_pusher_statuses(QueueStatus.complete)``.
        - It runs at least once: again, if Databus was stopped before the outcome was stored. So what it does outside
          the passenger must bear repeating.

        Args:
            passengers: One, or up to ``batch_size``.
        """
