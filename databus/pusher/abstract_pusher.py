"""The base of all pushers."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from databus.client.log import Log
from databus.compat import p_keywords
from databus.pqueue.queue_status import PassengerQueueStatus

if TYPE_CHECKING:  # pydantic is slow to import, and few plug-ins need it
    from pydantic import BaseModel


@p_keywords
class AbstractPusher(ABC):
    """Delivers passengers to a target system.

    A pusher is a module that defines one subclass of this. Each drive makes a new object of it, with the log as the
    only positional argument.

    Attributes:
        log: The log of the drive.
        Settings: A pydantic model against which the configured settings are checked; None for a pusher without any.
        settings: An instance of ``Settings``, set after the object is made.
        name: The configured name, or the module; set after the object is made.
    """

    Settings: ClassVar["type[BaseModel] | None"] = None
    settings: Any = None
    name: str = ""

    def __init__(self, log: Log | None = None) -> None:
        # A pusher that is made without a log, such as in a test, can write to it all the same.
        self.log: Log = Log() if log is None else log

    @abstractmethod
    def push(self, passenger: PassengerQueueStatus) -> Any:
        """Deliver one passenger; it may also be ``async def``. What it returns is ignored.

        - It is called when all processors of the passenger are complete. Other pushers of the route are not held up by
          this one.
        - When it returns, the passenger is pushed, and this pusher is never called with it again unless an operator
          sets the step back.
        - When it raises, the error is logged and shown, and it is tried again at the next drive.
          :class:`databus.errors.Retry` chooses the time, :class:`databus.errors.Reject` holds the passenger for an
          operator.
        - It runs at least once: again, if Databus was stopped after the delivery and before the outcome was stored. So
          use ``passenger.passenger.external_id`` or ``internal_id`` as the key at the target, where that is possible.
        - What it changes in the passenger is not stored.

        Args:
            passenger: The passenger, in ``.passenger``, and how far it has come.
        """
