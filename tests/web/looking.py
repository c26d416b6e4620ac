"""What a browser does with a page that looks on."""

import re
from html import unescape

from starlette.testclient import TestClient


def parts(browser: TestClient, address: str) -> list[str]:
    """Return a page and all parts that come after it, as a browser asks for them."""
    answer = browser.get(address)
    assert answer.status_code == 200, answer.text
    shown = [answer.text]
    while found := re.search(r'hx-get="([^"]+)" hx-trigger="load"', shown[-1]):
        answer = browser.get(unescape(found[1]))
        assert answer.status_code == 200, answer.text
        shown.append(answer.text)
    return shown
