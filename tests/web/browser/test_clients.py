"""Clients and users in the browser: added, removed, seen."""

from playwright.sync_api import expect

from databus.database.abstract_database import AbstractDatabase
from tests.web.browser.conftest import PASSWORD, Visit

LIST = "/clients/root/customizing/clients"


def test_a_client_is_added_gets_a_user_and_is_removed(visit: Visit, database: AbstractDatabase) -> None:
    page = visit.page
    visit.log_in(client="root")
    visit.go("/clients/root/customizing")
    page.click("text=__clients__")
    page.get_by_label("Name").fill("mills")
    page.get_by_label("With the routes of").select_option("acme")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("status")).to_contain_text("Client mills was added")
    assert "mills" in database.clients()
    page.locator("tr", has_text="mills").get_by_role("link", name="0", exact=True).click()
    page.get_by_label("Name").fill("amy")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password once more").fill(PASSWORD)
    page.get_by_role("button", name="Add").click()
    expect(page.locator("tr", has_text="amy")).to_contain_text("never")
    visit.go(LIST)
    page.get_by_role("link", name="Remove mills").click()
    page.get_by_label("Type the client's name").fill("mill")
    page.get_by_role("button", name="Remove this client").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was removed")
    visit.complaints.clear()  # the browser itself notes the 409
    page.get_by_label("Type the client's name").fill("mills")
    page.get_by_role("button", name="Remove this client").click()
    expect(page.get_by_role("status")).to_contain_text("Client mills was removed")
    assert "mills" not in database.clients()


def test_users_show_when_they_came_last_in_the_reader_s_zone(visit: Visit) -> None:
    visit.log_in()
    visit.page.click("text=Users")
    time = visit.page.locator("tr", has_text="ann").locator("time")
    expect(time).not_to_contain_text("UTC")
    assert (time.get_attribute("title") or "").endswith("+00:00")
    expect(visit.page.locator("tr", has_text="bob")).to_contain_text("never")
