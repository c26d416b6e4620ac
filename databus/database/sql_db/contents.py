"""Contents of attachments: small ones in their row, large ones in pieces, none ever whole in memory."""

import io
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from tempfile import TemporaryFile
from typing import Any, BinaryIO

from msgspec import Struct
from sqlalchemy import Connection, insert, select

from databus.database.sql_db.binary_results import IN_BINARY
from databus.database.sql_db.entry_rows import has_internal_ids
from databus.database.sql_db.tables import Tables
from databus.database.sql_db.transactions import Transactions
from databus.errors import NotFound, StoreError
from databus.passenger.attachment import Attachment
from databus.passenger.wound_stream import WoundStream

PIECE = 1 << 18
"""Bytes of a content that are in memory at once."""


class Content(Struct, eq=False):
    """A content that was read once and can be stored any number of times.

    Attributes:
        size: In bytes.
        small: All of it; None where it is large.
        large: A temporary file without a name, which is gone with its last reader.
        error: Why it cannot be read, if so.
    """

    size: int = 0
    small: bytes | None = None
    large: BinaryIO | None = None
    error: str = ""

    @property
    def in_memory(self) -> int:
        """Bytes that it holds in memory."""
        return len(self.small or b"")

    def pieces(self) -> Iterator[bytes]:
        """Yield a large content from its beginning."""
        assert self.large is not None
        self.large.seek(0)
        while piece := self.large.read(PIECE):
            yield piece


def read_content(attachment: Attachment) -> Content:
    """Read a content outside of any transaction, which a slow stream would hold open.

    A content that cannot be read says so in its ``error``.
    """
    try:
        with attachment.open() as stream:
            return _read(stream, attachment)
    except Exception as error:  # noqa: BLE001 - the border to the streams of plug-ins, which may raise anything
        return _unreadable(attachment, error)


def _unreadable(attachment: Attachment, error: Exception) -> Content:
    return Content(error=f"attachment {attachment.name!r} cannot be read: {type(error).__name__}: {error}")


def _read(stream: BinaryIO, attachment: Attachment) -> Content:
    first: list[bytes] = []
    size = 0
    while piece := _checked(stream.read(PIECE - size if size < PIECE else PIECE)):
        first.append(piece)
        size += len(piece)
        if size >= PIECE:
            return _spooled(stream, first, size)
        if len(piece) < PIECE and _has_ended(stream, is_all=size == attachment.size):
            break
    return Content(size=size, small=b"".join(first))


def _has_ended(stream: BinaryIO, *, is_all: bool) -> bool:
    """Whether nothing follows a short piece, after which all that was announced is there, or not."""
    if type(stream) is io.BytesIO:  # as most of them are; a subclass may do anything
        return True
    return is_all and not isinstance(stream, io.BytesIO)  # where asking once more may mean to wait


def _spooled(stream: BinaryIO, first: Sequence[bytes], size: int) -> Content:
    with ExitStack() as stack:
        file = stack.enter_context(TemporaryFile())
        file.writelines(first)
        while piece := _checked(stream.read(PIECE)):
            file.write(piece)
            size += len(piece)
        stack.pop_all()
    return Content(size=size, large=file)


def _checked(piece: Any) -> bytes:
    if not isinstance(piece, bytes):
        raise TypeError(f"its stream gives {type(piece).__name__}")
    return piece


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


def insert_pieces(connection: Connection, tables: Tables, queue_id: int, number: int, content: Content) -> None:
    """Store a large content."""
    statement = insert(tables.queue_attachment_piece)
    for place, piece in enumerate(content.pieces()):
        connection.execute(statement, {"queue_id": queue_id, "number": number, "piece": place, "content": piece})


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


def close_all(contents: Sequence[Content]) -> None:
    """Give back the temporary files."""
    for content in contents:
        if content.large is not None:
            with suppress(OSError):
                content.large.close()
