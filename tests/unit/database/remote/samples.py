"""A database to serve, and things to put into it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import BinaryIO

from databus.database.memory_db.memory_database import MemoryDatabase
from databus.database.records import Entry, NewEntry, Route, Step
from databus.passenger.attachment import Attachment
from databus.pqueue.outcome import StepKind

NOW = datetime(2026, 3, 4, 5, 6, 7, 89, tzinfo=UTC)
ROUTE = Route(client_id="demo", passenger_module="some.passenger")


def new_entry(number: int = 1, attachments: Sequence[Attachment] = ()) -> NewEntry:
    entry = Entry(
        client_id=ROUTE.client_id,
        passenger_module=ROUTE.passenger_module,
        internal_id=f"id-{number}",
        source_system="source",
        external_id=f"no {number}",
        seated_as=("source", f"no {number}"),
        puller_module="some.puller",
        puller_name="some.puller",
        pull_datetime=NOW,
        steps=(
            Step(kind=StepKind.PROCESS, module="some.processor", name="check"),
            Step(kind=StepKind.PUSH, module="some.pusher", name="deliver"),
        ),
    )
    return NewEntry(entry=entry, attachments=attachments)


class PatternStream:
    """The same bytes again and again: a large content that needs no memory."""

    def __init__(self, size: int) -> None:
        self.left = size
        self.largest_read = 0

    def __enter__(self) -> "PatternStream":
        return self

    def __exit__(self, *_: object) -> None:
        self.left = 0

    def close(self) -> None:
        self.left = 0

    def read(self, size: int = -1) -> bytes:
        self.largest_read = max(self.largest_read, self.left if size < 0 else size)
        taken = self.left if size < 0 else min(size, self.left)
        self.left -= taken
        return b"x" * taken


class VastDatabase(MemoryDatabase):
    """Every attachment has 64 MiB, of which nothing is in memory."""

    SIZE = 64 * 1024 * 1024

    def open_attachment(self, client_id: str, internal_id: str, name: str) -> BinaryIO:
        return PatternStream(self.SIZE)  # type: ignore[return-value] # all of a BinaryIO that a server uses
