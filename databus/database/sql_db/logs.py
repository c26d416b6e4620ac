"""Logs: a head and its lines."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    case,
    delete,
    exists,
    insert,
    literal_column,
    or_,
    select,
    update,
)

from databus.client.log import MessageType
from databus.database.records import LOGS_LOOKED_THROUGH, LogHead, LogLine, LogPurge, LogQuery, Page
from databus.database.selection import worst_of
from databus.database.sql_db.bulk import Bulk, Columns
from databus.database.sql_db.containing import contains_in_any_case
from databus.database.sql_db.entry_rows import AnyRow, batched, full_name, full_names
from databus.database.sql_db.locking import locked
from databus.database.sql_db.old_logs import OldLogs
from databus.database.sql_db.tables import Tables
from databus.database.sql_db.transactions import Transactions
from databus.errors import NotFound, StoreError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Logs:
    """Writes and reads the logs of all clients."""

    def __init__(self, tables: Tables, transactions: Transactions, bulk: Bulk) -> None:
        self._head = tables.log_head
        self._item = tables.log_item
        self._transactions = transactions
        self._bulk = bulk
        self._old = OldLogs(tables)

    def append(self, head: LogHead, lines: Sequence[LogLine]) -> None:
        """Add those lines that are not there yet; see ``AbstractDatabase.append_log``."""
        self._transactions.write(lambda connection: self._append(connection, head, lines), repeatable=True)

    def _append(self, connection: Connection, head: LogHead, lines: Sequence[LogLine]) -> None:
        table = self._head
        stored = _of_client(connection.execute(locked(self._named(head.guid), table)).all(), head.client_id)
        before = 0 if stored is None else stored.lines
        new = lines[max(0, before - head.lines) :]
        if stored is not None and not new:
            return
        worst = worst_of(new)
        if stored is None:
            log_id = self._insert_head(connection, head, len(new), worst)
        else:
            log_id = stored.id
            counted = {"lines": before + len(new), "worst": max(stored.worst, int(worst))}
            connection.execute(update(table).where(table.c.id == log_id).values(counted))
        if new:
            self._bulk.insert(connection, self._item, _items(log_id, before, new))

    def _insert_head(self, connection: Connection, head: LogHead, lines: int, worst: MessageType) -> int:
        inserted = connection.execute(
            insert(self._head).values(
                client_id=head.client_id,
                guid=head.guid,
                created_on=head.created_on,
                passenger_module=head.passenger_module,
                worst=int(worst),
                lines=lines,
                full_names=full_names(client_id=head.client_id, guid=head.guid, passenger_module=head.passenger_module),
            )
        )
        (log_id,) = inserted.inserted_primary_key or (0,)
        return int(log_id)

    def find(self, query: LogQuery) -> Page[LogHead]:
        """Return a page of logs, newest first; see ``AbstractDatabase.find_logs``."""
        table = self._head
        looked_at = LOGS_LOOKED_THROUGH if query.text else query.limit
        chosen = select(table, self._fits(query.text)).where(*self._conditions(query)).limit(looked_at + 1)
        newest = chosen.order_by(table.c.created_on.desc(), table.c.id.desc())
        rows = self._transactions.look(lambda connection: connection.execute(newest).all())
        fitting = [row for row in rows[:looked_at] if row.fits]
        shown = fitting[: query.limit]
        heads = tuple(map(_log_head, shown))
        if len(fitting) > query.limit:
            return Page(items=heads, next_cursor=_cursor(shown[-1]))
        if len(rows) > looked_at:
            last = rows[looked_at - 1]
            return Page(items=heads, next_cursor=_cursor(last), back_to=last.created_on if query.text else None)
        return Page(items=heads)

    def _conditions(self, query: LogQuery) -> Iterator[ColumnElement[bool]]:
        """Yield what a log must fulfil, but for its text."""
        table = self._head
        yield table.c.client_id == query.client_id
        if query.passenger_module:
            yield table.c.passenger_module == query.passenger_module
        if query.of_drives is not None:
            # A range, where <> would be none: an index leads to it.
            yield table.c.passenger_module > "" if query.of_drives else table.c.passenger_module == ""
        if query.worst > MessageType.undefined:
            yield table.c.worst >= int(query.worst)
        if query.created_from is not None:
            yield table.c.created_on >= query.created_from
        if query.created_before is not None:
            yield table.c.created_on < query.created_before
        if query.cursor:
            created_on, log_id = _position(query.cursor)
            earlier = (table.c.created_on == created_on) & (table.c.id < log_id)
            yield table.c.created_on <= created_on
            yield or_(table.c.created_on < created_on, earlier)

    def _fits(self, text: str) -> ColumnElement[int]:
        """Return a column that says whether a log has the text."""
        if not text:
            return literal_column("1").label("fits")
        said = contains_in_any_case(self._item.c.message, text)
        return case((exists().where(self._item.c.log_id == self._head.c.id, said), 1), else_=0).label("fits")

    def read(self, client_id: str, guid: str, *, start: int, limit: int) -> tuple[LogHead, list[LogLine]]:
        """Return a log and a part of its lines; see ``AbstractDatabase.read_log``."""
        return self._transactions.read(lambda connection: self._read(connection, client_id, guid, start, limit))

    def _read(
        self, connection: Connection, client_id: str, guid: str, start: int, limit: int
    ) -> tuple[LogHead, list[LogLine]]:
        item = self._item
        head = _of_client(connection.execute(self._named(guid)).all(), client_id)
        if head is None:
            raise NotFound(f"there is no log {guid!r}")
        query = select(item).where(item.c.log_id == head.id, item.c.number >= start).order_by(item.c.number)
        return _log_head(head), [_line(row) for row in connection.execute(query.limit(limit))]

    def purge(self, rule: LogPurge, *, limit: int) -> int:
        """Delete logs, oldest first; see ``AbstractDatabase.purge``."""
        return self._transactions.write(lambda connection: self._purge(connection, rule, limit), repeatable=True)

    def _purge(self, connection: Connection, rule: LogPurge, limit: int) -> int:
        ids = self._old.ids(connection, rule, limit)
        for batch in batched(ids):
            # The heads first: whoever adds lines to one of them is waited for, or finds it gone.
            connection.execute(delete(self._head).where(self._head.c.id.in_(batch)))
            connection.execute(delete(self._item).where(self._item.c.log_id.in_(batch)))
        return len(ids)

    def delete_client(self, client_id: str) -> None:
        """Delete all logs of a client."""
        everything = LogPurge(client_id=client_id, before=datetime.max.replace(tzinfo=UTC))
        while self.purge(everything, limit=500):
            pass

    def _named(self, guid: str) -> "Select[Any]":
        """Return the query for a log in any client.

        With the client as a condition, PostgreSQL read all of its logs where it had none when that was planned.
        """
        return select(self._head).where(self._head.c.guid == guid)


def _of_client(heads: Sequence[AnyRow], client_id: str) -> AnyRow | None:
    return next((head for head in heads if full_name(head, "client_id") == client_id), None)


def _items(log_id: int, first: int, lines: Sequence[LogLine]) -> Columns:
    return {
        "number": [*range(first, first + len(lines))],
        "log_id": [log_id] * len(lines),
        "timestamp": [line.timestamp for line in lines],
        "type": [int(line.type) for line in lines],
        "source": [line.source for line in lines],
        "message": [line.message for line in lines],
    }


def _log_head(row: AnyRow) -> LogHead:
    return LogHead(
        client_id=full_name(row, "client_id"),
        guid=full_name(row, "guid"),
        created_on=row.created_on,
        passenger_module=full_name(row, "passenger_module"),
        worst=MessageType(row.worst),
        lines=row.lines,
    )


def _line(row: AnyRow) -> LogLine:
    return LogLine(timestamp=row.timestamp, type=MessageType(row.type), source=row.source, message=row.message)


def _cursor(row: AnyRow) -> str:
    """Return a place in the list: microseconds since 1970 and the log's number."""
    return f"{(row.created_on - _EPOCH) // timedelta(microseconds=1)}.{row.id}"


def _position(cursor: str) -> tuple[datetime, int]:
    try:
        moment, log_id = map(int, cursor.split("."))
        return _EPOCH + timedelta(microseconds=moment), log_id
    except (ValueError, OverflowError) as error:
        raise StoreError(f"{cursor!r} is not a cursor of this list") from error
