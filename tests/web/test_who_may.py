"""Who may use which route: the table beside this file, asked over HTTP as everybody in turn."""

import pytest
from fastapi.routing import iter_route_contexts
from httpx2 import Response
from starlette.routing import Mount

from databus.database.records import CONFIG
from databus.dispatcher.client_switch import is_client_off
from tests.web.who_may import MOUNTS, TABLE, Row
from tests.web.world import ADMINISTRATOR, ENTRY, PEOPLE, Person, World

pytestmark = pytest.mark.parametrize("database", ["memory_db"], indirect=True)

ROWS = [pytest.param(row, id=f"{row.method} {row.path}") for row in TABLE]
CHANGING = [pytest.param(row, id=row.path) for row in TABLE if row.method == "POST" and not row.is_public]


def ask(world: World, row: Row, person: Person | None) -> Response:
    """Make a row's request, with everything that a page of ours would send."""
    browser = world.browser(person)
    data = {"csrf": world.csrf(browser), **row.form} if row.method == "POST" else None
    return browser.request(row.method, row.address, params=dict(row.params), data=data)


def test_every_route_of_the_application_stands_in_the_table(world: World) -> None:
    there, mounts = set(), set()
    for route in iter_route_contexts(world.app.routes):
        if isinstance(route.original_route, Mount):
            mounts.add(route.original_route.path)
        elif not _is_of_api(route.path or ""):
            there |= {(method, route.path) for method in route.methods or ()}
    assert there == {(row.method, row.path) for row in TABLE}
    assert mounts == MOUNTS


@pytest.mark.parametrize("person", [None, *PEOPLE], ids=str)
@pytest.mark.parametrize("row", ROWS)
def test_a_route_answers_those_who_may_and_nobody_else(world: World, row: Row, person: Person | None) -> None:
    response = ask(world, row, person)
    is_sent_to_login = response.status_code == 303 and response.headers["location"].startswith("/login")
    is_told = response.status_code == 401 and "You are logged out" in response.text
    if row.is_public or person in row.who:
        assert response.status_code in row.answers
        assert row.path == "/logout" or not is_sent_to_login
    elif person is None:
        assert is_told if row.method == "POST" and row.path != "/logout" else is_sent_to_login
    else:
        assert response.status_code == row.refusal_of(person)
        assert "secret of acme" not in response.text


@pytest.mark.parametrize("row", CHANGING)
def test_who_may_not_has_changed_nothing(world: World, row: Row) -> None:
    before = world.entries("acme"), world.database.read_document("acme", CONFIG), world.expedited[:]
    for person in [None, *(each for each in PEOPLE if each not in row.who)]:
        world.browser(person)  # so that their session is stored already
        ask(world, row, person)
        assert world.entries("acme") == before[0]
        assert "state/pause" not in [each.name for each in world.database.list_documents("root")]
        assert world.database.read_document("acme", CONFIG) == before[1]
        assert world.expedited == before[2]
        assert world.ended == []
        assert not is_client_off(world.database, "acme")
        assert world.site.exports.all() == []


@pytest.mark.parametrize("row", ROWS)
def test_a_route_takes_no_other_method(world: World, row: Row) -> None:
    browser = world.browser(ADMINISTRATOR)
    for method in ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"):
        response = browser.request(method, row.address, params=dict(row.params))
        assert response.status_code == 405
        assert response.headers["allow"]
        assert "secret of" not in response.text
    assert world.entries("acme")[0].internal_id == ENTRY


@pytest.mark.parametrize("row", ROWS)
def test_head_is_for_those_who_may_get(world: World, row: Row) -> None:
    for person in (None, ADMINISTRATOR):
        browser = world.browser(person)
        got = browser.get(row.address, params=dict(row.params))
        head = browser.head(row.address, params=dict(row.params))
        assert (head.status_code, head.content) == (got.status_code, b"")


def _is_of_api(path: str) -> bool:
    """Whether a route has its row in the table of the API."""
    return path.startswith("/api/") or path in ("/healthz", "/readyz")
