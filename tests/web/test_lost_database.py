"""A database that does not answer: a page that says what to do, a line in the log, and no name of a server."""

import pytest
from starlette.testclient import TestClient

from databus.database.abstract_database import AbstractDatabase
from databus.database.memory_db.memory_database import MemoryDatabase
from databus.errors import StoreError, StoreOwned, StoreUnreachable
from tests.web.who_may import TABLE, Row
from tests.web.world import ADMINISTRATOR, LOG, ROOT_ADMINISTRATOR, World, log_in, token_of

SECRET = "sa@db.internal.example"
ROWS = [pytest.param(row, id=f"{row.method} {row.path}") for row in TABLE if row.path != "/login"]


class Losable(MemoryDatabase):
    """An engine whose server goes away: then no call of the contract is answered any more."""

    trouble: StoreError | None = None
    except_for = frozenset({"arguments", "open", "close"})

    def __getattribute__(self, name: str) -> object:
        trouble = object.__getattribute__(self, "trouble")
        exceptions = object.__getattribute__(self, "except_for")
        if trouble is not None and name not in exceptions and hasattr(AbstractDatabase, name):
            raise trouble
        return object.__getattribute__(self, name)


@pytest.fixture
def database() -> Losable:
    return Losable({})


def lose(database: Losable, error: type[StoreError] = StoreUnreachable, *, but: tuple[str, ...] = ()) -> None:
    database.except_for = Losable.except_for | {*but}
    database.trouble = error(f"the server {SECRET} does not answer")


def assert_said(world: World, browser: TestClient, row: Row) -> None:
    data = {"csrf": "x" * 43, **row.form} if row.method == "POST" else None
    response = browser.request(row.method, row.address, params=dict(row.params), data=data)
    assert response.status_code == 503
    assert "The database cannot be used" in response.text
    assert "goes on by itself" in response.text
    assert SECRET not in response.text
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("error", [StoreUnreachable, StoreOwned, StoreError])
@pytest.mark.parametrize("row", ROWS)
def test_every_page_says_that_the_database_is_lost(
    world: World, database: Losable, row: Row, error: type[StoreError], caplog: pytest.LogCaptureFixture
) -> None:
    browser = world.browser(ROOT_ADMINISTRATOR)
    lose(database, error)
    assert_said(world, browser, row)
    (record,) = caplog.records
    assert SECRET in record.getMessage()
    assert record.levelname == "ERROR"
    assert record.exc_info is None


def test_nobody_can_log_in_and_everybody_is_told_why(world: World, database: Losable) -> None:
    lose(database)
    browser = world.browser()
    assert browser.get("/static/app.css").status_code == 200
    token = token_of(browser.get("/login"))
    response = browser.post("/login", data={"token": token, "client": "acme", "username": "a", "password": "b"})
    assert response.status_code == 503
    assert SECRET not in response.text


@pytest.mark.parametrize("address", ["", "/passengers", "/queue", "/entry?id=id-1", "/log", f"/log/{LOG}"])
def test_only_root_is_told_which_server_it_is(world: World, database: Losable, address: str) -> None:
    browser, root = world.browser(ADMINISTRATOR), world.browser(ROOT_ADMINISTRATOR)
    lose(database, but=("read_document",))  # so far that it is known who asks
    response = browser.get(f"/clients/acme{address}")
    assert response.status_code == 503
    assert SECRET not in response.text
    database.except_for |= {"clients"}
    assert SECRET in root.get(f"/clients/acme{address}").text


@pytest.mark.parametrize("place", ["queue", "log"])
def test_a_lost_database_is_no_wrong_cursor(world: World, database: Losable, place: str) -> None:
    browser = world.browser(ADMINISTRATOR)
    lose(database, but=("read_document",))
    assert browser.get(f"/clients/acme/{place}?cursor=x").status_code == 503


def test_who_was_inside_is_inside_again_when_it_is_back(world: World, database: Losable) -> None:
    browser = world.browser(ADMINISTRATOR)
    lose(database)
    assert browser.get("/clients/acme").status_code == 503
    database.trouble = None
    assert browser.get("/clients/acme").status_code == 200


def test_a_lost_database_counts_as_no_failed_login(world: World, database: Losable) -> None:
    for _ in range(12):
        browser = world.browser()
        token = token_of(browser.get("/login"))
        lose(database)
        data = {"token": token, "client": "acme", "username": "administrator", "password": "wrong"}
        assert browser.post("/login", data=data).status_code == 503
        database.trouble = None
    assert log_in(world.browser(), ADMINISTRATOR).status_code == 303
