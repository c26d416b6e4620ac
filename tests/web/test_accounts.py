"""Who can log in, and who passes for nobody else: no configuration is saved that locks all of root's out."""

import json
from typing import Any

import pytest

from databus.client.user import Role
from databus.database.memory_db.memory_database import MemoryDatabase
from databus.database.records import CONFIG
from databus.operating.users import administrators, loses_root
from databus.timestamps import utc_now
from databus.web.accounts import Account, Accounts
from databus.web.viewers import Viewer
from tests.web.world import ROOT_ADMINISTRATOR, config

USERS: list[dict[str, Any]] = config(ROOT_ADMINISTRATOR)["users"]

NAME = USERS[0]["username"]

ODD = {
    "half a character": json.dumps({"passengers": [], "users": USERS}).replace("{", '{"$schema": "\\ud800", ', 1),
    "half a character in another user": json.dumps({"passengers": [], "users": [{"username": "\ud83d"}, *USERS]}),
    "a number without end": json.dumps({"passengers": [], "users": USERS}).replace("{", '{"log_life_span": 1e999, ', 1),
    "an unknown key": json.dumps({"passengers": [], "users": USERS, "note": 1}),
}


def accounts(content: bytes) -> list[Account]:
    """Return who may come into root with this configuration."""
    database = MemoryDatabase({})
    database.write_document("root", CONFIG, content, expected=None, by="", now=utc_now())
    return Accounts(database).of("root")


def changed(**keys: Any) -> bytes:
    """Return a configuration whose administrator has these keys, too."""
    return json.dumps({"passengers": [], "users": [{**USERS[0], **keys}]}).encode()


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_what_is_odd_elsewhere_locks_nobody_out(text: str) -> None:
    assert [account.username for account in accounts(text.encode())] == [NAME]
    assert administrators(text.encode()) == {NAME}
    assert not loses_root("root", text.encode())


@pytest.mark.parametrize(
    "keys",
    [
        {"password": "${DATABUS_TEST_IS_NOT_SET}"},
        {"password": ""},
        {"token_expires": "tomorrow"},
        {"mail": "root@example.com"},
        {"role": "king"},
        {"username": ""},
    ],
)
def test_an_administrator_who_could_not_log_in_counts_as_none(keys: dict[str, Any]) -> None:
    assert not [each for each in accounts(changed(**keys)) if each.password and each.role is Role.ADMINISTRATOR]
    assert loses_root("root", changed(**keys))
    assert not loses_root("acme", changed(**keys))


def test_no_user_of_a_client_passes_for_one_of_root() -> None:
    def name(client: str, username: str) -> str:
        viewer = Viewer(client_id=client, username=username, role=Role.OPERATOR, session=None)  # type: ignore[arg-type] # not looked at
        return viewer.person.name

    assert name("root", "boss") == "boss of root"
    assert name("acme", "boss of root") == '"boss of root"'
    assert name("acme", "boss") == "boss"
