"""Doing something with many passengers at once."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from databus.database.abstract_database import AbstractDatabase
from databus.database.records import NewEntry, Page, QueueQuery, Route, State
from databus.database.steps import settled_state
from databus.operating import bulk
from databus.operating.audit import Person
from databus.operating.step_changes import Change, change_steps
from databus.timestamps import utc_now
from tests.web.api.test_queue import ENTRY
from tests.web.api.world import ROUTE, World, problem

ACTIONS = "clients/acme/queue/actions"


@pytest.fixture
def full(world: World) -> World:
    """Five passengers; those with an even number are dead."""
    for number in range(5):
        _seat(world, number)
    dead = [(world.entry(f"id{number}"), world.entry(f"id{number}").steps) for number in (0, 2, 4)]
    change_steps(world.database, dead, Change.DEAD, by=Person("a test", "a test"))
    return world


def _seat(world: World, number: int) -> None:
    entry = replace(ENTRY, internal_id=f"id{number}", external_id=str(number), seated_as=("", str(number)))
    world.database.seat([NewEntry(entry=entry, attachments=[])])


def _states(world: World) -> dict[str, State]:
    return {entry.internal_id: settled_state(entry) for entry in world.entries()}


def _act(world: World, body: dict[str, Any], by: str = "ann", key: str = "") -> dict[str, Any]:
    answer = world.call("POST", ACTIONS, by, json=body, headers={"idempotency-key": key} if key else {})
    assert answer.status_code == 200, answer.text
    result: dict[str, Any] = answer.json()
    assert bool(result.pop("undo")) is (result["done"] > 0 and result["action"] != "delete")
    return result


def test_what_matches_is_retried(full: World) -> None:
    result = _act(full, {"action": "retry", "filter": {"state": ["dead"]}}, by="otto")
    assert result == {"action": "retry", "matched": 3, "done": 3}
    assert set(_states(full).values()) == {State.WAITING}
    assert sum(line.startswith("otto at the API: set incomplete") for line in full.audit()) == 3


def test_what_is_listed_is_set(full: World) -> None:
    result = _act(full, {"action": "complete", "ids": ["id1", "id2", "id2", "absent"]})
    assert result == {"action": "complete", "matched": 2, "done": 2}
    assert [number for number, state in _states(full).items() if state is State.COMPLETE] == ["id2", "id1"]


@pytest.mark.parametrize(("action", "expected"), [("dead", State.DEAD), ("incomplete", State.WAITING)])
def test_all_are_set(full: World, action: str, expected: State) -> None:
    assert _act(full, {"action": action, "filter": {}})["done"] == 5
    assert set(_states(full).values()) == {expected}


def test_what_is_complete_has_nothing_to_retry(full: World) -> None:
    _act(full, {"action": "complete", "ids": ["id1"]})
    assert _act(full, {"action": "retry", "ids": ["id1"]}) == {"action": "retry", "matched": 1, "done": 0}
    assert _states(full)["id1"] is State.COMPLETE


def test_what_matches_is_deleted_but_not_what_is_driven(full: World) -> None:
    route = Route(client_id="acme", passenger_module=ROUTE)
    full.database.claim(route, after=0, limit=1, owner="a drive", lease=timedelta(minutes=1), now=utc_now())
    assert _act(full, {"action": "delete", "filter": {}}) == {"action": "delete", "matched": 5, "done": 4}
    assert list(_states(full)) == ["id1"]
    assert sum("deleted shop" in line for line in full.audit()) == 4


def test_nobody_is_meant(full: World) -> None:
    assert _act(full, {"action": "delete", "ids": []}) == {"action": "delete", "matched": 0, "done": 0}
    assert _act(full, {"action": "retry", "filter": {"search": "nothing"}})["matched"] == 0


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"action": "retry"},
        {"action": "retry", "ids": [], "filter": {}},
        {"action": "dance", "filter": {}},
        {"action": "retry", "filter": {"colour": "red"}},
        {"action": "retry", "filter": {"state": "dead"}},
        {"action": "retry", "ids": "id1"},
        {"action": "retry", "ids": [1]},
    ],
)
def test_actions_that_cannot_be(full: World, body: dict[str, Any]) -> None:
    before = _states(full)
    assert problem(full.call("POST", ACTIONS, json=body), 422)["errors"]
    assert _states(full) == before


def test_many_are_handled_in_batches(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "BATCH", 2)
    for number in range(5):
        _seat(world, number)
    assert _act(world, {"action": "dead", "filter": {}})["done"] == 5
    assert _act(world, {"action": "delete", "ids": [f"id{number}" for number in range(5)]})["done"] == 5
    assert world.entries() == []


class _SeatsMeanwhile:
    """A database into which somebody seats another passenger whenever a page was read."""

    def __init__(self, database: AbstractDatabase, seat: Any) -> None:
        self._database, self._seat = database, seat

    def find(self, query: QueueQuery, **more: Any) -> Page[Any]:
        page = self._database.find(query, **more)
        self._seat()
        return page


def test_what_is_seated_later_is_left_alone(world: World) -> None:
    numbers = iter(range(100))
    for _ in range(3):
        _seat(world, next(numbers))
    database: Any = _SeatsMeanwhile(world.database, lambda: _seat(world, next(numbers)))
    batches = bulk.matching(database, QueueQuery(client_id="acme"), clock=utc_now)
    assert [entry.internal_id for batch in batches for entry in batch] == ["id2", "id1", "id0"]
