"""Setting passengers back to what they were, and leaving alone what has changed since."""

from typing import Any

import pytest

from databus.client.log import Log
from databus.database.abstract_database import AbstractDatabase
from databus.database.records import Entry, LogQuery, Route
from databus.operating.audit import Person
from databus.operating.batches import Batches, TooMuch
from databus.operating.bulk import Action, Handled, handle, listed
from databus.operating.step_changes import Change, change_steps
from databus.operating.undoing import Before, before, undo
from databus.pqueue.outcome import OutcomeKind
from databus.testing.samples import CLIENT, MINUTE, NOW, ODD_TEXTS, claim, complete, load, outcome, passenger, seat
from databus.timestamps import utc_now

ANN = Person("ann", "the web page")


@pytest.fixture
def entries(every_database: AbstractDatabase) -> list[Entry]:
    """Passengers that wait, have failed, are dead and complete."""
    database = every_database
    waiting, failed, dead, done = seat(database, *(passenger(name) for name in ("waiting", "failed", "dead", "done")))
    database.record([outcome(failed, "check", OutcomeKind.FAILED, error="no answer", due_on=NOW)], now=NOW)
    database.record([outcome(dead, "check", OutcomeKind.REJECTED, error="not wanted")], now=NOW)
    complete(database, done)
    return [load(database, each) for each in (waiting, failed, dead, done)]


def set_all(database: AbstractDatabase, action: Action, ids: list[str]) -> Batches[Before]:
    kept: Batches[Before] = Batches(Before)
    batches = listed(database, CLIENT, ids)
    handle(database, CLIENT, action, batches, by=ANN, clock=utc_now, on_change=lambda done: kept.append(before(done)))
    return kept


def set_back(database: AbstractDatabase, kept: Any) -> Handled:
    return undo(database, CLIENT, kept, by=ANN, clock=utc_now)


def without_logs(entry: Entry) -> tuple[Any, ...]:
    return entry.internal_id, entry.steps, entry.completed_on, entry.attachments, entry.sequence


@pytest.mark.parametrize("action", [Action.COMPLETE, Action.INCOMPLETE, Action.DEAD, Action.RETRY])
def test_what_was_set_is_set_back(every_database: AbstractDatabase, entries: list[Entry], action: Action) -> None:
    kept = set_all(every_database, action, [each.internal_id for each in entries])
    handled = set_back(every_database, kept)
    assert handled.done == handled.matched == (3 if action in (Action.RETRY, Action.DEAD) else 4)
    for each in entries:
        assert without_logs(load(every_database, each)) == without_logs(each)


def test_a_drive_works_on_what_was_set_back_as_before(every_database: AbstractDatabase, entries: list[Entry]) -> None:
    kept = set_all(every_database, Action.INCOMPLETE, [entries[0].internal_id, entries[3].internal_id])
    set_back(every_database, kept)
    claims = claim(every_database, now=utc_now())
    assert [each.entry.external_id for each in claims] == ["waiting", "failed", "dead"]  # the dead one's notification


def test_what_has_happened_since_stays(every_database: AbstractDatabase, entries: list[Entry]) -> None:
    waiting, failed, dead, done = entries
    kept = set_all(every_database, Action.INCOMPLETE, [each.internal_id for each in entries])
    (claimed, *rest) = claim(every_database, now=utc_now())
    every_database.record([outcome(claimed, "check", at=utc_now())], now=utc_now())
    every_database.renew([claimed, *rest], lease=MINUTE * 0, now=utc_now())
    change_steps(every_database, [(load(every_database, dead), dead.steps)], Change.COMPLETE, by=ANN)
    now = {each.internal_id: load(every_database, each) for each in (waiting, dead)}
    assert set_back(every_database, kept) == Handled(matched=4, done=2)
    assert without_logs(load(every_database, waiting)) == without_logs(now[waiting.internal_id])
    assert without_logs(load(every_database, dead)) == without_logs(now[dead.internal_id])
    assert without_logs(load(every_database, failed)) == without_logs(failed)
    assert without_logs(load(every_database, done)) == without_logs(done)


def test_what_a_drive_works_on_stays(every_database: AbstractDatabase, entries: list[Entry]) -> None:
    kept = set_all(every_database, Action.RETRY, [entries[0].internal_id])
    claim(every_database, now=utc_now())
    assert set_back(every_database, kept) == Handled(matched=1, done=0)


def test_a_drive_that_comes_between_is_not_overwritten(every_database: AbstractDatabase, entries: list[Entry]) -> None:
    """Between our looking and our writing a drive has pushed the passenger: that must not be done once more."""
    kept = set_all(every_database, Action.RETRY, [entries[2].internal_id])

    class DrivenMeanwhile:
        def __getattr__(self, name: str) -> Any:
            return getattr(every_database, name)

        def load(self, client_id: str, internal_ids: list[str]) -> list[Entry]:
            found = every_database.load(client_id, internal_ids)
            claims = claim(every_database, now=utc_now())
            own = [each for each in claims if each.entry.internal_id == entries[2].internal_id]
            every_database.record([outcome(own[0], step.name, at=utc_now()) for step in found[0].steps], now=utc_now())
            every_database.renew(claims, lease=MINUTE * 0, now=utc_now())
            return found

    driven: Any = DrivenMeanwhile()
    assert set_back(driven, kept) == Handled(matched=1, done=0)
    assert load(every_database, entries[2]).completed_on


def test_whom_a_drive_may_take_is_left_to_it(every_database: AbstractDatabase) -> None:
    """Of several that were seated one after the other, and of two routes, none is held any longer than needed."""
    database = every_database
    names = {"1": "orders", "2": "orders", "3": "bills", "4": "orders", "5": "orders"}
    seat(database, *(passenger(name, passenger_module=f"shop.{kind}") for name, kind in names.items()))
    kept = set_all(database, Action.INCOMPLETE, ["id-1", "id-2", "id-3", "id-4"])
    orders = Route(client_id=CLIENT, passenger_module="shop.orders")
    first = claim(database, route=orders, limit=1, now=utc_now())
    assert set_back(database, kept) == Handled(matched=4, done=3)
    database.renew(first, lease=MINUTE * 0, now=utc_now())
    assert len(claim(database, route=orders, now=utc_now())) == 4
    assert [step.changed_on for step in database.load(CLIENT, ["id-3"])[0].steps] == [None] * 3


def test_what_is_gone_is_left_out(every_database: AbstractDatabase, entries: list[Entry]) -> None:
    ids = [each.internal_id for each in entries]
    kept = set_all(every_database, Action.DEAD, ids)
    handle(every_database, CLIENT, Action.DELETE, listed(every_database, CLIENT, ids[:2]), by=ANN, clock=utc_now)
    assert set_back(every_database, kept) == Handled(matched=3, done=1)
    assert set_back(every_database, kept).done == 0


def test_it_stands_in_the_log_who_has_undone_what(every_database: AbstractDatabase, entries: list[Entry]) -> None:
    set_back(every_database, set_all(every_database, Action.DEAD, [entries[0].internal_id]))
    heads = every_database.find_logs(LogQuery(client_id=CLIENT)).items
    lines = [line.message for head in heads for line in every_database.read_log(CLIENT, head.guid)[1]]
    assert "ann at the web page: undid: set back shop - waiting (id-waiting)" in lines
    assert set(load(every_database, entries[0]).log_guids) == {head.guid for head in heads}


# -- batches ----------------------------------------------------------------------------------------------------------


def test_batches_keep_every_text() -> None:
    batches: Batches[str] = Batches(str)
    texts = list(ODD_TEXTS.values())
    batches.append(texts)
    batches.append([])
    batches.append(["x"])
    assert list(batches) == list(batches) == [texts, [], ["x"]]


def test_batches_have_an_end() -> None:
    batches: Batches[str] = Batches(str, most=1000)
    with pytest.raises(TooMuch):
        batches.append([str(Log().guid) for _ in range(100)])
    assert list(batches) == []
