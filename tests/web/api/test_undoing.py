"""Undoing an action through the API."""

from typing import Any

import pytest

from databus.database.records import State
from databus.database.steps import settled_state
from tests.web.api.world import World, problem

ACTIONS, UNDO = "clients/acme/queue/actions", "clients/acme/queue/undo"


@pytest.fixture
def ids(world: World) -> list[str]:
    return [world.hand_over(f"order-{number}") for number in range(3)]


def act(world: World, action: str, ids: list[str], by: str = "ann") -> dict[str, Any]:
    answer: dict[str, Any] = world.call("POST", ACTIONS, by, json={"action": action, "ids": ids}).json()
    return answer


def states(world: World) -> list[State]:
    return [settled_state(entry) for entry in world.entries()]


def test_an_action_is_undone_once(world: World, ids: list[str]) -> None:
    done = act(world, "dead", ids)
    act(world, "complete", ids[:1])
    answer = world.call("POST", UNDO, json={"undo": done["undo"]})
    assert answer.json() == {"matched": 3, "done": 2}
    assert states(world) == [State.WAITING, State.WAITING, State.COMPLETE]
    problem(world.call("POST", UNDO, json={"undo": done["undo"]}), 409)
    assert sum(each.startswith("ann at the API: undid: set back") for each in world.audit()) == 2


@pytest.mark.parametrize("by", ["otto", "rob"])
def test_another_s_action_cannot_be_undone(world: World, ids: list[str], by: str) -> None:
    done = act(world, "dead", ids)
    problem(world.call("POST", UNDO, by, json={"undo": done["undo"]}), 404)
    assert states(world) == [State.DEAD] * 3


def test_a_token_that_may_only_read_undoes_nothing(small: World) -> None:
    problem(small.call("POST", UNDO, "rita", json={"undo": "x"}), 403)


def test_nothing_to_be_undone_is_told(world: World, ids: list[str]) -> None:
    assert act(world, "delete", ids[:1])["undo"] == ""
    assert act(world, "complete", ["absent"])["undo"] == ""
    problem(world.call("POST", UNDO, json={"undo": ""}), 404)
    problem(world.call("POST", UNDO, json={}), 422)
