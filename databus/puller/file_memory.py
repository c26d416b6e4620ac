"""Which files were pulled already, for sources whose files must stay where they are."""

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager

from databus.folders.folder import FileState
from databus.puller.abstract_puller import AbstractPullerError

SCHEMA = """
CREATE TABLE IF NOT EXISTS seen (
    folder  BLOB NOT NULL,
    path    BLOB NOT NULL,
    version BLOB NOT NULL,
    PRIMARY KEY (folder, path)
) WITHOUT ROWID
"""


class FileMemory:
    """A small SQLite file with the last version of each file that was pulled.

    It has no more entries than the folder has files: of a file that is gone, the entry is forgotten. What was
    remembered is on disk. Several folders may share a memory.

    Args:
        path: The SQLite file; it is made, with its folder, when something is remembered.
        folder: The folder whose files are meant.
    """

    def __init__(self, path: str, folder: str) -> None:
        self._path = os.path.abspath(os.path.expanduser(path))
        self._folder = _blob(folder)

    def unknown(self, states: Iterable[FileState]) -> list[FileState]:
        """Return those that were not pulled yet as they are."""
        known = self._known()
        return [state for state in states if known.get(_blob(state.path)) != _blob(state.version)]

    def remember(self, states: Iterable[FileState]) -> None:
        """Remember these as pulled: all, or with an error none."""
        rows = [(self._folder, _blob(state.path), _blob(state.version)) for state in states]
        with self._opened() as database:
            database.executemany("INSERT OR REPLACE INTO seen (folder, path, version) VALUES (?, ?, ?)", rows)

    def forget_all_but(self, states: Iterable[FileState]) -> None:
        """Forget files that are gone.

        If none is left, nothing is forgotten: it may be a disk that is not mounted now, and its files would come again.
        """
        there = {_blob(state.path) for state in states}
        gone = [(self._folder, path) for path in self._known() if path not in there]
        if there and gone:
            with self._opened() as database:
                database.executemany("DELETE FROM seen WHERE folder = ? AND path = ?", gone)

    def _known(self) -> dict[bytes, bytes]:
        if not os.path.exists(self._path):
            return {}
        with self._opened() as database:
            return dict(database.execute("SELECT path, version FROM seen WHERE folder = ?", (self._folder,)))

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """Give the database for one transaction."""
        try:
            os.makedirs(os.path.dirname(self._path), exist_ok=True)
            with closing(sqlite3.connect(self._path, timeout=60)) as database:
                database.execute("PRAGMA synchronous = FULL")
                with database:
                    database.execute(SCHEMA)
                    yield database
        except (sqlite3.Error, OSError) as error:
            raise AbstractPullerError(f"The memory {self._path} cannot be used: {error}") from error


def _blob(text: str) -> bytes:
    # File names need not be Unicode, and SQLite's texts must be.
    return text.encode("utf-8", "surrogatepass")
