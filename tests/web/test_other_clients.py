"""A client's user reaches nothing of another client, by no id, and does not learn which clients there are."""

import pytest
from anyio.from_thread import BlockingPortal
from httpx2 import Response
from starlette.testclient import TestClient

from databus.database.abstract_database import AbstractDatabase
from databus.testing.samples import head, line, passenger, seat, text
from tests.web.who_may import TABLE, Row
from tests.web.world import ADMINISTRATOR, CLIENTS, ENTRY, OPERATOR, ROOT_OPERATOR, World

OF_CLIENTS = [pytest.param(row, id=f"{row.method} {row.path}") for row in TABLE if "{client}" in row.path]

THEIRS = "only-theirs"
"""Id of a passenger and of a log that only the other client has; also in the name of its attachment."""


@pytest.fixture
def world(database: AbstractDatabase, portal: BlockingPortal) -> World:
    world = World(database, portal=portal)
    new = passenger("2", client_id="other", internal_id=THEIRS, attachments=[text(f"{THEIRS}.txt", "secret of other")])
    seat(database, new)
    database.append_log(head(THEIRS, client_id="other"), [line("secret of other")])
    return world


def ask(world: World, browser: TestClient, row: Row, client: str) -> Response:
    data = {"csrf": world.csrf(browser), **row.form} if row.method == "POST" else None
    address = row.path.format(client=client, guid="log-1")
    return browser.request(row.method, address, params=dict(row.params), data=data)


@pytest.mark.parametrize("row", OF_CLIENTS)
def test_whether_another_client_exists_cannot_be_told(world: World, row: Row) -> None:
    browser = world.browser(ADMINISTRATOR)
    theirs, missing = ask(world, browser, row, "other"), ask(world, browser, row, "nobodys")
    assert theirs.status_code == missing.status_code == 404
    assert theirs.text.replace("other", "nobodys") == missing.text
    assert {**theirs.headers, "content-length": ""} == {**missing.headers, "content-length": ""}


@pytest.mark.parametrize("row", OF_CLIENTS)
def test_a_client_goes_by_its_name_only(world: World, row: Row) -> None:
    browser = world.browser(ADMINISTRATOR)
    for odd in ("root", "ACME", "acme ", "acme%00", "%2e", "%2e%2e", "other%2f..%2facme", "*", "%ff", "a" * 5000):
        assert ask(world, browser, row, odd).status_code == 404


@pytest.mark.parametrize("row", OF_CLIENTS)
def test_nobody_is_told_which_clients_there_are(world: World, row: Row) -> None:
    browser = world.browser()
    theirs, missing = ask(world, browser, row, "other"), ask(world, browser, row, "nobodys")
    assert theirs.status_code == missing.status_code == (303 if row.method == "GET" else 401)
    headers = {name: value.replace("other", "nobodys") for name, value in theirs.headers.items()}
    assert {**headers, "content-length": ""} == {**missing.headers, "content-length": ""}
    assert theirs.text.replace("other", "nobodys") == missing.text


@pytest.mark.parametrize(
    "address",
    [
        f"entry?id={THEIRS}",
        f"attachment?id={THEIRS}&name={THEIRS}.txt",
        f"attachment?id={ENTRY}&name={THEIRS}.txt",
        f"attachment?id=../../other/{THEIRS}&name={THEIRS}.txt",
        f"preview?id={THEIRS}&name={THEIRS}.txt",
        f"preview?id={ENTRY}&name={THEIRS}.txt",
        f"log/{THEIRS}",
        f"log/..%2f..%2fother%2flog%2f{THEIRS}",
    ],
)
def test_ids_of_another_client_lead_nowhere(world: World, address: str) -> None:
    response = world.browser(ADMINISTRATOR).get(f"/clients/acme/{address}")
    assert response.status_code == 404
    assert "secret of other" not in response.text


def test_a_step_of_another_clients_passenger_cannot_be_set(world: World) -> None:
    before = world.database.load("other", [THEIRS])
    response = world.post(world.browser(ADMINISTRATOR), f"/clients/acme/entry?id={THEIRS}", {"change": "dead"})
    assert response.status_code == 404
    assert world.database.load("other", [THEIRS]) == before


@pytest.mark.parametrize("action", ["retry", "complete", "incomplete", "dead", "delete"])
def test_another_clients_passengers_cannot_be_handled(world: World, action: str) -> None:
    before = [world.database.load(client, [ENTRY, THEIRS]) for client in CLIENTS]
    form = {"action": action, "ids": [THEIRS], "back": "client=other", "sure": "true"}
    response = world.post(world.browser(ADMINISTRATOR), "/clients/acme/queue", form)
    assert response.status_code == 303
    assert [world.database.load(client, [ENTRY, THEIRS]) for client in CLIENTS] == before


@pytest.mark.parametrize("ids", [[], [""], ["*"], ["%"]])
def test_deleting_nothing_deletes_nothing(world: World, ids: list[str]) -> None:
    world.post(world.browser(ADMINISTRATOR), "/clients/acme/queue", {"action": "delete", "ids": ids, "sure": "true"})
    assert world.entries("acme")


@pytest.mark.parametrize("address", ["", "/passengers", "/queue", f"/entry?id={ENTRY}", "/log", "/log/log-1"])
def test_no_page_of_a_client_tells_of_others(world: World, address: str) -> None:
    response = world.browser(ADMINISTRATOR).get(f"/clients/acme{address}")
    assert response.status_code == 200
    assert "secret of other" not in response.text
    assert THEIRS not in response.text
    assert "/clients/other" not in response.text
    assert "/clients/root" not in response.text


@pytest.mark.parametrize("place", ["queue", "log"])
def test_a_cursor_of_another_clients_list_shows_only_what_is_ones_own(world: World, place: str) -> None:
    for number in range(60):
        seat(world.database, passenger(f"many-{number}", client_id="other"))
        world.database.append_log(head(f"many-{number}", client_id="other"), [line()])
    theirs = world.browser(ROOT_OPERATOR).get(f"/clients/other/{place}")
    cursor = theirs.text.partition("cursor=")[2].partition('"')[0]
    assert cursor
    response = world.browser(OPERATOR).get(f"/clients/acme/{place}?cursor={cursor}")
    assert response.status_code in (200, 400)
    assert "many-" not in response.text


def test_the_start_is_that_of_ones_own_client(world: World) -> None:
    response = world.browser(OPERATOR).get("/")
    assert (response.status_code, response.headers["location"]) == (303, "/clients/acme")
