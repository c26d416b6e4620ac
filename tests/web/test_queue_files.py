"""The list of passengers as a file."""

import csv
import io

import pytest
from httpx2 import Response

from databus.testing.samples import passenger, seat
from tests.web.job_steps import world
from tests.web.world import OPERATOR, World

__all__ = ["world"]


def table(response: Response) -> list[dict[str, str]]:
    assert response.status_code == 200
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))


@pytest.mark.parametrize(
    ("query", "count"), [("", 6), ("?state=dead", 3), ("?search=dead+1", 1), ("?search=nowhere", 0)]
)
def test_the_list_is_downloaded_as_it_is_filtered(
    world: World, monkeypatch: pytest.MonkeyPatch, query: str, count: int
) -> None:
    monkeypatch.setattr("databus.web.queue_files.PAGE", 2)
    browser = world.browser(OPERATOR)
    rows = table(browser.get(f"/clients/acme/queue.csv{query}"))
    records = browser.get(f"/clients/acme/queue.json{query}").json()
    assert len(rows) == len(records) == count
    assert [row["internal_id"] for row in rows] == [record["internal_id"] for record in records]


def test_a_download_is_a_file(world: World) -> None:
    browser = world.browser(OPERATOR)
    response = browser.get("/clients/acme/queue.csv?state=dead")
    assert [row["last_error"] for row in table(response)] == ["no"] * 3
    assert "queue.csv" in response.headers["content-disposition"]
    assert response.headers["content-type"] == "text/csv; charset=utf-8"


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1"])
def test_no_spreadsheet_computes_what_a_source_system_says(world: World, formula: str) -> None:
    seat(world.database, passenger(formula, internal_id="formula", source_system=formula))
    (row,) = table(world.browser(OPERATOR).get("/clients/acme/queue.csv?search=formula"))
    assert row["external_id"] == row["source_system"] == f"'{formula}"


def test_odd_texts_are_no_hindrance(world: World) -> None:
    odd = 'a\0\ud800,"\n;'
    seat(world.database, passenger(odd, internal_id="odd"))
    browser = world.browser(OPERATOR)
    assert table(browser.get("/clients/acme/queue.csv?search=odd"))[0]["external_id"] == 'a\0?,"\n;'
    assert browser.get("/clients/acme/queue.json?search=odd").json()[0]["external_id"] == 'a\0?,"\n;'


def test_a_download_that_cannot_begin_is_a_page(world: World) -> None:
    browser = world.browser(OPERATOR)
    assert browser.get("/clients/acme/queue.csv?state=x").status_code == 400
    assert browser.get("/clients/acme/queue.json?pulled_from=x").status_code == 400
