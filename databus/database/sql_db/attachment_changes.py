"""Changing the attachments of an entry: contents that stay are not moved, new ones get numbers of their own."""

import secrets
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from sqlalchemy import Connection, delete, insert, literal, select, update
from sqlalchemy import Table as SqlTable

from databus.database.records import Entry, StoredAttachment
from databus.database.sql_db.bulk import Bulk
from databus.database.sql_db.contents import attachment_row, check_names, insert_pieces
from databus.database.sql_db.spool import Content, Spool
from databus.database.sql_db.tables import Tables
from databus.errors import StoreError
from databus.passenger.attachment import Attachment
from databus.pqueue.outcome import Outcome


class NewContents:
    """The contents that outcomes bring, read before their transaction begins; given back at the end of the block.

    Raises:
        SpoolError: The temporary folder takes no more.
    """

    def __init__(self, outcomes: Sequence[Outcome]) -> None:
        self._contents: dict[int, Content] = {}
        self._spool = Spool()
        self.changed = [outcome.changes for outcome in outcomes if outcome.changes is not None]
        """What passengers are changed by."""

    def __enter__(self) -> "NewContents":
        with ExitStack() as stack:
            spool = stack.enter_context(self._spool)
            for changes in self.changed:
                for attachment in changes.attachments or ():
                    if attachment.stored_as is None and id(attachment) not in self._contents:
                        self._contents[id(attachment)] = spool.read(attachment)
            stack.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._spool.close()

    def of(self, attachment: Attachment) -> Content:
        """Return the content of an attachment.

        Raises:
            StoreError: It could not be read.
        """
        content = self._contents[id(attachment)]
        if content.error:
            raise StoreError(content.error)
        return content


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a content is: its number, if it is stored, or the content."""

    number: int | None
    size: int
    content: Content | None = None


class AttachmentChanges:
    """Stores changed lists of attachments."""

    def __init__(self, tables: Tables, bulk: Bulk) -> None:
        self._tables = tables
        self._bulk = bulk

    def apply(
        self, connection: Connection, entry: Entry, outcomes: Sequence[Outcome], contents: NewContents
    ) -> tuple[StoredAttachment, ...]:
        """Store what outcomes made of an entry's attachments; return how the entry lists them.

        Raises:
            StoreError: An attachment cannot be read, two have one name, or nothing is stored as ``stored_as``.
        """
        lists = [outcome.changes.attachments for outcome in outcomes if outcome.changes is not None]
        wanted = [each for each in lists if each is not None]
        if not wanted:
            return entry.attachments
        stored = self._stored(connection, entry.sequence)
        places = stored
        for attachments in wanted:
            check_names(attachments)
            places = {each.name: _place(each, places, contents) for each in attachments}
        self._write(connection, entry.sequence, wanted[-1], places, set(_numbers(stored)))
        return tuple(
            StoredAttachment(name=each.name, format=each.format, size=places[each.name].size) for each in wanted[-1]
        )

    def _stored(self, connection: Connection, queue_id: int) -> dict[str, _Place]:
        table = self._tables.queue_attachment
        query = select(table.c.name, table.c.number, table.c.size).where(table.c.queue_id == queue_id)
        return {row.name: _Place(row.number, row.size) for row in connection.execute(query)}

    def _write(
        self,
        connection: Connection,
        queue_id: int,
        attachments: Sequence[Attachment],
        places: Mapping[str, _Place],
        numbers: set[int],
    ) -> None:
        kept: set[int] = set()
        for position, each in enumerate(attachments):
            place = places[each.name]
            if place.number is None:
                self._insert(connection, queue_id, position, each, place)
            elif place.number in kept:
                self._copy(connection, queue_id, position, each, place.number)
            else:
                kept.add(place.number)
                self._rename(connection, queue_id, position, each, place.number)
        self._delete(connection, queue_id, numbers - kept)

    def _insert(
        self, connection: Connection, queue_id: int, position: int, attachment: Attachment, place: _Place
    ) -> None:
        assert place.content is not None
        number = _new_number()
        row = attachment_row(queue_id, number, position, attachment, place.content)
        connection.execute(insert(self._tables.queue_attachment), row)
        insert_pieces(connection, self._bulk, self._tables, queue_id, [(number, place.content)])

    def _rename(
        self, connection: Connection, queue_id: int, position: int, attachment: Attachment, number: int
    ) -> None:
        table = self._tables.queue_attachment
        connection.execute(
            update(table)
            .where(table.c.queue_id == queue_id, table.c.number == number)
            .values(position=position, name=attachment.name, format=attachment.format.name)
        )

    def _copy(self, connection: Connection, queue_id: int, position: int, attachment: Attachment, number: int) -> None:
        new = _new_number()
        self._copy_rows(
            connection, self._tables.queue_attachment, queue_id, number,
            number=new, position=position, name=attachment.name, format=attachment.format.name,
        )  # fmt: skip
        self._copy_rows(connection, self._tables.queue_attachment_piece, queue_id, number, number=new)

    def _copy_rows(self, connection: Connection, table: SqlTable, queue_id: int, old: int, **changed: Any) -> None:
        columns = [
            literal(changed[column.name], column.type) if column.name in changed else column for column in table.c
        ]
        query = select(*columns).where(table.c.queue_id == queue_id, table.c.number == old)
        connection.execute(insert(table).from_select([column.name for column in table.c], query))

    def _delete(self, connection: Connection, queue_id: int, numbers: set[int]) -> None:
        for table in (self._tables.queue_attachment, self._tables.queue_attachment_piece):
            if numbers:
                connection.execute(delete(table).where(table.c.queue_id == queue_id, table.c.number.in_(numbers)))


def _place(attachment: Attachment, before: Mapping[str, _Place], contents: NewContents) -> _Place:
    if attachment.stored_as is None:
        content = contents.of(attachment)
        return _Place(None, content.size, content)
    if attachment.stored_as not in before:
        raise StoreError(f"attachment {attachment.name!r}: nothing is stored as {attachment.stored_as!r}")
    return before[attachment.stored_as]


def _numbers(places: Mapping[str, _Place]) -> list[int]:
    return [place.number for place in places.values() if place.number is not None]


def _new_number() -> int:
    """Return a number that no content of the entry ever had: who still reads an old one must not get a mixture."""
    return secrets.randbits(30) | 1 << 30
