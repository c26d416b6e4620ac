"""What a dispatcher hands to a driver, and what it gets back."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from databus.client.log import Log
from databus.database.abstract_database import AbstractDatabase
from databus.pqueue.abstract_queue import LEASE

if TYPE_CHECKING:  # pydantic models: not needed to import a driver
    from databus.client.config import RouteConfig

GRACE = 20.0
"""Seconds that a plug-in which is working when Databus ends is waited for."""


@dataclass(slots=True)
class DriveSummary:
    """What a drive did, counted in passengers.

    Attributes:
        client, passenger: The route.
        pulled: Given by the pullers.
        seated, duplicates, refused: What became of the pulled ones.
        notified: Whose puller was told that they are seated.
        processed: Whose last processor was completed.
        pushed: Whose last pusher was completed.
        failed: That had a step fail; a puller that failed counts as one.
        waiting, dead: In the route's queue after the drive; waiting ones are all that are neither complete nor dead.
            Where the database does not answer any more, waiting ones are those that the drive has left.
        seconds: The drive's duration.
        log: Guid of its log.
        error: Why the drive ended early; empty where it did not.
        pulled_elsewhere: Whether another drive pulled the route, or one that was killed still has its lock for a while:
            this one pulled nothing, or not to the end.
        is_cut_off: Whether the database, or the end of the process, left it incomplete: then it is to be repeated. No
            part of what is shown.
        is_unreachable: Whether the database, or the process that has it, did not answer. No part of what is shown.
        completed: Whose last step of any kind was completed, also where a processor has spared it the rest. No part of
            what is shown.
    """

    client: str
    passenger: str
    pulled: int = 0
    seated: int = 0
    duplicates: int = 0
    refused: int = 0
    notified: int = 0
    processed: int = 0
    pushed: int = 0
    failed: int = 0
    waiting: int = 0
    dead: int = 0
    seconds: float = 0.0
    log: str = ""
    error: str = ""
    pulled_elsewhere: bool = False
    is_cut_off: bool = False
    is_unreachable: bool = False
    completed: int = 0

    @property
    def is_clean(self) -> bool:
        """Whether nothing failed and nothing was refused."""
        return not (self.failed or self.refused or self.error)

    def as_dict(self) -> dict[str, Any]:
        """Return it as ``--json`` prints it."""
        shown = asdict(self)
        for own in ("is_cut_off", "is_unreachable", "completed"):
            del shown[own]
        return shown


def ignore_progress(summary: DriveSummary) -> None:
    """Show nothing."""


@dataclass(slots=True)
class QueueMark:
    """How far into its queue a route was driven; ``after`` is the sequence of the last entry that was claimed."""

    after: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How a drive shares its route with the drives of other processes.

    Attributes:
        pulls: Whether it pulls, and deletes what has outlived its life span. Without it, it only drives what waits.
        lease: How long a claim holds without being renewed: so long the work of a killed process has to wait.
        spare_since: Steps that failed since then are left to a later drive; None spares none.
        mark: Where in the queue it begins, and has come to.
        waits_for_others: Whether it ends only when nobody else works on the route's queue any more, so that what a
            killed process leaves behind is still driven in it.
    """

    pulls: bool = True
    lease: timedelta = LEASE
    spare_since: datetime | None = None
    mark: QueueMark = field(default_factory=QueueMark)
    waits_for_others: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DriveTicket:
    """All that one drive needs.

    Attributes:
        route: The route's configuration.
        log_life_span: Days after which the client's logs are deleted.
        log: The drive's log; its guid names the drive.
        owner: Names this process in leases.
        secrets: Values that must not appear in logs and errors.
        stop: When set, the drive ends after what it is doing, and gives back the rest.
        grace: Seconds that a running plug-in is waited for after ``stop``.
        on_progress: Called at the beginning and about every second on the drive's thread, always with the same object.
        share: How it shares the route with other processes.
    """

    database: AbstractDatabase
    client_id: str
    route: "RouteConfig"
    log_life_span: float
    log: Log = field(default_factory=Log)
    owner: str = "databus"
    secrets: frozenset[str] = frozenset()
    stop: threading.Event = field(default_factory=threading.Event)
    grace: float = GRACE
    on_progress: Callable[[DriveSummary], None] = ignore_progress
    share: Share = field(default_factory=Share)


class AbstractDriver(ABC):
    """Runs one drive; a new object is made for each."""

    @abstractmethod
    def drive(self, ticket: DriveTicket) -> DriveSummary:
        """Pull, seat, notify, process and push one route.

        Failures of plug-ins are outcomes, not exceptions. Where the database fails, the drive ends early, says so in
        the summary's ``error``, and loses nothing.
        """
