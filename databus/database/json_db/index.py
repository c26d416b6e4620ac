"""The index of one client: which entries and logs its folders hold, in a form that can be asked.

It can be lost: all of it comes from the files, but for outcomes whose passenger.json is not written yet (``pending``).
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from databus.database.json_db.disk import identity
from databus.database.json_db.index_damage import note_damage
from databus.database.json_db.index_schema import SCHEMA, VERSION, WORDS
from databus.database.json_db.trouble import is_damage
from databus.errors import NewerSchema


class Index:
    """An SQLite file, written through one connection and read through others, so that no reader waits for a writer.

    Args:
        path: The file; made where it is missing.

    Attributes:
        lock: Held while something is changed; whoever must see what is newest holds it as well.
        broken: The file was found damaged; it must be rebuilt.
        has_words: Whether a search in external ids need not look at each.

    Raises:
        NewerSchema: A newer Databus made it.
        sqlite3.Error: It cannot be used.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.lock = threading.RLock()
        self.broken = False
        self._idle: list[sqlite3.Connection] = []
        self._durable = False
        self._closed = False
        self._writer = self._connect()
        self._identity = identity(path)
        try:
            self.has_words = self._prepare()
        except BaseException:
            self._writer.close()
            raise

    @contextmanager
    def writing(self, *, durable: bool = False) -> Iterator[sqlite3.Connection]:
        """Run one transaction: all or nothing.

        Args:
            durable: Whether it must survive a power cut. Any transaction survives ``kill -9``.
        """
        with self.lock, self.watching():
            connection = self._writer
            if durable != self._durable:
                connection.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
                self._durable = durable
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
                raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection for reading what is committed."""
        with self.watching():
            if self._closed:
                raise sqlite3.ProgrammingError("it is closed")
            try:
                connection = self._idle.pop()
            except IndexError:
                connection = self._connect()
            try:
                yield connection
            finally:
                self._put_back(connection)

    def is_in_place(self) -> bool:
        """Whether the file that is open is still the one that others find: somebody may have removed or replaced it."""
        return identity(self.path) == self._identity

    @property
    def newest(self) -> sqlite3.Connection:
        """The writer's connection, for reading by the holder of the lock."""
        return self._writer

    def close(self) -> None:
        """Close all connections."""
        with self.lock:
            self._closed = True
            self._close_idle()
            self._writer.close()

    def _put_back(self, connection: sqlite3.Connection) -> None:
        self._idle.append(connection)
        if self._closed:
            self._close_idle()

    def _close_idle(self) -> None:
        with suppress(IndexError):
            while True:
                self._idle.pop().close()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Note damage that is met within, also by readers of ``newest``, for the next opening to make the file anew."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            if is_damage(error) and not self.broken:
                if self.is_in_place():
                    note_damage(self.path, str(error))
                self.broken = True  # last: whoever sees it opens the file anew, and must find the note
            raise

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, timeout=30, isolation_level=None, check_same_thread=False, cached_statements=200
        )
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute("PRAGMA wal_autocheckpoint=4000")
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self) -> bool:
        version = self._writer.execute("PRAGMA user_version").fetchone()[0]
        if version > VERSION:
            raise NewerSchema(f"{self.path} was written by a newer Databus: use that one, or install the newest")
        if version < VERSION:
            with self.writing(durable=True) as connection:
                for statement in SCHEMA:
                    connection.execute(statement)
                # An SQLite without FTS5 and its trigrams lacks nothing but speed.
                with suppress(sqlite3.OperationalError):
                    connection.execute(WORDS)
                connection.execute(f"PRAGMA user_version={VERSION}")
        found = self._writer.execute("SELECT count(*) FROM sqlite_master WHERE name = 'words'").fetchone()
        return bool(found[0])
