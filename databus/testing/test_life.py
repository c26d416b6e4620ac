"""Making, opening and closing an engine."""

import json
from contextlib import suppress

import pytest

from databus.database.abstract_database import AbstractDatabase
from databus.database.records import CONFIG, QueuePurge, State
from databus.errors import ConfigError, StoreOwned
from databus.testing.engine import Place
from databus.testing.samples import (
    CLIENT,
    DAY,
    MINUTE,
    NOW,
    claim,
    content,
    found,
    head,
    line,
    outcome,
    passenger,
    seat,
    text,
)


class TestLife:
    """``__init__``, ``open`` and ``close``."""

    def test_an_unknown_argument_is_an_error(self, place: Place) -> None:
        with pytest.raises(ConfigError):
            place.instance(no_such_argument=1)

    def test_arguments_are_plain_json(self, place: Place) -> None:
        assert json.loads(json.dumps(place.arguments)) == place.arguments

    def test_closing_what_was_never_opened_does_nothing(self, place: Place) -> None:
        database = place.instance()
        database.close()
        database.close()

    def test_closing_twice_does_nothing(self, place: Place) -> None:
        database = place.open()
        seat(database, passenger("1"))
        database.close()
        database.close()

    def test_a_second_owner_is_refused_or_sees_the_same(self, durable_place: Place) -> None:
        first = durable_place.open()
        seat(first, passenger("1"))
        second = durable_place.instance()
        with suppress(StoreOwned):
            second.open()
            assert found(second) == ["1"]
        second.close()
        assert found(first) == ["1"]
        first.close()


class TestReopening:
    """Everything is there again."""

    def _again(self, place: Place, database: AbstractDatabase) -> AbstractDatabase:
        database.close()
        return place.open()

    def test_the_queue(self, durable_place: Place) -> None:
        database = durable_place.open()
        seat(database, *(passenger(str(number), attachments=[text("a.txt", str(number))]) for number in range(20)))
        for each in claim(database, limit=10, lease=MINUTE):
            changes = [outcome(each, "notify"), outcome(each, "check", log_guid="log-1")]
            database.record(changes, now=NOW)
        entries = database.load(CLIENT, [f"id-{number}" for number in range(20)])
        database = self._again(durable_place, database)
        again = database.load(CLIENT, [f"id-{number}" for number in range(20)])
        assert [entry.steps for entry in again] == [entry.steps for entry in entries]
        assert [entry.log_guids for entry in again] == [entry.log_guids for entry in entries]
        assert [content(database, entry, "a.txt").decode() for entry in again] == [str(number) for number in range(20)]
        assert found(database) == [str(number) for number in reversed(range(20))]
        claims = claim(database, now=NOW + DAY)
        assert [each.entry.external_id for each in claims] == [str(number) for number in range(20)]
        database.close()

    def test_what_is_seated_behind_stands_behind(self, durable_place: Place) -> None:
        database = durable_place.open()
        seat(database, passenger("2", pull_datetime=NOW + DAY), passenger("3"))
        database = self._again(durable_place, database)
        seat(database, passenger("1", pull_datetime=NOW - DAY))
        assert found(database) == ["1", "3", "2"]
        assert [type(each).__name__ for each in database.seat([passenger("3")])] == ["Duplicate"]
        database.close()

    def test_logs_and_documents(self, durable_place: Place) -> None:
        database = durable_place.open()
        for content_ in (b"one", b"two"):
            database.write_document(CLIENT, CONFIG, content_, expected=None, by="ada", now=NOW)
        database.append_log(head(), [line("0"), line("1")])
        before = (database.clients(), database.read_document(CLIENT, CONFIG), database.document_history(CLIENT, CONFIG))
        log = database.read_log(CLIENT, "log-1")
        database = self._again(durable_place, database)
        after = (database.clients(), database.read_document(CLIENT, CONFIG), database.document_history(CLIENT, CONFIG))
        assert after == before
        assert database.read_log(CLIENT, "log-1") == log
        database.append_log(head(lines=1), [line("1"), line("2")])
        assert [each.message for each in database.read_log(CLIENT, "log-1")[1]] == ["0", "1", "2"]
        database.close()

    def test_what_was_deleted_stays_deleted(self, durable_place: Place) -> None:
        database = durable_place.open()
        seat(database, passenger("1", attachments=[text("a.txt")]), passenger("2"))
        database.purge(QueuePurge(client_id=CLIENT, states=tuple(State), internal_ids=("id-1",)), limit=1, now=NOW)
        seat(database, passenger("1", client_id="other"))
        database.delete_client("other", now=NOW)
        database = self._again(durable_place, database)
        assert (found(database), found(database, client_id="other")) == (["2"], [])
        database.close()
