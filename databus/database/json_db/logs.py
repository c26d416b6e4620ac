"""The logs of one client: files, with their heads in the index."""

import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any
from uuid import uuid4

from databus.client.log import MessageType
from databus.database.json_db import index_rows
from databus.database.json_db.client_folder import ClientFolder
from databus.database.json_db.disk import make_folder, remove_file, sync_folder
from databus.database.json_db.index import Index
from databus.database.json_db.log_file import append_lines, file_name, read_head, read_lines, write_log
from databus.database.json_db.moments import from_micros, micros
from databus.database.json_db.safe_names import OWN_PREFIX
from databus.database.records import LOGS_LOOKED_THROUGH, LogHead, LogLine, LogPurge, LogQuery, Page
from databus.errors import NotFound, StoreError
from databus.timestamps import utc_now

_COLUMNS = "guid, created, route, worst, lines, file, mtime, size"
_SOURCES = {
    None: "log WHERE",
    True: "log INDEXED BY log_of_drives WHERE route <> x'' AND",
    False: "log INDEXED BY log_of_others WHERE route = x'' AND",
}
"""Where logs to be deleted are looked for, by ``LogPurge.of_drives``: none that stays is looked at."""

_BATCH = 200
_SHIFT = 1 << 60
"""Added to times in cursors, so that those before 1970 sort before later ones as texts too."""


class Logs:
    """Keeps logs of one client."""

    def __init__(self, folder: ClientFolder, index: Index) -> None:
        self._folder = folder
        self._index = index
        # Not the index's lock: no claim and no outcome waits while a log reaches the disk.
        self._one_at_a_time = threading.RLock()

    def append(self, head: LogHead, lines: Sequence[LogLine]) -> None:
        """Add lines to a log; see ``AbstractDatabase.append_log``."""
        with self._one_at_a_time:
            found = self._row(head.guid)
            known = None if found is None else self._true(found)
            if known is None:
                self._create(head, lines)
            else:
                self._extend(*known, lines[max(0, known[0].lines - head.lines) :])

    def append_error(self, source: str, message: str) -> None:
        """Write a log of its own about something that happened in the database."""
        now = utc_now()
        head = LogHead(client_id=self._folder.client_id, guid=str(uuid4()), created_on=now)
        self.append(head, [LogLine(timestamp=now, type=MessageType.error, source=source, message=message)])

    def find(self, query: LogQuery) -> Page[LogHead]:
        """Return a page; see ``AbstractDatabase.find_logs``."""
        heads: list[LogHead] = []
        last_seen: LogHead | None = None
        for looked_at, (head, file) in enumerate(self._matching(query)):
            if query.text and last_seen and looked_at == LOGS_LOOKED_THROUGH:
                return Page(items=tuple(heads), next_cursor=_cursor(last_seen), back_to=last_seen.created_on)
            last_seen = head
            if query.text and not self._contains(file, query.text):
                continue
            if len(heads) == query.limit:
                return Page(items=tuple(heads), next_cursor=_cursor(heads[-1]))
            heads.append(head)
        return Page(items=tuple(heads))

    def read(self, guid: str, *, start: int, limit: int) -> tuple[LogHead, list[LogLine]]:
        """Return a part of a log; see ``AbstractDatabase.read_log``."""
        found = self._row(guid)
        if found is not None:
            try:
                return found[0], read_lines(f"{self._folder.log}/{found[1]}", start, limit)
            except FileNotFoundError:
                pass
        raise NotFound(f"there is no log {guid!r}")

    def purge(self, rule: LogPurge, *, limit: int) -> int:
        """Delete old logs; see ``AbstractDatabase.purge``."""
        source = _SOURCES[rule.of_drives]
        query = f"SELECT guid, file FROM {source} created < ? ORDER BY created, guid LIMIT ?"  # noqa: S608 - texts of our own
        with self._one_at_a_time:
            with self._index.reading() as connection:
                doomed = connection.execute(query, (micros(rule.before), limit)).fetchall()
            for _, file in doomed:
                remove_file(f"{self._folder.log}/{os.fsdecode(file)}")
            if doomed:
                sync_folder(self._folder.log)
                with self._index.writing() as connection:
                    connection.executemany("DELETE FROM log WHERE guid = ?", [(guid,) for guid, _ in doomed])
        return len(doomed)

    def reconcile(self) -> None:
        """Make the index agree with the files."""
        known = dict(self._stats())
        for name, mtime, size in self._files():
            if known.pop(name, None) != (mtime, size):
                self._take_over(name)
        with self._index.writing() as connection:
            connection.executemany("DELETE FROM log WHERE file = ?", [(os.fsencode(name),) for name in known])

    def _matching(self, query: LogQuery) -> Iterator[tuple[LogHead, str]]:
        conditions, values = _conditions(query)
        place: tuple[int, bytes] | None = position(query.cursor) if query.cursor else None
        while True:
            where = " AND ".join(["worst >= ?", *conditions, *(["(created, guid) < (?, ?)"] if place else [])])
            statement = (
                f"SELECT {_COLUMNS} FROM log WHERE {where} "  # noqa: S608 - texts of our own
                "ORDER BY created DESC, guid DESC LIMIT ?"
            )
            with self._index.reading() as connection:
                found = connection.execute(
                    statement, (query.worst.value, *values, *(place or ()), min(_BATCH, query.limit + 1))
                ).fetchall()
            if not found:
                return
            yield from (self._head(row) for row in found)
            place = (found[-1][1], found[-1][0])

    def _contains(self, file: str, text: str) -> bool:
        wanted = text.casefold()
        try:
            return any(wanted in line.message.casefold() for line in read_lines(f"{self._folder.log}/{file}"))
        except FileNotFoundError:
            return False

    def _row(self, guid: str) -> tuple[LogHead, str, int, int] | None:
        query = f"SELECT {_COLUMNS} FROM log WHERE guid = ?"  # noqa: S608 - names of our own
        with self._index.reading() as connection:
            found = connection.execute(query, (index_rows.blob(guid),)).fetchone()
        return None if found is None else (*self._head(found), found[6], found[7])

    def _true(self, row: tuple[LogHead, str, int, int]) -> tuple[LogHead, str] | None:
        """Return head and file of a log; where the file is not as the index has it, the file is right."""
        head, file, mtime, size = row
        try:
            now = os.stat(f"{self._folder.log}/{file}")
        except FileNotFoundError:
            return None
        return (head, file) if (now.st_mtime_ns, now.st_size) == (mtime, size) else (self._take_over(file), file)

    def _create(self, head: LogHead, lines: Sequence[LogLine]) -> None:
        make_folder(self._folder.log)
        name = file_name(head)
        path = f"{self._folder.log}/{name}"
        stat = write_log(path, head, lines)
        try:
            self._note(_with(head, 0, lines, MessageType.undefined), name, stat)
        except sqlite3.Error:
            remove_file(path)
            raise

    def _extend(self, head: LogHead, file: str, lines: Sequence[LogLine]) -> None:
        if not lines:
            return
        path = f"{self._folder.log}/{file}"
        stat = append_lines(path, lines, is_empty=head.lines == 0)
        if stat is None:
            stat = write_log(path, head, [*read_lines(path), *lines])
        # The lines are in the file, which is right; what the index did not learn now it learns with the next lines.
        with suppress(sqlite3.OperationalError):
            self._note(_with(head, head.lines, lines, head.worst), file, stat)

    def _take_over(self, name: str) -> LogHead:
        path = f"{self._folder.log}/{name}"
        stat = os.stat(path)
        head = read_head(path, self._folder.client_id)
        self._note(head, name, stat)
        return head

    def _note(self, head: LogHead, file: str, stat: os.stat_result) -> None:
        values = (
            index_rows.blob(head.guid), micros(head.created_on), index_rows.blob(head.passenger_module),
            head.worst.value, head.lines, os.fsencode(file), stat.st_mtime_ns, stat.st_size,
        )  # fmt: skip
        with self._index.writing() as connection:
            connection.execute(f"INSERT OR REPLACE INTO log ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)  # noqa: S608 - names of our own

    def _head(self, found: Sequence[Any]) -> tuple[LogHead, str]:
        guid, created, route, worst, lines, file = found[:6]
        head = LogHead(
            client_id=self._folder.client_id,
            guid=index_rows.text(guid),
            created_on=from_micros(created),
            passenger_module=index_rows.text(route),
            worst=MessageType(worst),
            lines=lines,
        )
        return head, os.fsdecode(file)

    def _stats(self) -> Iterator[tuple[str, tuple[int, int]]]:
        with self._index.reading() as connection:
            for file, mtime, size in connection.execute("SELECT file, mtime, size FROM log"):
                yield os.fsdecode(file), (mtime, size)

    def _files(self) -> Iterator[tuple[str, int, int]]:
        try:
            files = os.scandir(self._folder.log)
        except FileNotFoundError:
            return
        with files:
            for each in files:
                if each.name.startswith(OWN_PREFIX):
                    remove_file(each.path)  # a successor that a crash has kept from its place
                elif each.name.endswith((".json", ".txt")) and each.is_file(follow_symlinks=False):
                    stat = each.stat(follow_symlinks=False)
                    yield each.name, stat.st_mtime_ns, stat.st_size


def _with(head: LogHead, before: int, lines: Sequence[LogLine], worst: MessageType) -> LogHead:
    return LogHead(
        client_id=head.client_id,
        guid=head.guid,
        created_on=head.created_on,
        passenger_module=head.passenger_module,
        worst=max({worst, *(line.type for line in lines)}),
        lines=before + len(lines),
    )


def _conditions(query: LogQuery) -> tuple[list[str], list[Any]]:
    conditions: list[str] = []
    values: list[Any] = []

    def add(condition: str, *added: Any) -> None:
        conditions.append(condition)
        values.extend(added)

    if query.passenger_module:
        add("route = ?", index_rows.blob(query.passenger_module))
    if query.of_drives is not None:
        add("(route <> ?) = ?", index_rows.blob(""), query.of_drives)
    if query.created_from is not None:
        add("created >= ?", micros(query.created_from))
    if query.created_before is not None:
        add("created < ?", micros(query.created_before))
    return conditions, values


def _cursor(head: LogHead) -> str:
    return f"{micros(head.created_on) + _SHIFT:020} {head.guid}"


def position(cursor: str) -> tuple[int, bytes]:
    """Return time and guid of the log at which the page before ended, or raise StoreError."""
    moment, _, guid = cursor.partition(" ")
    if not (moment.isascii() and moment.isdigit() and len(moment) == 20):  # noqa: PLR2004 - as `find` writes it
        raise StoreError(f"{cursor!r} is not a cursor of this list")
    return int(moment) - _SHIFT, index_rows.blob(guid)
