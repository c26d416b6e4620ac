"""Claiming: due entries are leased by each server's own means, so that no two drives get one of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Connection, Select, and_, or_, select, true, update

from databus.database.records import Claim, Route
from databus.database.sql_db.bulk import Bulk
from databus.database.sql_db.entry_reading import EntryReader
from databus.database.sql_db.entry_rows import batched
from databus.database.sql_db.locking import locked_if_free
from databus.database.sql_db.shelf import Held, Shelf
from databus.database.sql_db.tables import Tables
from databus.database.sql_db.transactions import Transactions


class Claiming:
    """Leases entries to drives."""

    def __init__(
        self, tables: Tables, transactions: Transactions, bulk: Bulk, reader: EntryReader, shelf: Shelf
    ) -> None:
        self._queue = tables.queue
        self._lease = tables.queue_lease
        self._transactions = transactions
        self._bulk = bulk
        self._reader = reader
        self._shelf = shelf

    def claim(
        self, route: Route, *, after: int, limit: int, owner: str, lease: timedelta, now: datetime
    ) -> list[Claim]:
        """Lease due entries; see ``AbstractDatabase.claim``."""
        due = locked_if_free(self._due(route, after, now), self._lease).limit(limit)
        values = {"owner": owner, "until": now + lease}
        leased: list[int] = []
        # Doing it twice only makes the entries of the first time wait until their lease ends.
        return self._transactions.write(
            lambda connection: self._claim(connection, due, values, leased),
            repeatable=True,
            durable=False,
            undo=lambda: self._forget(leased),
        )

    def _forget(self, ids: list[int]) -> None:
        self._shelf.forget(*ids)
        ids.clear()

    def _due(self, route: Route, after: int, now: datetime) -> "Select[Any]":
        queue, lease = self._queue, self._lease
        return (
            select(queue.c.id)
            .join_from(queue, lease, lease.c.queue_id == queue.c.id)
            .where(
                queue.c.client_id == route.client_id,
                queue.c.passenger_module == route.passenger_module,
                queue.c.runnable == true(),  # not IS TRUE, for which MariaDB uses no index
                queue.c.id > after,
                queue.c.due_on <= now,
                or_(lease.c.until.is_(None), lease.c.until <= now),
            )
            .order_by(queue.c.id)
        )

    def _claim(
        self, connection: Connection, due: "Select[Any]", values: Mapping[str, Any], ids: list[int]
    ) -> list[Claim]:
        leased = self._lease_due(connection, due, values)
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
        owner, until = values["owner"], values["until"]
        self._shelf.remember(*[Held(known[queue_id], version, fence) for queue_id, fence, version in leased])
        return [
            Claim(entry=replace(known[queue_id], leased_by=owner, leased_until=until), owner=owner, fence=fence)
            for queue_id, fence, _ in leased
        ]

    def _lease_due(
        self, connection: Connection, due: "Select[Any]", values: Mapping[str, Any]
    ) -> list[tuple[int, int, int]]:
        """Lease entries; return their ids with fence and version, in the order of seating."""
        lease = self._lease
        leasing = update(lease).values(**values, fence=lease.c.fence + 1)
        columns = (lease.c.queue_id, lease.c.fence, lease.c.version)
        if connection.dialect.update_returning:
            chosen = lease.c.queue_id.in_(select(due.cte("due").c.id))
            return sorted(map(tuple, connection.execute(leasing.where(chosen).returning(*columns))))
        # MariaDB returns nothing from an UPDATE, and takes no LIMIT in a subquery. The rows are locked in between.
        ids = list(connection.execute(due).scalars())
        found: list[tuple[int, int, int]] = []
        for batch in batched(ids):
            connection.execute(leasing.where(self._bulk.among(lease.c.queue_id, batch)))
            found += map(tuple, connection.execute(select(*columns).where(self._bulk.among(lease.c.queue_id, batch))))
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
        lease, queue, first = self._lease, self._queue, claims[0]
        ids = [claim.entry.sequence for claim in claims]
        # Not a join: PostgreSQL would begin with all passengers of the client, in a queue that has grown fast.
        client = select(queue.c.client_id).where(queue.c.id == lease.c.queue_id).scalar_subquery()
        of_client = client == first.entry.client_id
        held = and_(self._bulk.among(lease.c.queue_id, ids), lease.c.fence == first.fence, of_client)
        values = {"owner": first.owner if until else "", "until": until}
        if connection.execute(update(lease).where(held).values(**values)).rowcount == len(claims):
            return []
        # What was renewed is locked now, and who lost a claim never gets it back: nothing changes in between.
        found = set(connection.execute(select(lease.c.queue_id).where(held)).scalars())
        return [claim for claim in claims if claim.entry.sequence not in found]
