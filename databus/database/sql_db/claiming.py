"""Claiming: due entries are leased by each server's own means, so that no two drives get one of them.

The statements are built once: that takes SQLAlchemy longer than SQLite needs to find that nothing is due.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache, partial
from typing import Any

from msgspec.structs import replace
from sqlalchemy import BindParameter, ColumnElement, Connection, Select, and_, bindparam, or_, select, true, update
from sqlalchemy.sql.dml import ReturningUpdate

from databus.database.records import Claim, Route
from databus.database.sql_db.bulk import Bulk, is_range
from databus.database.sql_db.entry_reading import EntryReader
from databus.database.sql_db.entry_rows import batched
from databus.database.sql_db.locking import locked_if_free
from databus.database.sql_db.shelf import Held, Shelf
from databus.database.sql_db.tables import Tables
from databus.database.sql_db.transactions import Transactions

_LIMITS = 16
"""So many limits have statements of their own: SQL Server takes none as a parameter in the form that is fastest."""


class Claiming:
    """Leases entries to drives."""

    def __init__(
        self, tables: Tables, transactions: Transactions, bulk: Bulk, reader: EntryReader, shelf: Shelf
    ) -> None:
        self._transactions = transactions
        self._bulk = bulk
        self._reader = reader
        self._shelf = shelf
        self._lease = lease = tables.queue_lease
        self._columns = (lease.c.queue_id, lease.c.fence, lease.c.version)
        self._finding_due = lru_cache(_LIMITS)(partial(_finding_due, tables))
        self._leasing_due = lru_cache(_LIMITS)(self._make_leasing_due)
        # No parameter may have a column's name, which an update would then set.
        leasing = update(lease).values(owner=bindparam("by"), until=bindparam("to"))
        self._leasing = leasing.values(fence=lease.c.fence + 1)
        self._renewing = leasing.where(_is_held(tables))
        self._renewing_range = self._renewing.where(lease.c.queue_id.between(bindparam("first"), bindparam("last")))
        self._held = select(lease.c.queue_id).where(_is_held(tables))

    def _make_leasing_due(self, limit: int) -> ReturningUpdate[Any]:
        is_due = self._lease.c.queue_id.in_(select(self._finding_due(limit).cte("due").c.id))
        return self._leasing.where(is_due).returning(*self._columns)

    def claim(
        self, route: Route, *, after: int, limit: int, owner: str, lease: timedelta, now: datetime
    ) -> list[Claim]:
        """Lease due entries; see ``AbstractDatabase.claim``."""
        due = {"client": route.client_id, "module": route.passenger_module, "after": after, "now": now}
        values = {"by": owner, "to": now + lease}
        leased: list[int] = []
        # Doing it twice only makes the entries of the first time wait until their lease ends.
        return self._transactions.write(
            lambda connection: self._claim(connection, limit, due, values, leased),
            repeatable=True,
            durable=False,
            undo=lambda: self._forget(leased),
        )

    def _forget(self, ids: list[int]) -> None:
        self._shelf.forget(*ids)
        ids.clear()

    def _claim(
        self, connection: Connection, limit: int, due: Mapping[str, Any], values: Mapping[str, Any], ids: list[int]
    ) -> list[Claim]:
        leased = self._lease_due(connection, limit, due, values)
        ids += [queue_id for queue_id, _, _ in leased]
        # With another fence, somebody else has claimed the entry since, and may have recorded what was done.
        known = {
            queue_id: held.entry
            for queue_id, fence, version in leased
            if (held := self._shelf.of_id(queue_id)) is not None and (held.fence + 1, held.version) == (fence, version)
        }
        unknown = [queue_id for queue_id, _, _ in leased if queue_id not in known]
        for queue_id, read in self._reader.by_ids(connection, unknown).items():
            known[queue_id] = replace(read.entry, leased_by="", leased_until=None)
        owner, until = values["by"], values["to"]
        self._shelf.remember(*[Held(known[queue_id], version, fence) for queue_id, fence, version in leased])
        return [
            Claim(entry=replace(known[queue_id], leased_by=owner, leased_until=until), owner=owner, fence=fence)
            for queue_id, fence, _ in leased
        ]

    def _lease_due(
        self, connection: Connection, limit: int, due: Mapping[str, Any], values: Mapping[str, Any]
    ) -> list[tuple[int, int, int]]:
        """Lease entries; return their ids with fence and version, in the order of seating."""
        if connection.dialect.update_returning:
            return sorted(map(tuple, connection.execute(self._leasing_due(limit), {**due, **values})))
        # MariaDB returns nothing from an UPDATE, and takes no LIMIT in a subquery. The rows are locked in between.
        ids = list(connection.execute(self._finding_due(limit), due).scalars())
        found: list[tuple[int, int, int]] = []
        for batch in batched(ids):
            chosen = self._bulk.among(self._lease.c.queue_id, batch)
            connection.execute(self._leasing.where(chosen), values)
            found += map(tuple, connection.execute(select(*self._columns).where(chosen)))
        return sorted(found)

    def renew(self, claims: Sequence[Claim], *, lease: timedelta, now: datetime) -> list[Claim]:
        """Let claims hold on, or give them back; see ``AbstractDatabase.renew``."""
        until = now + lease if lease else None
        return self._transactions.write(
            lambda connection: self._renew(connection, claims, until), repeatable=True, durable=False
        )

    def _renew(self, connection: Connection, claims: Sequence[Claim], until: datetime | None) -> list[Claim]:
        groups: dict[tuple[str, str, int], list[Claim]] = {}
        for claim in claims:
            groups.setdefault((claim.entry.client_id, claim.owner, claim.fence), []).append(claim)
        lost: list[Claim] = []
        for group in groups.values():
            for batch in batched(group):
                lost += self._renew_alike(connection, batch, until)
        return lost

    def _renew_alike(self, connection: Connection, claims: Sequence[Claim], until: datetime | None) -> list[Claim]:
        """Renew claims of one client, owner and fence; return the lost ones.

        The fence is looked at by the statement that writes. Only where it finds fewer than it should is it asked which.
        """
        first, ids = claims[0], [claim.entry.sequence for claim in claims]
        of_all = {"client": first.entry.client_id, "fence_given": first.fence}
        values = {**of_all, "by": first.owner if until else "", "to": until}
        if is_range(ids):
            renewed = connection.execute(self._renewing_range, {**values, "first": min(ids), "last": max(ids)})
        else:
            renewed = connection.execute(self._renewing.where(self._bulk.among(self._lease.c.queue_id, ids)), values)
        if renewed.rowcount == len(claims):
            return []
        # What was renewed is locked now, and who lost a claim never gets it back: nothing changes in between.
        still_held = self._held.where(self._bulk.among(self._lease.c.queue_id, ids))
        found = set(connection.execute(still_held, of_all).scalars())
        return [claim for claim in claims if claim.entry.sequence not in found]


def _finding_due(tables: Tables, limit: int) -> "Select[Any]":
    """Return what finds so many entries that a drive may claim, and locks those that nobody else has locked."""
    queue, lease = tables.queue, tables.queue_lease
    now: BindParameter[Any] = bindparam("now")
    query = (
        select(queue.c.id)
        .join_from(queue, lease, lease.c.queue_id == queue.c.id)
        .where(
            queue.c.client_id == bindparam("client"),
            queue.c.passenger_module == bindparam("module"),
            queue.c.runnable == true(),  # not IS TRUE, for which MariaDB uses no index
            queue.c.id > bindparam("after"),
            queue.c.due_on <= now,
            or_(lease.c.until.is_(None), lease.c.until <= now),
        )
        .order_by(queue.c.id)
    )
    return locked_if_free(query, lease).limit(limit)


def _is_held(tables: Tables) -> "ColumnElement[bool]":
    """Return the condition that a lease is that of a claim with a given fence, of an entry of a given client."""
    queue, lease = tables.queue, tables.queue_lease
    # Not a join: PostgreSQL would begin with all passengers of the client, in a queue that has grown fast.
    client = select(queue.c.client_id).where(queue.c.id == lease.c.queue_id).scalar_subquery()
    return and_(lease.c.fence == bindparam("fence_given"), client == bindparam("client"))
