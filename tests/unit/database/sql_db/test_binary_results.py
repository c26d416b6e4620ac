"""Contents come from PostgreSQL as they are, everything else as texts."""

from typing import Any

import pytest
from psycopg.pq import Format
from sqlalchemy import event

from databus.database.sql_db.sql_database import SqlDatabase
from databus.testing.samples import CLIENT, binary, passenger, seat
from tests.schemas import POSTGRESQL, Servers


@pytest.mark.server(POSTGRESQL)
def test_only_contents_come_in_binary_form(servers: Servers) -> None:
    database = SqlDatabase(servers[POSTGRESQL].new())
    database.open()
    content = bytes(range(256))
    (entry,) = seat(database, passenger("1", attachments=[binary("a", content)]))
    seen: dict[bool, list[str]] = {True: [], False: []}

    def note(connection: Any, cursor: Any, statement: str, *_: object) -> None:
        seen[cursor.format is Format.BINARY].append(statement)

    event.listen(database._store._engine, "before_cursor_execute", note)
    with database.open_attachment(CLIENT, entry.internal_id, "a") as stream:
        assert stream.read() == content
    (whole,) = database.load_whole(CLIENT, [entry.internal_id], room=1000)
    database.close()
    assert whole.contents == (content,)
    assert len(seen[True]) == 2
    assert all("content" in each for each in seen[True])
    assert seen[False]
