"""Configurations are shown as tables, whatever is in them; secrets are not."""

import json
from typing import Any

import pytest
from sqlalchemy import Connection, select

from databus.database.records import CONFIG
from databus.database.sql_db.sql_database import SqlDatabase
from databus.database.sql_db.tables import Tables
from databus.testing.samples import CLIENT, NOW
from tests.schemas import Arguments

CONFIGURATION = {
    "log_life_span": 2,
    "passengers": [
        {
            "name": "acme.order",
            "pullers": ["acme.shop", {"module": "acme.mail", "name": "mails", "settings": {"password": "secret"}}],
            "processors": ["acme.check"],
            "pushers": [{"module": "acme.erp", "name": "ERP"}],
            "sync_frequency": 0.5,
            "queue_life_span": 7,
        },
        {"name": "acme.invoice", "schedule": "0 6 * * *", "queue": "acme.queue"},
    ],
    "users": [{"username": "ada", "role": "administrator", "password": "secret", "token": "secret"}],
}


def _write(database: SqlDatabase, content: bytes) -> None:
    database.write_document(CLIENT, CONFIG, content, expected=None, by="ada", now=NOW)


def _rows(database: SqlDatabase, arguments: Arguments) -> dict[str, list[tuple[Any, ...]]]:
    tables = Tables(arguments.get("schema"))
    shown = (tables.client, tables.passenger, tables.puller, tables.processor, tables.pusher, tables.webuser)

    def read(connection: Connection) -> dict[str, list[tuple[Any, ...]]]:
        return {
            table.name: [
                tuple(row)[1:] for row in connection.execute(select(table).order_by(*table.primary_key.columns))
            ]
            for table in shown
        }

    return database._store.documents._transactions.read(read)


def test_everything_but_secrets_is_shown(database: SqlDatabase, arguments: Arguments) -> None:
    _write(database, json.dumps(CONFIGURATION).encode())
    rows = _rows(database, arguments)
    assert rows == {
        "client": [(2.0,)],
        "passenger": [
            (0, "acme.order", None, 0.5, None, 7.0),
            (1, "acme.invoice", "acme.queue", None, "0 6 * * *", None),
        ],
        "puller": [(0, 0, "acme.shop", None), (0, 1, "acme.mail", "mails")],
        "processor": [(0, 0, "acme.check", None)],
        "pusher": [(0, 0, "acme.erp", "ERP")],
        "webuser": [(0, "ada", "administrator")],
    }
    assert "secret" not in str(rows)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\x00",
        b"[]",
        b'{"passengers": {"name": 1}, "users": 5, "log_life_span": "two"}',
        b'{"passengers": [1, {"name": ["x"], "pullers": [7, {"module": 7}], "pushers": "x"}], "users": [{"role": 1}]}',
        b'{"log_life_span": 1e999}',
        b'{"log_life_span": true}',
    ],
)
def test_whatever_is_written_is_kept(database: SqlDatabase, arguments: Arguments, content: bytes) -> None:
    _write(database, content)
    assert database.read_document(CLIENT, CONFIG).content == content
    assert len(_rows(database, arguments)["client"]) == 1


def test_the_newest_is_shown_and_what_is_deleted_is_not(database: SqlDatabase, arguments: Arguments) -> None:
    _write(database, json.dumps(CONFIGURATION).encode())
    _write(database, b'{"log_life_span": 5}')
    rows = _rows(database, arguments)
    assert (rows["client"], rows["passenger"], rows["webuser"]) == ([(5.0,)], [], [])
    database.delete_client(CLIENT, now=NOW)
    assert set(map(len, _rows(database, arguments).values())) == {0}
