"""Recording what steps did."""

from datetime import timedelta

from databus.database import steps
from databus.database.abstract_database import AbstractDatabase
from databus.database.records import QueuePurge, Step
from databus.pqueue.outcome import Changes, OutcomeKind, StepKind
from databus.pqueue.queue_status import QueueStatus
from databus.testing.samples import (
    CLIENT,
    DAY,
    MINUTE,
    NOW,
    SECOND,
    TICK,
    changed,
    claim,
    complete,
    load,
    outcome,
    passenger,
    seat,
    settle,
    text,
)


def _step(database: AbstractDatabase, name: str, internal_id: str = "id-1") -> Step:
    (entry,) = database.load(CLIENT, [internal_id])
    (step,) = [each for each in entry.steps if each.name == name]
    return step


class TestRecord:
    """What ``record`` makes of steps."""

    def test_nothing_is_nothing(self, database: AbstractDatabase) -> None:
        assert database.record([], now=NOW) == []

    def test_a_complete_step(self, database: AbstractDatabase) -> None:
        seat(database, passenger("1"))
        (claimed,) = claim(database)
        assert database.record([outcome(claimed, "check", at=NOW + SECOND)], now=NOW + SECOND) == []
        step = _step(database, "check")
        assert (step.status, step.attempts, step.last_error) == (QueueStatus.complete, 1, "")
        assert (step.due_on, step.dead, step.changed_on) == (None, False, NOW + SECOND)
        assert _step(database, "out") == claimed.entry.steps[-1]

    def test_a_failed_step(self, database: AbstractDatabase) -> None:
        seat(database, passenger("1"))
        (claimed,) = claim(database)
        failure = outcome(claimed, "check", OutcomeKind.FAILED, error="ValueError: no\n  at line 1", due_on=NOW + DAY)
        database.record([failure], now=NOW)
        step = _step(database, "check")
        assert (step.status, step.attempts) == (QueueStatus.incomplete, 1)
        assert step.last_error == "ValueError: no\n  at line 1"
        assert (step.due_on, step.dead, step.changed_on) == (NOW + DAY, False, NOW)

    def test_attempts_are_counted_and_a_success_clears_the_error(self, database: AbstractDatabase) -> None:
        seat(database, passenger("1"))
        (claimed,) = claim(database)
        for _ in range(3):
            database.record([outcome(claimed, "check", OutcomeKind.FAILED, error="E", due_on=NOW + DAY)], now=NOW)
        assert _step(database, "check").attempts == 3
        database.record([outcome(claimed, "check")], now=NOW)
        step = _step(database, "check")
        assert (step.attempts, step.last_error, step.due_on) == (4, "", None)

    def test_a_dead_and_a_rejected_step(self, database: AbstractDatabase) -> None:
        seat(database, passenger("1", pushers=("a", "b")))
        (claimed,) = claim(database)
        dead = outcome(claimed, "a", OutcomeKind.FAILED, dead=True)
        rejected = outcome(claimed, "b", OutcomeKind.REJECTED, error="wrong country")
        database.record([dead, rejected], now=NOW)
        assert _step(database, "a").dead
        assert _step(database, "b").dead
        assert _step(database, "b").last_error == "wrong country"

    def test_an_operator_sets_a_step_back(self, database: AbstractDatabase) -> None:
        seat(database, passenger("1"))
        (claimed,) = claim(database)
        failure = outcome(claimed, "check", OutcomeKind.FAILED, error="E", due_on=NOW + DAY, dead=True)
        database.record([failure, outcome(claimed.entry, "check", OutcomeKind.INCOMPLETE, at=NOW + TICK)], now=NOW)
        step = _step(database, "check")
        assert (step.status, step.attempts, step.last_error) == (QueueStatus.incomplete, 0, "")
        assert (step.due_on, step.dead, step.changed_on) == (None, False, NOW + TICK)

    def test_an_operators_edit_is_no_attempt(self, database: AbstractDatabase) -> None:
        (entry,) = seat(database, passenger("1"))
        assert database.record([outcome(entry, "check")], now=NOW) == []
        assert _step(database, "check").attempts == 0

    def test_the_last_step_completes_the_entry(self, database: AbstractDatabase) -> None:
        (entry,) = seat(database, passenger("1"))
        database.record([outcome(entry, "notify"), outcome(entry, "check")], now=NOW)
        assert load(database, entry).completed_on is None
        database.record([outcome(entry, "out", at=NOW + SECOND)], now=NOW)
        assert load(database, entry).completed_on == NOW + SECOND

    def test_a_step_set_back_makes_it_incomplete(self, database: AbstractDatabase) -> None:
        (entry,) = settle(database, passenger("1"))
        database.record([outcome(entry, "out", OutcomeKind.INCOMPLETE, at=NOW + SECOND)], now=NOW)
        assert load(database, entry).completed_on is None
        database.record([outcome(entry, "out", at=NOW + MINUTE)], now=NOW)
        assert load(database, entry).completed_on == NOW + MINUTE

    def test_log_guids_are_collected_once_and_the_newest_are_kept(self, database: AbstractDatabase) -> None:
        (entry,) = seat(database, passenger("1", log_guids=("seat",)))
        guids = [f"log-{number}" for number in range(steps.LOG_GUIDS_KEPT + 5)]
        failures = [outcome(entry, "check", OutcomeKind.FAILED, log_guid=guid) for guid in guids for _ in range(2)]
        database.record(failures[:4], now=NOW)
        assert load(database, entry).log_guids == ("seat", "log-0", "log-1")
        database.record(failures[4:], now=NOW)
        assert load(database, entry).log_guids == tuple(guids[5:])

    def test_outcomes_of_one_entry_are_applied_in_their_order(self, database: AbstractDatabase) -> None:
        (entry,) = seat(database, passenger("1"))
        back, done = outcome(entry, "check", OutcomeKind.INCOMPLETE), outcome(entry, "check")
        database.record([done, back], now=NOW)
        assert not _step(database, "check").is_complete
        database.record([back, done], now=NOW)
        assert _step(database, "check").is_complete

    def test_outcomes_of_many_entries_and_clients(self, database: AbstractDatabase) -> None:
        entries = seat(database, *(passenger(str(number)) for number in range(300)))
        entries += seat(database, *(passenger(str(number), client_id="other") for number in range(300)))
        outcomes = [outcome(entry, step.name) for entry in entries for step in entry.steps]
        assert database.record(outcomes, now=NOW) == []
        assert all(load(database, entry).completed_on == NOW for entry in (*entries[:5], *entries[-5:]))
        assert database.counts("other", now=NOW)[0].complete == 300

    def test_what_differs_among_outcomes_may_be_another_thing_each_time(self, database: AbstractDatabase) -> None:
        seat(database, *(passenger(number, processors=(), pushers=("a", "b")) for number in ("1", "2")))
        for drive, late in enumerate((None, None, "3", "4"), start=1):
            if late:  # it has fewer attempts than the others
                seat(database, passenger(late, processors=(), pushers=("a", "b")))
            at = NOW + drive * DAY
            claims = claim(database, now=at)
            failures = [
                outcome(each, name, OutcomeKind.FAILED, error="down", at=at) for each in claims for name in ("a", "b")
            ]
            assert database.record(failures, now=at) == []
            database.renew(claims, lease=timedelta(0), now=at)
        found = database.load(CLIENT, [f"id-{number}" for number in range(1, 5)])
        attempts = {entry.external_id: [step.attempts for step in entry.steps] for entry in found}
        assert attempts == {"1": [0, 4, 4], "2": [0, 4, 4], "3": [0, 2, 2], "4": [0, 1, 1]}

    def test_steps_of_different_kinds_may_have_one_name(self, database: AbstractDatabase) -> None:
        (entry,) = seat(database, passenger("1", processors=("same",), pushers=("same",)))
        database.record([outcome(entry, "same", kind=StepKind.PROCESS)], now=NOW)
        assert [step.is_complete for step in load(database, entry).steps] == [False, True, False]

    def test_a_large_error_is_kept_whole(self, database: AbstractDatabase) -> None:
        (entry,) = seat(database, passenger("1"))
        error = "Traceback\n" + "  line é\n" * 20_000
        database.record([outcome(entry, "check", OutcomeKind.FAILED, error=error)], now=NOW)
        assert _step(database, "check").last_error == error

    def test_an_unknown_step_changes_nothing(self, database: AbstractDatabase) -> None:
        (entry,) = seat(database, passenger("1", attachments=[text("a.txt")]))
        unknown = changed(entry, text("b.txt"), name="no such", log_guid="log-9")
        other_kind = outcome(entry, "check", kind=StepKind.PUSH)
        assert database.record([unknown, other_kind], now=NOW) == []
        assert load(database, entry) == entry


class TestFences:
    """Which outcomes are rejected."""

    def test_a_stale_fence_is_rejected_and_changes_nothing(self, database: AbstractDatabase) -> None:
        seat(database, passenger("1", attachments=[text("a.txt")]))
        (old,) = claim(database, lease=SECOND)
        (new,) = claim(database, now=NOW + SECOND)
        before = load(database, new)
        late = changed(old, text("b.txt"), log_guid="log-9")
        assert database.record([late], now=NOW + SECOND) == [late]
        assert load(database, new) == before

    def test_the_others_are_stored(self, database: AbstractDatabase) -> None:
        seat(database, passenger("1"), passenger("2"), passenger("3"))
        old = claim(database, lease=SECOND)
        (new,) = claim(database, limit=1, after=old[0].entry.sequence, now=NOW + SECOND)
        outcomes = [outcome(each, "check") for each in old]
        mine = outcome(new, "notify")
        rejected = database.record([*outcomes, mine], now=NOW + SECOND)
        assert len(rejected) == 1
        assert rejected[0] is outcomes[1]
        done = [_step(database, "check", internal_id).is_complete for internal_id in ("id-1", "id-2", "id-3")]
        assert done == [True, False, True]
        assert _step(database, "notify", "id-2").is_complete

    def test_a_lease_that_has_ended_is_good_while_nobody_else_claims(self, database: AbstractDatabase) -> None:
        seat(database, passenger("1"))
        (claimed,) = claim(database, lease=SECOND)
        assert database.record([outcome(claimed, "check")], now=NOW + DAY) == []
        assert _step(database, "check").is_complete

    def test_an_entry_that_is_gone_rejects_all(self, database: AbstractDatabase) -> None:
        (entry,) = seat(database, passenger("1"))
        (claimed,) = claim(database, lease=SECOND)
        complete(database, entry)
        database.purge(QueuePurge(client_id=CLIENT), limit=1, now=NOW + SECOND)
        outcomes = [outcome(claimed, "check"), outcome(entry, "out")]
        assert database.record(outcomes, now=NOW + SECOND) == outcomes

    def test_the_claim_of_a_namesake_does_not_count(self, database: AbstractDatabase) -> None:
        mine, other = passenger("1"), passenger("1", client_id="other")
        seat(database, mine)
        seat(database, other)
        claims = [claim(database, now=NOW + drive * MINUTE)[0] for drive in range(3)]
        stranger = outcome(claims[-1], "check", client_id="other")
        assert database.record([stranger], now=NOW) == [stranger]

    def test_a_mixture_for_one_entry(self, database: AbstractDatabase) -> None:
        seat(database, passenger("1"))
        (old,) = claim(database, lease=SECOND)
        (new,) = claim(database, now=NOW + SECOND)
        late = outcome(old, "check", OutcomeKind.REJECTED)
        outcomes = [outcome(new, "notify"), late, outcome(new.entry, "check")]
        assert database.record(outcomes, now=NOW + SECOND) == [late]
        assert _step(database, "notify").is_complete
        assert _step(database, "check").is_complete


class TestOperators:
    """Edits while a drive works on the entry."""

    def test_need_no_claim(self, database: AbstractDatabase) -> None:
        seat(database, passenger("1"))
        (claimed,) = claim(database)
        assert database.record([outcome(claimed.entry, "out", OutcomeKind.REJECTED)], now=NOW) == []
        assert _step(database, "out").dead
        assert database.record([outcome(claimed, "check")], now=NOW) == []

    def test_a_step_they_completed_stays_complete(self, database: AbstractDatabase) -> None:
        seat(database, passenger("1"))
        (claimed,) = claim(database)
        database.record([outcome(claimed.entry, "check")], now=NOW)
        assert database.record([outcome(claimed, "check", OutcomeKind.FAILED, error="E")], now=NOW) == []
        step = _step(database, "check")
        assert step.is_complete
        assert step.last_error == ""

    def test_what_is_complete_is_not_set_dead(self, database: AbstractDatabase) -> None:
        seat(database, passenger("1"))
        (claimed,) = claim(database)
        database.record([outcome(claimed, "check")], now=NOW)
        completed = _step(database, "check")
        assert database.record([outcome(claimed.entry, "check", OutcomeKind.REJECTED, error="E")], now=NOW) == []
        assert _step(database, "check") == completed

    def test_change_source_and_id(self, database: AbstractDatabase) -> None:
        (entry,) = seat(database, passenger("1", attachments=[text("a.txt")]))
        changes = Changes(source_system="erp", external_id="9", attachments=None)
        database.record([outcome(entry, "check", changes=changes)], now=NOW)
        stored = load(database, entry)
        assert (stored.source_system, stored.external_id, stored.seated_as) == ("erp", "9", ("shop", "1"))
        assert stored.attachments == entry.attachments
