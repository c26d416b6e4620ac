"""The page of a queue without any script: deleting asks first, and what the page says is Databus's own."""

from urllib.parse import parse_qs, urlsplit

import pytest

from databus.testing.samples import passenger, seat
from databus.web.pages import queue
from tests.web.administration import text_of
from tests.web.world import ENTRY, OPERATOR, World

pytestmark = pytest.mark.parametrize("database", ["memory_db"], indirect=True)

ADDRESS = "/clients/acme/queue"


def test_deleting_asks_first(world: World) -> None:
    browser = world.browser(OPERATOR)
    asked = world.post(browser, ADDRESS, {"action": "delete", "ids": [ENTRY, "gone"], "back": "state=waiting"})
    assert asked.status_code == 200
    assert "Delete 1 passenger?" in text_of(asked)
    assert world.entries("acme")
    sure = {"action": "delete", "ids": [ENTRY], "back": "state=waiting", "sure": "true"}
    done = world.post(browser, ADDRESS, sure)
    assert world.entries("acme") == []
    assert parse_qs(urlsplit(done.headers["location"]).query)["state"] == ["waiting"]
    assert "1 of 1 passengers deleted." in text_of(browser.get(done.headers["location"]))


def test_what_went_meanwhile_is_not_asked_about(world: World) -> None:
    asked = world.post(world.browser(OPERATOR), ADDRESS, {"action": "delete", "ids": "gone"})
    assert "not there any more" in text_of(asked)
    assert 'value="delete"' not in asked.text


@pytest.mark.parametrize("action", ["delete", "dead"])
def test_where_nothing_is_ticked_it_says_so(world: World, action: str) -> None:
    browser = world.browser(OPERATOR)
    done = world.post(browser, ADDRESS, {"action": action})
    assert "Nothing was ticked." in text_of(browser.get(done.headers["location"]))


def test_a_link_cannot_make_the_page_say_anything(world: World) -> None:
    browser = world.browser(OPERATOR)
    page = browser.get(f"{ADDRESS}?said=Call+this+number&did=delete&done=2&of=3")
    assert "Call this number" not in page.text
    assert "2 of 3 passengers deleted. The others are being driven" in text_of(page)
    assert browser.get(f"{ADDRESS}?did=Call+this+number").status_code == 422


def test_an_action_comes_back_to_its_page_of_the_list(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "PAGE", 1)
    seat(world.database, *(passenger(name) for name in ("2", "3")))
    browser = world.browser(OPERATOR)
    [older] = [part for part in browser.get(ADDRESS).text.split('"') if part.startswith(f"{ADDRESS}?cursor=")]
    shown = browser.get(older)
    [back] = [line.split('value="')[1].split('"')[0] for line in shown.text.splitlines() if 'name="back"' in line]
    done = world.post(browser, ADDRESS, {"action": "retry", "ids": "id-2", "back": back})
    assert parse_qs(urlsplit(done.headers["location"]).query)["cursor"] == parse_qs(urlsplit(older).query)["cursor"]
