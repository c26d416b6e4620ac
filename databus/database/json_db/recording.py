"""Recording outcomes: durable in the index first, in the files when it is time."""

import threading
from collections.abc import Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass

from msgspec.structs import replace

from databus.database import steps
from databus.database.json_db import index_rows
from databus.database.json_db.changing import Change, discard, sync_change, write_changes
from databus.database.json_db.damage import Damage
from databus.database.json_db.index import Index
from databus.database.json_db.index_rows import Row
from databus.database.json_db.passenger_file import Encoder
from databus.database.json_db.shelf import Shelf
from databus.database.json_db.stored import NO_FILES, NO_MOVES, Stored
from databus.database.json_db.write_behind import WriteBehind
from databus.database.records import Entry
from databus.database.transitions import Transitions
from databus.errors import StoreError
from databus.pqueue.outcome import Outcome

_FEW = 8
"""So many new contents are synced one by one; for more of them a sync of the file system costs less."""


@dataclass(frozen=True, slots=True)
class _Recorded:
    """An entry before and after its outcomes."""

    version: int
    before: Stored
    after: Stored
    content: bytes
    at_once: bool


class Recording:
    """Records outcomes of entries of one client."""

    def __init__(self, index: Index, shelf: Shelf, damage: Damage, behind: WriteBehind) -> None:
        self._index = index
        self._shelf = shelf
        self._damage = damage
        self._behind = behind
        # Contents are written before the index is locked; two changes of one entry must not do so at once.
        self._changing = threading.Lock()

    def record(self, groups: Mapping[str, Sequence[Outcome]]) -> list[Outcome]:
        """Store outcomes by internal id; see ``AbstractDatabase.record``."""
        changing = {
            internal_id: group
            for internal_id, group in groups.items()
            if any(each.changes is not None and each.changes.attachments is not None for each in group)
        }
        with self._changing if changing else nullcontext():
            changes: dict[str, Change] = {}
            try:
                for internal_id, group in changing.items():
                    self._prepare(internal_id, group, changes)
                self._sync_contents(changes)
                return self._commit(groups, changes)
            except BaseException:
                for internal_id, change in changes.items():
                    discard(self._shelf.entry_path(internal_id), change)
                raise

    def _prepare(self, internal_id: str, group: Sequence[Outcome], changes: dict[str, Change]) -> None:
        """Write the new contents of an entry's attachments beside the old ones."""
        with self._index.lock:
            rows = index_rows.find_many(self._index.newest, [internal_id])
            found = self._current(internal_id, rows.get(internal_id))
            if found is not None and found[0].moves is not None:
                # An earlier change is not through; this one begins from where that ends.
                self._behind.note([(found[0].sequence, found[0].version)])
                self._behind.write([found[0].sequence])
                found = found[0], replace(found[1], moves=NO_MOVES)
        if found is None:
            return
        row, stored = found
        counting, _ = steps.sift(stored.entry, row.fence, group)
        lists = [each.changes.attachments for each in counting if each.changes is not None]
        wanted = [each for each in lists if each is not None]
        if wanted:
            changes[internal_id] = write_changes(self._shelf.entry_path(internal_id), stored, wanted, row.version)

    def _sync_contents(self, changes: Mapping[str, Change]) -> None:
        if sum(len(change.scratch) for change in changes.values()) > _FEW:
            self._behind.sync()
            return
        for internal_id, change in changes.items():
            sync_change(self._shelf.entry_path(internal_id), change)

    def _commit(self, groups: Mapping[str, Sequence[Outcome]], changes: Mapping[str, Change]) -> list[Outcome]:
        rejected: list[Outcome] = []
        recorded: list[_Recorded] = []
        after = _After()
        with self._index.lock:
            rows = index_rows.find_many(self._index.newest, groups)
            for internal_id, group in groups.items():
                found = self._current(internal_id, rows.get(internal_id))
                if found is None:
                    rejected += group
                    continue
                counting, refused = steps.sift(found[1].entry, found[0].fence, group)
                rejected += refused
                if counting:
                    recorded.append(after.of(*found, counting, changes.get(internal_id)))
            if recorded:
                self._store(recorded)
        for internal_id, change in changes.items():
            if not any(each.after.entry.internal_id == internal_id for each in recorded):
                discard(self._shelf.entry_path(internal_id), change)
        return rejected

    def _store(self, recorded: Sequence[_Recorded]) -> None:
        has_words = self._index.has_words
        renamed = [each for each in recorded if each.before.entry.external_id != each.after.entry.external_id]
        with self._index.writing(durable=True) as connection:
            for each in renamed if has_words else ():
                index_rows.forget_words(connection, each.after.entry.sequence)
            rows = ((each.before.entry, each.after.entry, each.content, each.after.moves) for each in recorded)
            index_rows.update(connection, rows)
            for each in renamed if has_words else ():
                index_rows.add_words(connection, each.after.entry)
        for each in recorded:
            self._shelf.remember(each.after)
        self._behind.note((each.after.entry.sequence, each.version) for each in recorded)
        self._write_files([each.after.entry for each in recorded if each.at_once])

    def _write_files(self, entries: Sequence[Entry]) -> None:
        # What is recorded is durable, whatever becomes of the files now: they are written again later.
        with suppress(OSError, StoreError):
            self._behind.write([entry.sequence for entry in entries])
        for entry in entries:
            self._shelf.forget(entry.internal_id)

    def _current(self, internal_id: str, row: Row | None) -> tuple[Row, Stored] | None:
        if row is None:
            return None
        stored = self._shelf.remembered(internal_id) or self._damage.take(row)
        return None if stored is None else (row, stored)


class _After:
    """Works out what outcomes make of the entries of one call."""

    def __init__(self) -> None:
        self._transitions = Transitions()
        self._encoder = Encoder()

    def of(self, row: Row, before: Stored, outcomes: Sequence[Outcome], change: Change | None) -> _Recorded:
        """Return an entry before and after its outcomes."""
        entry = self._transitions.apply(before.entry, outcomes)
        after = Stored(entry=entry, files=before.files, moves=before.moves)
        if change is not None:
            entry = replace(entry, attachments=change.attachments)
            after = Stored(entry=entry, files=NO_FILES, moves=change.moves)
        at_once = change is not None or any(outcome.fence is None for outcome in outcomes)
        return _Recorded(row.version + 1, before, after, self._encoder.encode(entry, after.files), at_once)
