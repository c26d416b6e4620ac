"""Attachments as an attack: by their names and by what they hold."""

from urllib.parse import quote, unquote

import pytest

from databus.database.abstract_database import AbstractDatabase
from databus.testing.samples import ODD_TEXTS, binary, passenger, seat, text
from tests.web.world import ADMINISTRATOR, ENTRY, HOSTILE, World, assert_safe

NAMES = {
    **ODD_TEXTS,
    "header": "a\r\nSet-Cookie: databus_session=x\r\n\r\n<script>alert(1)</script>",
    "quotes": 'a"; filename="evil.exe',
    "semicolon": "a;b=c",
    "per cent": "a%0d%0ab%22",
    "page": "index.html",
    "script": "x.js",
    "picture with a script": "x.svg",
    "hostile": HOSTILE,
    "deep": "../" * 20 + "etc/passwd",
    "drive": "C:\\Windows\\win.ini",
    "null device": "NUL",
}

CONTENT = b"<html><script>alert(document.domain)</script><svg onload=alert(1)>"


@pytest.mark.parametrize("kind", NAMES)
def test_an_attachment_is_a_download_whatever_it_is_called(world: World, database: AbstractDatabase, kind: str) -> None:
    name = NAMES[kind]
    seat(database, passenger("3", attachments=[binary(name, CONTENT)]))
    response = world.browser(ADMINISTRATOR).get(
        "/clients/acme/attachment", params={"id": "id-3", "name": readable(name)}
    )
    assert_safe(response)
    if readable(name) != name:  # no address can name it
        assert response.status_code == 404
        return
    assert response.status_code == 200
    assert response.content == CONTENT
    assert response.headers["content-type"] == "application/octet-stream"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["cache-control"] == "no-store"
    assert set(response.headers["content-security-policy"].split("; ")) >= {"default-src 'none'", "sandbox"}
    kind_of, _, file_name = response.headers["content-disposition"].partition("; filename*=UTF-8''")
    assert kind_of == "attachment"
    assert unquote(file_name) == name.replace("/", "_").replace("\\", "_")
    assert quote(unquote(file_name), safe="") == file_name


@pytest.mark.parametrize("kind", NAMES)
def test_a_preview_shows_an_attachment_as_text(world: World, database: AbstractDatabase, kind: str) -> None:
    name = NAMES[kind]
    seat(database, passenger("3", attachments=[text(name, HOSTILE)]))
    response = world.browser(ADMINISTRATOR).get("/clients/acme/preview", params={"id": "id-3", "name": readable(name)})
    assert response.status_code == (200 if readable(name) == name else 404)
    assert "<xss" not in response.text
    assert response.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self';")


@pytest.mark.parametrize(
    "name",
    ["../order.txt", "./order.txt", "order.txt/", "order.txt\0", "/etc/passwd", "../../../../etc/passwd", "", "."],
)
@pytest.mark.parametrize("place", ["attachment", "preview"])
def test_a_name_is_that_of_an_attachment_or_of_nothing(world: World, place: str, name: str) -> None:
    browser = world.browser(ADMINISTRATOR)
    assert browser.get(f"/clients/acme/{place}", params={"id": ENTRY, "name": name}).status_code == 404
    assert browser.get(f"/clients/acme/{place}", params={"id": f"../acme/{ENTRY}", "name": name}).status_code == 404


def readable(name: str) -> str:
    """Return a name as an address can hold it."""
    return name.encode("utf-8", "replace").decode()
