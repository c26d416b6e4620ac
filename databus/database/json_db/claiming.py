"""Claiming: leases and fences are columns of the index."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from databus.database.json_db import index_rows
from databus.database.json_db.damage import Damage
from databus.database.json_db.index import Index
from databus.database.json_db.index_rows import Row
from databus.database.json_db.moments import from_micros, micros
from databus.database.json_db.shelf import Shelf
from databus.database.json_db.stored import Stored
from databus.database.json_db.trouble import Damaged
from databus.database.json_db.write_behind import WriteBehind
from databus.database.records import Claim

_DUE = (
    f"SELECT {index_rows.ROW} FROM entry INDEXED BY entry_due "  # noqa: S608 - names of our own
    "WHERE route = ? AND sequence > ? AND due IS NOT NULL AND due <= ? AND (lease IS NULL OR lease <= ?) "
    "ORDER BY sequence LIMIT ?"
)


class Claiming:
    """Leases entries of one client to drives."""

    def __init__(self, index: Index, shelf: Shelf, damage: Damage, behind: WriteBehind) -> None:
        self._index = index
        self._shelf = shelf
        self._damage = damage
        self._behind = behind
        self._not_given_back: list[Claim] = []

    def claim(
        self, passenger_module: str, *, after: int, limit: int, owner: str, lease: timedelta, now: datetime
    ) -> list[Claim]:
        """Lease due entries; see ``AbstractDatabase.claim``."""
        until = micros(now + lease)
        held = index_rows.blob(owner)
        claims: list[Claim] = []
        with self._index.lock:
            self._give_back_late()
            taken = self._due(index_rows.blob(passenger_module), after, limit, micros(now))
            changes: list[tuple[Any, ...]] = []
            for row, stored in taken:
                entry = replace(stored.entry, sequence=row.sequence, leased_by=owner, leased_until=from_micros(until))
                claims.append(Claim(entry=entry, owner=owner, fence=row.fence + 1))
                changes.append((until, held, row.sequence))
            if changes:
                with self._index.writing() as connection:
                    connection.executemany(
                        "UPDATE entry SET lease = ?, owner = ?, fence = fence + 1 WHERE sequence = ?", changes
                    )
            for _, stored in taken:
                self._shelf.remember(stored)
        return claims

    def _due(self, route: bytes, after: int, limit: int, now: int) -> list[tuple[Row, Stored]]:
        """Return so many due entries that can be loaded; damaged ones among them are set aside."""
        taken: list[tuple[Row, Stored]] = []
        while len(taken) < limit:
            wanted = limit - len(taken)
            rows = [Row(*found) for found in self._index.newest.execute(_DUE, (route, after, now, now, wanted))]
            for row in rows:
                stored = self._load(row)
                if stored is not None:
                    taken.append((row, stored))
            if len(rows) < wanted:
                break
            after = rows[-1].sequence
        return taken

    def _load(self, row: Row) -> Stored | None:
        stored = self._shelf.remembered(index_rows.text(row.internal_id))
        if stored is None:
            return self._damage.take(row)
        try:
            self._shelf.check(stored)
        except Damaged:
            # Loading it says what is wrong, in the one place that sets aside.
            self._shelf.forget(stored.entry.internal_id)
            return self._damage.take(row)
        return stored

    def renew(self, claims: Sequence[Claim], *, lease: timedelta, now: datetime) -> list[Claim]:
        """Let claims hold on, or give them back; see ``AbstractDatabase.renew``."""
        until = micros(now + lease) if lease else None
        with self._index.lock:
            try:
                with self._index.writing() as connection:
                    lost = _renew(connection, claims, until)
            except sqlite3.OperationalError:
                self._not_given_back += claims if until is None else ()
                raise
            for claim in claims if until is None else ():
                self._shelf.forget(claim.entry.internal_id)
        self._behind.write_soon(claim.entry.sequence for claim in claims)
        return lost

    def _give_back_late(self) -> None:
        """Give back what could not be given back because the disk was full, so that it need not wait for its lease."""
        if self._not_given_back:
            with self._index.writing() as connection:
                _renew(connection, self._not_given_back, None)
            self._not_given_back.clear()


def _renew(connection: index_rows.Connection, claims: Sequence[Claim], until: int | None) -> list[Claim]:
    """Set the end of leases; return the claims that are lost."""
    rows = index_rows.find_many(connection, [claim.entry.internal_id for claim in claims])
    lost: list[Claim] = []
    changes: list[tuple[int | None, bytes, int]] = []
    for claim in claims:
        row = rows.get(claim.entry.internal_id)
        if row is None or row.fence != claim.fence:
            lost.append(claim)
        else:
            changes.append((until, b"" if until is None else index_rows.blob(claim.owner), row.sequence))
    connection.executemany("UPDATE entry SET lease = ?, owner = ? WHERE sequence = ?", changes)
    return lost
