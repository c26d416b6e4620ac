"""Listing, filtering and counting the queue."""

from typing import Any

import pytest

from databus.database.abstract_database import AbstractDatabase
from databus.database.records import QueuePurge, QueueQuery, Route, RouteCounts, State
from databus.errors import StoreError
from databus.pqueue.outcome import Changes, OutcomeKind
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
    outcome,
    pages,
    passenger,
    seat,
    settle,
    text,
)


def _page(database: AbstractDatabase, **query: Any) -> tuple[list[str], str]:
    page = database.find(QueueQuery(client_id=CLIENT, **query), now=NOW)
    return [entry.external_id for entry in page.items], page.next_cursor


def _purge(database: AbstractDatabase, *internal_ids: str) -> None:
    rule = QueuePurge(client_id=CLIENT, internal_ids=internal_ids)
    assert database.purge(rule, limit=100, now=NOW) == len(internal_ids)


def _one_of_each_state(database: AbstractDatabase, module: str = "shop.order") -> None:
    """Seat one entry in each state; ``running`` is leased until a minute after ``NOW``."""
    names = ("waiting", "failed", "dead", "complete", "running")
    new = [passenger(name, passenger_module=module, internal_id=f"{module} {name}") for name in names]
    _, failed, dead, done, running = seat(database, *new)
    database.record([outcome(failed, "check", OutcomeKind.FAILED, error="E")], now=NOW)
    database.record([outcome(dead, "notify"), outcome(dead, "check", OutcomeKind.REJECTED)], now=NOW)
    complete(database, done)
    route = Route(client_id=CLIENT, passenger_module=module)
    claims = claim(database, after=done.sequence, route=route)
    assert [each.entry.internal_id for each in claims] == [running.internal_id]


class TestFind:
    """The filters of ``find``."""

    def test_nothing_where_nothing_is(self, database: AbstractDatabase) -> None:
        assert _page(database) == ([], "")

    def test_last_seated_first(self, database: AbstractDatabase) -> None:
        seat(database, passenger("2"), passenger("1", pull_datetime=NOW + DAY))
        seat(database, passenger("3", pull_datetime=NOW - DAY))
        assert found(database) == ["3", "1", "2"]

    def test_gives_whole_entries(self, database: AbstractDatabase) -> None:
        entries = seat(database, passenger("1", attachments=[text("a.txt")], log_guids=("log-1",)), passenger("2"))
        assert database.find(QueueQuery(client_id=CLIENT), now=NOW).items == tuple(reversed(entries))

    def test_only_of_the_client(self, database: AbstractDatabase) -> None:
        seat(database, passenger("1"))
        seat(database, passenger("2", client_id="other"))
        assert found(database) == ["1"]
        assert found(database, client_id="nobody") == []

    def test_of_a_route(self, database: AbstractDatabase) -> None:
        seat(database, passenger("1"), passenger("2", passenger_module="shop.invoice"))
        assert found(database, passenger_module="shop.invoice") == ["2"]
        assert found(database, passenger_module="shop.INVOICE") == []

    def test_of_a_source_system_exactly(self, database: AbstractDatabase) -> None:
        seat(database, *(passenger(name, source_system=name) for name in ("shop", "Shop", "shop ", "shops")))
        assert found(database, source_system="shop") == ["shop"]

    @pytest.mark.parametrize("state", ["waiting", "running", "failed", "dead", "complete"])
    def test_in_a_state(self, database: AbstractDatabase, state: str) -> None:
        _one_of_each_state(database)
        assert found(database, states=(State(state),)) == [state]

    def test_in_one_of_several_states(self, database: AbstractDatabase) -> None:
        _one_of_each_state(database)
        assert found(database, states=(State.DEAD, State.WAITING)) == ["dead", "waiting"]
        assert found(database, states=(State.RUNNING, State.COMPLETE)) == ["running", "complete"]
        assert len(found(database, states=tuple(State))) == len(State)

    def test_running_ends_with_the_lease(self, database: AbstractDatabase) -> None:
        _one_of_each_state(database)
        assert found(database, states=(State.RUNNING,), now=NOW + MINUTE - TICK) == ["running"]
        assert found(database, states=(State.RUNNING,), now=NOW + MINUTE) == []
        assert found(database, states=(State.WAITING,), now=NOW + MINUTE) == ["running", "waiting"]

    def test_a_complete_one_is_not_running(self, database: AbstractDatabase) -> None:
        (entry,) = seat(database, passenger("1"))
        claim(database)
        complete(database, entry)
        assert found(database, states=(State.RUNNING,)) == []
        assert found(database, states=(State.COMPLETE,)) == ["1"]

    def test_pulled_in_a_half_open_interval(self, database: AbstractDatabase) -> None:
        times = {"before": NOW - TICK, "at": NOW, "behind": NOW + TICK}
        seat(database, *(passenger(name, pull_datetime=time) for name, time in times.items()))
        assert found(database, pulled_from=NOW) == ["behind", "at"]
        assert found(database, pulled_before=NOW) == ["before"]
        assert found(database, pulled_from=NOW, pulled_before=NOW + TICK) == ["at"]
        assert found(database, pulled_from=NOW, pulled_before=NOW) == []

    def test_with_an_incomplete_step(self, database: AbstractDatabase) -> None:
        first, second = seat(database, passenger("1", pushers=("erp", "crm")), passenger("2", pushers=("erp",)))
        database.record([outcome(first, "erp")], now=NOW)
        assert found(database, step="erp") == ["2"]
        assert found(database, step="crm") == ["1"]
        assert found(database, step="ERP") == []
        database.record([outcome(second, "erp", OutcomeKind.FAILED)], now=NOW)
        assert found(database, step="erp") == ["2"]

    def test_with_an_error(self, database: AbstractDatabase) -> None:
        first, second, third = seat(database, passenger("1", pushers=("a", "b")), passenger("2"), passenger("3"))
        failed = OutcomeKind.FAILED
        database.record([outcome(first, "b", failed, error="TimeoutError: the ERP is slow")], now=NOW)
        database.record([outcome(second, "out", failed, error="KeyError")], now=NOW)
        database.record([outcome(third, "out", failed, error="timeout"), outcome(third, "out")], now=NOW)
        assert found(database, error="timeout") == ["1"]
        assert found(database, error="ERROR") == ["2", "1"]

    def test_with_an_error_that_is_over(self, database: AbstractDatabase) -> None:
        first, second = seat(database, passenger("1", processors=["check", "sort"]), passenger("2"))
        failures = [outcome(each, "check", OutcomeKind.FAILED, error="E") for each in (first, second)]
        database.record([*failures, outcome(first, "sort", OutcomeKind.FAILED, error="E")], now=NOW)
        assert found(database, error="e") == ["2", "1"]
        database.record([outcome(each, "check") for each in (first, second)], now=NOW)
        assert found(database, error="e") == ["1"]
        database.record([outcome(second, "out", OutcomeKind.FAILED, error="E")], now=NOW)
        assert found(database, error="e") == ["2", "1"]

    def test_with_one_of_many_errors(self, database: AbstractDatabase) -> None:
        entries = seat(database, *(passenger(str(number)) for number in range(1200)))
        numbered = zip(entries, range(1200), strict=True)
        failures = [outcome(each, "check", OutcomeKind.FAILED, error=f"E {number}.") for each, number in numbered]
        database.record(failures, now=NOW)
        assert found(database, error="e 7.") == ["7"]
        assert found(database, error="7.", limit=100) == [str(number) for number in range(1197, 0, -10)]
        assert found(database, error="e", limit=700) == [str(number) for number in reversed(range(1200))]
        complete(database, entries[500])
        assert found(database, error="00.", states=(State.FAILED,), limit=5) == [
            f"{number}00" for number in (11, 10, 9, 8, 7, 6, 4, 3, 2, 1)
        ]
        assert found(database, error="00.", search="110") == ["1100"]
        assert found(database, error="00.", passenger_module="shop.invoice") == []

    def test_with_an_error_only_of_the_client(self, database: AbstractDatabase) -> None:
        (first,) = seat(database, passenger("1"))
        (foreign,) = seat(database, passenger("2", client_id="other"))
        failed = OutcomeKind.FAILED
        database.record([outcome(each, "check", failed, error="E") for each in (first, foreign)], now=NOW)
        assert found(database, error="e") == ["1"]
        assert found(database, error="e", client_id="other") == ["2"]

    def test_with_an_attachment(self, database: AbstractDatabase) -> None:
        seat(database, passenger("1", attachments=[text("a.txt"), text("Invoice 7.PDF")]), passenger("2"))
        assert found(database, attachment="invoice") == ["1"]
        assert found(database, attachment=".pdf") == ["1"]
        assert found(database, attachment="order") == []

    def test_all_filters_together(self, database: AbstractDatabase) -> None:
        seat(database, passenger("a1"), passenger("a2", source_system="erp"), passenger("b1"))
        assert found(database, search="a", source_system="shop", states=(State.WAITING,), step="check") == ["a1"]
        assert found(database, search="a", source_system="shop", states=(State.DEAD,)) == []

    def test_what_a_passenger_says_now(self, database: AbstractDatabase) -> None:
        (entry,) = seat(database, passenger("old"))
        changes = Changes(source_system="erp", external_id="new", attachments=[text("new.txt")])
        database.record([outcome(entry, "check", changes=changes)], now=NOW)
        assert found(database, search="new", source_system="erp", attachment="new") == ["new"]
        assert found(database, source_system="shop") == []


class TestSearch:
    """Texts in queries."""

    def test_part_of_the_external_id(self, database: AbstractDatabase) -> None:
        seat(database, passenger("Order-17"), passenger("order-7"), passenger("Invoice-17"))
        assert found(database, search="ORDER") == ["order-7", "Order-17"]
        assert found(database, search="17") == ["Invoice-17", "Order-17"]
        assert found(database, search="r-1") == ["Order-17"]

    def test_beginning_of_the_internal_id(self, database: AbstractDatabase) -> None:
        seat(database, passenger("1", internal_id="ABC-def"), passenger("2", internal_id="xABC"))
        assert found(database, search="abc-") == ["1"]
        assert found(database, search="abc") == ["1"]
        assert found(database, search="def") == []

    def test_every_part_of_some_length(self, database: AbstractDatabase) -> None:
        external = "Rechnung 2026/ÄÖ-00117.pdf"
        seat(database, passenger("2026"), passenger(external), passenger("00117.pdF"), passenger("Rechnung"))
        for length in (3, 4, 5, 12, 20):
            for first in range(len(external) - length + 1):
                assert external in found(database, search=external[first : first + length])
        assert found(database, search=external) == [external]
        assert found(database, search="117.PDF") == ["00117.pdF", external]

    def test_one_of_many_that_are_alike(self, database: AbstractDatabase) -> None:
        names = [f"2026-{number:04}.order" for number in range(1200)]
        seat(database, *(passenger(name) for name in names))
        assert found(database, search="2026-0017.order") == ["2026-0017.order"]
        assert found(database, search="-0017") == ["2026-0017.order"]
        assert found(database, search="7.order", limit=50) == names[1197::-10]
        assert found(database, search=".order", limit=700) == names[::-1]
        assert found(database, search="-2017") == []

    def test_long_texts(self, database: AbstractDatabase) -> None:
        long = "".join(map(str, range(1000)))
        seat(database, passenger("1"), passenger(f"{long}a"), passenger(f"{long}b"))
        assert found(database, search="998999A") == [f"{long}a"]
        assert found(database, search=f"{long}") == [f"{long}b", f"{long}a"]
        assert found(database, search=f"{long}A") == [f"{long}a"]
        assert found(database, search="99799") == [f"{long}b", f"{long}a"]
        assert found(database, search=f"{long}c") == []

    def test_ids_that_are_gone(self, database: AbstractDatabase) -> None:
        (first,) = settle(database, passenger("order-17"))
        (second,) = seat(database, passenger("order-18"))
        changes = Changes(source_system="shop", external_id="invoice-17", attachments=[])
        database.record([outcome(second, "check", changes=changes)], now=NOW)
        assert found(database, search="order-") == ["order-17"]
        assert found(database, search="invoice-17") == ["invoice-17"]
        _purge(database, first.internal_id)
        assert found(database, search="order-17") == []

    @pytest.mark.parametrize(
        "part", ["%", "_", "*", "?", "[a]", "\\", "'", '"', "a\0", "a b", "ü", "漢", "\udcff", "."]
    )
    def test_no_character_is_special(self, database: AbstractDatabase, part: str) -> None:
        seat(database, passenger("plain abc"), passenger(f"x{part}y", internal_id="odd"))
        assert found(database, search=part) == [f"x{part}y"]

    def test_letters_beyond_ascii_are_found_as_they_are_written(self, database: AbstractDatabase) -> None:
        seat(database, passenger("Ärger"), passenger("Straße"))
        assert found(database, search="Ärger") == ["Ärger"]
        assert found(database, search="RAße") == ["Straße"]
        assert found(database, search="straße") == ["Straße"]


class TestPages:
    """Paging."""

    @pytest.mark.parametrize("limit", [1, 2, 3, 4, 6, 7, 100])
    def test_show_everything_once(self, database: AbstractDatabase, limit: int) -> None:
        seat(database, *(passenger(str(number)) for number in range(6)))
        shown = list(
            pages(lambda cursor: database.find(QueueQuery(client_id=CLIENT, limit=limit, cursor=cursor), now=NOW))
        )
        assert [entry.external_id for page in shown for entry in page.items] == ["5", "4", "3", "2", "1", "0"]
        assert [len(page.items) for page in shown] == [limit] * (6 // limit) + ([6 % limit] if 6 % limit else [])

    def test_of_what_is_filtered(self, database: AbstractDatabase) -> None:
        entries = seat(database, *(passenger(str(number)) for number in range(10)))
        complete(database, *entries[::2])
        assert found(database, states=(State.COMPLETE,), limit=2) == ["8", "6", "4", "2", "0"]
        assert found(database, states=(State.WAITING,), limit=5) == ["9", "7", "5", "3", "1"]

    def test_new_entries_do_not_move_them(self, database: AbstractDatabase) -> None:
        seat(database, *(passenger(str(number)) for number in range(4)))
        first, cursor = _page(database, limit=2)
        seat(database, passenger("new"))
        assert (first, _page(database, limit=2, cursor=cursor)) == (["3", "2"], (["1", "0"], ""))

    def test_deleted_entries_do_not_move_them(self, database: AbstractDatabase) -> None:
        entries = settle(database, *(passenger(str(number)) for number in range(6)))
        first, cursor = _page(database, limit=2)
        _purge(database, entries[5].internal_id, entries[4].internal_id, entries[2].internal_id)
        second, cursor = _page(database, limit=2, cursor=cursor)
        assert (first, second) == (["5", "4"], ["3", "1"])
        assert _page(database, limit=2, cursor=cursor) == (["0"], "")

    def test_changed_entries_do_not_move(self, database: AbstractDatabase) -> None:
        entries = seat(database, *(passenger(str(number)) for number in range(4)))
        _, cursor = _page(database, limit=2)
        complete(database, *entries, at=NOW + DAY)
        assert _page(database, limit=2, cursor=cursor) == (["1", "0"], "")

    def test_end_where_the_rest_is_deleted(self, database: AbstractDatabase) -> None:
        entries = settle(database, *(passenger(str(number)) for number in range(4)))
        _, cursor = _page(database, limit=2)
        _purge(database, entries[0].internal_id, entries[1].internal_id)
        assert _page(database, limit=2, cursor=cursor) == ([], "")

    @pytest.mark.parametrize("cursor", ["no cursor", "'", "\0"])
    def test_a_strange_cursor_is_an_error(self, database: AbstractDatabase, cursor: str) -> None:
        with pytest.raises(StoreError):
            _page(database, cursor=cursor)


class TestCounts:
    """``counts``."""

    def test_nothing_where_nothing_is(self, database: AbstractDatabase) -> None:
        assert database.counts(CLIENT, now=NOW) == []

    def test_of_each_route_and_state(self, database: AbstractDatabase) -> None:
        _one_of_each_state(database)
        _one_of_each_state(database, "shop.invoice")
        settle(database, passenger("more"))
        seat(database, passenger("foreign", client_id="other"))
        one = RouteCounts(passenger_module="shop.invoice", waiting=1, running=1, failed=1, dead=1, complete=1)
        two = RouteCounts(passenger_module="shop.order", waiting=1, running=1, failed=1, dead=1, complete=2)
        assert _counted(database) == {"shop.invoice": one, "shop.order": two}

    def test_running_ends_with_the_lease(self, database: AbstractDatabase) -> None:
        seat(database, passenger("1"), passenger("2"))
        claim(database, limit=1, lease=SECOND)
        module = "shop.order"
        assert _counted(database) == {module: RouteCounts(passenger_module=module, waiting=1, running=1)}
        late = {each.passenger_module: each for each in database.counts(CLIENT, now=NOW + SECOND)}
        assert late == {module: RouteCounts(passenger_module=module, waiting=2)}

    def test_follow_what_is_purged(self, database: AbstractDatabase) -> None:
        first, _ = settle(database, passenger("1"), passenger("2"))
        _purge(database, first.internal_id)
        assert _counted(database) == {"shop.order": RouteCounts(passenger_module="shop.order", complete=1)}


def _counted(database: AbstractDatabase) -> dict[str, RouteCounts]:
    counts = database.counts(CLIENT, now=NOW)
    by_route = {each.passenger_module: each for each in counts}
    assert len(by_route) == len(counts)
    return by_route
