"""The queue of one route, as a driver sees it."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from databus.client.log import Log
from databus.database.abstract_database import AbstractDatabase
from databus.database.records import Claim, Duplicate, Entry, Refused, Route, Seated, Step
from databus.pqueue.outcome import Outcome
from databus.pqueue.queue_status import PassengerQueueStatus

if TYPE_CHECKING:  # pydantic models: not needed to import a queue
    from databus.client.config import PluginConfig, RouteConfig

LEASE = timedelta(seconds=60)
"""How long a claim holds without a heartbeat: the longest time that entries of a killed process have to wait."""


@dataclass(slots=True)
class QueuedPassenger:
    """A claimed queue entry together with the passenger object that plug-ins work on.

    Attributes:
        entry: As the database has it, kept up to date with every recorded outcome.
        status: What plug-ins get.
    """

    claim: Claim
    entry: Entry
    status: PassengerQueueStatus


@dataclass(frozen=True, slots=True)
class SeatResult:
    """How many passengers of a batch were seated, were in the queue already, and were refused.

    Attributes:
        results: What became of each, in the given order; empty where a queue only counts.
    """

    seated: int = 0
    duplicates: int = 0
    refused: int = 0
    results: Sequence[Seated | Duplicate | Refused] = ()


class AbstractQueue(ABC):
    """The queue of one route; a new object is made for each drive.

    :meth:`record` and :meth:`still_wanted` are called on other threads than the rest, while the drive goes on;
    :meth:`record` also for several passengers at the same time.

    Args:
        database: Where the entries live.
        client_id: The client.
        route: The route's configuration.
        log: The drive's log.
        owner: Names the drive in leases.

    Attributes:
        lease: How long a claim holds without being renewed.
    """

    lease: timedelta = LEASE

    def __init__(
        self, database: AbstractDatabase, *, client_id: str, route: "RouteConfig", log: Log, owner: str
    ) -> None:
        self.database = database
        self.route = Route(client_id=client_id, passenger_module=route.name)
        self.config = route
        self.log = log
        self.owner = owner

    @abstractmethod
    def seat(self, passengers: Sequence[object], *, puller: "PluginConfig", now: datetime) -> SeatResult:
        """Seat what a puller pulled. Whoever cannot be seated is logged and refused alone. Durable on return."""

    @abstractmethod
    def claim(self, *, after: int, limit: int, now: datetime) -> list[Claim]:
        """Lease the next due entries above sequence ``after``, oldest first."""

    @abstractmethod
    def board(self, claims: Sequence[Claim]) -> list[QueuedPassenger]:
        """Rebuild the passengers of claims. One that cannot take what is stored is logged and left out.

        Raises:
            PluginError: The passenger class cannot be loaded, or raises.
        """

    @abstractmethod
    def refresh(self, passenger: QueuedPassenger) -> None:
        """Bring a passenger's entry and attachments up to date after a step changed them and that was recorded."""

    @abstractmethod
    def has_stored(self, outcome: Outcome) -> bool:
        """Whether an outcome is stored, after :meth:`record` raised and may have stored some."""

    @abstractmethod
    def still_wanted(self, claims: Sequence[Claim], step: Step) -> set[str]:
        """Return the internal ids of those claims for which the step is still to be done, now.

        An operator may have completed it since they were claimed, or another drive may have claimed them.
        """

    @abstractmethod
    def renew(self, claims: Sequence[Claim], *, now: datetime) -> list[Claim]:
        """Prolong leases; return the lost ones."""

    @abstractmethod
    def give_back(self, claims: Sequence[Claim], *, now: datetime) -> None:
        """End leases."""

    @abstractmethod
    def record(self, outcomes: Sequence[Outcome], *, now: datetime) -> list[Outcome]:
        """Store outcomes, durable on return; return those refused because their lease was lost."""
