"""The queue: listing, one passenger, its steps and attachments."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from msgspec.structs import replace

from databus.database.records import Entry, NewEntry, Route, Step
from databus.operating.audit import Person
from databus.operating.entry_record import entry_record
from databus.operating.pausing import switch_client
from databus.passenger.attachment import Attachment
from databus.pqueue.outcome import NOTIFY, StepKind
from databus.timestamps import utc_now
from databus.web.entries import surroundings_of
from tests.web.api.world import PUSHER, ROUTE, World, problem

QUEUE = "clients/acme/queue"
ENTRY = Entry(
    client_id="acme",
    passenger_module=ROUTE,
    internal_id="one",
    source_system="shop",
    external_id="17",
    seated_as=("shop", "17"),
    puller_module="a.puller",
    puller_name="inbox",
    pull_datetime=datetime(2026, 11, 23, 12, tzinfo=UTC),
    steps=(
        Step(kind=StepKind.NOTIFY, module="a.puller", name=NOTIFY),
        Step(kind=StepKind.PROCESS, module="a.processor", name="check"),
        Step(kind=StepKind.PUSH, module="a.pusher", name="out"),
    ),
)


def _seat(world: World, entry: Entry, *attachments: Attachment) -> None:
    world.database.seat([NewEntry(entry=entry, attachments=attachments)])


def _seat_as(world: World, internal_id: str, **more: Any) -> None:
    _seat(world, replace(ENTRY, internal_id=internal_id, seated_as=("", internal_id), **more))


def _ids(page: Any) -> list[str]:
    return [item["internal_id"] for item in page["items"]]


def test_the_objects_are_those_of_the_command_line(world: World) -> None:
    internal_id = world.hand_over("1", ("a.txt", b"x"))
    (item,) = world.get(QUEUE)["items"]
    record = entry_record(world.entry(internal_id), surroundings_of(world.site, "acme"), now=world.site.clock())
    assert list(item) == list(record)
    assert {key: value for key, value in item.items() if key != "pull_datetime"} == {
        key: value for key, value in record.items() if key != "pull_datetime"
    }
    assert datetime.fromisoformat(item["pull_datetime"]) == record["pull_datetime"]
    assert world.get(f"{QUEUE}/{internal_id}") == item


def test_why_a_passenger_waits_is_told_as_on_the_page(world: World) -> None:
    internal_id = world.hand_over("1")
    switch_client(world.database, "acme", False, by=Person("rob", "the API"))
    (listed,) = world.get(QUEUE)["items"]
    (downloaded,) = world.get(f"{QUEUE}.json")
    alone = world.get(f"{QUEUE}/{internal_id}")
    for item in (listed, downloaded, alone):
        assert item["why"].endswith(" runs at the next drive; but its client is switched off")


def test_pages_follow_each_other_to_the_end(world: World) -> None:
    for number in range(7):
        _seat_as(world, f"id{number}")
    found, address = [], f"{QUEUE}?limit=3&source_system=shop"
    lengths = []
    while address:
        answer = world.call("GET", address)
        page = answer.json()
        found += _ids(page)
        lengths.append(len(page["items"]))
        link = answer.headers.get("link", "")
        assert bool(link) is bool(page["next_cursor"])
        address = link.removeprefix("<").removesuffix('>; rel="next"')
    assert found == [f"id{number}" for number in reversed(range(7))]
    assert lengths == [3, 3, 1]


def test_the_address_of_the_next_page_survives_odd_texts(world: World) -> None:
    for number in range(2):
        _seat_as(world, f"id{number}", source_system="a&b=ü >;")
    answer = world.call("GET", QUEUE, params={"limit": 1, "source_system": "a&b=ü >;"})
    link = answer.headers["link"].removeprefix("<").removesuffix('>; rel="next"')
    assert _ids(world.get(link)) == ["id0"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["b", "a"]),
        ({"passenger": ROUTE}, ["b", "a"]),
        ({"passenger": "other"}, []),
        ({"state": "waiting"}, ["b", "a"]),
        ({"state": ["dead", "failed"]}, []),
        ({"source_system": "shop"}, ["a"]),
        ({"search": "eXt"}, ["b"]),
        ({"search": "a"}, ["a"]),
        ({"attachment": "order"}, []),
        ({"step": "check"}, ["b", "a"]),
        ({"error": "timeout"}, []),
        ({"pulled_from": "2026-11-24T00:00:00Z"}, ["b"]),
        ({"pulled_from": "2026-11-24T01:00:00+02:00"}, ["b"]),
        ({"pulled_before": "2026-11-24T00:00:00Z"}, ["a"]),
    ],
)
def test_filters(world: World, query: dict[str, Any], expected: list[str]) -> None:
    _seat_as(world, "a", external_id="17")
    _seat_as(world, "b", external_id="Next", source_system="mail", pull_datetime=datetime(2026, 11, 25, tzinfo=UTC))
    assert _ids(world.get(QUEUE, params=query)) == expected


@pytest.mark.parametrize(
    "query",
    [
        {"state": "happy"},
        {"limit": 0},
        {"limit": 501},
        {"limit": "x"},
        {"pulled_from": "yesterday"},
        {"pulled_from": "2026-11-24T00:00:00"},
        {"pulled_from": "0001-01-01T00:00:00+14:00"},
        {"colour": "red"},
        {"search": "x" * 501},
        {"cursor": "x" * 1001},
        {"cursor": "none of ours"},
    ],
)
def test_queries_that_cannot_be(world: World, query: dict[str, Any]) -> None:
    content = problem(world.call("GET", QUEUE, params=query), 422)
    (name,) = query
    assert any(name in error["place"] for error in content["errors"])


def test_other_clients_passengers_are_not_there(world: World) -> None:
    _seat(world, replace(ENTRY, client_id="beta", internal_id="theirs"), Attachment("a.txt", text_content="x"))
    assert world.get(QUEUE)["items"] == []
    problem(world.call("GET", f"{QUEUE}/theirs"), 404)
    problem(world.call("POST", f"{QUEUE}/theirs/steps", json={"change": "complete"}), 404)
    problem(world.call("DELETE", f"{QUEUE}/theirs"), 404)
    problem(world.call("GET", f"{QUEUE}/theirs/attachments/a.txt"), 404)
    assert world.call("POST", f"{QUEUE}/actions", json={"action": "delete", "ids": ["theirs"]}).json()["matched"] == 0
    world.call("POST", f"{QUEUE}/actions", json={"action": "delete", "filter": {}})
    assert len(world.entries("beta")) == 1


def test_root_sees_every_clients(world: World) -> None:
    _seat(world, replace(ENTRY, client_id="beta"))
    assert _ids(world.get("clients/beta/queue", "ron")) == ["one"]


# -- steps ------------------------------------------------------------------------------------------------------------


def _statuses(item: Any) -> list[str]:
    kinds = ("notification_statuses", "processor_statuses", "pusher_statuses")
    return [step["status"] for kind in kinds for step in item[kind]]


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([], ["complete", "complete", "complete"]),
        (["out"], ["incomplete", "incomplete", "complete"]),
        (["process:check", "notify"], ["complete", "complete", "incomplete"]),
    ],
)
def test_steps_are_set(world: World, steps: list[str], expected: list[str]) -> None:
    _seat(world, ENTRY)
    answer = world.call("POST", f"{QUEUE}/one/steps", "otto", json={"change": "complete", "steps": steps})
    assert answer.status_code == 200
    assert _statuses(answer.json()) == expected
    assert [step.status.name for step in world.entry("one").steps] == expected
    assert any(line.startswith("otto at the API: set complete") for line in world.audit())


def test_steps_are_set_dead_and_back(world: World) -> None:
    _seat(world, ENTRY)
    assert world.call("POST", f"{QUEUE}/one/steps", json={"change": "dead"}).json()["state"] == "dead"
    assert world.call("POST", f"{QUEUE}/one/steps", json={"change": "incomplete"}).json()["state"] == "waiting"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"change": "happy"},
        {"change": "complete", "steps": "out"},
        {"change": "complete", "steps": ["nothing"]},
        {"change": "complete", "colour": "red"},
        [],
        None,
    ],
)
def test_steps_that_cannot_be_set(world: World, body: object) -> None:
    _seat(world, ENTRY)
    content = problem(world.call("POST", f"{QUEUE}/one/steps", json=body), 422)
    assert content["errors"]
    assert world.entry("one").steps == ENTRY.steps


def test_a_body_that_is_no_json(small: World) -> None:
    _seat(small, ENTRY)
    headers = {"content-type": "application/json"}
    problem(small.call("POST", f"{QUEUE}/one/steps", content=b"{", headers=headers), 422)
    problem(small.call("POST", f"{QUEUE}/one/steps", content=b"\xff", headers=headers), 400)


# -- deleting ---------------------------------------------------------------------------------------------------------


def test_a_passenger_is_deleted(world: World) -> None:
    _seat(world, ENTRY)
    answer = world.call("DELETE", f"{QUEUE}/one", "otto")
    assert (answer.status_code, answer.content) == (204, b"")
    assert world.entries() == []
    assert "otto at the API: deleted shop - 17 (one)" in world.audit()
    problem(world.call("DELETE", f"{QUEUE}/one"), 404)


def test_what_is_being_driven_is_not_deleted(world: World) -> None:
    _seat(world, ENTRY)
    route = Route(client_id="acme", passenger_module=ROUTE)
    world.database.claim(route, after=0, limit=1, owner="a drive", lease=timedelta(minutes=1), now=utc_now())
    problem(world.call("DELETE", f"{QUEUE}/one"), 409)
    assert len(world.entries()) == 1


# -- ids and attachments ----------------------------------------------------------------------------------------------

ODD = ["a/b", "a b", "ü€😀", "a?b#c", "steps", "x/steps", "a;b", "..a", "mail/attachments/x"]


@pytest.mark.parametrize("odd", ODD)
def test_odd_ids_and_names_are_reached(world: World, odd: str) -> None:
    internal_id = odd.replace("attachments", "")
    _seat(world, replace(ENTRY, internal_id=internal_id), Attachment(odd, text_content="content"))
    path = f"{QUEUE}/{quote(internal_id, safe='')}"
    assert world.get(path)["internal_id"] == internal_id
    assert world.call("GET", f"{path}/attachments/{quote(odd, safe='')}").content == b"content"
    assert world.call("POST", f"{path}/steps", json={"change": "complete"}).status_code == 200
    assert world.call("DELETE", path).status_code == 204


def test_an_attachment_is_a_download_that_runs_nothing(world: World) -> None:
    html = b"<script>alert(1)</script>"
    internal_id = world.hand_over("1", ("ü'.html", html))
    name = world.entry(internal_id).attachments[0].name
    answer = world.call("GET", f"{QUEUE}/{internal_id}/attachments/{quote(name)}")
    assert answer.content == html
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''%C3%BC")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]


def test_an_attachment_that_is_not_there(world: World) -> None:
    internal_id = world.hand_over("1")
    for name in ("absent", "../passenger.json", "..%2F..%2Fconfig.json"):
        problem(world.call("GET", f"{QUEUE}/{internal_id}/attachments/{quote(name, safe='')}"), 404)


def test_halves_of_characters_do_not_break_the_answer(world: World) -> None:
    broken = "a\ud800b"
    _seat(world, replace(ENTRY, external_id=broken, source_system=broken), Attachment(broken, text_content="x"))
    item = world.get(f"{QUEUE}/one")
    assert (item["external_id"], item["attachments"][0]["name"]) == ("a?b", "a?b")
    assert _ids(world.get(QUEUE)) == ["one"]


def test_the_pusher_of_the_route_is_shown(world: World) -> None:
    internal_id = world.hand_over("1")
    assert [step["module"] for step in world.get(f"{QUEUE}/{internal_id}")["pusher_statuses"]] == [PUSHER]
