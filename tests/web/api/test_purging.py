"""Deleting old passengers and logs through the API, and the list as a file."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from databus.client.log import MessageType
from databus.database.records import Entry, LogHead, LogLine
from databus.operating.audit import Person
from databus.operating.step_changes import Change, change_steps
from databus.timestamps import utc_now
from tests.web.api.world import World, problem

QUEUE, LOGS = "clients/acme/queue/purge", "clients/acme/log/purge"

BY = Person("a test", "a test")


@pytest.fixture
def entries(world: World) -> list[Entry]:
    """Passengers, of which the first one is complete."""
    ids = [world.hand_over(f"order-{number}") for number in range(3)]
    first = world.entry(ids[0])
    change_steps(world.database, [(first, first.steps)], Change.COMPLETE, by=BY)
    return [world.entry(each) for each in ids]


def purge(world: World, address: str, by: str = "ann", **wish: Any) -> dict[str, Any]:
    answer = world.call("POST", address, by, json=wish)
    assert answer.status_code == 200, answer.text
    result: dict[str, Any] = answer.json()
    return result


def test_complete_passengers_are_counted_first_and_then_purged(world: World, entries: list[Entry]) -> None:
    assert purge(world, QUEUE, older_than_days=30) == {"matched": 0, "deleted": 0}
    world.ahead = timedelta(days=31)
    assert purge(world, QUEUE, "otto", older_than_days=30, only_count=True) == {"matched": 1, "deleted": 0}
    assert len(world.entries()) == 3
    assert purge(world, QUEUE, older_than_days=30, passenger="another") == {"matched": 0, "deleted": 0}
    assert purge(world, QUEUE, "otto", older_than_days=30) == {"matched": 1, "deleted": 1}
    assert {each.external_id for each in world.entries()} == {"order-1", "order-2"}
    assert any(each.startswith("otto at the API: Delete what was completed") for each in world.audit())


def test_old_logs_are_counted_first_and_then_purged(world: World) -> None:
    old = LogHead(client_id="acme", guid="old", created_on=utc_now() - timedelta(days=40))
    line = LogLine(timestamp=old.created_on, type=MessageType.info, source="a test", message="old")
    for each in (old, replace(old, client_id="beta")):
        world.database.append_log(each, [line])
    assert purge(world, LOGS, older_than_days=30, only_count=True) == {"matched": 1, "deleted": 0}
    assert purge(world, LOGS, older_than_days=30) == {"matched": 1, "deleted": 1}
    problem(world.call("GET", "clients/acme/log/old"), 404)
    world.get("clients/beta/log/old", "rob")
    assert any("Delete logs older than 30 days: 1 of 1 logs" in each for each in world.audit())


@pytest.mark.parametrize("address", [QUEUE, LOGS])
@pytest.mark.parametrize(
    "wish",
    [{}, {"older_than_days": 0}, {"older_than_days": 36501}, {"older_than_days": "x"}, {"older_than_days": 1, "x": 1}],
)
def test_wishes_that_cannot_be(small: World, address: str, wish: dict[str, Any]) -> None:
    assert problem(small.call("POST", address, json=wish), 422)["errors"]


@pytest.mark.parametrize(("address", "by"), [(LOGS, "otto"), (LOGS, "rita"), (QUEUE, "rita"), (LOGS, "ron")])
def test_who_may_not_purge(small: World, address: str, by: str) -> None:
    small.ahead = timedelta(days=31)
    small.hand_over("order-1")
    problem(small.call("POST", address, by, json={"older_than_days": 1}), 403)
    assert small.audit() != []


# -- files ------------------------------------------------------------------------------------------------------------


def test_all_that_match_come_as_a_table(world: World, entries: list[Entry]) -> None:
    answer = world.call("GET", "clients/acme/queue.csv?state=waiting", "rita")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(row["external_id"], row["state"], row["passenger"]) for row in rows] == [
        ("order-2", "waiting", "databus.passenger.document"),
        ("order-1", "waiting", "databus.passenger.document"),
    ]
    assert answer.headers["content-disposition"].startswith("attachment")


def test_all_that_match_come_as_json(world: World, entries: list[Entry], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("databus.web.queue_files.PAGE", 2)
    assert world.get("clients/acme/queue.json", "rita") == world.get("clients/acme/queue")["items"]
    assert world.get("clients/acme/queue.json?search=nothing") == []


@pytest.mark.parametrize("file", ["queue.csv", "queue.json"])
@pytest.mark.parametrize("query", ["state=x", "colour=red", "pulled_from=2026-01-01", "cursor=x", "limit=1"])
def test_filters_that_cannot_be(small: World, file: str, query: str) -> None:
    assert problem(small.call("GET", f"clients/acme/{file}?{query}"), 422)["errors"]
