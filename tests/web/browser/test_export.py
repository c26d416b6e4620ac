"""Exporting and ending the system, from the click to what is stored."""

import hashlib
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from databus.database.abstract_database import AbstractDatabase
from databus.database.json_db.json_database import JsonDatabase
from databus.database.records import Claim, Route
from databus.dispatcher.client_switch import is_client_off
from databus.timestamps import utc_now
from tests.web.browser.conftest import PASSENGER, Asked, Visit, visiting
from tests.web.browser.test_looks import problems

FAR = timedelta(hours=1)


def drive(database: AbstractDatabase) -> list[Claim]:
    """Let a drive begin, for which an export has to wait."""
    route = Route(client_id="acme", passenger_module=PASSENGER)
    return database.claim(route, after=0, limit=1, owner="a drive", lease=FAR, now=utc_now())


def begin(visit: Visit, target: Path) -> None:
    visit.go("/export")
    visit.page.fill("#folder", str(target))
    visit.page.select_option("#clients", ["acme"])
    visit.page.click("text=Begin the export")


def test_a_client_is_exported_from_the_form_to_the_manifest(visit: Visit, tmp_path: Path) -> None:
    visit.log_in(client="root")
    visit.page.click("text=Export")
    visit.page.fill("#folder", "not from the root")
    visit.page.click("text=Test the connection")
    expect(visit.page.get_by_role("alert")).to_contain_text("write the path from the root")
    visit.page.fill("#folder", str(tmp_path / "target"))
    visit.page.click("text=Test the connection")
    expect(visit.page.get_by_role("status")).to_contain_text("It is new: the export makes it.")
    visit.page.select_option("#clients", ["acme"])
    visit.page.click("text=Begin the export")
    expect(visit.page.get_by_role("heading", name="Verified: everything is there")).to_be_visible()
    with visit.page.expect_download() as download:
        visit.page.click("text=Download the manifest")
    content = Path(download.value.path()).read_bytes()
    expect(visit.page.locator("main code")).to_have_text(hashlib.sha256(content).hexdigest())
    with closing(JsonDatabase({"path": str(tmp_path / "target")})) as target:
        target.open()
        assert set(target.clients()) == {"acme"}


def test_an_export_is_followed_paused_and_taken_up(visit: Visit, database: AbstractDatabase, tmp_path: Path) -> None:
    claims = drive(database)
    visit.log_in(client="root")
    begin(visit, tmp_path / "target")
    expect(visit.page.locator("#progress")).to_contain_text("waiting for drives to end")  # nobody loads it again
    visit.page.click("text=Pause")
    expect(visit.page.get_by_role("heading", name="Take it up")).to_be_visible()
    database.renew(claims, lease=timedelta(0), now=utc_now())
    visit.page.get_by_role("button", name="Take it up").click()
    expect(visit.page.get_by_role("heading", name="Verified: everything is there")).to_be_visible()


@pytest.fixture(params=[1440, 390])
def own_visit(request: pytest.FixtureRequest, browser: Browser, address: str, theme: str) -> Iterator[Visit]:
    yield from visiting(browser, address, theme, request.param)


def test_the_page_of_an_export_is_accessible_and_fits(
    own_visit: Visit, database: AbstractDatabase, tmp_path: Path
) -> None:
    visit, claims, found = own_visit, drive(database), {}
    visit.log_in(client="root")
    begin(visit, tmp_path / "target")
    expect(visit.page.locator("#progress")).to_contain_text("waiting for drives to end")
    found["running"] = problems(visit)
    visit.page.click("text=Pause")
    expect(visit.page.get_by_role("heading", name="Take it up")).to_be_visible()
    found["paused"] = problems(visit)
    database.renew(claims, lease=timedelta(0), now=utc_now())
    visit.page.get_by_role("button", name="Take it up").click()
    expect(visit.page.get_by_role("heading", name="Verified: everything is there")).to_be_visible()
    found["done"] = problems(visit)
    visit.go("/export")
    found["listed"] = problems(visit)
    assert {name: each for name, each in found.items() if each} == {}


def test_a_client_is_switched_off_and_the_process_ended(visit: Visit, database: AbstractDatabase, asked: Asked) -> None:
    visit.log_in(client="root")
    visit.page.click("text=System")
    visit.page.get_by_role("button", name="Switch off acme").click()
    visit.page.get_by_role("button", name="Switch on acme").wait_for()
    assert is_client_off(database, "acme")
    visit.page.click("text=Shut down …")
    expect(visit.page.get_by_role("heading", name="Shut down?")).to_be_visible()
    assert asked.ends == 0
    visit.page.get_by_role("button", name="Shut down").click()
    expect(visit.page.get_by_role("heading", name="Databus is ending")).to_be_visible()
    assert asked.ends == 1
