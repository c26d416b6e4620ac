"""Plain passwords in stored configurations are replaced by hashes, on every engine alike."""

import json

import pytest

from databus.client.passwords import is_hashed, verify_password
from databus.database.abstract_database import AbstractDatabase
from databus.database.plain_passwords import hash_all_stored_passwords, hash_stored_passwords
from databus.database.records import CONFIG
from databus.errors import NotFound
from databus.timestamps import utc_now


def _add(database: AbstractDatabase, client: str, content: bytes) -> None:
    database.write_document(client, CONFIG, content, expected="", by="", now=utc_now())


def test_what_was_plain_is_kept_nowhere(every_database: AbstractDatabase) -> None:
    _add(every_database, "acme", b'{"users": [{"username": "ann", "password": "secret of ann"}]}')
    hash_stored_passwords(every_database, "acme", clock=utc_now)
    stored = every_database.read_document("acme", CONFIG)
    password = json.loads(stored.content)["users"][0]["password"]
    assert is_hashed(password)
    assert verify_password("secret of ann", password)
    assert every_database.document_history("acme", CONFIG) == []
    hash_stored_passwords(every_database, "acme", clock=utc_now)
    assert every_database.read_document("acme", CONFIG) == stored


def test_one_that_cannot_be_read_stays_and_holds_no_other(every_database: AbstractDatabase) -> None:
    _add(every_database, "broken", b'{"users": [{"password": "a"}')
    _add(every_database, "sound", b'{"users": [{"password": "a"}]}')
    hash_all_stored_passwords(every_database, clock=utc_now)
    assert every_database.read_document("broken", CONFIG).content == b'{"users": [{"password": "a"}'
    assert b'"a"' not in every_database.read_document("sound", CONFIG).content


def test_who_is_not_there_has_none(every_database: AbstractDatabase) -> None:
    with pytest.raises(NotFound):
        hash_stored_passwords(every_database, "nobody", clock=utc_now)
