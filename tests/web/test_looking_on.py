"""A list whose page ends early shows what was found, says how far it looked, and looks on."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from databus.database.abstract_database import AbstractDatabase
from databus.database.sql_db.sql_database import SqlDatabase
from databus.testing.samples import NOW, SECOND, passenger, seat
from databus.web.pages.queue import PAGE
from databus.web.rendering import when
from tests.schemas import MARIADB, POSTGRESQL, Servers
from tests.web.looking import parts
from tests.web.world import OPERATOR, World

QUEUE = "/clients/acme/queue"

LOOKED_THROUGH = 20

SQLITE = "sqlite"


@pytest.fixture(
    params=[SQLITE, *(pytest.param(name, marks=pytest.mark.server(name)) for name in (POSTGRESQL, MARIADB))]
)
def database(request: pytest.FixtureRequest, servers: Servers, tmp_path: Path) -> Iterator[AbstractDatabase]:
    on_sqlite = {"url": f"sqlite:///{tmp_path}/databus.db"}
    arguments = on_sqlite if request.param == SQLITE else servers[request.param].emptied()
    database = SqlDatabase(arguments, looked_through=LOOKED_THROUGH)
    database.open()
    yield database
    database.close()


def fill(world: World, of_erp: int) -> None:
    """Seat passengers of an ERP, behind many of a shop, after the one that is there."""
    new = [passenger(f"erp-{number}", client_id="acme", source_system="erp") for number in range(of_erp)]
    new += [passenger(f"shop-{number}", client_id="acme", pull_datetime=NOW + number * SECOND) for number in range(50)]
    seat(world.database, *new)


def named(text: str) -> list[str]:
    return re.findall(r">(erp-\d+)</a>", text)


def test_it_goes_on_by_itself_to_the_end(world: World) -> None:
    fill(world, of_erp=3)
    shown = parts(world.browser(OPERATOR), f"{QUEUE}?source=erp")
    assert [named(part) for part in shown] == [[], [], ["erp-2", "erp-1", "erp-0"]]
    last = NOW + (50 - LOOKED_THROUGH) * SECOND
    assert f"Nothing found so far; looked through everything back to {when(last)}." in shown[0]
    assert "3 found; no older passenger fits these filters" in shown[-1]
    assert all(part.lstrip().startswith("<tbody>") for part in shown[1:]), "no pages within a page"
    assert not any("No passenger fits" in part for part in shown)


def test_it_stops_when_the_page_is_full(world: World) -> None:
    fill(world, of_erp=PAGE + 5)
    browser = world.browser(OPERATOR)
    shown = parts(browser, f"{QUEUE}?source=erp")
    names = [name for part in shown for name in named(part)]
    assert names == [f"erp-{number}" for number in reversed(range(5, PAGE + 5))]
    assert f"{PAGE} found; there may be older ones" in shown[-1]
    older = re.search(r'rel="next" href="([^"]+)"', shown[-1])
    assert older
    rest = parts(browser, unescape(older[1]))
    assert [name for part in rest for name in named(part)] == [f"erp-{number}" for number in reversed(range(5))]


def test_that_nothing_fits_is_said_at_the_end_only(world: World) -> None:
    fill(world, of_erp=0)
    shown = parts(world.browser(OPERATOR), f"{QUEUE}?source=nobody")
    assert ["No passenger fits these filters" in part for part in shown] == [False] * (len(shown) - 1) + [True]
    assert len(shown) == 3


def test_without_scripts_a_link_looks_further_back(world: World) -> None:
    fill(world, of_erp=1)
    browser = world.browser(OPERATOR)
    address, seen = f"{QUEUE}?source=erp", []
    while True:
        answer = browser.get(address).text
        assert "<!doctype html>" in answer
        seen += named(answer)
        link = re.search(r'href="([^"]+)">Look further back', answer)
        if not link:
            break
        address = unescape(link[1])
    assert seen == ["erp-0"]


def test_what_an_index_answers_does_not_look_on(world: World) -> None:
    fill(world, of_erp=PAGE)
    for filters in ("", "?state=waiting", "?search=erp-17"):
        (shown,) = parts(world.browser(OPERATOR), f"{QUEUE}{filters}")
        assert "so far" not in shown
