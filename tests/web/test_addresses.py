"""Addresses from outside: where they lead, and what they may not bring into a header."""

import re
from html import unescape
from urllib.parse import parse_qs, quote, unquote, urlsplit

import pytest
from httpx2 import Response

from databus.web.live import OVER
from tests.web.world import ADMINISTRATOR, ENTRY, HOST, HOSTILE, World, assert_safe, log_in

pytestmark = pytest.mark.parametrize("database", ["memory_db"], indirect=True)

ELSEWHERE = [
    "//evil.example",
    "///evil.example",
    "////evil.example/..",
    "/\\evil.example",
    "/\\/evil.example",
    "\\\\evil.example",
    "https:evil.example",
    "https://evil.example",
    "HTTPS://evil.example",
    "http:/evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "evil.example",
    "@evil.example",
    ".evil.example",
    " //evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\n/evil.example",
    "\t//evil.example",
    "/\0/evil.example",
    "/\x7f/evil.example",
    "/\u2028/evil.example",
    "/\u202e/evil.example",
    "/x\r\nSet-Cookie: a=b",
    "/x\nLocation: //evil.example",
    "%2f%2fevil.example",
    "",
]


@pytest.mark.parametrize("address", ELSEWHERE)
def test_a_login_leads_to_no_other_site(world: World, address: str) -> None:
    response = log_in(world.browser(), ADMINISTRATOR, next=address)
    assert (response.status_code, response.headers["location"]) == (303, "/")
    assert_safe(response)


@pytest.mark.parametrize(
    "address",
    [
        "/clients/acme/queue?search=a%26b&state=dead",
        "/%2f%2fevil.example",
        "/%5cevil.example",
        "/./evil.example",
        "/clients/caf%C3%A9",
        "/clients/acme/queue?passenger=" + "x" * 5000,
    ],
)
def test_a_login_leads_back_to_where_one_was(world: World, address: str) -> None:
    response = log_in(world.browser(), ADMINISTRATOR, next=address)
    assert response.status_code == 303
    assert response.headers["location"] == address
    assert urlsplit(response.headers["location"]).netloc == ""


def test_an_address_that_is_longer_than_any_of_ours_leads_to_the_start(world: World) -> None:
    assert log_in(world.browser(), ADMINISTRATOR, next="/" + "x" * 9000).headers["location"] == "/"


@pytest.mark.parametrize("address", ["/clients/acme/queue?search=%0d%0aa%3a+b", f"/clients/{quote(HOSTILE, safe='')}"])
def test_who_must_log_in_first_is_led_back(world: World, address: str) -> None:
    response = world.browser().get(address)
    assert response.status_code == 303
    assert_safe(response)
    location = urlsplit(response.headers["location"])
    assert (location.scheme, location.netloc, location.path) == ("", "", "/login")
    assert unquote(parse_qs(location.query)["next"][0]) == unquote(address)


def test_a_part_of_a_page_leads_the_whole_page_to_the_login(world: World) -> None:
    response = world.browser().get("/clients/acme", headers={"hx-request": "true"})
    assert response.status_code == 204
    assert response.headers["hx-redirect"] == "/login?next=%2F"


def sent_too_late(world: World, address: str, **headers: str) -> Response:
    """Send a form when the session is over."""
    given = {"content": "{</textarea>}", "action": "check", "version": "1", "password": "secret"}
    return world.post(world.browser(), address, given, headers=headers)


def test_who_sends_a_form_too_late_is_told_and_led_back(world: World) -> None:
    left = f"http://{HOST}/clients/acme/customizing?document=a%26b"
    response = sent_too_late(world, "/clients/acme/customizing", referer=left)
    assert response.status_code == 401
    assert "{&lt;/textarea&gt;}" in response.text
    assert 'href="/login?next=%2Fclients%2Facme%2Fcustomizing%3Fdocument%3Da%2526b"' in response.text
    assert "secret" not in response.text


@pytest.mark.parametrize("left", ["http://evil.example/x", "http://[", "//evil.example", "\\", ""])
def test_who_sends_a_form_too_late_from_elsewhere_is_led_to_the_start(world: World, left: str) -> None:
    response = sent_too_late(world, "/clients/acme/customizing", referer=left)
    assert response.status_code == 401
    assert 'href="/login"' in response.text


def test_nothing_is_shown_of_what_another_site_has_sent(world: World) -> None:
    response = sent_too_late(world, "/clients/acme/customizing", **{"sec-fetch-site": "cross-site"})
    assert response.status_code == 401
    assert "textarea" not in response.text


@pytest.mark.parametrize("address", ["/live", "/clients/acme/live", "/clients/acme/passengers/live"])
def test_a_page_that_comes_again_to_follow_is_told_that_its_session_is_over(world: World, address: str) -> None:
    response = world.browser().get(address, headers={"hx-request": "true"})
    assert (response.text, response.headers["content-type"]) == (OVER, "text/event-stream; charset=utf-8")


@pytest.mark.parametrize("back", [*ELSEWHERE, "search=x&said=y", "&&", "#//evil.example", "é" * 100])
def test_deleting_passengers_leads_back_to_their_list(world: World, back: str) -> None:
    browser = world.browser(ADMINISTRATOR)
    answer = world.post(browser, "/clients/acme/queue", {"action": "delete", "ids": ENTRY, "back": back})
    assert answer.status_code == 200
    addresses = [urlsplit(unescape(each)) for each in re.findall(r'href="([^"]*)"[^>]*>(?:Queue|Cancel)<', answer.text)]
    assert [(each.scheme, each.netloc, each.path) for each in addresses] == [("", "", "/clients/acme/queue")] * 3


@pytest.mark.parametrize("back", [*ELSEWHERE, "search=x&said=y", "&&", "#//evil.example", "é" * 100])
def test_handling_passengers_leads_back_to_their_list(world: World, back: str) -> None:
    browser = world.browser(ADMINISTRATOR)
    response = world.post(browser, "/clients/acme/queue", {"action": "retry", "ids": ENTRY, "back": back})
    assert response.status_code == 303
    assert_safe(response)
    location = urlsplit(response.headers["location"])
    assert (location.scheme, location.netloc, location.path) == ("", "", "/clients/acme/queue")


@pytest.mark.parametrize(
    "path", ["//evil.example", "//evil.example/%2f..", "/\\evil.example", "/login/", "/clients/acme/"]
)
@pytest.mark.parametrize("host", ["evil.example", "databus.example:80", "[", "evil.example/x", "a b", "", "é"])
def test_the_host_that_a_request_names_leads_nowhere(world: World, path: str, host: str) -> None:
    response = world.browser(ADMINISTRATOR).get(f"http://databus.example{path}", headers=[(b"host", host.encode())])
    assert response.status_code == 404
    assert "location" not in response.headers
    assert "evil" not in response.text.replace("//evil.example", "").replace("/\\evil", "")


@pytest.mark.parametrize("host", ["[", "[::1", "evil.example/x?", "a b", "", "é", "x" * 5000])
@pytest.mark.parametrize("path", ["/", "/login", "/clients/acme", "/static/app.css", "/nowhere"])
def test_a_host_that_is_none_breaks_nothing(world: World, path: str, host: str) -> None:
    for browser in (world.browser(), world.browser(ADMINISTRATOR)):
        response = browser.get(path, headers=[(b"host", host.encode())])
        assert response.status_code in (200, 303, 404)
        assert response.headers.get("location", "/").startswith("/")


# -- files of ours -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "vendor",
        "vendor/",
        "../app.py",
        "%2e%2e/app.py",
        "%2e%2e%2fapp.py",
        "..%5capp.py",
        "vendor/%2e%2e/%2e%2e/templates/base.html",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "%00",
        "app.css%00.html",
        "%ff",
        "x" * 5000,
        "nowhere",
    ],
)
def test_static_files_are_those_of_their_folder_and_no_list(world: World, path: str) -> None:
    response = world.browser().get(f"/static/{path}")
    assert response.status_code == 404
    assert "databus.web" not in response.text
    assert "htmx" not in response.text.replace("htmx-config", "").replace("/static/vendor/htmx.min.js", "")
