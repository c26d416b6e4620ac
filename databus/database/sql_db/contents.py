"""Contents of attachments: small ones in their row, large ones in pieces, none ever whole in memory."""

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, BinaryIO

from sqlalchemy import Connection, insert, select

from databus.batches import batched_by_size
from databus.database.sql_db.binary_results import IN_BINARY
from databus.database.sql_db.bulk import Bulk, as_columns
from databus.database.sql_db.entry_rows import has_internal_ids
from databus.database.sql_db.spool import PIECE, Content
from databus.database.sql_db.tables import Tables
from databus.database.sql_db.transactions import Transactions
from databus.errors import NotFound, StoreError
from databus.passenger.attachment import Attachment
from databus.passenger.wound_stream import WoundStream


def check_names(attachments: Sequence[Attachment]) -> None:
    """Raise StoreError where two attachments have one name."""
    names = set()
    for each in attachments:
        if each.name in names:
            raise StoreError(f"there are two attachments named {each.name!r}")
        names.add(each.name)


def attachment_row(
    queue_id: int, number: int, position: int, attachment: Attachment, content: Content
) -> dict[str, Any]:
    """Return the row of an attachment."""
    return {
        "queue_id": queue_id,
        "number": number,
        "position": position,
        "name": attachment.name,
        "format": attachment.format.name,
        "size": content.size,
        "content": content.small,
    }


def insert_pieces(
    connection: Connection, bulk: Bulk, tables: Tables, queue_id: int, contents: Iterable[tuple[int, Content]]
) -> None:
    """Store those of an entry's contents, by their numbers, that are in a file."""
    table = tables.queue_attachment_piece
    for rows in batched_by_size(_piece_rows(queue_id, contents), lambda row: len(row["content"]), PIECE):
        if len(rows) == 1:  # as most are; drivers take a long one faster when it comes as it is
            connection.execute(insert(table), rows)
        else:
            bulk.insert(connection, table, as_columns(rows))


def _piece_rows(queue_id: int, contents: Iterable[tuple[int, Content]]) -> Iterator[dict[str, Any]]:
    for number, content in contents:
        if content.large is not None:
            for place, piece in enumerate(content.large.pieces()):
                yield {"queue_id": queue_id, "number": number, "piece": place, "content": piece}


class Contents:
    """Opens stored attachments."""

    def __init__(self, tables: Tables, transactions: Transactions) -> None:
        self._tables = tables
        self._transactions = transactions

    def open(self, client_id: str, internal_id: str, name: str) -> BinaryIO:
        """Return a stream of a content; see ``AbstractDatabase.open_attachment``."""
        queue, table = self._tables.queue, self._tables.queue_attachment
        query = (
            select(table.c.queue_id, table.c.number, table.c.size, table.c.content)
            .join_from(queue, table, table.c.queue_id == queue.c.id)
            .where(has_internal_ids(queue, [internal_id]), queue.c.client_id == client_id, table.c.name == name)
            .execution_options(**IN_BINARY)
        )
        row = self._transactions.look(lambda connection: connection.execute(query).one_or_none())
        if row is None:
            raise NotFound(f"queue entry {internal_id!r} has no attachment {name!r}")
        if row.content is not None:
            return io.BytesIO(row.content)
        return io.BufferedReader(_Pieces(self, row.queue_id, row.number, row.size), PIECE)

    def piece(self, queue_id: int, number: int, place: int) -> bytes:
        """Return a piece of a large content.

        Raises:
            StoreError: It is gone.
        """
        table = self._tables.queue_attachment_piece
        query = (
            select(table.c.content)
            .where(table.c.queue_id == queue_id, table.c.number == number, table.c.piece == place)
            .execution_options(**IN_BINARY)
        )
        found = self._transactions.look(lambda connection: connection.execute(query).scalar())
        if found is None:
            raise StoreError("the attachment was deleted or replaced while it was read")
        return bytes(found)


class _Pieces(WoundStream):
    """A stream that fetches one piece at a time."""

    def __init__(self, contents: Contents, queue_id: int, number: int, size: int) -> None:
        super().__init__(size)
        self._contents = contents
        self._key = (queue_id, number)
        self._piece = (-1, b"")

    def part(self, position: int, most: int) -> bytes:
        place, offset = divmod(position, PIECE)
        if self._piece[0] != place:
            self._piece = (place, self._contents.piece(*self._key, place))
        return self._piece[1][offset : offset + most]
