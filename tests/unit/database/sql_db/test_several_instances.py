"""What one process knows of an entry is not used when another one has worked on it since."""

from datetime import timedelta

from databus.database.records import Entry, QueuePurge, State
from databus.database.sql_db.sql_database import SqlDatabase
from databus.pqueue.queue_status import QueueStatus
from databus.testing.samples import CLIENT, MINUTE, NOW, claim, load, outcome, passenger, seat


def test_a_claim_sees_what_another_process_recorded(ours: SqlDatabase, theirs: SqlDatabase) -> None:
    seat(ours, passenger(processors=["check", "sort"]))
    (of_them,) = claim(theirs)
    assert theirs.record([outcome(of_them, "check")], now=NOW) == []
    assert theirs.renew([of_them], lease=timedelta(0), now=NOW) == []
    (of_us,) = claim(ours)
    assert [step.name for step in of_us.entry.steps if step.status is QueueStatus.complete] == ["check"]


def test_an_operator_changes_an_entry_as_another_process_left_it(ours: SqlDatabase, theirs: SqlDatabase) -> None:
    (entry,) = seat(ours, passenger())
    (of_them,) = claim(theirs)
    names = [step.name for step in entry.steps]
    assert theirs.record([outcome(of_them, name) for name in names[:-1]], now=NOW) == []
    assert theirs.renew([of_them], lease=timedelta(0), now=NOW) == []
    assert ours.record([outcome(entry, names[-1])], now=NOW) == []
    assert load(ours, entry).completed_on == NOW


def _seat_anew(database: SqlDatabase, entry: Entry) -> Entry:
    states = (State.WAITING,)
    rule = QueuePurge(client_id=CLIENT, states=states, internal_ids=(entry.internal_id,))
    assert database.purge(rule, limit=1, now=NOW + MINUTE) == 1
    (anew,) = seat(database, passenger())
    return anew


def test_an_operator_finds_an_entry_that_another_process_has_seated_anew(
    ours: SqlDatabase, theirs: SqlDatabase
) -> None:
    (entry,) = seat(ours, passenger())
    anew = _seat_anew(theirs, entry)
    for step in anew.steps:
        assert ours.record([outcome(anew, step.name)], now=NOW) == []
    assert load(ours, entry).completed_on == NOW


def test_a_claim_of_an_entry_that_was_seated_anew_is_lost(ours: SqlDatabase, theirs: SqlDatabase) -> None:
    (entry,) = seat(ours, passenger())
    (of_us,) = claim(ours)
    _seat_anew(theirs, entry)
    (of_them,) = claim(theirs)
    assert of_them.fence == of_us.fence
    late = outcome(of_us, "check")
    assert ours.record([late], now=NOW) == [late]
