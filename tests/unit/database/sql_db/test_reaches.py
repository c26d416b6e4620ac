"""A page looks through a bounded number of entries for what no index answers, and the next one goes on behind them."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from databus.database import selection
from databus.database.records import Entry, Page, QueueQuery, State
from databus.database.sql_db.sql_database import SqlDatabase
from databus.pqueue.outcome import OutcomeKind
from databus.testing.samples import CLIENT, NOW, SECOND, claim, complete, outcome, pages, passenger, seat, text
from tests.schemas import Arguments

LOOKED_THROUGH = 40

MANY = 120

MODULES = ("shop.order", "shop.invoice")

FILTERS: list[dict[str, Any]] = [
    {"source_system": "erp"},
    {"source_system": "nobody"},
    {"source_system": "erp", "passenger_module": "shop.order"},
    {"source_system": "erp", "states": (State.FAILED, State.RUNNING)},
    {"source_system": "shop", "states": (State.COMPLETE, State.WAITING, State.DEAD)},
    {"source_system": "erp", "search": "r-0"},
    {"search": "-0"},
    {"search": "-0", "states": (State.FAILED,)},
    {"search": "-0", "passenger_module": "shop.invoice"},
    {"search": "ID-"},
    {"search": "order-017"},
    {"search": "order-017", "error": "odd"},
    {"error": "odd"},
    {"error": "nobody"},
    {"error": "odd", "source_system": "erp", "states": (State.FAILED,)},
    {"attachment": "a.txt"},
    {"attachment": "a.txt", "states": (State.RUNNING, State.COMPLETE), "source_system": "shop"},
    {"step": "out"},
    {"step": "check", "states": (State.FAILED, State.RUNNING)},
    {"step": "check", "attachment": "a.txt", "error": "odd"},
    {"pulled_before": NOW + 17 * SECOND},
    {"pulled_from": NOW + 17 * SECOND, "pulled_before": NOW + 23 * SECOND},
]


@pytest.fixture
def database(arguments: Arguments) -> Iterator[SqlDatabase]:
    """A database whose pages look at few of its entries."""
    database = SqlDatabase(arguments, looked_through=LOOKED_THROUGH)
    database.open()
    entries = seat(database, *(_passenger(number) for number in range(MANY)))
    seat(database, passenger("foreign", client_id="other", source_system="erp"))
    failed = [outcome(each, "check", OutcomeKind.FAILED, error=_error(each)) for each in entries if _number(each) % 3]
    database.record(failed, now=NOW)
    complete(database, *entries[::4])
    claim(database, limit=10)
    yield database
    database.close()


def _passenger(number: int) -> Any:
    return passenger(
        f"order-{number:03}",
        internal_id=f"id-{number}",
        passenger_module=MODULES[number % 2],
        source_system="erp" if number < 10 or number % 17 == 3 else "shop",
        pull_datetime=NOW + number * SECOND,
        attachments=[text("a.txt")] if number % 7 == 0 else [],
    )


def _number(entry: Entry) -> int:
    return int(entry.external_id.removeprefix("order-"))


def _error(entry: Entry) -> str:
    return "odd" if _number(entry) % 2 else "even"


def _walked(database: SqlDatabase, query: QueueQuery) -> list[Page[Entry]]:
    return list(pages(lambda cursor: database.find(replace(query, cursor=cursor), now=NOW)))


@pytest.mark.parametrize("limit", [1, 3, 50])
def test_pages_together_show_what_fits_once(database: SqlDatabase, limit: int) -> None:
    everything = [entry for page in _walked(database, QueueQuery(client_id=CLIENT)) for entry in page.items]
    assert len(everything) == MANY
    for filters in FILTERS:
        query = QueueQuery(client_id=CLIENT, limit=limit, **filters)
        expected = selection.find_entries(everything, replace(query, limit=MANY), NOW).items
        shown = _walked(database, query)
        assert [entry for page in shown for entry in page.items] == list(expected), filters
        assert all(len(page.items) <= limit for page in shown), filters


def test_a_page_ends_early_and_says_how_far_it_looked(database: SqlDatabase) -> None:
    shown = _walked(database, QueueQuery(client_id=CLIENT, source_system="nobody"))
    assert [page.items for page in shown] == [()] * 3
    times = [NOW + number * SECOND for number in (MANY - LOOKED_THROUGH, MANY - 2 * LOOKED_THROUGH)]
    assert [page.back_to for page in shown] == [*times, None]
    assert shown[-1].next_cursor == ""


def test_what_an_index_answers_never_ends_early(database: SqlDatabase) -> None:
    filters: list[dict[str, Any]] = [
        {},
        {"passenger_module": "shop.order"},
        {"states": (State.COMPLETE,)},
        {"states": (State.RUNNING, State.FAILED)},
        {"search": "order-017"},
        {"search": "order-"},
        {"search": "id-"},
    ]
    for each in filters:
        *full, _ = _walked(database, QueueQuery(client_id=CLIENT, limit=7, **each))
        assert all(len(page.items) == 7 and page.back_to is None for page in full), each


def test_those_with_a_step_to_do_are_found_among_complete_ones(database: SqlDatabase) -> None:
    (open_one,) = seat(database, passenger("open", pushers=("late",), pull_datetime=NOW - timedelta(days=1)))
    found = [entry for page in _walked(database, QueueQuery(client_id=CLIENT, step="late")) for entry in page.items]
    assert [entry.internal_id for entry in found] == [open_one.internal_id]


def test_how_far_it_looked_tells_nothing_of_other_clients(database: SqlDatabase) -> None:
    long_ago = NOW - timedelta(days=1)
    foreign = [passenger(f"f-{number}", client_id="other", pull_datetime=long_ago) for number in range(MANY)]
    failed = [outcome(each, "check", OutcomeKind.FAILED, error="away") for each in seat(database, *foreign)]
    database.record(failed, now=NOW)
    shown = _walked(database, QueueQuery(client_id=CLIENT, error="nobody"))
    assert len(shown) > 1
    assert long_ago not in {page.back_to for page in shown}
