"""Handling all that match: what cannot be kept cannot be undone."""

from typing import Any

import pytest

from databus.database.abstract_database import AbstractDatabase
from databus.database.memory_db.memory_database import MemoryDatabase
from databus.database.records import QueueQuery, State
from databus.operating import many_entries
from databus.operating.audit import Person
from databus.operating.batches import MOST, Batches
from databus.operating.bulk import Action, Handled, ignore_progress
from databus.operating.many_entries import ManyEntries, query_words
from databus.testing.samples import CLIENT, NOW, passenger, seat
from databus.timestamps import utc_now, utc_text


@pytest.fixture
def database() -> AbstractDatabase:
    database = MemoryDatabase({})
    database.open()
    seat(database, passenger("1"), passenger("2"))
    return database


def task(database: AbstractDatabase) -> ManyEntries:
    query = QueueQuery(client_id=CLIENT)
    return ManyEntries(database, Action.DEAD, query, by=Person("ann", "the web page"), clock=utc_now)


def test_what_is_too_much_to_be_kept_is_done_but_not_undone(
    database: AbstractDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    def small(kind: Any) -> Batches[Any]:
        return Batches(kind, most=MOST if kind is str else 1)

    monkeypatch.setattr(many_entries, "Batches", small)
    handling = task(database)
    assert handling.count(ignore_progress) == 2
    assert handling.do(ignore_progress) == Handled(matched=2, done=2)
    assert not handling.can_be_undone


def test_nothing_is_undone_before_something_was_done(database: AbstractDatabase) -> None:
    handling = task(database)
    handling.count(ignore_progress)
    assert not handling.can_be_undone
    handling.do(ignore_progress)
    assert handling.can_be_undone


def test_a_query_in_words() -> None:
    assert query_words(QueueQuery(client_id=CLIENT)) == ""
    query = QueueQuery(client_id=CLIENT, states=(State.DEAD, State.FAILED), error="timeout", pulled_before=NOW)
    assert query_words(query) == f"error contains timeout; state dead or failed; pulled before {utc_text(NOW)}"
