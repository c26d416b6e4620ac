"""Who is logged in, how long, and what ends it."""

import base64
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import orjson
import pytest
from httpx2 import Headers
from starlette.testclient import TestClient

from databus.client.passwords import hash_password
from databus.database.records import Document
from databus.web.guard import COOKIE
from databus.web.sessions import IDLE, LONGEST, MOST, REMEMBERED, TOUCH
from tests.web.world import (
    ADMINISTRATOR,
    OPERATOR,
    PASSWORD,
    ROOT_ADMINISTRATOR,
    STRANGER,
    World,
    config,
    cookie_of,
    is_inside,
    log_in,
)

SECOND = timedelta(seconds=1)


def logged_in(world: World, *, remember: str = "") -> TestClient:
    browser = world.browser()
    assert log_in(browser, ADMINISTRATOR, remember=remember or "false").status_code == 303
    return browser


def with_cookie(world: World, cookie: str | bytes) -> TestClient:
    browser = world.browser()
    browser.headers = Headers(
        [(b"cookie", f"{COOKIE}=".encode() + (cookie if isinstance(cookie, bytes) else cookie.encode()))]
    )
    return browser


# -- the cookie -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_no_script_and_no_other_site_gets_the_cookie(world: World, scheme: str) -> None:
    browser = world.browser(scheme=scheme)
    form = cookie_of(browser.get("/login"), "databus_login")
    session = cookie_of(log_in(browser, ADMINISTRATOR))
    for cookie in (form, session):
        assert cookie["httponly"] is True
        assert bool(cookie["secure"]) is (scheme == "https")
        assert cookie["domain"] == ""
    assert session["samesite"].lower() == "lax"
    assert form["samesite"].lower() == "strict"


def test_a_cookie_outlives_the_browser_only_where_one_is_remembered(world: World) -> None:
    forgotten = cookie_of(log_in(world.browser(), ADMINISTRATOR))
    assert forgotten["max-age"] == forgotten["expires"] == ""
    remembered = cookie_of(log_in(world.browser(), ADMINISTRATOR, remember="true"))
    assert remembered["max-age"] == str(int(REMEMBERED.total_seconds()))


def test_the_forms_cookie_is_gone_after_the_login(world: World) -> None:
    browser = logged_in(world)
    assert set(browser.cookies) == {COOKIE}


def test_what_is_stored_lets_nobody_in(world: World) -> None:
    browser = logged_in(world)
    cookie = browser.cookies[COOKIE]
    token = cookie.partition(".")[2]
    stored = world.sessions("acme")
    assert len(token) >= 43
    assert token.encode() not in stored
    (key,) = orjson.loads(stored)
    assert not is_inside(with_cookie(world, f"{cookie.partition('.')[0]}.{key}"))
    for document in world.database.list_documents("acme"):
        assert token.encode() not in world.database.read_document("acme", document.name).content


def test_no_page_shows_the_cookie(world: World) -> None:
    browser = logged_in(world)
    token = browser.cookies[COOKIE].partition(".")[2]
    for address in ("/clients/acme", "/clients/acme/queue", "/clients/acme/entry?id=id-1", "/clients/acme/log"):
        assert token not in browser.get(address).text


# -- fixation ---------------------------------------------------------------------------------------------------------


def test_a_planted_cookie_is_not_taken(world: World) -> None:
    planted = f"{base64.urlsafe_b64encode(b'acme').decode()}.planted"
    browser = world.browser()
    browser.cookies.set(COOKIE, planted)
    assert cookie_of(log_in(browser, ADMINISTRATOR)).value != planted
    assert not is_inside(with_cookie(world, planted))


def test_a_login_gives_another_cookie_and_ends_the_session_before(world: World) -> None:
    browser = logged_in(world)
    before = browser.cookies[COOKIE]
    after = cookie_of(log_in(browser, OPERATOR)).value
    assert after != before
    assert not is_inside(with_cookie(world, before))
    assert is_inside(with_cookie(world, after))


# -- the end ----------------------------------------------------------------------------------------------------------


def test_a_session_ends_when_it_is_not_used(world: World) -> None:
    browser = logged_in(world)
    world.later(IDLE)
    assert is_inside(browser)
    world.later(IDLE + SECOND)
    assert not is_inside(browser)


def test_a_session_that_is_used_goes_on(world: World) -> None:
    browser = logged_in(world)
    for _ in range(5):
        world.later(IDLE - SECOND)
        assert is_inside(browser)


def test_a_remembered_session_ends_later(world: World) -> None:
    browser = logged_in(world, remember="true")
    world.later(REMEMBERED)
    assert is_inside(browser)
    world.later(REMEMBERED + SECOND)
    assert not is_inside(browser)


@pytest.mark.parametrize("remember", ["false", "true"])
def test_no_session_lasts_for_ever(world: World, remember: str) -> None:
    browser = logged_in(world, remember=remember)
    began = world.now
    while world.now - began + IDLE <= LONGEST:
        world.later(IDLE)
        assert is_inside(browser)
    world.now = began + LONGEST + SECOND
    assert not is_inside(browser)


def test_a_clock_that_is_set_back_ends_nothing(world: World) -> None:
    browser = logged_in(world)
    world.later(-LONGEST)
    assert is_inside(browser)


def test_logging_out_ends_the_session_on_the_server(world: World) -> None:
    browser = logged_in(world)
    cookie = browser.cookies[COOKIE]
    response = world.post(browser, "/logout")
    assert (response.status_code, response.headers["location"]) == (303, "/login")
    assert COOKIE not in browser.cookies
    assert not is_inside(with_cookie(world, cookie))


def test_logging_out_leaves_others_inside(world: World) -> None:
    browser, another = logged_in(world), logged_in(world)
    world.post(browser, "/logout")
    assert is_inside(another)


@pytest.mark.parametrize(
    "users",
    [
        pytest.param([], id="everybody is removed"),
        pytest.param([{"username": "operator", "role": "operator", "password": "x"}], id="the user is removed"),
        pytest.param([{"username": "Administrator", "role": "administrator", "password": "x"}], id="another name"),
        pytest.param(
            [{"username": "administrator", "role": "administrator", "password": hash_password("another")}],
            id="another password",
        ),
        pytest.param(
            [{"username": "administrator", "role": "administrator", "password": hash_password(PASSWORD)}],
            id="the same password set anew",
        ),
        pytest.param([{"username": "administrator", "role": "administrator"}], id="no password any more"),
        pytest.param([{"username": "administrator", "role": "emperor", "password": "x"}], id="a role that is none"),
        pytest.param("administrator", id="no list"),
    ],
)
def test_a_user_who_is_removed_or_has_another_password_is_out_at_once(world: World, users: object) -> None:
    browser = logged_in(world)
    assert is_inside(browser)
    world.configure("acme", {**config(), "users": users})
    assert not is_inside(browser)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'"text"', b"\xff", b'{"users": {}}'])
def test_a_configuration_that_names_nobody_lets_nobody_in(world: World, content: bytes) -> None:
    browser = logged_in(world)
    world.configure("acme", content)
    assert not is_inside(browser)
    assert log_in(world.browser(), ADMINISTRATOR).status_code == 401


def test_a_client_that_is_deleted_takes_its_sessions_along(world: World) -> None:
    browser = logged_in(world)
    world.database.delete_client("acme", now=world.now)
    assert not is_inside(browser)
    world.configure("acme", config(ADMINISTRATOR))
    assert not is_inside(browser)


def test_a_role_counts_as_it_is_now(world: World) -> None:
    account = config(ROOT_ADMINISTRATOR)
    world.configure("root", account)
    browser = world.browser(ROOT_ADMINISTRATOR)
    assert world.post(browser, "/system/pause", {"paused": "false"}).status_code == 303
    account["users"][0]["role"] = "operator"
    world.configure("root", account)
    assert browser.get("/system").status_code == 200
    assert world.post(browser, "/system/pause", {"paused": "true"}).status_code == 403


# -- cookies that nobody got from here --------------------------------------------------------------------------------


def of_client(client: str, token: str) -> str:
    return f"{base64.urlsafe_b64encode(client.encode()).decode().rstrip('=')}.{token}"


def test_ones_own_token_opens_no_other_client(world: World) -> None:
    token = logged_in(world).cookies[COOKIE].partition(".")[2]
    for client in ("other", "root", "ACME", "acme/", "acme\0", "../acme", "", "."):
        assert not is_inside(with_cookie(world, of_client(client, token)))
    assert is_inside(with_cookie(world, of_client("acme", token)))


@pytest.mark.parametrize(
    "cookie",
    [
        "",
        ".",
        "..",
        "a",
        "YWNtZQ",
        "YWNtZQ.",
        "YWNtZQ.x",
        ".x",
        "YWNtZQ==.x",
        "!!!!.x",
        "Y.x",
        "é.é",
        "\u6f22.\u6f22",
        b"\xff\xfe.\x80",
        "7aCA.x",
        "AA.x",
        "Li4vLi4vLi4vZXRj.x",
        "YWNtZQ." + "x" * 20_000,
        base64.urlsafe_b64encode(b"x" * 12_000).decode() + ".x",
        base64.urlsafe_b64encode("\u6f22".encode() * 300).decode() + ".x",
        '"quoted.x"',
        "a=b; c.d",
        "YWNtZQ.\\012",
    ],
)
def test_a_cookie_that_is_no_session_lets_nobody_in(world: World, cookie: str | bytes) -> None:
    browser = with_cookie(world, cookie)
    response = browser.get("/clients/acme")
    assert response.status_code == 303
    assert response.headers["location"].startswith("/login")
    assert browser.get("/login").status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        {"stamp": "é"},
        {"stamp": None},
        {"csrf": 7},
        {"began": "yesterday"},
        {"used": "2026-01-31T23:59:59"},
        {"used": 5},
        {"remembered": "no"},
    ],
    ids=str,
)
def test_a_session_that_somebody_has_edited_is_none(world: World, change: dict[str, object]) -> None:
    browser = logged_in(world)
    stored = orjson.loads(world.sessions("acme"))
    edited = orjson.dumps({key: {**value, **change} for key, value in stored.items()})
    world.database.write_document("acme", "state/sessions", edited, expected=None, by="", now=world.now)
    assert not is_inside(browser)
    assert is_inside(logged_in(world))


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"null", b'{"x": 1, "y": [], "z": null}'])
def test_a_list_of_sessions_that_cannot_be_read_ends_them(world: World, content: bytes) -> None:
    browser = logged_in(world)
    world.database.write_document("acme", "state/sessions", content, expected=None, by="", now=world.now)
    assert not is_inside(browser)
    assert is_inside(logged_in(world))


# -- many at once -----------------------------------------------------------------------------------------------------


def test_those_who_log_in_at_the_same_time_do_not_hinder_each_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = world.site.accounts.find("acme", "administrator")
    assert account is not None
    cookies: list[str] = []
    versions: list[str | None] = []
    together = threading.Barrier(24)
    write = world.database.write_document

    def noting_write(*args: Any, expected: str | None, **more: Any) -> Document:
        versions.append(expected)
        return write(*args, expected=expected, **more)

    def begin() -> None:
        together.wait()
        cookies.append(world.site.sessions.begin(account, remember=False, now=world.now))

    monkeypatch.setattr(world.database, "write_document", noting_write)
    threads = [threading.Thread(target=begin) for _ in range(24)]
    with switching_often():
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(cookies) == len(versions) == len(set(versions)) == 24  # nobody had to write again
    assert all(is_inside(with_cookie(world, cookie)) for cookie in cookies)


@contextmanager
def switching_often() -> Iterator[None]:
    """Let threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def test_the_oldest_session_makes_room(world: World) -> None:
    browser = logged_in(world)
    (record,) = orjson.loads(world.sessions("acme")).values()
    used = (world.now + TOUCH).isoformat()
    full: dict[str, Any] = {f"{number:064}": {**record, "used": used} for number in range(MOST - 1)}
    content = orjson.dumps({**orjson.loads(world.sessions("acme")), **full})
    world.database.write_document("acme", "state/sessions", content, expected=None, by="", now=world.now)
    assert is_inside(logged_in(world))
    assert not is_inside(browser)
    assert len(orjson.loads(world.sessions("acme"))) == MOST


def test_sessions_of_a_client_touch_no_other(world: World) -> None:
    stranger = world.browser(STRANGER)
    logged_in(world)
    assert re.search(rb"acme|administrator", world.sessions("other"))
    assert stranger.get("/clients/other").status_code == 200
