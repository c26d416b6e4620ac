"""What changes between the look and the lock is seen."""

from typing import Any

import pytest
from sqlalchemy import event, select

from databus.database.records import Claim, QueuePurge, State
from databus.database.sql_db import purging
from databus.database.sql_db.locking import locked
from databus.database.sql_db.sql_database import SqlDatabase
from databus.database.sql_db.tables import Tables
from databus.errors import StoreError
from databus.pqueue.outcome import OutcomeKind
from databus.testing.samples import CLIENT, MINUTE, NOW, claim, found, load, outcome, passenger, seat, settle
from tests.schemas import Arguments


def test_an_entry_that_an_operator_sets_back_meanwhile_stays(ours: SqlDatabase, theirs: SqlDatabase) -> None:
    (entry,) = settle(ours, passenger())
    edits: list[int] = []

    def edit_before_the_lock(
        connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
    ) -> None:
        if "FOR UPDATE" in statement and not edits:
            edits.append(1)
            assert theirs.record([outcome(entry, "out", OutcomeKind.INCOMPLETE)], now=NOW) == []

    event.listen(ours._store._engine, "before_cursor_execute", edit_before_the_lock)
    rule = QueuePurge(client_id=CLIENT, states=(State.COMPLETE,))
    assert ours.purge(rule, limit=10, now=NOW) == 0
    assert edits
    assert load(ours, entry).completed_on is None


def test_what_others_have_locked_is_passed_over(
    ours: SqlDatabase, theirs: SqlDatabase, server_arguments: Arguments
) -> None:
    entries = settle(ours, *(passenger(str(number)) for number in range(12)))
    lease = Tables(server_arguments["schema"]).queue_lease
    busy = [entry.sequence for entry in (entries[0], entries[1], entries[4])]
    rule = QueuePurge(client_id=CLIENT, states=(State.COMPLETE,))
    with theirs._store._engine.begin() as connection:
        for queue_id in busy:  # each by itself: MariaDB would rather look through a small table, and lock all of it
            connection.execute(locked(select(lease.c.queue_id).where(lease.c.queue_id == queue_id), lease))
        assert [ours.purge(rule, limit=4, now=NOW) for _ in range(3)] == [4, 4, 1]
    assert sorted(found(ours)) == ["0", "1", "4"]
    assert ours.purge(rule, limit=4, now=NOW) == 3


def test_deleting_a_client_leaves_what_a_drive_claims_meanwhile(
    ours: SqlDatabase, theirs: SqlDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purging, "_TOGETHER", 3)
    seat(ours, *(passenger(str(number)) for number in range(8)))
    claims: list[Claim] = []

    def claim_after_the_first(connection: Any) -> None:
        if not claims:
            claims.extend(claim(theirs, limit=2))

    event.listen(ours._store._engine, "commit", claim_after_the_first)
    with pytest.raises(StoreError, match="a drive is working"):
        ours.delete_client(CLIENT, now=NOW)
    assert len(claims) == 2
    assert theirs.renew(claims, lease=MINUTE, now=NOW) == []
    assert {each.entry.external_id for each in claims} <= set(found(ours))
    ours.delete_client(CLIENT, now=NOW + 2 * MINUTE)
    assert found(ours) == []
