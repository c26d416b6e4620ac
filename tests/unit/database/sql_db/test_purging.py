"""What changes between the look and the lock is seen."""

from typing import Any

from sqlalchemy import event

from databus.database.records import QueuePurge, State
from databus.database.sql_db.sql_database import SqlDatabase
from databus.pqueue.outcome import OutcomeKind
from databus.testing.samples import CLIENT, NOW, load, outcome, passenger, settle


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
