"""Deleting entries in small batches; a crash never leaves half of one."""

import os
import sqlite3
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import suppress
from datetime import datetime
from heapq import merge
from itertools import count, islice
from typing import Any

from databus.database.json_db import index_rows
from databus.database.json_db.client_folder import ClientFolder
from databus.database.json_db.disk import make_folder, remove_tree, sync_folder
from databus.database.json_db.index import Index
from databus.database.json_db.index_rows import COMPLETE, STATE_NUMBER, Connection, Row
from databus.database.json_db.moments import micros
from databus.database.json_db.shelf import Shelf
from databus.database.json_db.write_behind import WriteBehind
from databus.database.records import QueuePurge, State

_FREE = "(lease IS NULL OR lease <= ?)"
_Found = tuple[int, Row]


class Purging:
    """Deletes entries of one client."""

    def __init__(
        self, folder: ClientFolder, index: Index, shelf: Shelf, behind: WriteBehind, background: Executor
    ) -> None:
        self._folder = folder
        self._index = index
        self._shelf = shelf
        self._behind = behind
        self._background = background
        self._batches = count(1)

    def purge(self, rule: QueuePurge, *, limit: int, now: datetime) -> int:
        """Delete entries; see ``AbstractDatabase.purge``."""
        with self._index.lock:
            lists = _candidates(self._index.newest, rule, limit, micros(now))
            rows = [row for _, row in islice(merge(*lists), limit)]
            if rows:
                self._delete(rows)
        return len(rows)

    def _delete(self, rows: list[Row]) -> None:
        # First out of the queue in one step each, and durably; then the rows; the files when there is time. A row that
        # is left without its folder is dropped by whoever reads it; an entry that comes back would be driven again.
        trash = f"{self._folder.trash}/{next(self._batches)}"
        make_folder(self._folder.trash)
        os.mkdir(trash)
        with self._behind.files:
            for row in rows:
                path = self._shelf.path(row)
                with suppress(FileNotFoundError):
                    os.rename(path, f"{trash}/{os.path.basename(path)}")
                self._shelf.forget(index_rows.text(row.internal_id))
            sync_folder(self._folder.queue)
            try:
                self._forget(rows)
            except sqlite3.OperationalError:
                _empty(trash)  # the disk may be full, and what was deleted makes room
                self._forget(rows)
        with suppress(RuntimeError):  # the database is being closed; the next start empties it
            self._background.submit(_empty, trash)

    def _forget(self, rows: list[Row]) -> None:
        with self._index.writing() as connection:
            index_rows.delete(connection, [row.sequence for row in rows], words=self._index.has_words)


def _empty(trash: str) -> None:
    with suppress(OSError):  # the next start tries again
        remove_tree(trash)


def _candidates(connection: Connection, rule: QueuePurge, limit: int, now: int) -> Iterator[list[_Found]]:
    """Yield lists of what may go, each with the oldest first."""
    states = [STATE_NUMBER[state] for state in set(rule.states) if state is not State.RUNNING]
    if rule.internal_ids:
        yield _named(connection, rule, states, now)
        return
    for route in index_rows.routes(connection, rule.passenger_module):
        for state in states:
            source = "entry INDEXED BY entry_settled" if state == COMPLETE else "entry INDEXED BY entry_state"
            # The number of the state stands in the text, so that SQLite sees that the index of complete ones will do.
            condition = f"route = ? AND state = {state} AND {_FREE}"
            yield _rows(connection, source, condition, (route, now), rule, limit)


def _named(connection: Connection, rule: QueuePurge, states: list[int], now: int) -> list[_Found]:
    found: list[_Found] = []
    for internal_id in dict.fromkeys(rule.internal_ids):
        condition = f"internal_folded = ? AND internal_id = ? AND {_FREE}"
        values = (index_rows.folded(internal_id), index_rows.blob(internal_id), now)
        for state in states:
            found += _rows(connection, "entry", f"{condition} AND state = {state}", values, rule, 1)
    return sorted(found)


def _rows(
    connection: Connection, source: str, condition: str, values: tuple[Any, ...], rule: QueuePurge, limit: int
) -> list[_Found]:
    if rule.before is not None:
        condition, values = f"{condition} AND settled < ?", (*values, micros(rule.before))
    if rule.passenger_module:
        condition, values = f"{condition} AND route = ?", (*values, index_rows.blob(rule.passenger_module))
    query = (
        f"SELECT settled, {index_rows.ROW} FROM {source} WHERE {condition} "  # noqa: S608 - names of our own
        "ORDER BY settled, sequence LIMIT ?"
    )
    return [(found[0], Row(*found[1:])) for found in connection.execute(query, (*values, limit))]
