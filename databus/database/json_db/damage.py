"""Setting aside queue entries that other hands have damaged, so that the rest goes on."""

import logging
import os
import sqlite3
from collections.abc import Callable
from contextlib import suppress

from databus.database.json_db import index_rows
from databus.database.json_db.client_folder import ClientFolder
from databus.database.json_db.disk import free_name, make_folder, replace_file, sync_folder
from databus.database.json_db.index import Index
from databus.database.json_db.index_rows import Row
from databus.database.json_db.shelf import Gone, Shelf
from databus.database.json_db.stored import Stored
from databus.database.json_db.trouble import Damaged

_LOGGER = logging.getLogger(__name__)

Report = Callable[[str], None]


class Damage:
    """Moves damaged entries to ``pqueue/.damaged`` and says so in the client's log.

    Args:
        folder: The client's.
        index: Knows the entries.
        shelf: Loads them.
        report: Writes one error into the client's log.
    """

    def __init__(self, folder: ClientFolder, index: Index, shelf: Shelf, report: Report) -> None:
        self._folder = folder
        self._index = index
        self._shelf = shelf
        self._report = report
        self._unreported: list[str] = []

    def take(self, row: Row) -> Stored | None:
        """Load the newest state of an entry; None if it is gone or had to be set aside. The caller holds the lock."""
        try:
            return self._shelf.load(row)
        except Gone:
            self.drop(row)
        except Damaged as damage:
            self.set_aside(row, str(damage))
        return None

    def take_again(self, row: Row) -> Stored | None:
        """Load an entry that could not be read from an earlier view: it may be gone, moved on, or really damaged."""
        with self._index.lock:
            key = (row.sequence, row.internal_id)
            found = self._index.newest.execute(
                f"SELECT {index_rows.ROW} FROM entry WHERE sequence = ? AND internal_id = ?",  # noqa: S608 - own names
                key,
            ).fetchone()
            return None if found is None else self.take(Row(*found))

    def drop(self, row: Row) -> None:
        """Forget an entry whose folder is not there any more."""
        # Where the disk is full, its row stays until somebody finds it the next time; readers go on without it.
        with suppress(sqlite3.OperationalError), self._index.writing() as connection:
            index_rows.delete(connection, [row.sequence], words=self._index.has_words)
        self._shelf.forget(index_rows.text(row.internal_id))

    def set_aside(self, row: Row, reason: str) -> None:
        """Move the folder of a damaged entry away, with what the index still knows of it."""
        path = self._shelf.path(row)
        if row.pending is not None:
            # On a full disk the file that is there stays, older but whole.
            with suppress(OSError):
                replace_file(f"{path}/passenger.json", row.pending)
        self.move_away(os.path.basename(path), reason)
        self.drop(row)

    def move_away(self, name: str, reason: str) -> None:
        """Move a folder of the queue to the damaged ones."""
        make_folder(self._folder.damaged)
        target = free_name(self._folder.damaged, name)
        os.rename(f"{self._folder.queue}/{name}", target)
        sync_folder(self._folder.queue)
        self._unreported.append(f"Queue entry {name} is damaged and was set aside in {target}: {reason}")

    def report(self) -> None:
        """Write into the log what was set aside. No lock of the index is held."""
        while self._unreported:
            try:
                message = self._unreported.pop()
            except IndexError:
                return
            _LOGGER.error("%s", message)
            self._report(message)
