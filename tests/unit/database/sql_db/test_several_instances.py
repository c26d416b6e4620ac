"""What one process knows of an entry is not used when another one has worked on it since."""

from datetime import timedelta

from databus.database.sql_db.sql_database import SqlDatabase
from databus.pqueue.queue_status import QueueStatus
from databus.testing.samples import NOW, claim, load, outcome, passenger, seat


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
