"""Logging in: who guesses passwords is slowed down, learns nothing, and keeps nobody else out."""

import hashlib
import html
import json
import os
import re
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from argon2 import PasswordHasher
from httpx2 import Response

from databus.client.passwords import verify_password
from databus.web import accounts
from databus.web.accounts import CHECKS, GUEST, Accounts
from tests.web.world import (
    ADMINISTRATOR,
    HOSTILE,
    OPERATOR,
    PASSWORD,
    ROOT_ADMINISTRATOR,
    STRANGER,
    Person,
    World,
    config,
    hashed,
    is_inside,
    log_in,
)

pytestmark = pytest.mark.parametrize("database", ["memory_db"], indirect=True)

ATTACKER, ELSEWHERE = "198.51.100.7", "203.0.113.9"

ALLOWED = 10
"""Failures into one account from one address."""


def attempt(world: World, person: Person = ADMINISTRATOR, password: str = "wrong", address: str = ATTACKER) -> int:
    return log_in(world.browser(address=address), person, password).status_code


# -- guessing ---------------------------------------------------------------------------------------------------------


def test_who_guesses_an_account_must_wait(world: World) -> None:
    assert [attempt(world) for _ in range(ALLOWED + 2)] == [401] * ALLOWED + [429] * 2
    assert attempt(world, password=PASSWORD) == 429


def test_a_strangers_failures_do_not_lock_out_the_rightful_user(world: World) -> None:
    while attempt(world) != 429:
        pass
    assert attempt(world, password=PASSWORD, address=ELSEWHERE) == 303
    assert attempt(world, OPERATOR, PASSWORD) == 303


def test_who_is_inside_stays_inside_while_others_guess(world: World) -> None:
    browser = world.browser(ADMINISTRATOR)
    while attempt(world) != 429:
        pass
    assert is_inside(browser)


def test_who_guesses_many_accounts_must_wait(world: World) -> None:
    for number in range(60):
        world.site.throttle.failed(ATTACKER, ("acme", f"user-{number}"))
    assert attempt(world, password=PASSWORD) == attempt(world, STRANGER, PASSWORD) == 429
    assert attempt(world, password=PASSWORD, address=ELSEWHERE) == 303


def test_logging_in_again_and_again_is_no_guessing(world: World) -> None:
    assert [attempt(world, password=PASSWORD) for _ in range(ALLOWED * 2)] == [303] * ALLOWED * 2


@pytest.mark.parametrize(
    ("one", "another", "are_one"),
    [
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
    ],
)
def test_all_that_one_person_has_of_ipv6_is_one_address(world: World, one: str, another: str, are_one: bool) -> None:
    for _ in range(ALLOWED):
        world.site.throttle.failed(one, ("acme", "administrator"))
    assert attempt(world, password=PASSWORD, address=another) == (429 if are_one else 303)


def test_guesses_that_are_made_side_by_side_count_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    count = 24
    together = threading.Barrier(count)
    find = Accounts.find

    def find_together(self: Accounts, client_id: str, username: str) -> Any:
        together.wait()  # all have been let in by the throttle
        return find(self, client_id, username)

    monkeypatch.setattr(Accounts, "find", find_together)
    answers = side_by_side(count, lambda: attempt(world))
    assert sorted(answers) == [401] * ALLOWED + [429] * (count - ALLOWED)


def test_a_right_guess_beside_too_many_wrong_ones_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail_meanwhile(password: str, stored: str) -> bool:
        for _ in range(ALLOWED):
            world.site.throttle.failed(ATTACKER, (ADMINISTRATOR.client, ADMINISTRATOR.username))
        return verify_password(password, stored)

    monkeypatch.setattr(accounts, "verify_password", fail_meanwhile)
    assert attempt(world, password=PASSWORD) == 429


def side_by_side(count: int, call: Callable[[], int]) -> list[int]:
    answers: list[int] = []
    threads = [threading.Thread(target=lambda: answers.append(call())) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


# -- the trace that it leaves -----------------------------------------------------------------------------------------


def audit(world: World, person: Person = ADMINISTRATOR) -> str:
    return html.unescape(world.browser(person).get(f"/clients/{person.client}/audit").text)


def test_the_audit_tells_of_failed_logins_and_when_they_are_refused(world: World) -> None:
    while attempt(world) != 429:
        pass
    assert attempt(world) == 429
    told = f'failed to log in as "{ADMINISTRATOR.username}" from {ATTACKER}'
    page = audit(world)
    assert page.count(told) == 3
    assert f"{told}, 10 times by now" in page
    assert f"{told}, 11 times by now; refused for some minutes" in page
    assert told not in audit(world, STRANGER)


def test_an_account_that_there_is_not_is_told_of_where_it_was_asked_for(world: World) -> None:
    attempt(world, Person("acme", HOSTILE))
    attempt(world, Person("nobodys", "ann"))
    response = world.browser(ADMINISTRATOR).get("/clients/acme/audit").text
    assert HOSTILE not in response
    assert "xss onxss" in response
    assert f'failed to log in as "ann" of "nobodys" from {ATTACKER}' in audit(world, ROOT_ADMINISTRATOR)
    assert "nobodys" not in world.database.clients()
    assert "nobodys" not in audit(world)


# -- learning who there is --------------------------------------------------------------------------------------------

NOBODY_FITS = {
    "a wrong password": ADMINISTRATOR,
    "no such user": Person("acme", "nobody"),
    "no such client": Person("nobodys", "administrator"),
    "a user without a password": Person("acme", "program"),
    "a plain password": Person("acme", "old"),
    "a password that is not set": Person("acme", "unset"),
    "a client without users": Person("empty", "administrator"),
    "the guest of a closed client": Person("empty", GUEST),
    "the guest of an open client with users": Person("acme", GUEST),
    "a broken client": Person("broken", "administrator"),
    "another case": Person("acme", "Administrator"),
    "nothing": Person("", ""),
    "odd": Person("../acme", "\0"),
}


@pytest.fixture
def crowded(world: World) -> World:
    """Clients and users of every kind."""
    acme = config(ADMINISTRATOR, open=True)
    acme["users"] += [
        {"username": "program", "token": "t"},
        {"username": "old", "password": "plain"},
        {"username": "unset", "password": "${DATABUS_TEST_UNSET}"},
    ]
    world.configure("acme", acme)
    world.configure("empty", config())
    world.configure("broken", b"{")
    return world


@pytest.mark.parametrize(
    "password", ["wrong", "", "${DATABUS_TEST_UNSET}", "x" * 500], ids=["wrong", "empty", "text", "long"]
)
def test_no_failure_looks_or_costs_other_than_another(
    crowded: World, monkeypatch: pytest.MonkeyPatch, password: str
) -> None:
    assert "DATABUS_TEST_UNSET" not in os.environ
    work = count_argon2(monkeypatch)
    seen = set()
    for person in NOBODY_FITS.values():
        crowded.serve(crowded.database)  # as if it were the first login since the start
        work.clear()
        response = log_in(crowded.browser(), person, password)
        seen.add((response.status_code, what_it_says(response), tuple(work)))
    assert len(seen) == 1
    ((status, _, done),) = seen
    assert status == 401
    assert done.count("verify") == 1


def count_argon2(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note each computation: what takes as many of them takes as long."""
    done: list[str] = []
    verify, compute = PasswordHasher.verify, PasswordHasher.hash

    def noting_verify(self: PasswordHasher, hash: str | bytes, password: str | bytes) -> bool:
        done.append("verify")
        return verify(self, hash, password)

    def noting_hash(self: PasswordHasher, password: str | bytes, *, salt: bytes | None = None) -> str:
        done.append("hash")
        return compute(self, password, salt=salt)

    monkeypatch.setattr(PasswordHasher, "verify", noting_verify)
    monkeypatch.setattr(PasswordHasher, "hash", noting_hash)
    return done


def what_it_says(response: Response) -> str:
    """Return a page without what was typed in, and without its token."""
    return re.sub(r'value="[^"]*"|autofocus| +', "", response.text)


def test_the_waiting_looks_the_same_whoever_there_is(crowded: World) -> None:
    said = set()
    for person in NOBODY_FITS.values():
        for _ in range(ALLOWED):
            crowded.site.throttle.failed(ATTACKER, (person.client, person.username))
    for person in NOBODY_FITS.values():
        response = log_in(crowded.browser(address=ATTACKER), person, PASSWORD)
        said.add((response.status_code, what_it_says(response)))
    assert [status for status, _ in said] == [429]


# -- who needs no password --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("password", ["", PASSWORD])
def test_nobody_enters_a_client_without_users(crowded: World, password: str) -> None:
    assert attempt(crowded, Person("empty", GUEST), password) == 401
    assert attempt(crowded, Person("empty", ""), password) == 401


def test_a_guest_enters_a_client_that_is_open_and_has_no_users(world: World) -> None:
    world.configure("acme", config(open=True))
    assert attempt(world, Person("acme", GUEST), "any") == 401
    browser = world.browser()
    assert log_in(browser, Person("acme", GUEST), "").status_code == 303
    assert "Operator of client acme" in browser.get("/clients/acme").text
    world.configure("acme", config(ADMINISTRATOR, open=True))
    assert not is_inside(browser)


@pytest.mark.parametrize("is_open", [False, True])
@pytest.mark.parametrize("user", [{"token": "sha256:0"}, {"password": hashed(PASSWORD)}], ids=["token", "password"])
def test_a_guest_does_not_become_a_user_who_is_called_so(world: World, user: dict[str, str], is_open: bool) -> None:
    world.configure("acme", config(open=True))
    browser = world.browser(Person("acme", GUEST))
    assert is_inside(browser)
    users = [{"username": GUEST, "role": "administrator", **user}]
    world.configure("acme", {**config(open=is_open), "users": users})
    assert not is_inside(browser)


def test_a_session_of_a_guest_from_before_guests_had_a_stamp_is_over(world: World) -> None:
    world.configure("acme", config(open=True))
    browser = world.browser(Person("acme", GUEST))
    stored = json.loads(world.sessions("acme"))
    (session,) = stored.values()
    session["stamp"] = hashlib.sha256(b"").hexdigest()[:16]
    content = json.dumps(stored).encode()
    world.database.write_document("acme", "state/sessions", content, expected=None, by="", now=world.now)
    users = [{"username": GUEST, "role": "administrator", "token": "sha256:0"}]
    world.configure("acme", {**config(), "users": users})
    assert not is_inside(browser)


def test_a_user_who_is_called_guest_does_not_become_a_guest(world: World) -> None:
    users = [{"username": GUEST, "role": "administrator", "password": hashed(PASSWORD)}]
    world.configure("acme", {**config(), "users": users})
    browser = world.browser(Person("acme", GUEST))
    assert is_inside(browser)
    world.configure("acme", config(open=True))
    assert not is_inside(browser)


def test_a_guest_is_out_when_the_client_is_closed(world: World) -> None:
    world.configure("acme", config(open=True))
    browser = world.browser(Person("acme", GUEST))
    assert is_inside(browser)
    world.configure("acme", config())
    assert not is_inside(browser)


@pytest.mark.parametrize("is_open", [False, True])
def test_a_program_that_is_called_guest_is_none(world: World, is_open: bool) -> None:
    users = [{"username": GUEST, "role": "administrator", "token": "sha256:0"}]
    world.configure("acme", {**config(open=is_open), "users": users})
    assert attempt(world, Person("acme", GUEST), "") == 401


def test_a_reference_that_cannot_be_resolved_is_no_password(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    reference = "${DATABUS_TEST_PASSWORD}"
    world.configure("acme", {**config(), "users": [{"username": "administrator", "password": reference}]})
    assert attempt(world, password=reference) == 401
    monkeypatch.setenv("DATABUS_TEST_PASSWORD", "from outside")
    assert attempt(world, password=reference) == 401
    assert attempt(world, password="from outside") == 303


# -- many at once -----------------------------------------------------------------------------------------------------


class Desk:
    """Where passwords are checked, one thread beside the other; they wait there until it opens."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.arrived = threading.Semaphore(0)
        self.open = threading.Event()
        self.most = self._there = 0
        self._lock = threading.Lock()
        monkeypatch.setattr("databus.web.accounts.verify_password", self._check)

    def _check(self, password: str, stored: str) -> bool:
        with self._lock:
            self._there += 1
            self.most = max(self.most, self._there)
        self.arrived.release()
        self.open.wait()
        try:
            return verify_password(password, stored)
        finally:
            with self._lock:
                self._there -= 1


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    desk = Desk(monkeypatch)
    yield desk
    desk.open.set()


def test_passwords_are_checked_only_so_many_at_a_time(world: World, desk: Desk) -> None:
    answers: list[int] = []
    count = CHECKS * 4
    logins = threading.Thread(
        target=lambda: answers.extend(side_by_side(count, lambda: attempt(world, password=PASSWORD)))
    )
    logins.start()
    for _ in range(CHECKS):
        desk.arrived.acquire()
    desk.open.set()
    logins.join()
    assert answers == [303] * count
    assert desk.most == CHECKS


def test_who_gets_no_turn_is_told_to_come_back(world: World, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "PATIENCE", 0.0)
    answers: list[int] = []
    logins = threading.Thread(
        target=lambda: answers.extend(side_by_side(CHECKS, lambda: attempt(world, password=PASSWORD)))
    )
    logins.start()
    for _ in range(CHECKS):
        desk.arrived.acquire()
    refused = log_in(world.browser(), ADMINISTRATOR)
    assert refused.status_code == 503
    assert "try again" in refused.text
    assert world.browser(ADMINISTRATOR).get("/clients/acme").status_code == 200
    desk.open.set()
    logins.join()
    assert answers == [303] * CHECKS
