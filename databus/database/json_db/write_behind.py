"""Bringing recorded outcomes from the index into the files, where they count when the index is lost."""

import errno
import logging
import os
import threading
from collections.abc import Iterable
from concurrent.futures import Executor
from contextlib import suppress

from databus.batches import batched
from databus.database.json_db import index_rows
from databus.database.json_db.client_folder import ClientFolder
from databus.database.json_db.disk import identity, replace_file, sync_file_system
from databus.database.json_db.index import Index
from databus.database.json_db.index_rows import Row
from databus.database.json_db.moving import remove_obsolete, take_places
from databus.database.json_db.shelf import Shelf, moves_in
from databus.database.json_db.trouble import store_errors
from databus.errors import StoreError

_LOGGER = logging.getLogger(__name__)

_MANY = 2000
"""When so many files wait for a sync of others, they get one of their own."""

_TOO_MANY = 4000
"""When so many files are behind, whoever gives back more of them waits."""

_TOGETHER = 32
"""So many files are written before others have a turn."""

Written = dict[int, tuple[int, int, int]]
"""By sequence: version of the entry, mtime and size of its passenger.json."""


class WriteBehind:
    """Writes passenger.json of entries whose newest state is only in the index.

    An outcome is durable as soon as it is in the index. Its file is written, on a thread of its own, when the entry is
    given back, and ``pending`` is emptied when a sync that serves many entries has passed over that file.

    Args:
        folder: The client's.
        index: Has what is to be written.
        shelf: Knows the folders.
        background: Runs one task after the other.

    Attributes:
        files: Held by whoever writes or moves a passenger.json. The index's lock is taken before it, never within.
    """

    def __init__(self, folder: ClientFolder, index: Index, shelf: Shelf, background: Executor) -> None:
        self.files = threading.Lock()
        self._folder = folder
        self._index = index
        self._shelf = shelf
        self._background = background
        self._mutex = threading.Lock()
        self._behind: dict[int, int] = {}
        self._unsynced: Written = {}
        self._failures = 0
        self._root = os.open(folder.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)

    def is_in_place(self) -> bool:
        """Whether the client's folder is the one that was opened: another may have been copied into its place."""
        return identity(self._folder.path) == identity(self._root)

    def close(self) -> None:
        """Write nothing more."""
        with self.files, self._mutex:
            self._behind.clear()
        os.close(self._root)

    def note(self, entries: Iterable[tuple[int, int]]) -> None:
        """Note that the files of entries are behind their index: each a sequence and its version there."""
        with self._mutex:
            for sequence, version in entries:
                self._behind[sequence] = version
                self._unsynced.pop(sequence, None)

    def write_soon(self, sequences: Iterable[int]) -> None:
        """Let those of the entries' files that are behind be written in the background."""
        with self._mutex:
            waiting = [sequence for sequence in sequences if sequence in self._behind]
            too_many = len(self._behind) > _TOO_MANY
        if too_many:
            self.write(waiting)
        elif waiting:
            self._submit(waiting)

    def _submit(self, sequences: list[int]) -> None:
        with suppress(RuntimeError):  # the database is being closed, which writes them too
            self._background.submit(self._write_in_background, sequences)

    def _write_in_background(self, sequences: list[int]) -> None:
        if not self._index.is_in_place():
            return  # what is behind may be of files that are gone; who opens or closes the client finds out
        try:
            with store_errors(self._folder.path):
                self.write(sequences)
                if len(self._unsynced) >= _MANY:
                    self.sync_and_settle()
        except StoreError as error:
            # Nothing is lost: what is recorded is in the index, and its files are written again later.
            _LOGGER.warning("%s", error)

    def write_all(self) -> None:
        """Write every file that is behind."""
        with self._mutex:
            sequences = list(self._behind)
        self.write(sequences)

    def write(self, sequences: Iterable[int]) -> None:
        """Write those of the entries' files that are behind."""
        for batch in batched(sequences, _TOGETHER):
            with self.files:
                wanted = [sequence for sequence in batch if sequence in self._behind]
                with self._index.reading() as connection:
                    rows = index_rows.of_sequences(connection, wanted)
                for sequence in wanted:
                    self._write_one(sequence, rows.get(sequence))

    def _write_one(self, sequence: int, row: Row | None) -> None:
        path = "" if row is None else self._shelf.path(row)
        if row is None or row.pending is None:
            self._forget(sequence)
            return
        # New files first, old ones last: whoever reads passenger.json finds the files that it lists.
        moves = moves_in(row.moves)
        take_places(path, moves)
        try:
            stat = replace_file(f"{path}/passenger.json", row.pending)
            remove_obsolete(path, moves)
        except (FileNotFoundError, NotADirectoryError):
            if not os.path.isdir(path):  # somebody has moved the folder away; whoever reads the entry next finds out
                self._forget(sequence)
            return
        with self._mutex:
            if self._behind.get(sequence, row.version) == row.version:
                self._behind.pop(sequence, None)
                self._unsynced[sequence] = (row.version, stat.st_mtime_ns, stat.st_size)

    def _forget(self, sequence: int) -> None:
        with self._mutex:
            self._behind.pop(sequence, None)

    def sync(self) -> Written:
        """Wait until everything written to the file system is on disk.

        Returns:
            What is safe in its file now, for ``settle``.

        Raises:
            OSError: It may not be; all that no sync has passed over is written anew before a later one counts for it.
        """
        with self._mutex:
            written, failures = dict(self._unsynced), self._failures
        try:
            sync_file_system(self._root, self._folder.path)
        except OSError:
            self._write_anew()
            raise
        if self._failures != failures:  # another thread was told meanwhile what concerns these files as well
            raise OSError(errno.EIO, os.strerror(errno.EIO), self._folder.path)
        return written

    def _write_anew(self) -> None:
        """Let files be behind again that a failed sync may have lost: the kernel tells so once, then drops them."""
        with self._mutex:
            doubtful = list(self._unsynced)
            for sequence, (version, _, _) in self._unsynced.items():
                self._behind.setdefault(sequence, version)
            self._unsynced.clear()
            self._failures += 1
        self._submit(doubtful)

    def settle(self, connection: index_rows.Connection, written: Written) -> None:
        """Empty ``pending`` where the file has it; within a transaction."""
        connection.executemany(
            "UPDATE entry SET pending = NULL, moves = NULL, mtime = ?, size = ? WHERE sequence = ? AND version = ?",
            [(mtime, size, sequence, version) for sequence, (version, mtime, size) in written.items()],
        )

    def settled(self, written: Written) -> None:
        """Forget what ``settle`` did, once its transaction is through."""
        with self._mutex:
            for sequence, what in written.items():
                if self._unsynced.get(sequence) == what:
                    del self._unsynced[sequence]

    def sync_and_settle(self) -> None:
        """Sync, and empty ``pending``."""
        if not self._unsynced:
            return
        written = self.sync()
        with self._index.writing() as connection:
            self.settle(connection, written)
        self.settled(written)
