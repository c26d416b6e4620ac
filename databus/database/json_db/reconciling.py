"""Making the index agree with the files, which may have changed while no Databus ran: the files are right."""

import os
import stat
import time
from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from databus.database.json_db import index_rows
from databus.database.json_db.client_folder import ClientFolder
from databus.database.json_db.damage import Damage
from databus.database.json_db.disk import remove_tree, replace_file
from databus.database.json_db.index import Index
from databus.database.json_db.index_rows import Row
from databus.database.json_db.passenger_file import Encoder, pulled_first
from databus.database.json_db.safe_names import is_encoded
from databus.database.json_db.shelf import Gone, Shelf
from databus.database.json_db.stored import Stored
from databus.database.json_db.trouble import Damaged
from databus.database.json_db.write_behind import WriteBehind
from databus.database.records import Entry

_BATCH = 500

_KNOWN = (
    "SELECT sequence, coalesce(folder, internal_id), mtime, size, pending IS NOT NULL FROM entry "
    "WHERE sequence > ? ORDER BY sequence LIMIT ?"
)


class Reconciling:
    """Brings the index of one client up to date when it is opened."""

    def __init__(self, folder: ClientFolder, index: Index, shelf: Shelf, damage: Damage, behind: WriteBehind) -> None:
        self._folder = folder
        self._index = index
        self._shelf = shelf
        self._damage = damage
        self._behind = behind

    def run(self, *, end_leases: bool) -> None:
        """Repair what a crash has left half done, and take over what other hands have changed.

        Args:
            end_leases: Whether whoever held a lease did so in a process that has ended.
        """
        remove_tree(self._folder.seating)
        remove_tree(self._folder.trash)
        with self._index.lock:
            if end_leases:
                with self._index.writing() as connection:
                    connection.execute("UPDATE entry SET lease = NULL, owner = x'' WHERE lease IS NOT NULL")
            known = self._compare_known()
            if known < sum(1 for _ in self._folders()):
                self._add_unknown()
        self._behind.write_all()
        self._behind.sync_and_settle()

    def _compare_known(self) -> int:
        """Look at every entry that the index knows; return how many are still there."""
        last, present = -1, 0
        while True:
            found = self._index.newest.execute(_KNOWN, (last, _BATCH)).fetchall()
            for sequence, name, mtime, size, pending in found:
                # This loop decides how long the start takes, so it asks no more than it must.
                now = _stat(f"{self._folder.queue}/{index_rows.text(name)}/passenger.json")
                is_same = now is not None and not pending and (now.st_mtime_ns, now.st_size) == (mtime, size)
                present += is_same or self._mend(sequence, now)
            if len(found) < _BATCH:
                return present
            last = found[-1][0]

    def _mend(self, sequence: int, now: os.stat_result | None) -> bool:
        """Put right an entry whose file is not as the index has it; return whether it is still there."""
        query = f"SELECT {index_rows.ROW} FROM entry WHERE sequence = ?"  # noqa: S608 - names of our own
        row = Row(*self._index.newest.execute(query, (sequence,)).fetchone())
        if row.pending is None:
            return self._read_again(row, now)
        if os.path.isdir(self._shelf.path(row)):
            self._behind.note([(row.sequence, row.version)])
            return True
        self._damage.drop(row)
        return False

    def _read_again(self, row: Row, now: os.stat_result | None) -> bool:
        stored = self._damage.take(row)
        if stored is not None and now is not None:
            with self._index.writing() as connection:
                if self._index.has_words:
                    index_rows.forget_words(connection, row.sequence)
                index_rows.reread(connection, stored.entry, now.st_mtime_ns, now.st_size)
                if self._index.has_words:
                    index_rows.add_words(connection, stored.entry)
        return stored is not None

    # -- folders that the index does not know -------------------------------------------------------------------------

    def _add_unknown(self) -> None:
        unnumbered: list[tuple[tuple[object, ...], str]] = []
        batch: dict[int, Stored] = {}
        for name in self._unknown():
            stored = self._load(name)
            if stored is None:
                continue
            sequence = stored.entry.sequence
            if not sequence or sequence in batch or self._is_given(sequence):
                unnumbered.append((pulled_first(stored.entry), name))
                continue
            batch[sequence] = stored
            if len(batch) >= _BATCH:
                self._insert(batch.values())
                batch = {}
        self._insert(batch.values())
        self._number([name for _, name in sorted(unnumbered, key=lambda each: each[0])])

    def _folders(self) -> Iterator[str]:
        try:
            folders = os.scandir(self._folder.queue)
        except FileNotFoundError:
            return
        with folders:
            for each in folders:
                if not each.name.startswith(".") and each.is_dir(follow_symlinks=False):
                    yield each.name

    def _unknown(self) -> Iterator[str]:
        return (name for name in self._folders() if not self._knows(name))

    def _knows(self, name: str) -> bool:
        query = "SELECT 1 FROM entry WHERE internal_folded = ? AND internal_id = ?"
        key: tuple[bytes, ...] = (index_rows.folded(name), index_rows.blob(name))
        if is_encoded(name):
            query, key = "SELECT 1 FROM entry WHERE folder = ?", key[1:]
        return self._index.newest.execute(query, key).fetchone() is not None

    def _load(self, name: str) -> Stored | None:
        try:
            return self._shelf.load_folder(name)
        except Gone:
            return None
        except Damaged as damage:
            self._damage.move_away(name, str(damage))
            return None

    def _is_given(self, sequence: int) -> bool:
        found = self._index.newest.execute("SELECT 1 FROM entry WHERE sequence = ?", (sequence,)).fetchone()
        return found is not None

    def _number(self, names: list[str]) -> None:
        """Add entries that have no sequence of their own, such as those of Databus 8."""
        last = self._index.newest.execute("SELECT max(sequence) FROM entry").fetchone()[0] or 0
        noted = self._index.newest.execute("SELECT value FROM meta WHERE name = 'sequence'").fetchone()
        last = max(last, noted[0] if noted else 0)
        for start in range(0, len(names), _BATCH):
            batch: list[Stored] = []
            for name in names[start : start + _BATCH]:
                stored = self._load(name)
                if stored is not None:
                    last += 1
                    batch.append(replace(stored, entry=replace(stored.entry, sequence=last)))
            self._insert(batch)

    def _insert(self, found: Iterable[Stored]) -> None:
        # Higher than any fence that was given before the index was lost.
        fence = time.time_ns() // 1000
        rows: list[tuple[Entry, int, int, int]] = []
        for stored in self._told_apart(list(found)):
            now = _stat(f"{self._shelf.entry_path(stored.entry.internal_id)}/passenger.json")
            if now is not None and stat.S_ISREG(now.st_mode):
                rows.append((stored.entry, now.st_mtime_ns, now.st_size, fence))
        with self._index.writing() as connection:
            index_rows.insert(connection, rows, words=self._index.has_words)

    def _told_apart(self, found: list[Stored]) -> Iterator[Stored]:
        """Give each of several entries of one identity, which Databus 8 seated twice, one of its own but the first."""
        identities = [index_rows.identity(each.entry.passenger_module, each.entry.seated_as) for each in found]
        with self._index.reading() as connection:
            held = set(index_rows.holders(connection, identities))
        for stored, identity in zip(found, identities, strict=True):
            yield self._renamed(stored) if identity in held else stored
            held.add(identity)

    def _renamed(self, stored: Stored) -> Stored:
        entry = stored.entry
        source, external_id = entry.seated_as
        entry = replace(entry, seated_as=(source, f"{external_id} ({entry.internal_id})"))
        path = f"{self._shelf.entry_path(entry.internal_id)}/passenger.json"
        replace_file(path, Encoder().encode(entry, stored.files), durable=True)
        return replace(stored, entry=entry)


def _stat(path: str) -> os.stat_result | None:
    try:
        return os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
