"""When users logged in last."""

from datetime import timedelta

import pytest

from databus.database.records import CONFIG
from databus.web.last_logins import DOCUMENT
from tests.web.world import ADMINISTRATOR, OPERATOR, ROOT_ADMINISTRATOR, World, config, log_in

DAY = timedelta(days=1)

USERS = "/clients/acme/users"


def test_the_page_tells_who_came_when(world: World) -> None:
    first = world.now
    log_in(world.browser(), OPERATOR)
    world.later(DAY)
    log_in(world.browser(), ADMINISTRATOR)
    assert world.site.last_logins.of("acme") == {"operator": first, "administrator": first + DAY}
    text = world.browser(ADMINISTRATOR).get(USERS).text
    for time in (first, first + DAY):
        assert f'<time datetime="{time.isoformat(timespec="microseconds")}"' in text
    world.later(DAY)
    log_in(world.browser(), OPERATOR)
    assert world.site.last_logins.of("acme")["operator"] == first + 2 * DAY
    assert "Logged in last" in world.browser(ADMINISTRATOR).get(f"{USERS}/user?name=operator").text


def test_it_is_kept_when_sessions_are_gone_and_counts_no_failed_login(world: World) -> None:
    log_in(world.browser(), OPERATOR)
    seen = world.now
    world.site.sessions.end_all("acme", "operator", now=world.now)
    world.later(DAY)
    assert log_in(world.browser(), OPERATOR, "guessed").status_code == 401
    assert log_in(world.browser(), ADMINISTRATOR, "guessed").status_code == 401
    assert world.site.last_logins.of("acme") == {"operator": seen}
    assert "never" in world.browser(ADMINISTRATOR).get(USERS).text


def test_nothing_is_known_of_other_clients_nor_of_users_who_are_gone(world: World) -> None:
    for person in (OPERATOR, ADMINISTRATOR, ROOT_ADMINISTRATOR):
        log_in(world.browser(), person)
    assert set(world.site.last_logins.of("root")) == {"administrator"}
    assert world.site.last_logins.of("other") == {}
    world.configure("acme", config(ADMINISTRATOR))
    log_in(world.browser(), ADMINISTRATOR)
    assert set(world.site.last_logins.of("acme")) == {"administrator"}


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"operator": 1}', b'{"operator": "2026-01-01T00:00:00"}'])
def test_a_document_that_somebody_has_edited_hinders_nobody(world: World, content: bytes) -> None:
    world.database.write_document("acme", DOCUMENT, content, expected=None, by="", now=world.now)
    assert world.browser(ADMINISTRATOR).get(USERS).status_code == 200
    assert log_in(world.browser(), OPERATOR).status_code == 303
    assert world.site.last_logins.of("acme") == {"operator": world.now}
    assert world.database.read_document("acme", CONFIG)
