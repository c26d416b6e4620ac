"""A list that looks on by itself, before a person who waits."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from databus.database.abstract_database import AbstractDatabase
from databus.database.sql_db.sql_database import SqlDatabase
from databus.testing.samples import passenger
from databus.testing.samples import seat as seat_new
from tests.web.browser.conftest import USERS, Visit, configure
from tests.web.browser.test_looks import problems

MANY = 3000

LOOKED_THROUGH = 500

FOUND = "2 found; no older passenger fits these filters."


@pytest.fixture
def database(tmp_path: Path) -> Iterator[AbstractDatabase]:
    """Thousands of passengers, of which a page looks at few."""
    database = SqlDatabase({"url": f"sqlite:///{tmp_path}/databus.db"}, looked_through=LOOKED_THROUGH)
    database.open()
    configure(database, "acme", {"passengers": [], "users": USERS})
    systems = {0: "erp", MANY // 2: "erp"}
    new = [
        passenger(f"order {each}", client_id="acme", source_system=systems.get(each, "shop")) for each in range(MANY)
    ]
    seat_new(database, *new)
    yield database
    database.close()


def test_what_is_found_appears_until_the_end_is_reached(visit: Visit) -> None:
    visit.log_in()
    visit.go("/clients/acme/queue?source=erp")
    expect(visit.page.get_by_role("status")).to_have_text(FOUND)
    rows = visit.page.locator("main tbody tr .id")
    expect(rows).to_have_text([f"order {MANY // 2}", "order 0"])
    assert problems(visit) == []
    visit.page.check("[data-tick-all]")
    expect(visit.page.locator("[data-ticked]")).to_have_text("2 ticked:")
    visit.go("/clients/acme/queue?source=nobody")
    expect(visit.page.get_by_role("status")).to_have_text("No passenger fits these filters.")
    visit.page.click("text=Show all")
    expect(visit.page).to_have_url(f"{visit.address}/clients/acme/queue")


def test_a_part_that_does_not_come_leaves_a_link(visit: Visit) -> None:
    visit.log_in()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    visit.page.route("**/queue?*found=*", hold)
    visit.go("/clients/acme/queue?source=erp")
    further = visit.page.get_by_role("link", name="Look further back")
    expect(visit.page.locator(".looking .busy")).to_be_visible()
    expect(further).to_be_hidden()
    assert problems(visit) == []
    held[0].fulfill(status=503, body="<p>The database is away.</p>", content_type="text/html")
    expect(further).to_be_visible()
    expect(visit.page.get_by_role("status")).to_contain_text("Nothing found so far; looked through everything back to")
    visit.complaints.clear()  # the browser itself notes the 503
    visit.page.unroute_all()
    further.click()
    expect(visit.page.get_by_role("status")).to_have_text(FOUND)
