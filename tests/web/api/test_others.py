"""Clients, routes, logs, the system, health, and errors."""

from typing import Any

import pytest

from databus.client.log import Log, LogEntry, MessageType
from databus.database.memory_db.memory_database import MemoryDatabase
from databus.dispatcher.route_state import is_paused, write_state
from databus.dispatcher.throughput import Carried, add_throughput
from databus.driver.abstract_driver import DriveSummary
from databus.driver.log_writer import LogWriter
from databus.errors import StoreUnreachable
from databus.operating.audit import Person
from databus.operating.pausing import pause_all, pause_route, switch_client
from databus.timestamps import utc_now
from tests.web.api.world import PUSHER, ROUTE, World, problem, user


def test_clients(world: World) -> None:
    names = [each["client"] for each in world.get("clients", "ron")["clients"]]
    assert names == ["acme", "beta", "root"]


def test_a_client_at_a_glance(world: World) -> None:
    world.hand_over("1")
    client = world.get("clients/acme")
    assert client["client"] == "acme"
    assert client["problems"] == []
    counts = {"waiting": 1, "running": 0, "failed": 0, "dead": 0, "complete": 0}
    assert client["routes"] == [{"route": ROUTE, "counts": counts}]


def test_routes(world: World) -> None:
    world.hand_over("1")
    began = utc_now()
    summary = DriveSummary("acme", ROUTE, pulled=3)
    write_state(world.database, summary, began=began, now=began)
    add_throughput(world.database, "acme", ROUTE, Carried(1204, 3), at=began)
    pause_route(world.database, "acme", ROUTE, True, by=Person("ann", "the web page"))
    (route,) = world.get("clients/acme/passengers")["routes"]
    assert (route["route"], route["is_configured"], route["schedule"]) == (ROUTE, True, "on demand")
    assert (route["next_drive"], route["counts"]["waiting"], route["last_summary"]["pulled"]) == (None, 1, 3)
    assert (route["is_running"], route["is_paused"], route["paused_by"]) == (False, True, "ann")
    assert route["rests_because"] == ["this route is paused"]
    lately = route["lately"]
    assert (lately["done_today"], lately["failed_today"], lately["time_zone"]) == (1204, 3, "UTC")
    assert (lately["done"], lately["failed"]) == ([0] * 23 + [1204], [0] * 23 + [3])
    assert route["pushers"] == [{"module": PUSHER, "name": PUSHER}]
    world.save("acme", users=[{"username": "x"}])
    assert world.get("clients/acme/passengers", "rob")["routes"][0]["is_configured"] is False


@pytest.mark.parametrize("what", ["everything", "client"])
def test_what_lets_routes_rest_is_told(world: World, what: str) -> None:
    scheduled = {"name": ROUTE, "pushers": [PUSHER], "sync_frequency": 5}
    world.save("acme", users=[user("ann", "administrator")], passengers=[scheduled])
    assert world.get("clients/acme/passengers")["routes"][0]["next_drive"] is not None
    by = Person("rob", "the web page")
    if what == "client":
        switch_client(world.database, "acme", False, by=by)
    else:
        pause_all(world.database, True, by=by)
    (route,) = world.get("clients/acme/passengers")["routes"]
    because = ["its client is switched off" if what == "client" else "everything is paused"]
    assert (route["is_paused"], route["paused_by"], route["rests_because"]) == (True, "rob", because)
    assert route["next_drive"] is None, "no time is told at which nothing happens"
    asked = world.call("POST", f"clients/acme/passengers/{ROUTE}/drive").json()
    assert asked["rests_because"] == because


def test_a_route_is_paused_and_resumed(world: World) -> None:
    address = f"clients/acme/passengers/{ROUTE}"
    paused = world.call("POST", f"{address}/pause", "otto")
    assert paused.json() == {"client": "acme", "route": ROUTE, "rests_because": ["this route is paused"]}
    assert world.get("clients/acme/passengers")["routes"][0]["paused_by"] == "otto"
    switch_client(world.database, "acme", False, by=Person("rob", "the API"))
    assert world.call("POST", f"{address}/resume").json()["rests_because"] == ["its client is switched off"]
    audit = world.audit()
    assert f"otto at the API: paused {ROUTE}" in audit
    assert f"ann at the API: resumed {ROUTE}" in audit
    for action in ("pause", "resume"):
        problem(world.call("POST", f"clients/acme/passengers/nothing/{action}"), 404)


def test_a_route_that_is_gone_can_be_resumed(world: World) -> None:
    pause_route(world.database, "acme", "gone", True, by=Person("ann", "the web page"))
    assert world.call("POST", "clients/acme/passengers/gone/resume").json()["rests_because"] == []


def test_a_drive_is_asked_for(world: World) -> None:
    answer = world.call("POST", f"clients/acme/passengers/{ROUTE}/drive", "otto")
    assert (answer.status_code, answer.json()) == (202, {"client": "acme", "route": ROUTE, "rests_because": []})
    assert world.expedited == [("acme", ROUTE)]
    assert f"otto at the API: asked for a drive of {ROUTE}" in world.audit()


def test_a_drive_that_cannot_be(world: World) -> None:
    problem(world.call("POST", "clients/acme/passengers/no.such/drive"), 404)
    alone = World(world.database, expedite=None)
    problem(alone.call("POST", f"clients/acme/passengers/{ROUTE}/drive"), 503)
    alone.hand_over("1")


# -- logs -------------------------------------------------------------------------------------------------------------


def _write(world: World, message: str, level: MessageType = MessageType.info, lines: int = 1) -> str:
    log = Log()
    for number in range(lines):
        log.append_entry(LogEntry(f"{message} {number}", type=level, source="a test"))
    LogWriter(world.database, log, client_id="acme", passenger_module=ROUTE, secrets=frozenset()).flush()
    return str(log.guid)


def test_logs_in_pages(world: World) -> None:
    guids = [_write(world, f"message {number}") for number in range(5)]
    found, address = [], "clients/acme/log?limit=2"
    while address:
        answer = world.call("GET", address)
        found += [log["guid"] for log in answer.json()["items"]]
        address = answer.headers.get("link", "").removeprefix("<").removesuffix('>; rel="next"')
    assert sorted(found) == sorted(guids)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"worst": "error"}, 1),
        ({"worst": "info"}, 2),
        ({"text": "GOOD"}, 1),
        ({"passenger": "other"}, 0),
        ({"created_from": "2020-01-01T00:00:00Z"}, 2),
        ({"created_before": "2020-01-01T00:00:00Z"}, 0),
    ],
)
def test_filters_of_logs(world: World, query: dict[str, Any], expected: int) -> None:
    _write(world, "good")
    _write(world, "bad", MessageType.error)
    assert len(world.get("clients/acme/log", params=query)["items"]) == expected


@pytest.mark.parametrize(
    "query", [{"worst": "awful"}, {"limit": 0}, {"created_from": "x"}, {"colour": "red"}, {"cursor": "none"}]
)
def test_queries_of_logs_that_cannot_be(world: World, query: dict[str, Any]) -> None:
    problem(world.call("GET", "clients/acme/log", params=query), 422)


def test_lines_of_a_log(world: World) -> None:
    guid = _write(world, "line", lines=5)
    first = world.get(f"clients/acme/log/{guid}?limit=3")
    assert (first["log"]["lines"], first["log"]["worst"], first["start"], first["next_start"]) == (5, "info", 0, 3)
    rest = world.get(f"clients/acme/log/{guid}?start={first['next_start']}")
    messages = [line["message"] for line in [*first["lines"], *rest["lines"]]]
    assert messages == [f"line {number}" for number in range(5)]
    assert world.get(f"clients/acme/log/{guid}?start={rest['next_start']}")["lines"] == []
    problem(world.call("GET", f"clients/acme/log/{guid}?start=-1"), 422)


def test_lines_of_a_log_by_level_and_text(world: World) -> None:
    guid = _write(world, "line", lines=15)
    found = world.get(f"clients/acme/log/{guid}", params={"text": "LINE 1", "limit": 3})
    assert [line["message"] for line in found["lines"]] == ["line 1", "line 10", "line 11"]
    rest = world.get(f"clients/acme/log/{guid}", params={"text": "line 1", "start": found["next_start"]})
    assert (len(rest["lines"]), rest["next_start"]) == (3, 15)
    assert world.get(f"clients/acme/log/{guid}", params={"level": "error"})["lines"] == []
    problem(world.call("GET", f"clients/acme/log/{guid}?level=awful"), 422)


def test_another_clients_log_is_not_there(world: World) -> None:
    guid = _write(world, "secret")
    problem(world.call("GET", f"clients/beta/log/{guid}", "bea"), 404)
    problem(world.call("GET", "clients/acme/log/none"), 404)


# -- the system -------------------------------------------------------------------------------------------------------


def test_pause_and_resume(world: World) -> None:
    assert world.call("POST", "system/pause", "rob").json()["is_paused"] is True
    assert is_paused(world.database)
    assert world.get("system", "ron")["is_paused"] is True
    assert world.call("POST", "system/resume", "rob").json()["is_paused"] is False
    assert not is_paused(world.database)
    assert "rob of root at the API: paused all drives" in world.audit("root")


class LostDatabase(MemoryDatabase):
    """A server that is away."""

    def clients(self) -> dict[str, str]:
        raise StoreUnreachable("no answer from db.secret.example")


def test_health(world: World) -> None:
    assert world.get("/healthz", by="") == {"status": "ok"}
    assert world.get("/readyz", by="") == {"status": "ok"}


def test_health_of_a_process_whose_database_is_away() -> None:
    database = LostDatabase({})
    database.open()
    world = World(database)
    assert world.get("/healthz", by="") == {"status": "ok"}
    answer = world.call("GET", "/readyz", by="")
    assert "secret" not in problem(answer, 503)["detail"]
    assert answer.headers["retry-after"]
    for path in ("clients", "clients/acme/queue"):
        assert "secret" not in problem(world.call("GET", path, "rob"), 503)["detail"]


# -- errors -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/v1", "/api/v2/clients", "/api/v1/clients/acme/nothing"])
def test_an_address_that_is_not_there(small: World, path: str) -> None:
    problem(small.call("GET", path), 404)


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("limit=x", "limit: expected a whole number, found text"),
        ("limit=501", "limit: must be at most 500"),
        ("state=odd", "state[0]: must be 'waiting', 'running', 'failed', 'dead' or 'complete'"),
        ("pulled_from=soon", "pulled_from: expected a time such as 2027-01-01T00:00:00Z, found text"),
    ],
)
def test_what_is_wrong_with_a_query_is_told_in_plain_words(small: World, query: str, reason: str) -> None:
    assert problem(small.call("GET", f"clients/acme/queue?{query}"), 422)["detail"] == f"query.{reason}"


@pytest.mark.parametrize(
    ("path", "body", "reason"),
    [
        ("undo", {"undo": "x", "odd": 1}, "body.odd: unknown key; take it out"),
        ("undo", {}, "body.undo: is missing; it must be given"),
        ("actions", {"action": "retry"}, "body: give either ids or filter; an empty filter {} means all passengers"),
    ],
)
def test_what_is_wrong_with_a_body_is_told_in_plain_words(
    small: World, path: str, body: dict[str, object], reason: str
) -> None:
    assert problem(small.call("POST", f"clients/acme/queue/{path}", json=body), 422)["detail"] == reason


def test_a_method_that_is_not_there(small: World) -> None:
    for path, methods in [("queue", "GET, HEAD"), ("config", "GET, HEAD, PUT"), ("queue/x", "DELETE, GET, HEAD")]:
        answer = small.call("PATCH", f"clients/acme/{path}")
        problem(answer, 405)
        assert answer.headers["allow"] == methods


def test_a_failure_of_ours_says_nothing_of_itself(small: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(MemoryDatabase, "find", fail)
    assert "secret" not in problem(small.call("GET", "clients/acme/queue"), 500)["detail"]


def test_errors_of_pages_are_pages(small: World) -> None:
    answer = small.call("GET", "/nothing")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")


def test_answers_have_the_headers_of_security(small: World) -> None:
    answer = small.call("GET", "clients/acme/queue")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "script-src 'self'" in answer.headers["content-security-policy"]
