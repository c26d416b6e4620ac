"""The records that a database engine takes and gives: frozen, with aware UTC times."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

from databus.client.log import MessageType
from databus.passenger.attachment import Attachment, AttachmentFormat
from databus.pqueue.outcome import StepKind
from databus.pqueue.queue_status import QueueStatus

T = TypeVar("T")


class State(StrEnum):
    """The state of a queue entry as operators see it."""

    WAITING = "waiting"
    RUNNING = "running"
    FAILED = "failed"
    DEAD = "dead"
    COMPLETE = "complete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What a client does with one passenger type."""

    client_id: str
    passenger_module: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of one entry.

    Attributes:
        kind, name: Identify the step within its entry; the name is the configured one, or the module.
        module: The plug-in's module.
        status: incomplete or complete.
        attempts: How often it was tried since it was seated or set back.
        last_error: Of the last attempt; empty after a success.
        due_on: Not before this time is it tried again; None means at the next drive.
        dead: It is not tried again until an operator sets it back.
        changed_on: When its last outcome happened; None before the first.
    """

    kind: StepKind
    module: str
    name: str
    status: QueueStatus = QueueStatus.incomplete
    attempts: int = 0
    last_error: str = ""
    due_on: datetime | None = None
    dead: bool = False
    changed_on: datetime | None = None

    @property
    def is_complete(self) -> bool:
        """Whether it has nothing left to do."""
        return self.status is QueueStatus.complete


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAttachment:
    """An attachment as the queue knows it; its content is read with ``open_attachment``. ``size`` is in bytes."""

    name: str
    format: AttachmentFormat
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One passenger in the queue.

    Attributes:
        source_system, external_id: As the passenger says now.
        seated_as: (source_system, external_id) under which it was seated: with client and type, its identity.
        puller_module, puller_name: Which puller is told that it is seated.
        steps: Notify first, then the processors and the pushers in their configured order.
        sequence: Grows with the order of seating within a client; given by the engine.
        completed_on: When its last step was completed; None while one is left.
        leased_by, leased_until: The drive that works on it until then; empty and None where there is none. A lease that
            has ended may still be shown.
    """

    client_id: str
    passenger_module: str
    internal_id: str
    source_system: str
    external_id: str
    seated_as: tuple[str, str]
    puller_module: str
    puller_name: str
    pull_datetime: datetime
    steps: tuple[Step, ...]
    attachments: tuple[StoredAttachment, ...] = ()
    log_guids: tuple[str, ...] = ()
    sequence: int = 0
    completed_on: datetime | None = None
    leased_by: str = ""
    leased_until: datetime | None = None

    @property
    def puller_notified(self) -> bool:
        """Whether the puller was told that the passenger is seated."""
        return all(step.is_complete for step in self.steps if step.kind is StepKind.NOTIFY)

    @property
    def settled_on(self) -> datetime:
        """The time from which its life span counts: when it was completed, else when it was pulled."""
        return self.completed_on or self.pull_datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """A passenger to be seated: its entry, of which ``attachments`` do not count, and the attachments with contents."""

    entry: Entry
    attachments: Sequence[Attachment]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seated:
    """The passenger is in the queue and on disk."""

    internal_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate:
    """A passenger of the same identity is in the queue already, under this internal id; nothing was written."""

    internal_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The passenger cannot be stored; nothing was written."""

    internal_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The right of one drive to work on one entry until its lease ends. A higher fence is a later claim."""

    entry: Entry
    owner: str
    fence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueQuery:
    """Which entries of a client to list, newest seated first. What is empty does not filter.

    Attributes:
        states: Any of these.
        source_system: As the passenger says now, exactly.
        search: Part of the external id, as the passenger says now, or the beginning of the internal id; upper and lower
            case are the same, here and below as far as the contract says.
        error: Part of the last error of any step; upper and lower case are the same.
        attachment: Part of an attachment's name; upper and lower case are the same.
        step: Name of a step that is incomplete, exactly.
        pulled_from, pulled_before: Half-open interval of the pull time.
        limit: The most entries of a page, at least 1.
        cursor: The ``next_cursor`` of the page before; empty for the first page.
    """

    client_id: str
    passenger_module: str = ""
    states: tuple[State, ...] = ()
    source_system: str = ""
    search: str = ""
    error: str = ""
    attachment: str = ""
    step: str = ""
    pulled_from: datetime | None = None
    pulled_before: datetime | None = None
    limit: int = 50
    cursor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """A part of a list; ``next_cursor`` is empty on the last page, also when that is a full one."""

    items: tuple[T, ...]
    next_cursor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteCounts:
    """How many entries of a route are in each state."""

    passenger_module: str
    waiting: int = 0
    running: int = 0
    failed: int = 0
    dead: int = 0
    complete: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePurge:
    """Which entries to delete: those that fulfil all that is given.

    Attributes:
        passenger_module: Only those of this route; empty for all.
        states: Those in one of these, leases disregarded; empty names none, and so does ``RUNNING``.
        before: Entries with ``settled_on`` before it; None for any time.
        internal_ids: Only these; empty for all.
    """

    client_id: str
    passenger_module: str = ""
    states: tuple[State, ...] = (State.COMPLETE,)
    before: datetime | None = None
    internal_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPurge:
    """Which logs to delete: those created before a time."""

    client_id: str
    before: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupPurge:
    """Which earlier versions of documents to delete: beyond the ``keep`` newest of each, those before a time."""

    client_id: str
    keep: int
    before: datetime


PurgeRule = QueuePurge | LogPurge | BackupPurge


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One line of a log."""

    timestamp: datetime
    type: MessageType
    source: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogHead:
    """A log without its lines. ``passenger_module`` is the route that was driven; empty for other logs."""

    client_id: str
    guid: str
    created_on: datetime
    passenger_module: str = ""
    worst: MessageType = MessageType.undefined
    lines: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LogQuery:
    """Which logs of a client to list, newest first. What is empty does not filter.

    Attributes:
        worst: Only logs whose worst line is at least this bad.
        text: Part of a message; upper and lower case are the same.
        created_from, created_before: Half-open interval.
        limit, cursor: As in ``QueueQuery``.
    """

    client_id: str
    passenger_module: str = ""
    worst: MessageType = MessageType.undefined
    text: str = ""
    created_from: datetime | None = None
    created_before: datetime | None = None
    limit: int = 50
    cursor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One version of a configuration document of a client.

    Attributes:
        name: ``config.json``, or any other name; names from outside are safe.
        version: Changes whenever the content does; never empty.
        saved_on, saved_by: When and by whom this version was written; the user is empty for Databus itself and for an
            edit by hand.
    """

    client_id: str
    name: str
    content: bytes
    version: str
    saved_on: datetime
    saved_by: str = ""


CONFIG = "config.json"
"""Name of the document that holds a client's configuration."""
