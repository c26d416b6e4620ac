"""The files that pages are made of."""

import pytest

from tests.web.world import World

pytestmark = pytest.mark.parametrize("database", ["memory_db"], indirect=True)


def test_a_browser_asks_again_and_gets_a_file_only_when_it_has_changed(world: World) -> None:
    browser, address = world.browser(), "/static/vendor/jsoneditor.js"
    first = browser.get(address)
    assert first.headers["cache-control"] == "no-cache"
    again = browser.get(address, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content, again.headers["cache-control"]) == (304, b"", "no-cache")
    assert browser.get(address, headers={"if-none-match": '"another"'}).content == first.content
