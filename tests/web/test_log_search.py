"""A search in many logs that finds nothing for long says so, and can be continued."""

import re
from urllib.parse import unquote_plus

import pytest

from databus.database.json_db import logs
from databus.testing.samples import NOW, SECOND, head, line
from tests.web.looking import parts
from tests.web.world import OPERATOR, World

pytestmark = pytest.mark.parametrize("database", ["json_db"], indirect=True)


def test_a_search_goes_on_behind_what_was_looked_through(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "LOGS_LOOKED_THROUGH", 3)
    world.database.append_log(head("wanted", created_on=NOW), [line("a needle")])
    for number in range(3):
        world.database.append_log(head(f"newer {number}", created_on=NOW + (number + 1) * SECOND), [line("hay")])
    browser = world.browser(OPERATOR)
    first = browser.get("/clients/acme/log", params={"text": "needle"}).text
    assert "Nothing found so far; looked through everything back to" in first
    assert "wanted" not in first
    found = re.search(r'rel="next" href="[^"]*cursor=([^"&]+)"', first)
    assert found
    second = browser.get("/clients/acme/log", params={"text": "needle", "cursor": unquote_plus(found[1])}).text
    assert "/clients/acme/log/wanted" in second
    assert "Older" not in second
    last = browser.get("/clients/acme/log", params={"text": "no such thing", "cursor": unquote_plus(found[1])}).text
    assert "No older log fits these filters" in last


def test_a_page_goes_on_by_itself(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "LOGS_LOOKED_THROUGH", 2)
    for number in range(5):
        said = "a needle" if number in (0, 4) else "hay"
        world.database.append_log(head(str(number), created_on=NOW + number * SECOND), [line(said)])
    browser = world.browser(OPERATOR)
    shown = parts(browser, "/clients/acme/log?text=needle")
    assert [[f"/clients/acme/log/{number}" in part for number in (4, 0)] for part in shown] == [
        [True, False],
        [False, False],
        [False, True],
    ]
    assert "1 found so far" in shown[1]
    assert "2 found; no older log fits these filters" in shown[2]
    nothing = parts(browser, "/clients/acme/log?text=nowhere")
    assert ["No log fits" in part for part in nothing] == [False, False, True]
