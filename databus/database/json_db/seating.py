"""Seating: new entries are written aside, synced together, and moved into the queue whole."""

import os
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count

from msgspec.structs import replace

from databus.database.json_db import index_rows
from databus.database.json_db.client_folder import ClientFolder, entry_folder
from databus.database.json_db.contents import write_content
from databus.database.json_db.disk import make_folder, remove_tree, sync_folder, write_file
from databus.database.json_db.index import Index
from databus.database.json_db.passenger_file import Encoder
from databus.database.json_db.safe_names import safe_name
from databus.database.json_db.shelf import Shelf
from databus.database.json_db.stored import NO_FILES, Stored
from databus.database.json_db.trouble import Unstorable
from databus.database.json_db.write_behind import WriteBehind
from databus.database.records import Duplicate, Entry, NewEntry, Refused, Seated, StoredAttachment
from databus.passenger.attachment import Attachment

Result = Seated | Duplicate | Refused


@dataclass(frozen=True, slots=True)
class _Written:
    entry: Entry
    mtime: int
    size: int


@dataclass(slots=True)
class _Batch:
    """What one call seats: written below ``path``, in no reader's sight."""

    path: str
    sequence: int = 0
    encoder: Encoder = field(default_factory=Encoder)
    written: list[_Written] = field(default_factory=list)
    identities: dict[bytes, str] = field(default_factory=dict)
    internal_ids: set[str] = field(default_factory=set)

    def add(self, identity: bytes, written: _Written) -> None:
        """Take in an entry that is written."""
        self.written.append(written)
        self.identities[identity] = written.entry.internal_id
        self.internal_ids.add(written.entry.internal_id)
        self.sequence += 1


class Seating:
    """Puts passengers into the queue of one client, each identity once."""

    def __init__(self, folder: ClientFolder, index: Index, shelf: Shelf, behind: WriteBehind) -> None:
        self._folder = folder
        self._index = index
        self._shelf = shelf
        self._behind = behind
        # Held from the look for duplicates until the rows are in, so that two threads cannot seat one identity.
        self._one_at_a_time = threading.Lock()
        self._batches = count(1)
        self._strays: list[str] = []

    def seat(self, entries: Sequence[NewEntry]) -> list[Result]:
        """Seat passengers; see ``AbstractDatabase.seat``."""
        with self._one_at_a_time:
            self._remove_strays()
            batch = _Batch(f"{self._folder.seating}/{next(self._batches)}")
            try:
                with self._index.reading() as connection:
                    batch.identities, batch.internal_ids = _known(connection, entries)
                results = [self._seat_one(new, batch, len(entries)) for new in entries]
                if batch.written:
                    self._settle(batch)
            finally:
                if batch.sequence:
                    with suppress(OSError):
                        remove_tree(batch.path)
            return results

    def _seat_one(self, new: NewEntry, batch: _Batch, room: int) -> Result:
        internal_id = new.entry.internal_id
        identity = _identity(new)
        held_by = batch.identities.get(identity)
        if held_by is not None:
            return Duplicate(internal_id=held_by)
        if internal_id in batch.internal_ids:
            return Refused(internal_id=internal_id, reason="its internal id is taken")
        if not batch.sequence:
            self._begin(batch, room)
        path = f"{batch.path}/{entry_folder(internal_id)}"
        try:
            batch.add(identity, _write(new, batch.sequence, path, batch.encoder))
        except Unstorable as error:
            remove_tree(path)
            return Refused(internal_id=internal_id, reason=str(error))
        return Seated(internal_id=internal_id)

    def _begin(self, batch: _Batch, room: int) -> None:
        make_folder(self._folder.seating)
        make_folder(self._folder.queue)
        batch.sequence = _next_sequence(self._index, room)
        os.mkdir(batch.path)

    def _settle(self, batch: _Batch) -> None:
        moved: list[str] = []
        synced = self._behind.sync()
        try:
            for each in batch.written:
                name = entry_folder(each.entry.internal_id)
                os.rename(f"{batch.path}/{name}", f"{self._folder.queue}/{name}")
                moved.append(name)
            sync_folder(self._folder.queue)
            with self._index.lock:
                with self._index.writing() as connection:
                    rows = ((each.entry, each.mtime, each.size, 0) for each in batch.written)
                    index_rows.insert(connection, rows, words=self._index.has_words)
                    self._behind.settle(connection, synced)
                self._behind.settled(synced)
                for each in batch.written:
                    self._shelf.remember(Stored(entry=each.entry, files=NO_FILES))
        except BaseException:
            self._take_back(moved, batch)
            raise

    def _take_back(self, moved: Sequence[str], batch: _Batch) -> None:
        """Take folders out of the queue: without their rows they would come to light at the next start only."""
        for name in moved:
            try:
                os.rename(f"{self._folder.queue}/{name}", f"{batch.path}/{name}")
            except OSError:
                self._strays.append(name)

    def _remove_strays(self) -> None:
        """Remove folders that could not be taken back; until they are gone, their passengers cannot be seated anew."""
        while self._strays:
            path = f"{self._folder.seating}/stray"
            remove_tree(path)
            with suppress(FileNotFoundError):
                os.rename(f"{self._folder.queue}/{self._strays[-1]}", path)
            self._strays.pop()
            remove_tree(path)


def _known(connection: index_rows.Connection, entries: Sequence[NewEntry]) -> tuple[dict[bytes, str], set[str]]:
    """Return who of a batch is in the queue already: holders by identity, and internal ids that are taken."""
    held = index_rows.holders(connection, map(_identity, entries))
    taken = index_rows.find_many(connection, (new.entry.internal_id for new in entries))
    return held, set(taken)


def _identity(new: NewEntry) -> bytes:
    return index_rows.identity(new.entry.passenger_module, new.entry.seated_as)


def _next_sequence(index: Index, number: int) -> int:
    """Return the first of so many sequences that were never given before."""
    with index.writing() as connection:
        found = connection.execute("SELECT value FROM meta WHERE name = 'sequence'").fetchone()
        highest = connection.execute("SELECT max(sequence) FROM entry").fetchone()[0] or 0
        last = max(found[0] if found else 0, highest)
        connection.execute("INSERT OR REPLACE INTO meta VALUES ('sequence', ?)", (last + number,))
    return int(last) + 1


def _write(new: NewEntry, sequence: int, path: str, encoder: Encoder) -> _Written:
    """Write the folder of an entry, not synced."""
    os.mkdir(path)
    attachments = tuple(_write_attachments(new.attachments, path))
    entry = replace(new.entry, sequence=sequence, attachments=attachments, leased_by="", leased_until=None)
    stat = write_file(f"{path}/passenger.json", encoder.encode(entry, NO_FILES))
    return _Written(entry, stat.st_mtime_ns, stat.st_size)


def _write_attachments(attachments: Sequence[Attachment], path: str) -> list[StoredAttachment]:
    stored: list[StoredAttachment] = []
    if attachments:
        os.mkdir(f"{path}/attachments")
    names = set()
    for each in attachments:
        if each.name in names:
            raise Unstorable(f"it has two attachments named {each.name!r}")
        if each.stored_as is not None:
            raise Unstorable(f"attachment {each.name!r}: nothing is stored as {each.stored_as!r}")
        names.add(each.name)
        size = write_content(each, f"{path}/attachments/{safe_name(each.name)}")
        stored.append(StoredAttachment(name=each.name, format=each.format, size=size))
    return stored
