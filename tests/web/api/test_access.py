"""Who may call what. A route that is not in the table fails here."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.routing import APIRoute
from httpx2 import Response

from databus.timestamps import utc_now
from databus.web.api import health
from databus.web.api.router import NOUNS, PREFIX
from databus.web.throttle import PER_ADDRESS
from tests.web.api.world import ROUTE, World, problem, token_of

ANYBODY, ROOT, ROOT_ADMINISTRATOR = "anybody", "root", "root's administrators"
OVERSEER = "root's administrators, reading"
READER, WRITER, ADMINISTRATOR, CONFIGURER = "reader", "writer", "administrator", "configurer"
OPEN = "open"

WHO = {
    ("GET", "/api/v1/clients"): ANYBODY,
    ("GET", "/api/v1/clients/{client}"): READER,
    ("GET", "/api/v1/clients/{client}/passengers"): READER,
    ("POST", "/api/v1/clients/{client}/passengers/{route}"): WRITER,
    ("POST", "/api/v1/clients/{client}/passengers/{route}/drive"): WRITER,
    ("POST", "/api/v1/clients/{client}/passengers/{route}/pause"): WRITER,
    ("POST", "/api/v1/clients/{client}/passengers/{route}/resume"): WRITER,
    ("GET", "/api/v1/clients/{client}/queue"): READER,
    ("POST", "/api/v1/clients/{client}/queue/actions"): WRITER,
    ("POST", "/api/v1/clients/{client}/queue/undo"): WRITER,
    ("POST", "/api/v1/clients/{client}/queue/purge"): WRITER,
    ("GET", "/api/v1/clients/{client}/queue.csv"): READER,
    ("GET", "/api/v1/clients/{client}/queue.json"): READER,
    ("GET", "/api/v1/clients/{client}/queue/{internal_id:path}"): READER,
    ("DELETE", "/api/v1/clients/{client}/queue/{internal_id:path}"): WRITER,
    ("POST", "/api/v1/clients/{client}/queue/{internal_id:path}/steps"): WRITER,
    ("GET", "/api/v1/clients/{client}/queue/{internal_id:path}/attachments/{name:path}"): READER,
    ("GET", "/api/v1/clients/{client}/log"): READER,
    ("GET", "/api/v1/clients/{client}/log/{guid:path}"): READER,
    ("POST", "/api/v1/clients/{client}/log/purge"): CONFIGURER,
    ("GET", "/api/v1/clients/{client}/config"): ADMINISTRATOR,
    ("PUT", "/api/v1/clients/{client}/config"): CONFIGURER,
    ("GET", "/api/v1/exports"): OVERSEER,
    ("POST", "/api/v1/exports"): ROOT_ADMINISTRATOR,
    ("POST", "/api/v1/exports/test"): ROOT_ADMINISTRATOR,
    ("GET", "/api/v1/exports/{export_id}"): OVERSEER,
    ("POST", "/api/v1/exports/{export_id}/pause"): ROOT_ADMINISTRATOR,
    ("POST", "/api/v1/exports/{export_id}/resume"): ROOT_ADMINISTRATOR,
    ("GET", "/api/v1/exports/{export_id}/manifest"): OVERSEER,
    ("GET", "/api/v1/system"): ROOT,
    ("POST", "/api/v1/system/shutdown"): ROOT_ADMINISTRATOR,
    ("GET", "/api/v1/system/clients/{client_id}"): ROOT,
    ("POST", "/api/v1/system/clients/{client_id}/on"): ROOT_ADMINISTRATOR,
    ("POST", "/api/v1/system/clients/{client_id}/off"): ROOT_ADMINISTRATOR,
    ("POST", "/api/v1/system/pause"): ROOT_ADMINISTRATOR,
    ("POST", "/api/v1/system/resume"): ROOT_ADMINISTRATOR,
    ("POST", "/api/v1/clients"): ROOT_ADMINISTRATOR,
    ("GET", "/healthz"): OPEN,
    ("GET", "/readyz"): OPEN,
    ("DELETE", "/api/v1/clients/{client}"): ROOT_ADMINISTRATOR,  # the last: who may has no client any more
}

ALL = set(WHO.values())
OF_CLIENT = {READER, WRITER, ADMINISTRATOR, CONFIGURER}
CHANGING = {WRITER, CONFIGURER, ROOT_ADMINISTRATOR}

MAY: dict[str, set[str]] = {
    "ann": OF_CLIENT | {ANYBODY, OPEN},
    "otto": {READER, WRITER, ANYBODY, OPEN},
    "rita": {READER, ANYBODY, OPEN},
    "late": {READER, WRITER, ANYBODY, OPEN},
    "ede": {OPEN},
    "bea": {ANYBODY, OPEN},
    "rob": ALL,
    "ron": ALL - {ADMINISTRATOR, CONFIGURER, OVERSEER, ROOT_ADMINISTRATOR},
    "rudi": ALL - CHANGING - {ADMINISTRATOR, OVERSEER},
    "nobody": {OPEN},
    "": {OPEN},
}
"""What each may, by the token; without a name, without one."""

KNOWN_ELSEWHERE = {"ann", "otto", "rita", "late"}
"""Who may read acme, but is a stranger where the address is one of root."""


def _routes() -> Iterator[tuple[str, str]]:
    for noun in NOUNS:
        for route in noun.router.routes:
            assert isinstance(route, APIRoute)
            prefix = "" if noun is health else PREFIX
            yield from ((method, f"{prefix}{route.path}") for method in route.methods or ())


def test_every_route_is_in_the_table() -> None:
    assert set(_routes()) == set(WHO)


def _call(world: World, method: str, path: str, by: str) -> Response:
    address = path.replace("{client}", "acme").replace("{route}", ROUTE)
    body: dict[str, Any] = {} if method == "GET" else {"json": {}}
    return world.call(method, re.sub(r"\{.*?\}", "x", address), by, **body)


@pytest.mark.parametrize("by", MAY)
def test_who_may(small: World, by: str) -> None:
    for (method, path), who in WHO.items():
        _check(_call(small, method, path, by), who, by)


def _check(answer: Response, who: str, by: str) -> None:
    if who in MAY[by]:
        assert answer.status_code not in (401, 403, 500), answer.text
    elif by in ("", "nobody", "bea", "ede") or (by in KNOWN_ELSEWHERE and who not in OF_CLIENT):
        problem(answer, 401)
        assert answer.headers["www-authenticate"].startswith("Bearer")
    elif answer.status_code != 422:  # the form of a body is looked at before the person, its content after
        problem(answer, 403)


def test_a_token_finds_its_own_client(small: World) -> None:
    for by, client in (("rita", "acme"), ("bea", "beta")):
        assert small.get("clients", by) == {"clients": [{"client": client, "problems": 0}]}


def test_another_clients_session_sees_no_client(small: World) -> None:
    small.log_in("beta", "bea")
    for method, path in [each for each in WHO if WHO[each] in OF_CLIENT]:
        answer = _call(small, method, path, "")
        if answer.status_code != 422:
            problem(answer, 404 if method == "GET" else 401)


def test_a_session_reads_but_changes_nothing(small: World) -> None:
    small.log_in("acme", "ann")
    assert small.get("clients", by="") == {"clients": [{"client": "acme", "problems": 0}]}
    assert small.get("clients/acme/queue", by="")["items"] == []
    problem(small.call("POST", f"clients/acme/passengers/{ROUTE}/drive", by=""), 401)
    assert small.expedited == []


def test_a_wrong_token_is_not_made_good_by_a_session(small: World) -> None:
    small.log_in("acme", "ann")
    problem(small.call("GET", "clients/acme/queue", by="nobody"), 401)
    problem(small.call("GET", "clients/acme/queue", by="", headers={"authorization": "Basic YW5uOmFubg=="}), 401)


@pytest.mark.parametrize("token", ["", " ", "x" * 20_000, "é", "sha256:", "Bearer"])
def test_odd_tokens_are_wrong_ones(small: World, token: str) -> None:
    header = {"authorization": f"Bearer {token}".encode("latin-1")}
    problem(small.call("GET", "clients/acme/queue", by="", headers=header), 401)


def test_a_client_that_is_not_there_looks_like_one_that_is(small: World) -> None:
    there = problem(small.call("GET", "clients/acme/queue", by="bea"), 401)
    absent = problem(small.call("GET", "clients/nobody/queue", by="bea"), 401)
    assert there == absent
    problem(small.call("GET", "clients/nobody/queue", by="rob"), 404)


def test_a_user_without_a_token_is_let_in_by_none(small: World) -> None:
    small.save("acme", users=[{"username": "ann", "password": "secret"}])
    for token in ("", "ann", "secret"):
        problem(small.call("GET", "clients/acme/queue", by="", headers={"authorization": f"Bearer {token}"}), 401)


def test_a_plain_token_of_databus_8_is_good(small: World) -> None:
    small.save("acme", users=[{"username": "old", "token": "267c598e-f994-11ea-9005-acde48001122"}])
    header = {"authorization": "Bearer 267c598e-f994-11ea-9005-acde48001122"}
    assert small.call("GET", "clients/acme/queue", by="", headers=header).status_code == 200


def test_a_token_ends_with_its_user(small: World) -> None:
    small.get("clients/acme/queue", "otto")
    small.save("acme", users=[])
    problem(small.call("GET", "clients/acme/queue", "otto"), 401)


def test_a_token_ends_when_it_says(small: World) -> None:
    small.get("clients/acme/queue", "late")
    small.ahead = (utc_now().replace(year=2099, month=1, day=2)) - utc_now()
    assert "expired" in problem(small.call("GET", "clients/acme/queue", "late"), 401)["detail"]


def test_who_guesses_tokens_has_to_wait(small: World) -> None:
    most = int(PER_ADDRESS.split()[0])
    for number in range(most):
        problem(small.call("GET", "clients/acme/queue", by=f"guess{number}"), 401)
    answer = small.call("GET", "clients/acme/queue", by="ann")
    problem(answer, 429)
    assert answer.headers["retry-after"] == "300"


def test_who_guesses_does_not_keep_out_who_came_before_with_a_right_token(small: World) -> None:
    small.get("clients/acme/queue", "ann")
    for number in range(int(PER_ADDRESS.split()[0])):
        problem(small.call("GET", "clients/acme/queue", by=f"guess{number}"), 401)
    small.get("clients/acme/queue", "ann")
    problem(small.call("GET", "clients/acme/queue", by="otto"), 429)


def test_a_program_with_an_old_token_guesses_nothing(small: World) -> None:
    for _ in range(int(PER_ADDRESS.split()[0]) + 5):
        problem(small.call("GET", "clients/acme/queue", by="gone"), 401)
    small.get("clients/acme/queue")


def test_no_answer_shows_a_token(small: World) -> None:
    assert token_of("nobody") not in small.call("GET", "clients/acme/queue", by="nobody").text
