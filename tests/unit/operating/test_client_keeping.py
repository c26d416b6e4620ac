"""New clients: nobody can enter one that is like another one."""

import json
from typing import Any

import pytest

from databus.database.abstract_database import AbstractDatabase
from databus.database.records import CONFIG
from databus.operating.audit import Person
from databus.operating.client_keeping import add_client, config_like
from databus.timestamps import utc_now
from databus.web.accounts import GUEST, Accounts

USER = {"username": "ann", "password": "secret of ann", "role": "administrator"}


@pytest.mark.parametrize(
    ("model", "copy"),
    [
        ({"users": [USER], "open": True}, {"users": [], "open": False}),
        ({"open": True}, {"users": [], "open": False}),
        ({"users": [USER], "open": False}, {"users": [], "open": False}),
        ({"users": [USER]}, {"users": []}),
        ({"log_life_span": 3, "users": [USER]}, {"log_life_span": 3, "users": []}),
    ],
)
def test_a_copy_has_no_users_and_is_not_open(
    every_database: AbstractDatabase, model: dict[str, Any], copy: dict[str, Any]
) -> None:
    content = json.dumps(model).encode()
    every_database.write_document("model", CONFIG, content, expected="", by="", now=utc_now())
    add_client(every_database, "new", config_like(every_database, "model"), by=Person("root", "the web page"))
    assert json.loads(every_database.read_document("new", CONFIG).content) == copy
    assert Accounts(every_database).authenticate("new", GUEST, "") is None
