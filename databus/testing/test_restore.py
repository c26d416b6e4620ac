"""Restoring how far an entry has come, as an export does that brings it from another database."""

from msgspec.structs import replace

from databus.database.abstract_database import AbstractDatabase
from databus.database.records import Entry, QueuePurge, Step
from databus.pqueue.outcome import Changes, Outcome, OutcomeKind, Restored
from databus.pqueue.queue_status import QueueStatus
from databus.testing.samples import (
    CLIENT,
    DAY,
    MINUTE,
    NOW,
    SECOND,
    binary,
    claim,
    content,
    found,
    kept,
    load,
    outcome,
    passenger,
    seat,
    settle,
    text,
)


def _restoring(entry: Entry, *steps: Step, changes: Changes | None = None, **more: object) -> Outcome:
    """Return the outcome that gives an entry these steps."""
    fields = {"completed_on": None, "log_guids": entry.log_guids, **more}
    restored = Restored(steps=steps, **fields)  # type: ignore[arg-type] # the caller gives what fits
    return outcome(entry, "no step of this entry", at=NOW - DAY, changes=changes, restored=restored)


def _complete(step: Step, **more: object) -> Step:
    fields = {"status": QueueStatus.complete, "attempts": 1, "changed_on": NOW, **more}
    return replace(step, **fields)


class TestRestore:
    """``record`` with what an outcome has as ``restored``."""

    def test_every_field_of_a_step_is_as_it_is_given(self, database: AbstractDatabase) -> None:
        (entry,) = seat(database, passenger("1"))
        notify, check, out = entry.steps
        failed = replace(check, attempts=7, last_error="ValueError: no", due_on=NOW + DAY, changed_on=NOW - SECOND)
        dead = replace(out, attempts=2, last_error="wrong", dead=True, changed_on=NOW + SECOND)
        steps = (_complete(notify, changed_on=None), failed, dead)
        assert database.record([_restoring(entry, *steps, log_guids=("g1", "g2"))], now=NOW) == []
        assert load(database, entry) == replace(entry, steps=steps, log_guids=("g1", "g2"))

    def test_a_completed_entry_has_the_time_that_is_given(self, database: AbstractDatabase) -> None:
        (entry,) = seat(database, passenger("1"))
        steps = tuple(_complete(step) for step in entry.steps)
        database.record([_restoring(entry, *steps, completed_on=NOW - MINUTE)], now=NOW)
        assert load(database, entry).completed_on == NOW - MINUTE
        assert claim(database) == []
        assert database.purge(QueuePurge(client_id=CLIENT, before=NOW), limit=9, now=NOW) == 1

    def test_an_entry_is_set_back(self, database: AbstractDatabase) -> None:
        (entry,) = settle(database, passenger("1"))
        before = tuple(replace(step, status=QueueStatus.incomplete) for step in entry.steps)
        database.record([_restoring(entry, *before)], now=NOW)
        assert load(database, entry).completed_on is None
        assert [each.entry.steps for each in claim(database)] == [before]

    def test_the_order_of_seating_stays(self, database: AbstractDatabase) -> None:
        first, *_ = seat(database, passenger("1"), passenger("2"), passenger("3"))
        database.record([_restoring(first, *(_complete(step) for step in first.steps), completed_on=NOW)], now=NOW)
        assert found(database) == ["3", "2", "1"]

    def test_ids_and_attachments_come_with_it(self, database: AbstractDatabase) -> None:
        (entry,) = seat(database, passenger("1", attachments=[text("a", "old"), text("b", "stays")]))
        changes = Changes(source_system="erp", external_id="2", attachments=[binary("a", b"new"), kept("b")])
        database.record([_restoring(entry, *entry.steps, changes=changes)], now=NOW)
        stored = load(database, entry)
        assert (stored.source_system, stored.external_id, stored.seated_as) == ("erp", "2", ("shop", "1"))
        assert [content(database, stored, name) for name in ("a", "b")] == [b"new", b"stays"]
        assert found(database, search="2") == ["2"]

    def test_outcomes_of_one_call_follow_each_other(self, database: AbstractDatabase) -> None:
        (entry,) = seat(database, passenger("1"))
        notify, check, out = entry.steps
        restoring = _restoring(entry, notify, _complete(check, attempts=5), out)
        failed = outcome(entry, "out", OutcomeKind.FAILED, error="no")
        database.record([outcome(entry, "notify"), restoring, failed], now=NOW)
        stored = load(database, entry).steps
        assert [step.is_complete for step in stored] == [False, True, False]
        assert (stored[1].attempts, stored[2].last_error) == (5, "no")

    def test_what_is_gone_is_not_restored(self, database: AbstractDatabase) -> None:
        (entry,) = settle(database, passenger("1"))
        database.purge(QueuePurge(client_id=CLIENT), limit=9, now=NOW)
        restoring = _restoring(entry, *entry.steps)
        assert database.record([restoring], now=NOW) == [restoring]
        assert database.load(CLIENT, [entry.internal_id]) == []

    def test_it_does_not_end_a_lease(self, database: AbstractDatabase) -> None:
        seat(database, passenger("1"))
        (claimed,) = claim(database)
        database.record([_restoring(claimed.entry, *claimed.entry.steps)], now=NOW)
        assert claim(database) == []
        assert database.renew([claimed], lease=MINUTE, now=NOW) == []
