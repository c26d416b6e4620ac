"""All that belongs to one client, put together."""

import os
import sqlite3
from collections.abc import Sequence
from concurrent.futures import Executor
from contextlib import suppress

from databus.database.json_db.claiming import Claiming
from databus.database.json_db.client_folder import ClientFolder
from databus.database.json_db.damage import Damage
from databus.database.json_db.disk import make_folder
from databus.database.json_db.documents import Documents
from databus.database.json_db.finding import Finding
from databus.database.json_db.index import Index
from databus.database.json_db.index_damage import noted_damage, remove_index
from databus.database.json_db.logs import Logs
from databus.database.json_db.purging import Purging
from databus.database.json_db.reading import Reading
from databus.database.json_db.reconciling import Reconciling
from databus.database.json_db.recording import Recording
from databus.database.json_db.rescue import rescue
from databus.database.json_db.seating import Seating
from databus.database.json_db.shelf import Shelf
from databus.database.json_db.write_behind import WriteBehind
from databus.database.records import WholeEntry
from databus.database.whole import Room
from databus.errors import DatabusError

_SOURCE = "databus.database.json_db"


class ClientStore:
    """Queue, logs and documents of one client, open. Making it repairs what a crash has left.

    Args:
        folder: The client's folder, which is there.
        background: Runs what nobody waits for, one task after the other.
        end_leases: Whether whoever held a lease is gone.
    """

    def __init__(self, folder: ClientFolder, background: Executor, *, end_leases: bool) -> None:
        make_folder(folder.own)
        self.folder = folder
        self._background = background
        self._end_leases = end_leases
        self.documents = Documents(folder)
        self.documents.tidy()
        trouble = noted_damage(folder.index)
        try:
            if trouble:
                self._make_index_anew()
            else:
                self._assemble()
        except sqlite3.DatabaseError as error:
            if trouble or isinstance(error, (sqlite3.OperationalError, sqlite3.ProgrammingError)):
                raise
            trouble = str(error)
            self._make_index_anew()
        try:
            if trouble:
                self.logs.append_error(_SOURCE, f"The index was damaged ({trouble}) and is made anew from the files")
            self.damage.report()
        except BaseException:
            self._close_files()
            raise

    def _make_index_anew(self) -> None:
        rescue(self.folder)
        remove_index(self.folder.index)
        self._assemble()

    def _assemble(self) -> None:
        self.index = Index(self.folder.index)
        try:
            self.logs = Logs(self.folder, self.index)
            shelf = Shelf(self.folder)
            self.damage = Damage(self.folder, self.index, shelf, self._report)
            self.behind = WriteBehind(self.folder, self.index, shelf, self._background)
        except BaseException:
            self.index.close()
            raise
        self.seating = Seating(self.folder, self.index, shelf, self.behind)
        self.claiming = Claiming(self.index, shelf, self.damage, self.behind)
        self.recording = Recording(self.index, shelf, self.damage, self.behind)
        self.finding = Finding(self.index, shelf, self.damage)
        self.reading = Reading(self.index, shelf, self.damage)
        self.purging = Purging(self.folder, self.index, shelf, self.behind, self._background)
        try:
            Reconciling(self.folder, self.index, shelf, self.damage, self.behind).run(end_leases=self._end_leases)
            self.logs.reconcile()
        except BaseException:
            self._close_files()
            raise

    def load_whole(self, internal_ids: Sequence[str], room: int) -> list[WholeEntry]:
        """Return entries with contents; see ``AbstractDatabase.load_whole``."""
        free = Room(room)
        found: list[WholeEntry] = []
        for entry, stored in self.finding.stored(internal_ids):
            chosen = free.choose(entry)
            if chosen is None:
                break
            pairs = zip(entry.attachments, chosen, strict=True)
            contents = tuple([self.reading.content(stored, each) if is_chosen else None for each, is_chosen in pairs])
            found.append(WholeEntry(entry=entry, contents=contents))
        return found

    def is_usable(self) -> bool:
        """Whether its files are whole, as far as is known, and still the ones that were opened."""
        return not self.index.broken and self.index.is_in_place()

    def close(self) -> None:
        """Bring everything into the files and close them."""
        try:
            if not self.index.broken and self._are_files_ours():
                self.behind.write_all()
                self.behind.sync_and_settle()
        finally:
            self._close_files()

    def _are_files_ours(self) -> bool:
        """Whether what is behind belongs into the files that are there, and not to others that they have replaced."""
        if self.index.is_in_place():
            return True
        return self.behind.is_in_place() and not os.path.lexists(self.folder.index)

    def _close_files(self) -> None:
        # The index first: nothing is recorded any more when the last file is written.
        try:
            self.index.close()
        finally:
            self.behind.close()

    def _report(self, message: str) -> None:
        # What could not be logged here has gone to Python's logging already.
        with suppress(OSError, sqlite3.Error, DatabusError):
            self.logs.append_error(_SOURCE, message)
