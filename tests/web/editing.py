"""Using the editor of configurations as a browser does."""

import html
import json
import re
from typing import Any

from httpx2 import Response

from tests.web.administration import Somebody, World, fields

PAGE = "/clients/demo/customizing"


def typed_in(answer: Response) -> str:
    found = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", answer.text, re.S)
    assert found, answer.text
    return html.unescape(found[1])


def as_sent(text: str) -> str:
    return re.sub(r"\r?\n", "\r\n", text)


def send(somebody: Somebody, action: str, text: str, page: str = PAGE, **values: str) -> Response:
    """Press a button as a browser does: with the hidden fields of the page, and CR LF for line ends."""
    known = fields(somebody.get(page)) | values
    return somebody.post(page, {**known, "action": action, "content": as_sent(text)})


def save(somebody: Somebody, text: str, page: str = PAGE, **values: str) -> Response:
    """Look at what would change, and press save on the page that says so."""
    looked = send(somebody, "preview", text, page, **values)
    more = {**fields(looked), "action": "save", "content": as_sent(typed_in(looked))}
    if 'id="confirmed"' in looked.text and "confirmed" in values:
        more["confirmed"] = more["previewed"]
    return somebody.post(page, more)


def changed(world: World, **values: Any) -> str:
    return json.dumps({**world.config(), **values}, indent=2, ensure_ascii=False) + "\n"
