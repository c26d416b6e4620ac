"""Deleting what has lived long enough."""

from datetime import datetime

import pytest

from databus.database.abstract_database import AbstractDatabase
from databus.database.records import Entry, LogPurge, LogQuery, QueuePurge, State
from databus.errors import NotFound
from databus.pqueue.outcome import OutcomeKind
from databus.testing.samples import (
    CLIENT,
    DAY,
    MINUTE,
    NOW,
    SECOND,
    TICK,
    claim,
    complete,
    found,
    head,
    line,
    outcome,
    passenger,
    seat,
    settle,
    text,
)

ALL = tuple(State)


def _purge(
    database: AbstractDatabase,
    *internal_ids: str,
    before: datetime | None = None,
    states: tuple[State, ...] = (State.COMPLETE,),
    limit: int = 1000,
    now: datetime = NOW,
    passenger_module: str = "",
) -> int:
    rule = QueuePurge(
        client_id=CLIENT, passenger_module=passenger_module, states=states, before=before, internal_ids=internal_ids
    )
    return database.purge(rule, limit=limit, now=now)


def _settled_at(database: AbstractDatabase, *times: datetime) -> list[Entry]:
    """Seat one passenger for each time, named by its place, and complete it then."""
    return [
        entry
        for number, time in enumerate(times)
        for entry in settle(database, passenger(str(number), pull_datetime=NOW - DAY), at=time)
    ]


class TestPurge:
    """Which entries a rule deletes."""

    def test_nothing_where_nothing_is(self, database: AbstractDatabase) -> None:
        assert _purge(database) == 0

    def test_complete_ones_before_a_time(self, database: AbstractDatabase) -> None:
        _settled_at(database, NOW - TICK, NOW, NOW + TICK)
        assert _purge(database, before=NOW) == 1
        assert found(database) == ["2", "1"]

    def test_of_any_time(self, database: AbstractDatabase) -> None:
        _settled_at(database, NOW - DAY, NOW + 1000 * DAY)
        assert _purge(database) == 2

    def test_what_is_not_complete_stays(self, database: AbstractDatabase) -> None:
        waiting, failed, dead = seat(database, passenger("waiting"), passenger("failed"), passenger("dead"))
        database.record([outcome(failed, "check", OutcomeKind.FAILED)], now=NOW)
        database.record([outcome(dead, "notify"), outcome(dead, "check", OutcomeKind.REJECTED)], now=NOW)
        assert _purge(database, before=NOW + 1000 * DAY) == 0
        assert database.load(CLIENT, [waiting.internal_id]) == [waiting]

    @pytest.mark.parametrize("state", [State.WAITING, State.FAILED, State.DEAD])
    def test_other_states_that_are_named(self, database: AbstractDatabase, state: State) -> None:
        _, failed, dead = seat(database, passenger("waiting"), passenger("failed"), passenger("dead"))
        settle(database, passenger("complete"))
        database.record([outcome(failed, "check", OutcomeKind.FAILED)], now=NOW)
        database.record([outcome(dead, "notify"), outcome(dead, "check", OutcomeKind.REJECTED)], now=NOW)
        assert _purge(database, states=(state,)) == 1
        assert state.value not in found(database)

    def test_the_age_of_what_is_not_complete_is_that_of_its_pull(self, database: AbstractDatabase) -> None:
        seat(database, passenger("old", pull_datetime=NOW - TICK), passenger("new"))
        assert _purge(database, states=ALL, before=NOW) == 1
        assert found(database) == ["new"]

    def test_no_state_names_nothing(self, database: AbstractDatabase) -> None:
        settle(database, passenger("1"))
        assert _purge(database, states=()) == 0
        assert _purge(database, "id-1", states=()) == 0

    def test_named_ones(self, database: AbstractDatabase) -> None:
        settle(database, *(passenger(str(number)) for number in range(4)))
        seat(database, passenger("waiting"))
        assert _purge(database, "id-1", "id-3", "no such", "id-waiting") == 2
        assert found(database) == ["waiting", "2", "0"]
        assert _purge(database, "id-waiting", "id-2", states=ALL) == 2
        assert found(database) == ["0"]

    def test_named_ones_before_a_time(self, database: AbstractDatabase) -> None:
        _settled_at(database, NOW - TICK, NOW, NOW - TICK)
        assert _purge(database, "id-0", "id-1", before=NOW) == 1
        assert found(database) == ["2", "1"]

    def test_of_a_route(self, database: AbstractDatabase) -> None:
        settle(database, passenger("1"), passenger("2", passenger_module="shop.invoice"))
        assert _purge(database, passenger_module="shop.invoice") == 1
        assert found(database) == ["1"]

    def test_of_the_client(self, database: AbstractDatabase) -> None:
        settle(database, passenger("1", client_id="other"))
        settle(database, passenger("1"))
        assert _purge(database) == 1
        assert found(database, client_id="other") == ["1"]

    def test_oldest_first_and_no_more_than_the_limit(self, database: AbstractDatabase) -> None:
        _settled_at(database, NOW - 2 * SECOND, NOW - 4 * SECOND, NOW - SECOND, NOW - 3 * SECOND)
        assert _purge(database, before=NOW, limit=2) == 2
        assert found(database) == ["2", "0"]
        assert _purge(database, before=NOW, limit=3) == 2
        assert _purge(database, before=NOW, limit=3) == 0

    def test_takes_the_attachments_with_it(self, database: AbstractDatabase) -> None:
        settle(database, passenger("1", attachments=[text("a.txt")]))
        _purge(database)
        assert database.load(CLIENT, ["id-1"]) == []
        with pytest.raises(NotFound):
            database.open_attachment(CLIENT, "id-1", "a.txt")

    def test_what_is_seated_anew_has_nothing_of_the_old(self, database: AbstractDatabase) -> None:
        settle(database, passenger("1", attachments=[text("a.txt"), text("b.txt")]))
        _purge(database)
        (entry,) = seat(database, passenger("1", attachments=[text("a.txt", "new")]))
        assert [each.name for each in entry.attachments] == ["a.txt"]
        assert not any(step.is_complete for step in entry.steps)
        with pytest.raises(NotFound):
            database.open_attachment(CLIENT, "id-1", "b.txt")

    def test_one_that_was_set_back_stays(self, database: AbstractDatabase) -> None:
        (entry,) = settle(database, passenger("1"))
        database.record([outcome(entry, "out", OutcomeKind.INCOMPLETE)], now=NOW)
        assert _purge(database) == 0


class TestPurgeLeased:
    """What a lease holds stays."""

    def test_until_it_ends(self, database: AbstractDatabase) -> None:
        (entry,) = seat(database, passenger("1"))
        claim(database, lease=MINUTE)
        complete(database, entry)
        assert _purge(database, states=ALL, now=NOW + MINUTE - TICK) == 0
        assert _purge(database, now=NOW + MINUTE) == 1

    def test_also_when_it_is_not_complete(self, database: AbstractDatabase) -> None:
        seat(database, passenger("1"), passenger("2"))
        claim(database, limit=1)
        assert _purge(database, "id-1", "id-2", states=ALL) == 1
        assert found(database) == ["1"]

    def test_by_their_state_without_it(self, database: AbstractDatabase) -> None:
        seat(database, passenger("1"))
        claim(database, lease=MINUTE)
        assert _purge(database, states=(State.RUNNING,)) == 0
        assert _purge(database, states=(State.RUNNING,), now=NOW + MINUTE) == 0
        assert _purge(database, states=(State.WAITING,), now=NOW + MINUTE) == 1

    def test_does_not_use_up_the_limit(self, database: AbstractDatabase) -> None:
        first, second = seat(database, passenger("1"), passenger("2"))
        claim(database, limit=1)
        complete(database, first, at=NOW - DAY)
        complete(database, second)
        assert _purge(database, limit=1) == 1
        assert found(database) == ["1"]


class TestPurgeLogs:
    """Logs before a time."""

    def test_before_a_time_oldest_first(self, database: AbstractDatabase) -> None:
        for number, created_on in enumerate((NOW - 2 * DAY, NOW - 3 * DAY, NOW - TICK, NOW)):
            database.append_log(head(f"log-{number}", created_on=created_on), [line()])
        rule = LogPurge(client_id=CLIENT, before=NOW)
        assert database.purge(rule, limit=1, now=NOW) == 1
        assert _logs(database) == ["log-3", "log-2", "log-0"]
        assert database.purge(rule, limit=5, now=NOW) == 2
        assert _logs(database) == ["log-3"]
        with pytest.raises(NotFound):
            database.read_log(CLIENT, "log-0")

    @pytest.mark.parametrize(("of_drives", "left"), [(True, ["4", "2", "0"]), (False, ["4", "3", "1"]), (None, ["4"])])
    def test_of_drives_or_not(self, database: AbstractDatabase, of_drives: bool | None, left: list[str]) -> None:
        for number, route in enumerate(["", "shop.order", "", "shop.invoice", "shop.order"]):
            created_on = NOW + number * SECOND
            database.append_log(head(str(number), created_on=created_on, passenger_module=route), [line()])
        rule = LogPurge(client_id=CLIENT, before=NOW + 4 * SECOND, of_drives=of_drives)
        assert database.purge(rule, limit=9, now=NOW) == 5 - len(left)
        assert _logs(database) == left
        assert database.purge(rule, limit=9, now=NOW) == 0

    def test_of_drives_oldest_first_whatever_their_routes(self, database: AbstractDatabase) -> None:
        routes = ["b", "", "a", "z" * 300, "", "b", "a ", "z" * 299 + "y"]
        for number, route in enumerate(routes):
            created_on = NOW + number * SECOND
            database.append_log(head(str(number), created_on=created_on, passenger_module=route), [line()])
        rule = LogPurge(client_id=CLIENT, before=NOW + DAY, of_drives=True)
        assert database.purge(rule, limit=2, now=NOW) == 2
        assert _logs(database) == ["7", "6", "5", "4", "3", "1"]
        assert database.purge(rule, limit=3, now=NOW) == 3
        assert _logs(database) == ["7", "4", "1"]
        assert database.purge(rule, limit=3, now=NOW) == 1
        assert _logs(database) == ["4", "1"]

    def test_of_the_client(self, database: AbstractDatabase) -> None:
        database.append_log(head(client_id="other"), [line()])
        assert database.purge(LogPurge(client_id=CLIENT, before=NOW + DAY), limit=5, now=NOW) == 0
        assert database.read_log("other", "log-1")[1] == [line()]

    def test_leaves_the_queue(self, database: AbstractDatabase) -> None:
        settle(database, passenger("1", log_guids=("log-1",)))
        database.append_log(head(), [line()])
        assert database.purge(LogPurge(client_id=CLIENT, before=NOW + DAY), limit=5, now=NOW) == 1
        assert database.load(CLIENT, ["id-1"])[0].log_guids == ("log-1",)


def _logs(database: AbstractDatabase) -> list[str]:
    return [each.guid for each in database.find_logs(LogQuery(client_id=CLIENT)).items]
