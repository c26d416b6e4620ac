"""Connections are set up alike, whatever a server is set to."""

import pytest
from sqlalchemy import make_url

from databus.database.sql_db.sql_database import SqlDatabase
from databus.testing.samples import NOW, load, outcome, passenger, seat
from tests.schemas import POSTGRESQL, Servers


@pytest.mark.server(POSTGRESQL)
@pytest.mark.parametrize("style", ["datestyle = 'German, DMY'", "datestyle = 'SQL'"])
def test_times_are_read_whatever_their_style_is(servers: Servers, style: str) -> None:
    url = servers[POSTGRESQL].database()
    with servers[POSTGRESQL].connection() as connection:
        connection.exec_driver_sql(f"ALTER DATABASE {make_url(url).database} SET {style}")
    database = SqlDatabase({"url": url})
    database.open()
    try:
        (entry,) = seat(database, passenger())
        assert database.record([outcome(entry, "check")], now=NOW) == []
        assert load(database, entry).pull_datetime == NOW
    finally:
        database.close()
