"""Adding and removing clients."""

import json
from typing import Any

import pytest

from databus.database.records import CONFIG
from tests.web.api.world import World, problem


def _add(world: World, by: str = "rob", **body: Any) -> Any:
    return world.call("POST", "clients", by, json=body)


def test_a_client_is_added(world: World) -> None:
    answer = _add(world, client="Mills & Sons")
    assert (answer.status_code, answer.json()) == (201, {"client": "Mills & Sons"})
    assert answer.headers["location"] == "/api/v1/clients/Mills%20%26%20Sons"
    assert world.get(answer.headers["location"], "rob")["routes"] == []
    assert json.loads(world.database.read_document("Mills & Sons", CONFIG).content)["users"] == []


def test_a_client_is_made_like_another_one(world: World) -> None:
    assert _add(world, client="new", like="acme").status_code == 201
    made, model = (json.loads(world.database.read_document(each, CONFIG).content) for each in ("new", "acme"))
    assert made == {**model, "users": []}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"client": "acme"}, 409),
        ({"client": "../acme"}, 422),
        ({"client": "x" * 65}, 422),
        ({"client": ""}, 422),
        ({"client": "new", "like": "nobody"}, 404),
        ({"client": "new", "users": []}, 422),
    ],
)
def test_what_cannot_be_added_is_told(world: World, body: dict[str, Any], status: int) -> None:
    before = world.database.clients()
    problem(_add(world, **body), status)
    assert world.database.clients() == before


def test_a_client_is_removed_but_not_root(world: World) -> None:
    world.hand_over("1")
    assert world.call("DELETE", "clients/acme", "rob").status_code == 204
    assert "acme" not in world.database.clients()
    problem(world.call("DELETE", "clients/acme", "rob"), 404)
    assert "cannot be removed" in problem(world.call("DELETE", "clients/root", "rob"), 422)["detail"]
    assert "root" in world.database.clients()


@pytest.mark.parametrize(("by", "status"), [("ann", 401), ("ron", 403), ("rudi", 403), ("", 401)])
def test_only_administrators_of_root_whose_token_may_write_do_that(small: World, by: str, status: int) -> None:
    before = small.database.clients()
    problem(_add(small, by, client="new"), status)
    problem(small.call("DELETE", "clients/acme", by), status)
    assert small.database.clients() == before
