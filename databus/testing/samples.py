"""Passengers, outcomes, logs and queries for tests: short to write, with everything filled in."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from databus.client.log import MessageType
from databus.database.abstract_database import AbstractDatabase
from databus.database.records import (
    Claim,
    Entry,
    LogHead,
    LogLine,
    NewEntry,
    Page,
    QueueQuery,
    Route,
    Seated,
    Step,
)
from databus.passenger.attachment import Attachment, AttachmentFormat
from databus.pqueue.outcome import Changes, Outcome, OutcomeKind, StepKind

T = TypeVar("T")

CLIENT = "acme"
ROUTE = Route(client_id=CLIENT, passenger_module="shop.order")
NOW = datetime(2026, 1, 31, 23, 59, 59, 999999, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)

ODD_TEXTS = {
    "empty": "",
    "blank": " ",
    "blank at the end": "order ",
    "upper case": "ORDER",
    "composed": "caf\u00e9",
    "decomposed": "cafe\u0301",
    "beyond the plane": "\U0001f69a\U0001d538",
    "nul": "a\0b",
    "nul at the end": "a\0",
    "lone surrogates": "\ud800x\udcff",
    "quotes": "'; DROP TABLE queue; -- \"`",
    "wildcards": "100%_[a-z]*?\\",
    "here": ".",
    "above": "..",
    "path": "../../etc/passwd",
    "absolute path": "/etc/passwd",
    "backslashes": "..\\..\\boot.ini",
    "device": "con.txt",
    "line breaks": "a\r\nb\nc\u2028d",
    "300 characters": "x" * 300,
    "300 wide characters": "\u6f22" * 300,
    "right to left": "\u202etxt.exe",
    "like an own file": "passenger.json",
    "like a temporary file": ".tmp",
}
"""Texts that have broken things, by what is odd about them."""


def text(name: str, content: str = "hello") -> Attachment:
    """Return a text attachment."""
    return Attachment(name, AttachmentFormat.text, text_content=content)


def binary(name: str, content: bytes = b"\0\xff") -> Attachment:
    """Return a binary attachment."""
    return Attachment(name, AttachmentFormat.binary, binary_content=content)


def kept(name: str, stored_as: str | None = None, format: AttachmentFormat = AttachmentFormat.text) -> Attachment:
    """Return an attachment whose content is stored already, under its own or another name."""
    attachment = Attachment(name, format)
    attachment.stored_as = name if stored_as is None else stored_as
    return attachment


def steps_of(processors: Sequence[str], pushers: Sequence[str]) -> tuple[Step, ...]:
    """Return the steps of a new passenger."""
    return (
        Step(kind=StepKind.NOTIFY, module="shop.puller", name="notify"),
        *(Step(kind=StepKind.PROCESS, module="shop.processor", name=name) for name in processors),
        *(Step(kind=StepKind.PUSH, module="shop.pusher", name=name) for name in pushers),
    )


def passenger(
    external_id: str = "1",
    *,
    attachments: Sequence[Attachment] = (),
    processors: Sequence[str] = ("check",),
    pushers: Sequence[str] = ("out",),
    seated_as: tuple[str, str] | None = None,
    source_system: str = "shop",
    **more: Any,
) -> NewEntry:
    """Return a passenger to be seated; its internal id is ``id-`` and its external id unless one is given."""
    fields: dict[str, Any] = {
        "client_id": ROUTE.client_id,
        "passenger_module": ROUTE.passenger_module,
        "internal_id": f"id-{external_id}",
        "puller_module": "shop.puller",
        "puller_name": "orders in",
        "pull_datetime": NOW,
        "steps": steps_of(processors, pushers),
    }
    entry = Entry(
        external_id=external_id,
        source_system=source_system,
        seated_as=seated_as or (source_system, external_id),
        **{**fields, **more},
    )
    return NewEntry(entry=entry, attachments=list(attachments))


def seat(database: AbstractDatabase, *passengers: NewEntry) -> list[Entry]:
    """Seat passengers of one client, all of which must get a seat, and return their entries."""
    results = database.seat(passengers)
    assert results == [Seated(internal_id=new.entry.internal_id) for new in passengers]
    return database.load(passengers[0].entry.client_id, [new.entry.internal_id for new in passengers])


def load(database: AbstractDatabase, entry: Entry | Claim) -> Entry:
    """Return an entry as it is stored now."""
    entry = entry.entry if isinstance(entry, Claim) else entry
    (stored,) = database.load(entry.client_id, [entry.internal_id])
    return stored


def content(database: AbstractDatabase, entry: Entry | Claim, name: str) -> bytes:
    """Return the content of a stored attachment."""
    entry = entry.entry if isinstance(entry, Claim) else entry
    with database.open_attachment(entry.client_id, entry.internal_id, name) as stream:
        return stream.read()


def claim(
    database: AbstractDatabase,
    *,
    route: Route = ROUTE,
    after: int = 0,
    limit: int = 1000,
    owner: str = "drive",
    lease: timedelta = MINUTE,
    now: datetime = NOW,
) -> list[Claim]:
    """Claim what is due."""
    return database.claim(route, after=after, limit=limit, owner=owner, lease=lease, now=now)


def outcome(of: Entry | Claim, name: str, result: OutcomeKind = OutcomeKind.COMPLETE, **more: Any) -> Outcome:
    """Return the outcome of a step: with the fence of a claim, or an operator's on an entry."""
    entry = of.entry if isinstance(of, Claim) else of
    kinds = {step.name: step.kind for step in entry.steps}
    fields: dict[str, Any] = {
        "client_id": entry.client_id,
        "internal_id": entry.internal_id,
        "kind": kinds.get(name, StepKind.PUSH),
        "name": name,
        "result": result,
        "at": NOW,
        "fence": of.fence if isinstance(of, Claim) else None,
    }
    return Outcome(**{**fields, **more})


def changed(of: Entry | Claim, *attachments: Attachment, name: str = "check", **more: Any) -> Outcome:
    """Return the outcome of a processor that gave its passenger these attachments."""
    entry = of.entry if isinstance(of, Claim) else of
    changes = Changes(source_system=entry.source_system, external_id=entry.external_id, attachments=list(attachments))
    return outcome(of, name, changes=changes, **more)


def complete(database: AbstractDatabase, *entries: Entry, at: datetime = NOW) -> None:
    """Let an operator complete every step of entries."""
    outcomes = [outcome(entry, step.name, at=at) for entry in entries for step in entry.steps]
    assert database.record(outcomes, now=at) == []


def settle(database: AbstractDatabase, *passengers: NewEntry, at: datetime = NOW) -> list[Entry]:
    """Seat passengers and complete them."""
    complete(database, *seat(database, *passengers), at=at)
    return database.load(passengers[0].entry.client_id, [new.entry.internal_id for new in passengers])


def pages(fetch: Callable[[str], Page[T]]) -> Iterator[Page[T]]:
    """Yield every page of a list; ``fetch`` is given the cursor."""
    page = fetch("")
    yield page
    while page.next_cursor:
        page = fetch(page.next_cursor)
        yield page


def found(database: AbstractDatabase, *, now: datetime = NOW, client_id: str = CLIENT, **query: Any) -> list[str]:
    """Return the external ids of what a query finds, over all pages."""

    def fetch(cursor: str) -> Page[Entry]:
        return database.find(QueueQuery(client_id=client_id, cursor=cursor, **query), now=now)

    return [entry.external_id for page in pages(fetch) for entry in page.items]


def head(guid: str = "log-1", *, created_on: datetime = NOW, lines: int = 0, **more: Any) -> LogHead:
    """Return the head of a log."""
    fields: dict[str, Any] = {"client_id": CLIENT, "passenger_module": ROUTE.passenger_module}
    return LogHead(guid=guid, created_on=created_on, lines=lines, **{**fields, **more})


def line(message: str = "hello", type: MessageType = MessageType.info, **more: Any) -> LogLine:
    """Return a line of a log."""
    fields: dict[str, Any] = {"timestamp": NOW, "source": "shop.puller"}
    return LogLine(message=message, type=type, **{**fields, **more})
