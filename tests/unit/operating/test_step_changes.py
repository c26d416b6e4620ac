"""Setting steps: giving up what has failed touches nothing that was delivered."""

import pytest

from databus.database.abstract_database import AbstractDatabase
from databus.database.records import Entry, State
from databus.database.steps import runnable_steps, settled_state
from databus.operating.audit import Person
from databus.operating.bulk import Action, Handled, handle, listed
from databus.operating.entry_story import why
from databus.operating.step_changes import Change, Changed, change_steps
from databus.pqueue.outcome import OutcomeKind
from databus.testing.samples import CLIENT, claim, complete, load, outcome, passenger, seat
from databus.timestamps import utc_now

ANN = Person("ann", "the web page")

BEN = Person("ben", "the web page")


@pytest.fixture
def half_done(every_database: AbstractDatabase) -> Entry:
    """A passenger that the bank has, and the archive has not."""
    [entry] = seat(every_database, passenger("1", processors=(), pushers=("bank", "archive")))
    done = [outcome(entry, "notify"), outcome(entry, "bank")]
    every_database.record(
        [*done, outcome(entry, "archive", OutcomeKind.FAILED, error="E: away\nat line 1")], now=utc_now()
    )
    return load(every_database, entry)


def act(database: AbstractDatabase, action: Action, *entries: Entry) -> Handled:
    batches = listed(database, CLIENT, [entry.internal_id for entry in entries])
    return handle(database, CLIENT, action, batches, by=ANN, clock=utc_now)


def give_up(database: AbstractDatabase, entry: Entry, by: Person = ANN) -> Changed:
    return change_steps(database, [(entry, entry.steps)], Change.DEAD, by=by)


def test_what_was_given_up_and_is_retried_is_not_delivered_twice(
    every_database: AbstractDatabase, half_done: Entry
) -> None:
    assert act(every_database, Action.DEAD, half_done) == Handled(matched=1, done=1)
    assert settled_state(load(every_database, half_done)) is State.DEAD
    assert act(every_database, Action.RETRY, half_done) == Handled(matched=1, done=1)
    assert [step.name for step in runnable_steps(load(every_database, half_done))] == ["archive"]


def test_what_is_complete_is_not_set_dead(every_database: AbstractDatabase, half_done: Entry) -> None:
    complete(every_database, half_done)
    entry = load(every_database, half_done)
    assert act(every_database, Action.DEAD, entry) == Handled(matched=1, done=0)
    changed = give_up(every_database, entry)
    assert (changed.entries, changed.sentences, changed.untouched) == ([], [], [entry])
    assert load(every_database, entry) == entry


def test_what_a_drive_completes_meanwhile_is_not_set_dead(every_database: AbstractDatabase, half_done: Entry) -> None:
    [claimed] = claim(every_database, now=utc_now())
    every_database.record([outcome(claimed, "archive")], now=utc_now())
    give_up(every_database, half_done)  # as it was seen before
    assert settled_state(load(every_database, half_done)) is State.COMPLETE


def test_why_it_had_failed_stays(every_database: AbstractDatabase, half_done: Entry) -> None:
    give_up(every_database, half_done)
    entry = load(every_database, half_done)
    assert entry.steps[-1].last_error == "set dead by ann\nE: away\nat line 1"
    told = "the pusher archive was set dead by ann after attempt 0: E: away; it waits for an operator"
    assert why(entry, utc_now()) == told
    give_up(every_database, entry, BEN)
    assert load(every_database, entry).steps[-1].last_error == "set dead by ben\nE: away\nat line 1"


def test_what_had_not_failed_is_just_given_up(every_database: AbstractDatabase) -> None:
    [entry] = seat(every_database, passenger("1", processors=(), pushers=("bank",)))
    changed = give_up(every_database, entry)
    assert changed.after[0].steps == load(every_database, entry).steps
    assert why(changed.after[0], utc_now()).startswith(
        "the puller's notification was set dead by ann; the pusher bank was"
    )
