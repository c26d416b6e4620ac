"""The records that a database engine takes and gives: frozen, with aware UTC times.

Nothing in those with ``gc=False`` can ever lead back to them, so the collector of garbage need not look at them; a
large drive holds many.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

from msgspec import Struct

from databus.client.log import MessageType
from databus.passenger.attachment import Attachment, AttachmentFormat
from databus.pqueue.outcome import Step as Step  # noqa: PLC0414 - records are where everybody finds it
from databus.pqueue.outcome import StepKind

T = TypeVar("T")


class State(StrEnum):
    """The state of a queue entry as operators see it."""

    WAITING = "waiting"
    RUNNING = "running"
    FAILED = "failed"
    DEAD = "dead"
    COMPLETE = "complete"


NOT_RUNNING = tuple(state for state in State if state is not State.RUNNING)
"""What no drive works on: only that may be deleted."""

NOT_COMPLETE = tuple(state for state in State if state is not State.COMPLETE)
"""What has steps left."""


class Route(Struct, frozen=True, kw_only=True, gc=False):
    """What a client does with one passenger type."""

    client_id: str
    passenger_module: str


class StoredAttachment(Struct, frozen=True, kw_only=True, gc=False):
    """An attachment as the queue knows it; its content is read with ``open_attachment``. ``size`` is in bytes."""

    name: str
    format: AttachmentFormat
    size: int


class Entry(Struct, frozen=True, kw_only=True, gc=False):
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
    def id_text(self) -> str:
        """All ids, as the passenger's own ``id_text`` has them."""
        return f"{self.source_system} - {self.external_id} ({self.internal_id})"

    @property
    def puller_notified(self) -> bool:
        """Whether the puller was told that the passenger is seated."""
        return all(step.is_complete for step in self.steps if step.kind is StepKind.NOTIFY)

    @property
    def settled_on(self) -> datetime:
        """The time from which its life span counts: when it was completed, else when it was pulled."""
        return self.completed_on or self.pull_datetime


class WholeEntry(Struct, frozen=True, kw_only=True, gc=False):
    """An entry with the contents of its attachments, in their order; None for one that must be opened to be read."""

    entry: Entry
    contents: tuple[bytes | None, ...] = ()


class NewEntry(Struct, frozen=True, kw_only=True):
    """A passenger to be seated: its entry, of which ``attachments`` do not count, and the attachments with contents."""

    entry: Entry
    attachments: Sequence[Attachment]


class Seated(Struct, frozen=True, kw_only=True, gc=False):
    """The passenger is in the queue and on disk."""

    internal_id: str


class Duplicate(Struct, frozen=True, kw_only=True, gc=False):
    """A passenger of the same identity is in the queue already, under this internal id; nothing was written."""

    internal_id: str


class Refused(Struct, frozen=True, kw_only=True, gc=False):
    """The passenger cannot be stored; nothing was written."""

    internal_id: str
    reason: str


class Claim(Struct, frozen=True, kw_only=True, gc=False):
    """The right of one drive to work on one entry until its lease ends. A higher fence is a later claim."""

    entry: Entry
    owner: str
    fence: int


ENTRIES_LOOKED_THROUGH = 5_000
"""Entries that sql_db looks through for a page, for what no index answers, before it ends."""


class QueueQuery(Struct, frozen=True, kw_only=True, gc=False):
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


class Page(Struct, Generic[T], frozen=True, kw_only=True):
    """A part of a list.

    Attributes:
        next_cursor: Empty on the last page, also when that is a full one.
        back_to: The time of the last item that was looked at, where a page ends early and the engine says it: when an
            entry was pulled, or a log begun.
    """

    items: tuple[T, ...]
    next_cursor: str = ""
    back_to: datetime | None = None


class RouteCounts(Struct, frozen=True, kw_only=True, gc=False):
    """How many entries of a route are in each state."""

    passenger_module: str
    waiting: int = 0
    running: int = 0
    failed: int = 0
    dead: int = 0
    complete: int = 0


class QueuePurge(Struct, frozen=True, kw_only=True, gc=False):
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


class LogPurge(Struct, frozen=True, kw_only=True, gc=False):
    """Which logs to delete: those created before a time.

    Attributes:
        of_drives: True for those of drives only, False for all others, as in ``LogQuery``; None for all.
    """

    client_id: str
    before: datetime
    of_drives: bool | None = None


class BackupPurge(Struct, frozen=True, kw_only=True, gc=False):
    """Which earlier versions of documents to delete: beyond the ``keep`` newest of each, those before a time."""

    client_id: str
    keep: int
    before: datetime


PurgeRule = QueuePurge | LogPurge | BackupPurge


class LogLine(Struct, frozen=True, kw_only=True, gc=False):
    """One line of a log."""

    timestamp: datetime
    type: MessageType
    source: str
    message: str


class LogHead(Struct, frozen=True, kw_only=True, gc=False):
    """A log without its lines. ``passenger_module`` is the route that was driven; empty for other logs."""

    client_id: str
    guid: str
    created_on: datetime
    passenger_module: str = ""
    worst: MessageType = MessageType.undefined
    lines: int = 0


LOGS_LOOKED_THROUGH = 500
"""Logs that our engines look through for a text before a page ends."""


class LogQuery(Struct, frozen=True, kw_only=True, gc=False):
    """Which logs of a client to list, newest first. What is empty does not filter.

    Attributes:
        of_drives: True for those of drives only, False for all others: what people changed, and what befell a database.
        worst: Only logs whose worst line is at least this bad.
        text: Part of a message; upper and lower case are the same.
        created_from, created_before: Half-open interval.
        limit, cursor: As in ``QueueQuery``.
    """

    client_id: str
    passenger_module: str = ""
    of_drives: bool | None = None
    worst: MessageType = MessageType.undefined
    text: str = ""
    created_from: datetime | None = None
    created_before: datetime | None = None
    limit: int = 50
    cursor: str = ""


class Document(Struct, frozen=True, kw_only=True, gc=False):
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
