"""What both sides have of one client, and what is to be done: a scratch file, because it may not fit into memory."""

import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import TracebackType
from typing import Any, NamedTuple, Self

from msgspec import msgpack

from databus.database.export.canonical import entry_digests
from databus.database.records import Entry

_SCHEMA = """
    PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -16000;
    CREATE TABLE source (
        place INTEGER PRIMARY KEY, id BLOB UNIQUE, identity BLOB, record BLOB, fixed BLOB, contents BLOB
    );
    CREATE TABLE target (place INTEGER PRIMARY KEY, id BLOB UNIQUE, identity BLOB, record BLOB, fixed BLOB);
    CREATE TABLE ledger (key BLOB, record BLOB, PRIMARY KEY (key, record)) WITHOUT ROWID;
    CREATE TABLE checked (id BLOB PRIMARY KEY, record BLOB, contents BLOB) WITHOUT ROWID;
    CREATE TABLE bad (id BLOB PRIMARY KEY, reason TEXT) WITHOUT ROWID;
    CREATE TABLE log (created TEXT, guid BLOB, lines INT, sha BLOB, PRIMARY KEY (created, guid)) WITHOUT ROWID;
    CREATE TABLE conflict (id BLOB, reason TEXT);
    CREATE TABLE skipped (id BLOB PRIMARY KEY) WITHOUT ROWID;
    CREATE TABLE forced (id BLOB PRIMARY KEY) WITHOUT ROWID;
"""

_WANTED = "source.id NOT IN (SELECT id FROM skipped)"
_DIFFERS = "(target.record <> source.record OR source.id IN (SELECT id FROM bad))"
_OURS = "EXISTS (SELECT 1 FROM ledger WHERE ledger.key = entry_key(target.id) AND ledger.record = target.record)"
_BOTH = "source JOIN target ON target.id = source.id"
# What is the same on both sides but for what changes holds no other entry's identity. The rest is little, mostly.
_CLASH = """target CROSS JOIN source ON source.identity = target.identity AND source.id <> target.id AND (
    target.id NOT IN (SELECT id FROM source)
    OR EXISTS (SELECT 1 FROM source AS same WHERE same.id = target.id AND same.fixed <> target.fixed)
)"""
_FORCED = "source.id IN (SELECT id FROM forced)"

UNREAD = b""
"""The record of an entry that was not read yet."""

_BEHIND_ALL = 1 << 62


class PlanRow(NamedTuple):
    """An entry as the plan knows it.

    Attributes:
        id: Its internal id.
        identity: Under which it was seated.
        record, fixed: Digests of all of it, and of what never changes.
    """

    id: bytes
    identity: bytes
    record: bytes
    fixed: bytes


Content = tuple[bytes, int, bytes]
"""Name (as a blob), size and digest of an attachment's content."""

Noted = tuple[PlanRow, bytes]
"""An entry with the digests of its contents, see ``packed``."""


class Work(NamedTuple):
    """An entry that is to be written.

    Attributes:
        id: Its internal id.
        record: The digest that it will have; ``UNREAD`` where it is not known yet.
    """

    id: bytes
    record: bytes


class Plan:
    """Entries of source and target by internal id, with digests. The newest entry has place 1."""

    def __init__(self) -> None:
        self._sql = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        try:
            self._sql.create_function("entry_key", 1, _entry_key, deterministic=True)
            self._sql.executescript(_SCHEMA)
        except BaseException:
            self._sql.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._sql.close()

    # -- what is there ------------------------------------------------------------------------------------------------

    def clear(self, side: str) -> None:
        """Forget what a side (``source`` or ``target``) had."""
        self._sql.execute(f"DELETE FROM {side}")  # noqa: S608 - one of two words

    def add(self, side: str, rows: Iterable[PlanRow]) -> None:
        """Note what a side has, newest first."""
        statement = f"INSERT OR IGNORE INTO {side} (id, identity, record, fixed) VALUES (?, ?, ?, ?)"  # noqa: S608 - one of two words
        self._many(statement, rows)

    def add_unread(self, internal_ids: Iterable[str]) -> None:
        """Note entries of the source, newest first, of which nothing but their ids is known yet."""
        self.add("source", (PlanRow(blob(each), UNREAD, UNREAD, UNREAD) for each in internal_ids))

    def update(self, rows: Iterable[tuple[PlanRow, bytes | None]]) -> None:
        """Note what entries of the source are when they are read for the target, and the digests of their contents."""
        values = ((row.identity, row.record, row.fixed, contents, row.id) for row, contents in rows)
        self._many("UPDATE source SET identity = ?, record = ?, fixed = ?, contents = ? WHERE id = ?", values)

    def has_all(self, rows: Sequence[PlanRow]) -> bool:
        """Whether these entries of the source are noted as they are, few enough for one statement."""
        query = f"SELECT id, record FROM source WHERE id IN ({_marks(rows)})"  # noqa: S608 - marks only
        return {(row.id, row.record) for row in rows} <= set(self._sql.execute(query, [row.id for row in rows]))

    def count(self, side: str) -> int:
        """Return how many entries a side has."""
        return self._number(f"SELECT count(*) FROM {side}")  # noqa: S608 - one of two words

    def note_ledger(self, rows: Iterable[tuple[bytes, bytes]]) -> None:
        """Note which records of which entries were exported before."""
        self._many("INSERT OR IGNORE INTO ledger VALUES (?, ?)", rows)

    def verified_records(self) -> Iterator[tuple[bytes, bytes]]:
        """Yield what the ledger must know of entries that are the same on both sides: key and record."""
        for internal_id, record in self._sql.execute(f"SELECT id, record FROM source WHERE {_WANTED}"):  # noqa: S608 - texts of our own
            yield _entry_key(internal_id), record

    def is_ours(self, key: bytes, record: bytes) -> bool:
        """Whether this record was exported before."""
        query = "SELECT 1 FROM ledger WHERE key = ? AND record = ?"
        return self._sql.execute(query, (key, record)).fetchone() is not None

    def not_ours(self, rows: Sequence[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        """Return those of the records, few enough for one statement, that were never exported before."""
        query = f"SELECT key, record FROM ledger WHERE key IN ({_marks(rows)})"  # noqa: S608 - marks only
        ours = set(self._sql.execute(query, [key for key, _ in rows]))
        return [row for row in rows if row not in ours]

    def ledger_size(self) -> int:
        """Return how many records were exported before."""
        return self._number("SELECT count(*) FROM ledger")

    # -- what is to be done -------------------------------------------------------------------------------------------

    def has_work(self) -> bool:
        """Whether anything is missing, changed or in the way."""
        return bool(self.in_the_way()) or any(next(found, None) for found in (self.missing(1), self.changed(1)))

    def missing(self, limit: int) -> Iterator[list[Work]]:
        """Yield what the target does not have, oldest first, so many at a time."""
        yield from self._works("source", "id NOT IN (SELECT id FROM target)", limit)

    def changed(self, limit: int) -> Iterator[list[Work]]:
        """Yield what the target has as it was exported before, or shall no longer have as it is."""
        yield from self._works(_BOTH, _DIFFERS, limit)

    def _works(self, tables: str, condition: str, limit: int) -> Iterator[list[Work]]:
        # Each time from where it was: what is being done changes the tables.
        query = (
            f"SELECT source.place, source.id, source.record FROM {tables} WHERE {_WANTED} "  # noqa: S608 - texts of our own
            f"AND {condition} AND source.place < ? ORDER BY source.place DESC LIMIT ?"
        )
        place = _BEHIND_ALL
        while found := self._sql.execute(query, (place, limit)).fetchall():
            yield [Work(internal_id, record) for _, internal_id, record in found]
            place = found[-1][0]

    def in_the_way(self, limit: int = 1) -> list[str]:
        """Return internal ids of some of the target's entries that an entry of the source cannot stand beside.

        Either they hold its identity, or they are of another passenger though they have its internal id.
        """
        query = (
            f"SELECT target.id FROM {_CLASH} WHERE {_WANTED} UNION SELECT target.id FROM {_BOTH} "  # noqa: S608 - texts of our own
            f"WHERE {_WANTED} AND target.fixed <> source.fixed LIMIT ?"
        )
        return [text(found[0]) for found in self._sql.execute(query, (limit,))]

    def conflicts(self) -> Iterator[tuple[str, str]]:
        """Yield internal ids of the source's entries that the target has otherwise, not by an export, and why so."""
        differing = (
            f"SELECT source.id, coalesce((SELECT reason FROM bad WHERE bad.id = source.id), 'it was changed there') "  # noqa: S608 - texts of our own
            f"FROM {_BOTH} WHERE {_WANTED} AND {_DIFFERS} AND NOT {_FORCED} "
            f"AND (source.id IN (SELECT id FROM bad) OR NOT {_OURS})"
        )
        clashing = (
            "SELECT source.id, 'another entry there holds its identity' "  # noqa: S608 - texts of our own
            f"FROM {_CLASH} WHERE {_WANTED} AND NOT {_FORCED} AND NOT {_OURS}"
        )
        self._sql.execute("DELETE FROM conflict")
        self._sql.execute(f"INSERT INTO conflict {differing} UNION ALL {clashing}")
        for internal_id, reason in self._sql.execute("SELECT * FROM conflict"):
            yield text(internal_id), reason

    def out_of_order(self) -> int:
        """Return how many entries stand in the target before one that stands before them in the source."""
        query = f"SELECT target.place FROM {_BOTH} ORDER BY source.place"  # noqa: S608 - texts of our own
        found, last = 0, 0
        for (place,) in self._sql.execute(query):
            found += place < last
            last = max(last, place)
        return found

    def unchecked(self) -> int:
        """Return how many entries of the source were not found to be the same in the target."""
        return self._number(
            f"SELECT count(*) FROM source WHERE {_WANTED} AND NOT EXISTS "  # noqa: S608 - texts of our own
            "(SELECT 1 FROM checked WHERE checked.id = source.id AND checked.record = source.record)"
        )

    def extra(self) -> int:
        """Return how many entries only the target has."""
        return self._number("SELECT count(*) FROM target WHERE id NOT IN (SELECT id FROM source)")

    def forget_target(self, internal_ids: Iterable[str]) -> None:
        """Note that the target has these entries no more."""
        self._many("DELETE FROM target WHERE id = ?", ((blob(each),) for each in internal_ids))

    def skip(self, internal_id: str) -> None:
        """Leave an entry of the target as it is."""
        self._sql.execute("INSERT OR IGNORE INTO skipped VALUES (?)", (blob(internal_id),))

    def force(self, internal_id: str) -> None:
        """Let the source's entry take the place of whatever the target has."""
        self._sql.execute("INSERT OR IGNORE INTO forced VALUES (?)", (blob(internal_id),))

    # -- contents -----------------------------------------------------------------------------------------------------

    def note_passed(self, contents: Iterable[tuple[str, bytes | None]]) -> None:
        """Note the digests of what was read of the source's contents, by internal id; None where they change."""
        values = ((digests, blob(internal_id)) for internal_id, digests in contents)
        self._many("UPDATE source SET contents = ? WHERE id = ?", values)

    def checked(self, internal_ids: Sequence[str]) -> set[str]:
        """Return those of the entries whose contents were compared since this export began."""
        query = f"SELECT id FROM checked WHERE id IN ({_marks(internal_ids)})"  # noqa: S608 - marks only
        return {text(found) for (found,) in self._sql.execute(query, [blob(each) for each in internal_ids])}

    def to_verify(self, rows: Sequence[PlanRow]) -> dict[bytes, bytes | None]:
        """Return which of the target's entries have the source's record, and contents that were not compared yet.

        With each goes what was noted of the source's contents, None where they were not read.
        """
        query = (
            f"SELECT id, record, contents FROM source WHERE id IN ({_marks(rows)}) AND {_WANTED} AND NOT EXISTS "  # noqa: S608 - texts of our own
            "(SELECT 1 FROM checked WHERE checked.id = source.id AND checked.record = source.record)"
        )
        records = {row.id: row.record for row in rows}
        found = self._sql.execute(query, list(records))
        return {internal_id: contents for internal_id, record, contents in found if records[internal_id] == record}

    def note_verified(self, verified: Sequence[Noted]) -> None:
        """Note the contents of entries that are the same on both sides."""
        if self._number("SELECT EXISTS (SELECT 1 FROM bad)"):
            self._many("DELETE FROM bad WHERE id = ?", ((row.id,) for row, _ in verified))
        rows = ((row.id, row.record, contents) for row, contents in verified)
        self._many("INSERT OR REPLACE INTO checked VALUES (?, ?, ?)", rows)

    def verified(self) -> Iterator[tuple[str, bytes, list[Content]]]:
        """Yield what is the same on both sides, oldest first: internal id, record and contents of each entry."""
        query = (
            "SELECT source.id, source.record, checked.contents FROM source JOIN checked ON checked.id = source.id "  # noqa: S608 - texts of our own
            f"WHERE {_WANTED} ORDER BY place DESC"
        )
        for internal_id, record, contents in self._sql.execute(query):
            yield text(internal_id), record, unpacked(contents)

    def note_bad(self, row: PlanRow, reason: str) -> None:
        """Note that an entry has a content that is not the source's though its record is."""
        self._sql.execute("INSERT OR REPLACE INTO bad VALUES (?, ?)", (row.id, reason))

    def forget_logs(self) -> None:
        """Forget which logs are the same."""
        self._sql.execute("DELETE FROM log")

    def note_log(self, created: str, guid: str, lines: int, sha: bytes) -> None:
        """Note a log that is the same on both sides."""
        self._sql.execute("INSERT OR REPLACE INTO log VALUES (?, ?, ?, ?)", (created, blob(guid), lines, sha))

    def logs(self) -> Iterator[tuple[str, str, int, bytes]]:
        """Yield the logs that are the same on both sides, oldest first: time, guid, number of lines, digest."""
        for created, guid, lines, sha in self._sql.execute("SELECT * FROM log ORDER BY created, guid"):
            yield created, text(guid), lines, sha

    # -- SQLite -------------------------------------------------------------------------------------------------------

    def _many(self, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
        self._sql.execute("BEGIN")
        self._sql.executemany(statement, rows)
        self._sql.execute("COMMIT")

    def _number(self, query: str, *values: object) -> int:
        number: int = self._sql.execute(query, values).fetchone()[0]
        return number


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))


def blob(value: str) -> bytes:
    """Return a text as it is compared: character by character, whatever is in it."""
    return value.encode(errors="surrogatepass")


def text(value: bytes) -> str:
    """Return the text of a blob."""
    return value.decode(errors="surrogatepass")


def ledger_key(kind: str, name: str) -> bytes:
    """Return what names an entry (by internal id) or a document in the ledger."""
    return hashlib.sha256(blob(f"{kind}\n{name}")).digest()


_entry_key_of = hashlib.sha256(b"entry\n")


def _entry_key(internal_id: bytes) -> bytes:
    """Return ``ledger_key`` of an entry."""
    hashed = _entry_key_of.copy()
    hashed.update(internal_id)
    return hashed.digest()


def ledger_rows(rows: Iterable[PlanRow | Work]) -> list[tuple[bytes, bytes]]:
    """Return what the ledger says of entries."""
    return [(_entry_key(row.id), row.record) for row in rows]


_CONTENTS = msgpack.Decoder(list[Content])

packed: Callable[[Sequence[Content]], bytes] = msgpack.Encoder().encode
"""Returns contents as they are noted: the same for the same ones."""

NO_CONTENTS = packed([])

unpacked: Callable[[bytes], list[Content]] = _CONTENTS.decode


def plan_row(entry: Entry) -> PlanRow:
    """Return what the plan notes of an entry."""
    identity = blob(repr((entry.passenger_module, entry.seated_as)))
    return PlanRow(blob(entry.internal_id), identity, *entry_digests(entry))
