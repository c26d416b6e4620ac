"""Recording outcomes: steps, entry and attachments change together, under the entry's newest fence."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace
from sqlalchemy import Connection, delete, select, update

from databus.database import steps
from databus.database.records import Entry
from databus.database.sql_db import entry_rows, tally
from databus.database.sql_db.attachment_changes import AttachmentChanges, NewContents
from databus.database.sql_db.bulk import Bulk, Change, Write
from databus.database.sql_db.changes import Case, Changes, cases_of, step_changes
from databus.database.sql_db.entry_reading import EntryReader
from databus.database.sql_db.entry_rows import batched
from databus.database.sql_db.failures import Failures
from databus.database.sql_db.locking import locked
from databus.database.sql_db.searching import Search
from databus.database.sql_db.shelf import Held, Shelf
from databus.database.sql_db.tables import Tables
from databus.database.sql_db.transactions import Transactions
from databus.database.transitions import Transitions
from databus.pqueue.outcome import Outcome

Key = tuple[str, str]
"""Client and internal id."""


@dataclass(slots=True)
class _Result:
    """What a transaction did."""

    rejected: list[Outcome] = field(default_factory=list)
    changed: list[tuple[Held, Entry]] = field(default_factory=list)
    others: list[int] = field(default_factory=list)
    """Ids of entries that changed without the drive that has them in memory elsewhere."""
    read: set[int] = field(default_factory=set)
    """Ids of entries that this process did not know as they are."""


class Recording:
    """Stores what steps did."""

    def __init__(
        self,
        tables: Tables,
        transactions: Transactions,
        bulk: Bulk,
        reader: EntryReader,
        shelf: Shelf,
        counts: tally.Tally,
        search: Search,
        failures: Failures,
    ) -> None:
        self._tables = tables
        self._steps = entry_rows.step_tables(tables)
        self._transactions = transactions
        self._bulk = bulk
        self._reader = reader
        self._shelf = shelf
        self._tally = counts
        self._search = search
        self._failures = failures
        self._attachments = AttachmentChanges(tables, bulk)

    def record(self, outcomes: Sequence[Outcome]) -> list[Outcome]:
        """Store outcomes; see ``AbstractDatabase.record``."""
        groups = steps.group_by_entry(outcomes)
        with NewContents(outcomes) as contents:
            result = self._transactions.write(
                lambda connection: self._record(connection, groups, contents),
                repeatable=False,
                undo=lambda: self._forget(groups),
            )
        if not self._shelf.alone:
            self._remember(result)
        return result.rejected

    def _forget(self, keys: Iterable[Key]) -> None:
        self._shelf.forget(*(held.entry.sequence for held in self._shelf.of_keys(keys).values()))

    def _record(
        self, connection: Connection, groups: Mapping[Key, Sequence[Outcome]], contents: NewContents
    ) -> _Result:
        result = _Result()
        transitions = Transitions()
        # What is true as it is held only as long as nobody else writes is remembered before anybody else does. Where
        # others write, it is taken out until what becomes of it is stored: of two threads, the second one reads it.
        found = self._shelf.of_keys(groups) if self._shelf.alone else self._shelf.taken(groups)
        if not self._shelf.alone or len(found) < len(groups):
            found, result.read = self._current(connection, groups, found)
        fences = {outcome.fence for group in groups.values() for outcome in group}
        for key, group in groups.items():
            current = found.get(key)
            if current is None:
                result.rejected += group
                continue
            counting, refused = steps.sift(current.entry, current.fence, group)
            result.rejected += refused
            if counting:
                after = transitions.apply(current.entry, counting)
                if contents.changed:
                    attachments = self._attachments.apply(connection, after, counting, contents)
                    after = replace(after, attachments=attachments)
                result.changed.append((current, after))
                by_operator = None in fences and any(outcome.fence is None for outcome in counting)
                if by_operator or after.sequence in result.read:
                    result.others.append(after.sequence)
        self._store(connection, result, transitions)
        if self._shelf.alone:
            self._remember(result)
        return result

    # -- what is stored -----------------------------------------------------------------------------------------------

    def _current(
        self, connection: Connection, groups: Mapping[Key, Sequence[Outcome]], held: Mapping[Key, Held]
    ) -> tuple[dict[Key, Held], set[int]]:
        """Return entries as they are in this transaction, and the ids of those that had to be read."""
        ids = {key: found.entry.sequence for key, found in held.items()}
        if len(held) < len(groups):
            ids.update(self._ids(connection, [key for key in groups if key not in held]))
        if self._shelf.alone:
            leases = {found.entry.sequence: (found.fence, found.version) for found in held.values()}
            wanted = [queue_id for queue_id in ids.values() if queue_id not in leases]
        else:
            leases, wanted = {}, sorted(ids.values())
        leases |= self._locked_leases(connection, wanted)
        if len(leases) < len(ids):
            replaced = self._replaced(connection, [key for key in held if ids[key] not in leases], groups)
            ids.update(replaced)
            leases |= self._locked_leases(connection, sorted(replaced.values()))
        current: dict[Key, Held] = {}
        unknown: dict[int, Key] = {}
        for key, queue_id in ids.items():
            if queue_id not in leases:
                continue
            fence, version = leases[queue_id]
            if key in held and _is_as_held(held[key], queue_id, fence, version):
                current[key] = held[key]
            else:
                unknown[queue_id] = key
        for queue_id, read in self._reader.by_ids(connection, list(unknown)).items():
            bare = replace(read.entry, leased_by="", leased_until=None)
            current[unknown[queue_id]] = Held(bare, read.version, read.fence)
        return current, set(unknown)

    def _replaced(
        self, connection: Connection, gone: Sequence[Key], groups: Mapping[Key, Sequence[Outcome]]
    ) -> dict[Key, int]:
        """Return the ids of entries that another process has purged and seated anew, by keys of entries that are gone.

        Those of operators only, who mean whatever has the internal id: a claim was one of the entry that is gone, and
        the fences of the new one begin anew.
        """
        keys = [key for key in gone if any(outcome.fence is None for outcome in groups[key])]
        return self._ids(connection, keys)

    def _ids(self, connection: Connection, keys: Sequence[Key]) -> dict[Key, int]:
        queue = self._tables.queue
        wanted = set(keys)
        found: dict[Key, int] = {}
        for batch in batched(keys):
            query = select(queue.c.id, queue.c.client_id, queue.c.internal_id, queue.c.full_names).where(
                entry_rows.has_internal_ids(queue, [internal_id for _, internal_id in batch])
            )
            for row in connection.execute(query):
                key = entry_rows.full_name(row, "client_id"), entry_rows.full_name(row, "internal_id")
                if key in wanted:
                    found[key] = row.id
        return found

    def _locked_leases(self, connection: Connection, ids: Sequence[int]) -> dict[int, tuple[int, int]]:
        """Return fence and version of the entries that exist; nobody else claims or changes them meanwhile."""
        lease = self._tables.queue_lease
        found: dict[int, tuple[int, int]] = {}
        for batch in batched(ids):
            query = select(lease.c.queue_id, lease.c.fence, lease.c.version).where(
                self._bulk.among(lease.c.queue_id, batch)
            )
            # In one order everywhere, so that two who want the same rows do not wait for each other in a circle.
            rows = connection.execute(locked(query.order_by(lease.c.queue_id), lease))
            found.update({queue_id: (fence, version) for queue_id, fence, version in rows})
        return found

    # -- what becomes of it -------------------------------------------------------------------------------------------

    def _store(self, connection: Connection, result: _Result, transitions: Transitions) -> None:
        pairs = [(current.entry, after) for current, after in result.changed]
        cases = cases_of(pairs)
        rows, others = step_changes(cases)
        of_steps = [Change(self._steps[kind], columns, ("queue_id", "position")) for kind, columns in rows]
        self._bulk.write(connection, [*of_steps, *self._entries_changed(cases, transitions)])
        if others:
            rewritten = set(others)
            self._rewrite_steps(connection, [after for _, after in pairs if after.sequence in rewritten])
        self._search.change(connection, pairs)
        self._failures.change(connection, cases)
        lease = self._tables.queue_lease
        for batch in batched(result.others):
            chosen = self._bulk.among(lease.c.queue_id, batch)
            connection.execute(update(lease).where(chosen).values(version=lease.c.version + 1))

    def _rewrite_steps(self, connection: Connection, entries: Sequence[Entry]) -> None:
        """Store steps that are other ones than before: an export has restored them."""
        for batch in batched(entries):
            for table in self._steps.values():
                chosen = self._bulk.among(table.c.queue_id, [entry.sequence for entry in batch])
                connection.execute(delete(table).where(chosen))
            for kind, columns in entry_rows.step_columns(batch):
                self._bulk.insert(connection, self._steps[kind], columns)

    def _entries_changed(self, cases: Sequence[Case], transitions: Transitions) -> list[Write]:
        changes = Changes()
        moved: Counter[tally.Key] = Counter()
        for before, after, ids in cases:
            changed = entry_rows.changed_values(before, after, transitions)
            if "state" in changed:
                moved[tally.key(before, changed.pop("was"))] -= len(ids)
                moved[tally.key(after, changed["state"])] += len(ids)
            if changed:
                changes.add(ids, changed)
        changed_rows = [Change(self._tables.queue, columns, ("id",)) for columns in changes.rows("id")]
        return [*changed_rows, *self._tally.added(moved)]

    def _remember(self, result: _Result) -> None:
        others = set(result.others)
        left = [each for each in result.changed if each[1].completed_on is None and each[1].sequence not in result.read]
        self._shelf.forget(*(after.sequence for _, after in result.changed if after.completed_on is not None))
        self._shelf.remember(
            *[Held(after, current.version + (after.sequence in others), current.fence) for current, after in left]
        )


def _is_as_held(held: Held, queue_id: int, fence: int, version: int) -> bool:
    """Whether an entry is that which is held, and as it is held."""
    return (held.entry.sequence, held.fence, held.version) == (queue_id, fence, version)
