"""Handling all that match, before a real browser: from the click over the question to what is stored, and back."""

import csv
import threading
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from databus.database.abstract_database import AbstractDatabase
from databus.database.json_db.json_database import JsonDatabase
from databus.database.records import QueueQuery, State
from databus.database.steps import state
from databus.pqueue.outcome import Outcome, OutcomeKind
from databus.timestamps import utc_now
from tests.web.browser.conftest import ROUTE, USERS, Visit, configure, seat, tell


class HeldDatabase(JsonDatabase):
    """Records only when it is let."""

    go: threading.Event

    def record(self, outcomes: Sequence[Outcome], *, now: datetime) -> list[Outcome]:
        assert self.go.wait(60)
        return super().record(outcomes, now=now)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[HeldDatabase]:
    database = HeldDatabase({"path": str(tmp_path / "db")})
    database.go = threading.Event()
    database.go.set()
    database.open()
    configure(database, "acme", {"passengers": [ROUTE], "users": USERS})
    seat(database, "waiting one", *(f"dead {number}" for number in range(70)))
    for number in range(70):
        tell(database, f"dead {number}", OutcomeKind.REJECTED, "the target does not want it")
    yield database
    database.go.set()
    database.close()


def states(database: AbstractDatabase) -> list[State]:
    found = database.find(QueueQuery(client_id="acme", limit=500), now=utc_now())
    return [state(entry, utc_now()) for entry in found.items]


def count_all(visit: Visit, action: str) -> None:
    visit.page.select_option("#all-action", label=action)
    visit.page.get_by_role("region", name="All that match").get_by_role("button", name="Count").click()


def test_all_that_match_are_handled_and_set_back(visit: Visit, database: AbstractDatabase) -> None:
    visit.log_in(user="bob")
    visit.go("/clients/acme/queue?state=dead")
    count_all(visit, "Set complete")
    expect(visit.page.locator("main")).to_contain_text("70 passengers match; those that come since are not touched")
    assert states(database).count(State.DEAD) == 70
    visit.page.get_by_role("button", name="Set complete").click()
    expect(visit.page.get_by_role("status")).to_contain_text("Done with 70 of 70 passengers")
    assert states(database).count(State.COMPLETE) == 70
    visit.page.get_by_role("button", name="Undo").click()
    expect(visit.page.get_by_role("status")).to_contain_text("70 of 70 passengers are as they were before")
    assert states(database).count(State.DEAD) == 70
    visit.page.get_by_role("link", name="Back").click()
    expect(visit.page).to_have_url(f"{visit.address}/clients/acme/queue?state=dead")


def test_a_job_goes_on_while_nobody_looks_and_shows_its_end(visit: Visit, database: HeldDatabase) -> None:
    visit.log_in()
    visit.go("/clients/acme/queue?state=dead")
    count_all(visit, "Retry now")
    database.go.clear()
    visit.page.get_by_role("button", name="Retry now").click()
    expect(visit.page.get_by_role("status")).to_contain_text("0 of 70 passengers")
    with visit.page.expect_response("**/job/progress?*"):
        pass  # the page asks by itself how far it is
    visit.page.get_by_role("link", name="Queue", exact=True).first.click()
    expect(visit.page.locator("main")).to_contain_text("1 under way")
    visit.page.get_by_role("link", name="Your jobs").click()
    visit.page.get_by_role("link", name="Retry now").click()
    expect(visit.page.get_by_role("progressbar")).to_be_visible()
    database.go.set()
    expect(visit.page.get_by_role("status")).to_contain_text("Done with 70 of 70 passengers")  # nobody has loaded it
    assert states(database).count(State.WAITING) == 71


def test_a_click_on_one_passenger_is_set_back(visit: Visit, database: AbstractDatabase) -> None:
    visit.log_in(user="bob")
    visit.go("/clients/acme/entry?id=id+of+dead+7")
    visit.page.get_by_role("button", name="Set all complete").click()
    expect(visit.page.locator("h1 .state")).to_have_text("complete")
    visit.page.get_by_role("button", name="Undo").click()
    visit.page.get_by_role("link", name="Back").click()
    expect(visit.page.locator("h1 .state")).to_have_text("dead")
    expect(visit.page.locator(".why")).to_contain_text("the target does not want it")


def test_it_works_without_scripts(browser: Browser, address: str, database: AbstractDatabase) -> None:
    context = browser.new_context(java_script_enabled=False)
    context.set_default_timeout(15_000)
    visit = Visit(context.new_page(), address)
    visit.log_in()
    visit.go("/clients/acme/queue?state=dead")
    count_all(visit, "Delete")
    expect(visit.page.locator("main")).to_contain_text("Deleting cannot be undone")
    visit.page.get_by_role("button", name="Delete").click()
    expect(visit.page.get_by_role("status")).to_contain_text("Done with 70 of 70 passengers")
    assert len(states(database)) == 1
    context.close()


def test_the_list_is_saved(visit: Visit, tmp_path: Path) -> None:
    visit.log_in()
    visit.go("/clients/acme/queue?state=dead")
    with visit.page.expect_download() as download:
        visit.page.get_by_role("link", name="Download CSV").click()
    download.value.save_as(tmp_path / "saved.csv")
    assert download.value.suggested_filename == "queue.csv"
    with (tmp_path / "saved.csv").open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.DictReader(file))) == 70


def test_old_ones_are_purged_after_a_question(visit: Visit) -> None:
    visit.log_in()
    visit.go("/clients/acme/queue")
    visit.page.get_by_text("Purge: delete what was completed").click()
    visit.page.fill("#purge-days", "1")
    visit.page.locator(".purge").get_by_role("button", name="Count").click()
    expect(visit.page.locator("main")).to_contain_text("Nothing matches")
    visit.go("/clients/acme/log")
    visit.page.get_by_text("Purge: delete old logs").click()
    visit.page.locator(".purge").get_by_role("button", name="Count").click()
    expect(visit.page.locator("h1")).to_have_text("Delete logs older than 30 days")
