"""What was exported before, kept in the target itself: it tells whether a difference there was made there.

It is written before what it tells of, so whatever an export that was killed has left is known as an export's.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from uuid import uuid4

from databus.batches import batched
from databus.database.abstract_database import AbstractDatabase
from databus.database.export.plan import Plan
from databus.errors import NotFound

FOLDER = "state/exported/"
"""How names of the documents begin; the rest is the source's id and a number."""

SOURCE_ID = "state/export_id"
"""The document that tells one source from another: what another one has exported is not ours to overwrite."""

ROWS = 8192
"""Rows of one document; a row is a key and a digest."""

DOCUMENTS = 32
"""So many documents beyond those that the rows need are not worth the work of putting them together."""

TOGETHER = 500
"""Rows that one statement asks for."""

_WIDTH = 32

Row = tuple[bytes, bytes]


def source_id(source: AbstractDatabase, client_id: str, *, now: datetime) -> str:
    """Return the id of a source's client; the first export gives it one."""
    with suppress(NotFound):
        return source.read_document(client_id, SOURCE_ID).content.decode(errors="replace")
    made = uuid4().hex
    source.write_document(client_id, SOURCE_ID, made.encode(), expected=None, by="", now=now, backup=False)
    return made


class Ledger:
    """Reads and writes the documents of the ledger of one client.

    Args:
        source: The id of where the export comes from.
        plan: Keeps what the ledger has, to be asked.
        clock: Gives the present time.
    """

    def __init__(
        self, target: AbstractDatabase, client_id: str, *, source: str, plan: Plan, clock: Callable[[], datetime]
    ) -> None:
        self._target = target
        self._client_id = client_id
        self._folder = f"{FOLDER}{source}/"
        self._plan = plan
        self._clock = clock

    def load(self) -> None:
        """Let the plan know what was exported before."""
        for name in self._names():
            content = self._target.read_document(self._client_id, name).content
            self._plan.note_ledger(_rows(content))

    def add(self, rows: Iterable[Row]) -> None:
        """Note what is about to be written; rows that are known already cost nothing."""
        new = [row for batch in batched(rows, TOGETHER) for row in self._plan.not_ours(batch)]
        if new:
            self._write(new)
            self._plan.note_ledger(new)

    def shorten(self, rows: Callable[[], Iterable[Row]], count: int) -> None:
        """Keep only these rows, of which there are so many, in few documents: once there is much else, or many."""
        before = self._names()
        if self._plan.ledger_size() <= 2 * count + ROWS and len(before) <= 2 * count // ROWS + DOCUMENTS:
            return
        for chunk in batched(rows(), ROWS):
            self._write(chunk)
        for name in before:
            self._target.delete_document(self._client_id, name)

    def _names(self) -> list[str]:
        documents = self._target.list_documents(self._client_id)
        return [each.name for each in documents if each.name.startswith(self._folder)]

    def _write(self, rows: Iterable[Row]) -> None:
        content = b"".join(key + record for key, record in rows)
        name = f"{self._folder}{uuid4().hex}"
        self._target.write_document(
            self._client_id, name, content, expected=None, by="", now=self._clock(), backup=False
        )


def _rows(content: bytes) -> Iterator[Row]:
    for start in range(0, len(content) - 2 * _WIDTH + 1, 2 * _WIDTH):
        middle = start + _WIDTH
        yield content[start:middle], content[middle : middle + _WIDTH]
