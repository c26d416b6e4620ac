"""Requests that another site's page makes the browser send change nothing; whatever the engine is."""

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from tests.web.who_may import TABLE, Row
from tests.web.world import (
    ADMINISTRATOR,
    HOST,
    OPERATOR,
    PASSWORD,
    ROOT_ADMINISTRATOR,
    ROOT_OPERATOR,
    Person,
    World,
    is_inside,
    token_of,
)

pytestmark = pytest.mark.parametrize("database", ["memory_db"], indirect=True)

CHANGING = [pytest.param(row, id=row.path) for row in TABLE if row.method == "POST" and not row.is_public]

ELSEWHERE = {
    "another site": {"sec-fetch-site": "cross-site"},
    "a neighbour": {"sec-fetch-site": "same-site"},
    "an odd browser": {"sec-fetch-site": "Same-Origin, cross-site"},
    "another origin": {"origin": "https://evil.example"},
    "no origin": {"origin": "null"},
    "an empty origin": {"origin": ""},
    "another port": {"origin": f"http://{HOST}:8080"},
    "a longer name": {"origin": f"http://{HOST}.evil.example"},
    "a user": {"origin": f"http://{HOST}@evil.example"},
    "a broken origin": {"origin": "http://["},
    "only a host": {"origin": HOST},
    "a file": {"origin": f"file://{HOST}"},
}
"""What a browser, or somebody who plays one, sends with a request that no page of ours has asked for."""


def ask(browser: TestClient, row: Row, csrf: str, headers: dict[str, str] | None = None) -> Response:
    return browser.post(row.address, params=dict(row.params), data={"csrf": csrf, **row.form}, headers=headers)


def root_administrator(world: World) -> TestClient:
    """Return the browser of who may do everything: nothing but the forgery can be the reason of a refusal."""
    return world.browser(ROOT_ADMINISTRATOR)


def assert_refused(world: World, browser: TestClient, response: Response) -> None:
    assert response.status_code == 403
    assert all(not step.dead for step in world.entries("acme")[0].steps)
    assert "state/pause" not in [each.name for each in world.database.list_documents("root")]
    assert world.expedited == []
    assert is_inside(browser)


@pytest.mark.parametrize("row", CHANGING)
def test_a_page_of_ours_may(world: World, row: Row) -> None:
    browser = root_administrator(world)
    headers = {"sec-fetch-site": "same-origin", "origin": f"http://{HOST}"}
    assert ask(browser, row, world.csrf(browser), headers).status_code in row.answers


@pytest.mark.parametrize("csrf", ["", "x", "é" * 43, "\x00", "undefined"])
@pytest.mark.parametrize("row", CHANGING)
def test_without_the_token_of_the_session_nothing_is_changed(world: World, row: Row, csrf: str) -> None:
    browser = root_administrator(world)
    assert_refused(world, browser, ask(browser, row, csrf))


@pytest.mark.parametrize("whose", [ROOT_ADMINISTRATOR, ROOT_OPERATOR, ADMINISTRATOR, OPERATOR], ids=str)
@pytest.mark.parametrize("row", CHANGING)
def test_the_token_of_another_session_does_not_count(world: World, row: Row, whose: Person) -> None:
    foreign = world.csrf(world.browser(whose))
    browser = root_administrator(world)
    assert_refused(world, browser, ask(browser, row, foreign))


@pytest.mark.parametrize("row", CHANGING)
def test_a_token_in_the_address_does_not_count(world: World, row: Row) -> None:
    browser = root_administrator(world)
    params = {**row.params, "csrf": world.csrf(browser), "x_csrf_token": world.csrf(browser)}
    assert_refused(world, browser, browser.post(row.address, params=params, data=dict(row.form)))


@pytest.mark.parametrize("row", CHANGING)
def test_a_token_in_a_header_counts_as_one_in_the_form(world: World, row: Row) -> None:
    browser = root_administrator(world)
    headers = {"x-csrf-token": world.csrf(browser)}
    assert ask(browser, row, "", headers).status_code in row.answers


@pytest.mark.parametrize("headers", ELSEWHERE.values(), ids=ELSEWHERE)
@pytest.mark.parametrize("row", CHANGING)
def test_what_another_sites_page_sends_is_refused_even_with_the_token(
    world: World, row: Row, headers: dict[str, str]
) -> None:
    browser = root_administrator(world)
    assert_refused(world, browser, ask(browser, row, world.csrf(browser), headers))


@pytest.mark.parametrize("row", CHANGING)
def test_a_link_changes_nothing(world: World, row: Row) -> None:
    browser = root_administrator(world)
    response = browser.get(row.address, params={**row.params, **row.form, "csrf": world.csrf(browser)})
    assert response.status_code in (200, 303, 404, 405)
    assert all(not step.dead for step in world.entries("acme")[0].steps)
    assert world.expedited == []
    assert is_inside(browser)


# -- being logged in as somebody else ---------------------------------------------------------------------------------

FORM = {"client": "acme", "username": "administrator", "password": PASSWORD}


@pytest.mark.parametrize("token", ["", "x", "é", "guessed"])
def test_a_login_needs_the_form_that_this_browser_got(world: World, token: str) -> None:
    browser = world.browser()
    assert browser.post("/login", data={**FORM, "token": token}).status_code == 403
    browser.get("/login")
    assert browser.post("/login", data={**FORM, "token": token}).status_code == 403
    assert not is_inside(browser)


def test_a_login_with_the_token_of_another_browser_is_refused(world: World) -> None:
    foreign = token_of(world.browser().get("/login"))
    browser = world.browser()
    assert browser.post("/login", data={**FORM, "token": foreign}).status_code == 403
    browser.get("/login")
    assert browser.post("/login", data={**FORM, "token": foreign}).status_code == 403
    assert not is_inside(browser)


@pytest.mark.parametrize("headers", ELSEWHERE.values(), ids=ELSEWHERE)
def test_another_sites_page_logs_nobody_in(world: World, headers: dict[str, str]) -> None:
    browser = world.browser()
    token = token_of(browser.get("/login"))
    assert browser.post("/login", data={**FORM, "token": token}, headers=headers).status_code == 403
    assert not is_inside(browser)
