"""Configurations in the browser: the editor, the check beside it, forms of plug-ins."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect

from databus.database.abstract_database import AbstractDatabase
from databus.database.records import CONFIG
from databus.timestamps import utc_now
from tests.web.browser.conftest import PASSWORD, ROUTE, USERS, Visit, visiting
from tests.web.browser.test_looks import problems

PAGE = "/clients/acme/customizing"
OPEN = "Open its form"


@pytest.fixture
def database(database: AbstractDatabase) -> AbstractDatabase:
    """The client's configuration as people write it."""
    text = json.dumps({"log_life_span": 3, "passengers": [ROUTE], "users": USERS}, indent=2) + "\n"
    database.write_document("acme", CONFIG, text.encode(), expected=None, by="", now=utc_now(), backup=False)
    return database


@pytest.fixture
def editing(visit: Visit) -> Visit:
    visit.log_in()
    visit.go(PAGE)
    expect(visit.page.locator("#findings")).to_contain_text("no problems")
    expect(visit.page.locator(".cm-content")).to_be_visible()
    return visit


def config(database: AbstractDatabase) -> Any:
    return json.loads(database.read_document("acme", CONFIG).content)


def line(visit: Visit, text: str) -> Locator:
    return visit.page.locator(".cm-line", has_text=text)


def save(visit: Visit) -> None:
    visit.page.get_by_role("button", name="Save", exact=True).click()
    expect(visit.page.get_by_role("status").first).to_contain_text("Saved.")


def test_a_text_is_written_looked_at_and_saved(editing: Visit, database: AbstractDatabase) -> None:
    page = editing.page
    line(editing, "log_life_span").click()
    page.keyboard.press("End")
    page.keyboard.type('"open": false, ')
    page.get_by_role("button", name="What would change").click()
    expect(page.locator(".diff .added")).to_contain_text('"open": false')
    assert "open" not in config(database)
    save(editing)
    assert config(database)["open"] is False
    assert config(database)["passengers"] == [ROUTE]


def test_what_is_typed_is_checked_and_the_cursor_stays(editing: Visit, database: AbstractDatabase) -> None:
    page, found = editing.page, editing.page.locator("#findings")
    before = config(database)
    line(editing, "log_life_span").click()
    page.keyboard.press("End")
    page.keyboard.type('"cheese": 1')
    expect(found).to_contain_text("expected a comma")
    page.keyboard.type(",")
    expect(found).to_contain_text("cheese: unknown key")
    page.keyboard.type(' "log_life_span_2": "here"')
    expect(found).to_contain_text("line 3, column 3")
    page.keyboard.type(",")
    expect(found).to_contain_text("log_life_span_2: unknown key")
    expect(line(editing, "log_life_span_2")).to_contain_text(
        '"log_life_span": 3,"cheese": 1, "log_life_span_2": "here",'
    )
    assert config(database) == before


def test_a_tree_is_edited_and_saved_in_the_layout_of_the_text(editing: Visit, database: AbstractDatabase) -> None:
    page = editing.page
    before = database.read_document("acme", CONFIG).content
    page.get_by_role("button", name="tree", exact=True).click()
    value = page.get_by_role("button", name="60", exact=True)
    value.dblclick()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("90")
    page.keyboard.press("Enter")
    expect(page.locator("#findings")).to_contain_text("no problems")
    page.get_by_role("button", name="What would change").click()
    save(editing)
    assert database.read_document("acme", CONFIG).content == before.replace(b'": 60', b'": 90')


def test_a_plug_in_is_filled_in_by_form(editing: Visit, database: AbstractDatabase) -> None:
    page = editing.page
    page.select_option("#spot", label="+ a new pusher")
    page.get_by_role("button", name=OPEN).click()
    page.get_by_label("Module").fill("databus.pusher.files")
    page.keyboard.press("Enter")
    page.get_by_label("Name", exact=True).fill("archive")
    page.get_by_label("url").fill("${ARCHIVE:-/archive}")
    page.get_by_label("if_exists").select_option(label="skip")
    expect(page.locator(".cm-content")).to_be_visible()  # the text beside it was not loaded again
    page.get_by_role("button", name="Put into the text").click()
    expect(page.locator("main")).to_contain_text("only an administrator of root may refer")
    expect(page.locator(".diff .added").first).to_be_visible()
    page.select_option("#spot", label="pusher: archive")
    page.get_by_role("button", name=OPEN).click()
    expect(page.get_by_label("url")).to_have_value("${ARCHIVE:-/archive}")
    page.get_by_label("url").fill("/archive")
    page.keyboard.press("Enter")  # which saves nothing
    expect(page.locator(".diff")).to_contain_text('"url": "/archive"')
    assert config(database)["passengers"] == [ROUTE]
    save(editing)
    pusher = {"module": "databus.pusher.files", "name": "archive", "settings": {"url": "/archive", "if_exists": "skip"}}
    assert config(database)["passengers"][0]["pushers"] == [*ROUTE["pushers"], pusher]  # type: ignore[misc] # a list


def test_routes_that_are_typed_can_be_chosen_at_once(editing: Visit) -> None:
    page = editing.page
    line(editing, '"passengers"').click()
    page.keyboard.press("End")
    page.keyboard.type('{"name": "databus.passenger.email"},')
    expect(page.locator("#spot optgroup")).to_have_count(2)


def test_what_was_typed_stays_when_the_session_is_over(editing: Visit, database: AbstractDatabase) -> None:
    database.write_document("acme", "state/sessions", b"{}", expected=None, by="", now=utc_now())
    line(editing, "log_life_span").click()
    editing.page.keyboard.type(" ")
    expect(editing.page.locator("#findings")).to_contain_text("You are logged out")
    expect(editing.page.locator(".cm-content")).to_contain_text("log_life_span")
    editing.complaints.clear()  # the browser itself notes the 401


@pytest.fixture(params=[1440, 390])
def own_visit(request: pytest.FixtureRequest, browser: Browser, address: str, theme: str) -> Iterator[Visit]:
    yield from visiting(browser, address, theme, request.param)


def test_text_tree_and_form_are_accessible_and_fit(own_visit: Visit) -> None:
    page = own_visit.page
    own_visit.log_in(client="root")
    own_visit.go(PAGE)
    expect(page.locator("#findings")).to_contain_text("no problems")
    page.get_by_role("button", name=OPEN).click()
    expect(page.get_by_label("url")).to_be_visible()
    assert problems(own_visit) == []
    page.get_by_role("button", name="tree", exact=True).click()
    page.get_by_role("button", name="60", exact=True).click()
    assert problems(own_visit) == []


def test_it_works_without_scripts(browser: Browser, address: str, database: AbstractDatabase) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/login?next={PAGE}")
    for name, value in {"client": "acme", "username": "ann", "password": PASSWORD}.items():
        page.fill(f"#{name}", value)
    page.click("main button")
    page.select_option("#spot", label="puller: databus.puller.files")
    page.get_by_role("button", name=OPEN).click()
    page.get_by_label("pattern").fill("*.xml")
    page.get_by_role("button", name="Put into the text").click()
    text = page.get_by_role("textbox", name="Your text")
    text.fill(text.input_value().replace('"log_life_span": 3', '"log_life_span": 4'))
    page.get_by_role("button", name="What would change").click()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    assert config(database)["log_life_span"] == 4
    assert config(database)["passengers"][0]["pullers"][0]["settings"]["pattern"] == "*.xml"
    context.close()
