"""Connections are set up alike, whatever a server is set to."""

import pytest
from sqlalchemy import make_url

from databus.database.sql_db.engine import make_engine
from databus.database.sql_db.sql_database import SqlDatabase
from databus.database.sql_db.sql_database_arguments import target_of
from databus.testing.samples import NOW, load, outcome, passenger, seat
from tests.schemas import MARIADB, POSTGRESQL, Servers


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


@pytest.mark.server(MARIADB)
@pytest.mark.parametrize("charset", ["utf8", "latin1"])
def test_a_url_takes_no_characters_away(servers: Servers, charset: str) -> None:
    arguments = servers[MARIADB].emptied()
    database = SqlDatabase({**arguments, "url": _with_query(arguments["url"], charset=charset)})
    database.open()
    try:
        (entry,) = seat(database, passenger("\N{GRINNING FACE}"))
        assert load(database, entry).external_id == "\N{GRINNING FACE}"
    finally:
        database.close()


@pytest.mark.server(MARIADB)
def test_a_command_of_the_url_goes_before_ours(servers: Servers) -> None:
    command = "SET sql_mode = 'ANSI', @own = 7"
    engine = make_engine(target_of({"url": _with_query(servers[MARIADB].url, init_command=command)}))
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT @@sql_mode, @own").one() == ("STRICT_ALL_TABLES", 7)
    engine.dispose()


def _with_query(url: str, **query: str) -> str:
    return make_url(url).update_query_dict(query).render_as_string(hide_password=False)
