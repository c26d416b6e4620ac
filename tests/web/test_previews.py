"""Attachments that are looked at: whatever they hold, the page shows texts and does nothing."""

import email.message
import io
import zipfile
from pathlib import Path
from urllib.parse import quote

import pytest
from httpx2 import Response
from msgspec.structs import replace

from databus.database.abstract_database import AbstractDatabase
from databus.testing.samples import ODD_TEXTS, binary, passenger, seat
from databus.web.headers import INERT_POLICY, POLICY
from tests.unit.operating.preview.looked import PATIENT, workbook
from tests.web.test_hostile_texts import read
from tests.web.world import ADMINISTRATOR, DOT, HOSTILE, OPERATOR, PICTURE, STRANGER, World, assert_safe, config

LARGEST_PAGE = 400_000


def mail() -> bytes:
    message = email.message.EmailMessage()
    message["Subject"] = HOSTILE
    message.set_content(HOSTILE)
    message.add_attachment(b"x", maintype="image", subtype="svg+xml", filename=HOSTILE)
    return message.as_bytes()


def bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", bytes(30 * 2**20))
    return file.getvalue()


HOSTILES = {
    "a.txt": HOSTILE.encode() * 10_000,
    "a.html": HOSTILE.encode(),
    "a.svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><xss onxss="1"/></svg>',
    "a.json": b'{"<xss onxss=1>": "\\"\'><xss onxss=1 xss>"}',
    "many.json": b"[" + b'{"a":[]},' * 50_000 + b"0]",
    "deep.json": b"[" * 500_000,
    "a.xml": b"<a><![CDATA[" + HOSTILE.encode() + b"]]><!--<xss>--></a>",
    "laughs.xml": b'<!DOCTYPE a [<!ENTITY a "haha"><!ENTITY b "&a;&a;">]><a>&b;</a>',
    "deep.xml": b"<a>" * 200_000,
    "a.csv": (HOSTILE + ",").encode() * 5_000,
    "a.xlsx": workbook({"A1": HOSTILE, "B1": "=cmd|' /C calc'!A0", "A2": HOSTILE}, "<xss>"),
    "ends.xlsx": workbook({"A1": 1, "XFD1048576": 2}),
    "bomb.xlsx": bomb(),
    "a.eml": mail(),
    "a.pdf": b"%PDF-1.7 /OpenAction << /S /JavaScript /JS (app.alert(1)) >> <</Type/Page>>",
    "huge.png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\x7f\xff\xff\xff\x7f\xff\xff\xff\x08\x02\0\0\0",
    "a.gif": DOT,
    "a.bin": bytes(range(256)),
}


@pytest.fixture
def world(database: AbstractDatabase) -> World:
    """What looks at contents elsewhere may wait for a machine that stands still."""
    world = World(database)
    object.__setattr__(world.site, "previews", PATIENT)
    return world


def look(world: World, name: str, content: bytes, **more: str) -> Response:
    seat(world.database, passenger("3", attachments=[binary(name, content)]))
    params = {"id": "id-3", "name": name, **more}
    return world.browser(OPERATOR).get("/clients/acme/preview", params=params)


@pytest.mark.parametrize("database", ["memory_db"], indirect=True)
@pytest.mark.parametrize("name", HOSTILES)
def test_a_hostile_content_is_shown_and_does_nothing(world: World, name: str) -> None:
    response = look(world, name, HOSTILES[name])
    assert response.status_code == 200
    assert response.headers["content-security-policy"] == POLICY
    assert len(response.content) < LARGEST_PAGE
    page = read(response)
    assert {"svg", "iframe", "embed", "object"}.isdisjoint(page.tags)
    assert f"/clients/acme/attachment?id=id-3&name={name}" in page.links
    if name in ("a.txt", "a.html", "a.xml", "a.xlsx", "a.eml"):
        assert HOSTILE in page.shown


@pytest.mark.parametrize("database", ["memory_db"], indirect=True)
def test_a_picture_is_shown_from_an_address_where_nothing_runs(world: World) -> None:
    response = look(world, "a.txt", DOT)
    address = "/clients/acme/picture?id=id-3&name=a.txt"
    assert address in read(response).links
    shown = world.browser(OPERATOR).get(address)
    assert (shown.status_code, shown.content, shown.headers["content-type"]) == (200, DOT, "image/gif")
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert shown.headers["content-security-policy"] == INERT_POLICY
    assert "sandbox" in INERT_POLICY
    assert shown.headers["content-disposition"].startswith("inline; ")


def test_a_large_picture_comes_whole(world: World) -> None:
    content = DOT + bytes(range(256)) * 8192
    look(world, "a.gif", content)
    assert (
        world.browser(OPERATOR).get("/clients/acme/picture", params={"id": "id-3", "name": "a.gif"}).content == content
    )


@pytest.mark.parametrize("database", ["memory_db"], indirect=True)
@pytest.mark.parametrize("name", sorted(set(HOSTILES) - {"a.gif"}))
def test_nothing_but_a_picture_comes_from_there(world: World, name: str) -> None:
    look(world, name, HOSTILES[name], as_text="true")
    response = world.browser(OPERATOR).get("/clients/acme/picture", params={"id": "id-3", "name": name})
    assert response.status_code == 404
    assert response.headers["content-type"].startswith("text/html")


def test_another_client_s_picture_is_not_there(world: World) -> None:
    params = {"id": "id-1", "name": PICTURE}
    assert world.browser(OPERATOR).get("/clients/acme/picture", params=params).content == DOT
    assert world.browser(STRANGER).get("/clients/acme/picture", params=params).status_code == 404
    assert world.browser(None).get("/clients/acme/picture", params=params).status_code == 303


# -- names with halves of characters ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [each for each in ODD_TEXTS if ODD_TEXTS[each]])
def test_an_attachment_of_any_name_is_reached_from_its_passenger(world: World, kind: str) -> None:
    odd = ODD_TEXTS[kind]
    new = passenger("3", attachments=[binary(odd, b"content")])
    seat(world.database, replace(new, entry=replace(new.entry, internal_id=odd)))
    browser = world.browser(OPERATOR)
    entry = read(browser.get(f"/clients/acme/entry?id={quote(odd, errors='surrogatepass')}"))
    found = {link.partition("?")[0]: link for link in entry.links if "name=" in link}
    assert browser.get(found["/clients/acme/attachment"]).content == b"content"
    assert browser.get(found["/clients/acme/preview"]).status_code == 200
    assert_safe(browser.get(found["/clients/acme/attachment"]))


@pytest.mark.parametrize("name", ["%FF", "%ED%A0", "\u00ff", "%ED%A0%80%FF", "%EF%BF%BD"])
def test_a_name_that_is_none_is_not_there(world: World, name: str) -> None:
    assert world.browser(OPERATOR).get(f"/clients/acme/attachment?id=id-1&name={name}").status_code == 404


# -- what waits at its source -----------------------------------------------------------------------------------------


@pytest.fixture
def inbox(world: World, tmp_path: Path) -> Path:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "order.json").write_text('{"secret of acme": 1}')
    (inbox / "dot.gif").write_bytes(DOT)
    settings = {"url": str(inbox), "minimum_age": 0, "when_seated": "delete"}
    puller = {"module": "databus.puller.files", "name": "in", "settings": settings}
    gone = {**puller, "name": "gone", "settings": {**settings, "url": str(tmp_path / "gone")}}
    route = {"name": "shop.order", "pullers": [puller, gone], "pushers": ["databus.pusher.demo.demo_pusher_1"]}
    world.configure("acme", {**config(OPERATOR, ADMINISTRATOR), "passengers": [route]})
    return inbox


def test_what_waits_is_looked_at_and_goes_on_waiting(world: World, inbox: Path) -> None:
    browser = world.browser(OPERATOR)
    links = read(browser.get("/clients/acme/passengers/peek?route=shop.order")).links
    order, dot = sorted((link for link in links if "peek/preview" in link), key=lambda link: "dot.gif" in link)
    assert "secret of acme" in read(browser.get(order)).shown
    (picture,) = [link for link in read(browser.get(dot)).links if "peek/picture" in link]
    shown = browser.get(picture)
    assert (shown.content, shown.headers["content-security-policy"]) == (DOT, INERT_POLICY)
    assert browser.get(order.replace("preview", "picture")).status_code == 404
    for address in (order, picture):
        assert world.browser(STRANGER).get(address).status_code == 404
        assert world.browser(None).get(address).status_code == 303
    assert sorted(each.name for each in inbox.iterdir()) == ["dot.gif", "order.json"]
    (inbox / "order.json").unlink()
    assert "does not wait at its source any more" in browser.get(order).text


def test_a_source_that_cannot_be_read_is_told(world: World, inbox: Path) -> None:
    params = {"route": "shop.order", "puller": "gone", "id": "x", "name": "order.json"}
    response = world.browser(OPERATOR).get("/clients/acme/passengers/peek/preview", params=params)
    assert response.status_code == 400
    assert "gone" in read(response).shown
