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


OF_FOLDER = "SELECT path, version FROM seen WHERE folder = ?"
OF_ROUTE = "SELECT path, version FROM seen WHERE folder >= ? AND folder < ? AND substr(folder, -length(?)) = ?"


class FileMemory:
    """A small SQLite file with the last version of each file that was pulled.

    It has no more entries than the folder has files: of a file that is gone, the entry is forgotten. What was
    remembered is on disk. Several folders, and several pullers of one folder, may share a memory: each has its own
    entries.

    A puller that has none yet begins with those of the same route, whose puller may have had another name before; where
    there are none, with those that are nobody's: earlier versions did not note whose they are. Those are its own then.

    Args:
        path: The SQLite file; it is made, with its folder, when something is remembered.
        route: Client and route of the puller.
        puller: Its name.
        folder: The folder whose files are meant.
    """

    def __init__(self, path: str, route: tuple[str, str], puller: str, folder: str) -> None:
        self._path = os.path.abspath(os.path.expanduser(path))
        self._folder = _blob(folder)
        self._of_route = _blob("\0".join(route))
        self._own = b"\0".join((self._of_route, _blob(puller), self._folder))

    def unknown(self, states: Iterable[FileState]) -> list[FileState]:
        """Return those that were not pulled yet as they are."""
        known = self._known()
        return [state for state in states if known.get(_blob(state.path)) != _blob(state.version)]

    def remember(self, states: Iterable[FileState]) -> None:
        """Remember these as pulled: all, or with an error none."""
        rows = [(self._own, _blob(state.path), _blob(state.version)) for state in states]
        with self._opened() as database:
            self._take_over(database)
            _insert(database, rows)

    def forget_all_but(self, states: Iterable[FileState]) -> None:
        """Forget files that are gone.

        If none is left, nothing is forgotten: it may be a disk that is not mounted now, and its files would come again.
        """
        if not os.path.exists(self._path):
            return
        there = {_blob(state.path) for state in states}
        with self._opened() as database:
            self._take_over(database)
            gone = [(self._own, path) for path, _ in database.execute(OF_FOLDER, (self._own,)) if path not in there]
            if there and gone:
                database.executemany("DELETE FROM seen WHERE folder = ? AND path = ?", gone)

    def _known(self) -> dict[bytes, bytes]:
        if not os.path.exists(self._path):
            return {}
        with self._opened() as database:
            own = dict(database.execute(OF_FOLDER, (self._own,)))
            return own or self._of_others(database)

    def _of_others(self, database: sqlite3.Connection) -> dict[bytes, bytes]:
        """Return what a puller begins with that has no entries of its own."""
        return self._of_this_route(database) or dict(database.execute(OF_FOLDER, (self._folder,)))

    def _of_this_route(self, database: sqlite3.Connection) -> dict[bytes, bytes]:
        end = b"\0" + self._folder
        return dict(database.execute(OF_ROUTE, (self._of_route + b"\0", self._of_route + b"\1", end, end)))

    def _take_over(self, database: sqlite3.Connection) -> None:
        if database.execute(f"{OF_FOLDER} LIMIT 1", (self._own,)).fetchone() is not None:
            return
        database.execute("BEGIN IMMEDIATE")  # of two pullers one takes what is nobody's
        if of_route := self._of_this_route(database):
            _insert(database, ((self._own, *row) for row in of_route.items()))
        else:
            database.execute("UPDATE seen SET folder = ? WHERE folder = ?", (self._own, self._folder))

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


def _insert(database: sqlite3.Connection, rows: Iterable[tuple[bytes, bytes, bytes]]) -> None:
    database.executemany("INSERT OR REPLACE INTO seen (folder, path, version) VALUES (?, ?, ?)", rows)


def _blob(text: str) -> bytes:
    # File names need not be Unicode, and SQLite's texts must be.
    return text.encode("utf-8", "surrogatepass")
