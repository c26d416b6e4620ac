"""Asking twice with one key: what was done is done once."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from httpx2 import Response

from databus.database.abstract_database import AbstractDatabase
from databus.database.records import Document, State
from databus.database.steps import settled_state
from databus.errors import StoreUnreachable, VersionConflict
from databus.operating import bulk
from databus.operating.audit import Person
from databus.operating.step_changes import Change, change_steps
from databus.timestamps import utc_now
from databus.web.api.idempotency import ABANDONED, ATTEMPTS, DOCUMENT, KEPT, Answers
from databus.web.api.problems import Trouble
from tests.web.api.test_actions import ACTIONS, _act, _seat, _states, full
from tests.web.api.world import World, problem
from tests.web.test_sessions import switching_often

__all__ = ["full"]


def test_the_same_key_does_it_once(full: World) -> None:
    body = {"action": "delete", "filter": {"state": ["dead"]}}
    first = _act(full, body, key="k")
    change_steps(
        full.database, [(full.entry("id1"), full.entry("id1").steps)], Change.DEAD, by=Person("a test", "a test")
    )
    answer = full.call("POST", ACTIONS, json=body, headers={"idempotency-key": "k"})
    assert {**answer.json(), "undo": ""} == {**first, "undo": ""}
    assert first == {"action": "delete", "matched": 3, "done": 3}
    assert answer.headers["idempotency-replayed"] == "true"
    assert set(_states(full)) == {"id1", "id3"}


def test_the_key_of_another_request_or_user_is_another(full: World) -> None:
    body = {"action": "retry", "filter": {"state": ["dead"]}}
    _act(full, body, key="k")
    problem(full.call("POST", ACTIONS, json={**body, "action": "dead"}, headers={"idempotency-key": "k"}), 422)
    assert _act(full, body, key="k", by="otto")["matched"] == 0


def test_a_key_is_forgotten_after_a_day(full: World) -> None:
    body = {"action": "retry", "filter": {"state": ["dead"]}}
    assert _act(full, body, key="k")["matched"] == 3
    full.ahead = KEPT - timedelta(minutes=1)
    assert _act(full, body, key="k")["matched"] == 3
    full.ahead = KEPT + timedelta(minutes=1)
    assert _act(full, body, key="k")["matched"] == 0


def _answers(world: World, key: str = "k") -> Answers:
    return Answers(
        world.database, "acme", key=key, user="u", request=b"r", turn=world.site.answering, clock=world.clock
    )


def test_what_is_under_way_is_not_begun_again_until_it_was_abandoned(world: World) -> None:
    assert _answers(world).begin() is None
    with pytest.raises(Trouble, match="under way"):
        _answers(world).begin()
    world.ahead = ABANDONED - timedelta(seconds=1)
    _answers(world).go_on()
    world.ahead += ABANDONED - timedelta(seconds=1)
    with pytest.raises(Trouble, match="under way"):
        _answers(world).begin()
    world.ahead += ABANDONED
    assert _answers(world).begin() is None


def test_what_fails_can_be_asked_for_again(full: World, monkeypatch: pytest.MonkeyPatch) -> None:
    body = {"action": "retry", "filter": {"state": ["dead"]}}

    def fail(*_: object, **__: object) -> Iterator[Any]:
        raise StoreUnreachable("no answer")

    with monkeypatch.context() as patched:
        patched.setattr("databus.web.api.actions.matching", fail)
        problem(full.call("POST", ACTIONS, json=body, headers={"idempotency-key": "k"}), 503)
    assert _act(full, body, key="k")["matched"] == 3


def test_a_document_that_somebody_has_edited_is_no_hindrance(world: World) -> None:
    for content in (b"", b"[]", b'{"x": 1}', b'{"x": {"at": "never"}}'):
        world.database.write_document("acme", "state/idempotency", content, expected=None, by="", now=utc_now())
        assert _act(world, {"action": "retry", "filter": {}}, key=content.decode() or "k")["matched"] == 0


# -- beside others ----------------------------------------------------------------------------------------------------


class _Contended:
    """A database in which others are faster to note their answers, for so many writes from one on.

    Attributes:
        writes: Of notes, from 1 on, that were tried.
        expected: The versions that they were based on.
    """

    def __init__(self, database: AbstractDatabase, *, begin: int = 0, end: int = 0) -> None:
        self._database = database
        self._lost = range(begin, end)
        self.writes = 0
        self.expected: list[str | None] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    def write_document(
        self, client_id: str, name: str, content: bytes, *, expected: str | None, **more: Any
    ) -> Document:
        if name == DOCUMENT:
            self.writes += 1
            self.expected.append(expected)
            if self.writes in self._lost:
                raise VersionConflict("others were faster")
        return self._database.write_document(client_id, name, content, expected=expected, **more)


def _contended(database: AbstractDatabase, begin: int, end: int) -> tuple[World, _Contended]:
    """Return an installation with two passengers, and its database, in which these writes of notes are lost."""
    contended: Any = _Contended(database, begin=begin, end=end)
    world = World(contended)
    _seat(world, 0)
    _seat(world, 1)
    return world, contended


def _dead(world: World, *ids: str, key: str = "k") -> Response:
    body = {"action": "dead", "ids": list(ids or ["id0"])}
    return world.call("POST", ACTIONS, json=body, headers={"idempotency-key": key})


def _set_back(world: World, internal_id: str = "id0") -> None:
    """Let somebody set a passenger meanwhile: if it is done again, it does not stay so."""
    entry = world.entry(internal_id)
    change_steps(world.database, [(entry, entry.steps)], Change.COMPLETE, by=Person("a test", "a test"))


@pytest.mark.parametrize("lost", [1, ATTEMPTS, 5 * ATTEMPTS])
def test_what_was_done_is_answered_and_not_done_again_however_late_its_note_gets_through(
    database: AbstractDatabase, lost: int
) -> None:
    world, _ = _contended(database, 2, 2 + lost)
    answer = _dead(world)
    assert (answer.status_code, answer.json()["done"]) == (200, 1)
    _set_back(world)
    again = _dead(world)
    assert (again.json(), again.headers["idempotency-replayed"]) == (answer.json(), "true")
    assert settled_state(world.entry("id0")) is State.COMPLETE


def test_what_was_done_is_answered_also_where_its_note_never_gets_through(
    database: AbstractDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    world, _ = _contended(database, 2, 10_000)
    assert _dead(world).status_code == 200
    assert "could not be noted" in caplog.text
    _set_back(world)
    assert "could not be noted" in problem(_dead(world), 409)["detail"]
    assert settled_state(world.entry("id0")) is State.COMPLETE


def test_few_passengers_are_noted_when_they_are_begun_and_when_they_are_done(database: AbstractDatabase) -> None:
    world, contended = _contended(database, 0, 0)
    assert _dead(world).status_code == 200
    assert contended.writes == 2


def test_many_are_noted_on_the_way_which_breaks_nothing_off(
    database: AbstractDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "BATCH", 1)
    world, contended = _contended(database, 2, 2 + ATTEMPTS)
    for number in range(2, 25):
        _seat(world, number)
    answer = _dead(world, *(f"id{number}" for number in range(25)))
    assert (answer.status_code, answer.json()["done"]) == (200, 25)
    assert contended.writes == 1 + ATTEMPTS + 1 + 1  # begun, lost on the way, on the way, done


def test_what_breaks_off_on_its_way_is_not_done_again(full: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "BATCH", 1)
    record, batches = full.database.record, iter(range(100))

    def breaking(*args: Any, **more: Any) -> Any:
        if next(batches) == 1:
            raise StoreUnreachable("no answer")
        return record(*args, **more)

    with monkeypatch.context() as patched:
        patched.setattr(full.database, "record", breaking)
        problem(_dead(full, "id1", "id3"), 503)
    assert _states(full)["id1"] is State.DEAD
    _set_back(full, "id1")
    full.ahead = KEPT - timedelta(minutes=1)
    assert "with a new key" in problem(_dead(full, "id1", "id3"), 409)["detail"]
    assert _states(full)["id1"] is State.COMPLETE
    assert _dead(full, "id3", key="another").json()["done"] == 1


def test_those_who_begin_at_the_same_time_do_not_hinder_each_other(database: AbstractDatabase) -> None:
    world, contended = _contended(database, 0, 0)
    together = threading.Barrier(24)

    def begin(number: int) -> None:
        together.wait()
        answers = _answers(world, f"key {number}")
        assert answers.begin() is None
        answers.end({"number": number})

    threads = [threading.Thread(target=begin, args=(number,)) for number in range(24)]
    with switching_often():
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert contended.writes == len(set(contended.expected)) == 48  # nobody had to write again
    assert [_answers(world, f"key {number}").begin() for number in range(24)] == [
        {"number": number} for number in range(24)
    ]
