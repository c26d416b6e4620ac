"""The base of all pullers."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from databus.client.log import Log
from databus.compat import p_keywords
from databus.errors import PluginError
from databus.passenger.abstract_passenger import AbstractPassenger

if TYPE_CHECKING:  # pydantic is slow to import, and few plug-ins need it
    from pydantic import BaseModel


@p_keywords
class AbstractPullerError(PluginError):
    """For pullers to raise when they cannot do their work.

    Args:
        error_description: What is wrong, for operators.
    """

    def __init__(self, error_description: str = "") -> None:
        self.error_description = error_description
        super().__init__(error_description)

    @property
    def message(self) -> str:
        """The error as text."""
        return str(self)


@p_keywords
class AbstractPuller(ABC):
    """Takes passengers of one type from a source system.

    A puller is a module that defines one subclass of this. Each drive makes a new object of it, with the log as the
    only positional argument, and calls :meth:`pull`. The passengers are put into the queue, each (source system,
    external id) once; when they are stored durably, :meth:`notify_passengers_seated` is called.

    An exception fails the call, is logged with its traceback, and it is tried again at the next drive; passengers that
    :meth:`pull` gave before it are kept. All three methods may also be ``async def``.

    Attributes:
        log: The log of the drive.
        Settings: A pydantic model against which the configured settings are checked; None for a puller without any.
        settings: An instance of ``Settings``, set after the object is made.
        name: The configured name, or the module; set after the object is made.
    """

    Settings: ClassVar["type[BaseModel] | None"] = None
    settings: Any = None
    name: str = ""

    def __init__(self, log: Log | None = None) -> None:
        # A puller that is made without a log, such as in a test, can write to it all the same.
        self.log: Log = Log() if log is None else log

    @abstractmethod
    def pull(self) -> Iterable[AbstractPassenger]:
        """Return what waits at the source: a list, or a generator so that not all of it is in memory at once.

        Take nothing away from the source yet. What it gives again while it is in the queue is passed over. Each
        passenger needs an ``external_id`` that identifies it together with its ``source_system``, and its
        ``puller_module`` set to ``self.__module__``.
        """

    @abstractmethod
    def notify_passengers_seated(self, seated_passengers: list[AbstractPassenger]) -> Any:
        """Called when passengers are stored durably: from now on the source may delete, move or mark them.

        It may be called again for the same passengers, if Databus was stopped before it could store that it was called,
        or if it raised. Passengers that were pulled by an earlier drive may be among them. What it returns is ignored.

        Args:
            seated_passengers: Passengers that this puller's module pulled.
        """

    def peek(self) -> Iterable[AbstractPassenger]:
        """Return what waits at the source and change nothing there.

        Override it if :meth:`pull` changes something.
        """
        return self.pull()
