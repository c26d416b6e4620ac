"""A database that cannot be opened says why and what helps, without its password."""

import re
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from uuid import uuid4

import pytest
from sqlalchemy import make_url

from databus.database.sql_db.engine import CONNECT_SECONDS, make_engine
from databus.database.sql_db.sql_database import SqlDatabase
from databus.database.sql_db.sql_database_arguments import target_of
from databus.errors import ConfigError, StoreError, StoreUnreachable
from databus.testing.samples import found, passenger, seat
from tests.schemas import MARIADB, POSTGRESQL, Schemas, Servers
from tests.unit.database.sql_db.conftest import ON_SERVERS

PASSWORD = "secret-word"

SCHEMES = ["postgresql", "mariadb", "mysql", "mssql", "mssql+pymssql"]


@pytest.fixture(params=ON_SERVERS)
def server(request: pytest.FixtureRequest, servers: Servers) -> Schemas:
    return servers[request.param]


@pytest.fixture
def stranger(server: Schemas) -> Iterator[str]:
    """A user of the server who may do nothing."""
    name = f"t{uuid4().hex[:12]}"
    is_mariadb = server.url.startswith(("mariadb", "mysql"))
    with server.connection() as connection:
        if is_mariadb:
            connection.exec_driver_sql(f"CREATE USER {name} IDENTIFIED BY '{PASSWORD}'")
        else:
            connection.exec_driver_sql(f"CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}'")
        yield name
        connection.exec_driver_sql(f"DROP {'USER' if is_mariadb else 'ROLE'} {name}")


def _refused(url: object, schema: str) -> StoreError:
    database = SqlDatabase({"url": str(url), "schema": schema})
    with pytest.raises(StoreError) as caught:
        database.open()
    assert PASSWORD not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert str(database) in str(caught.value)
    return caught.value


def _url(server: Schemas, *, username: str | None = None, password: str = PASSWORD, database: str | None = None) -> str:
    url = make_url(server.url).set(username=username, password=password, database=database)
    return url.render_as_string(hide_password=False)


def test_a_user_who_is_not_known(server: Schemas) -> None:
    error = _refused(_url(server, username="nobody-known"), server.new()["schema"])
    assert isinstance(error, StoreUnreachable)
    assert str(error).endswith(": give it the right user and password")


@pytest.mark.server(MARIADB)
def test_a_wrong_password(servers: Servers) -> None:
    error = _refused(_url(servers[MARIADB]), "x")
    assert str(error).endswith(": give it the right user and password")


def test_a_database_that_is_not_there(server: Schemas) -> None:
    error = _refused(
        make_url(server.url).set(database="no_such_database").render_as_string(hide_password=False),
        server.new()["schema"],
    )
    assert isinstance(error, StoreUnreachable)
    assert "create the database no_such_database on the server" in str(error)


def test_an_option_that_the_driver_does_not_know(server: Schemas) -> None:
    url = make_url(server.url).update_query_dict({"shiny": "yes"}).render_as_string(hide_password=False)
    with pytest.raises((ConfigError, StoreError), match="shiny"):
        SqlDatabase({"url": url, "schema": server.new()["schema"]}).open()


def test_a_user_who_may_not_make_the_tables(server: Schemas, stranger: str) -> None:
    arguments = server.new()
    url = _url(server, username=stranger)
    if server.url.startswith(("mariadb", "mysql")):
        url = make_url(url).set(database="").render_as_string(hide_password=False)
    error = _refused(url, arguments["schema"])
    assert not isinstance(error, StoreUnreachable)
    dialect = make_url(server.url).get_backend_name()
    assert f"`databus schema sql --dialect {dialect} --schema {arguments['schema']}`" in str(error)


@pytest.mark.server(POSTGRESQL)
def test_an_extension_that_a_user_may_not_use_is_done_without(servers: Servers) -> None:
    server, user = servers[POSTGRESQL], f"t{uuid4().hex[:12]}"
    url = make_url(server.database())
    owned = make_engine(target_of({"url": url.render_as_string(hide_password=False)}))
    with owned.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"CREATE ROLE {user} LOGIN PASSWORD '{PASSWORD}'")
        connection.exec_driver_sql(f"GRANT CREATE ON DATABASE {url.database} TO {user}")
        connection.exec_driver_sql("CREATE SCHEMA ext")
        connection.exec_driver_sql("CREATE EXTENSION pg_trgm SCHEMA ext")
        database = SqlDatabase({"url": _url(server, username=user, database=url.database)})
        try:
            database.open()
            seat(database, passenger("order-4711"))
            assert found(database, search="4711") == ["order-4711"]
        finally:
            database.close()
            connection.exec_driver_sql(f"DROP OWNED BY {user}")
            connection.exec_driver_sql(f"DROP ROLE {user}")
    owned.dispose()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_server_that_is_down(scheme: str) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
    error = _refused(f"{scheme}://ada:{PASSWORD}@127.0.0.1:{port}/db", "x")
    assert isinstance(error, StoreUnreachable)
    assert "cannot be reached" in str(error)


def test_a_server_that_says_nothing_is_not_waited_for_for_ever() -> None:
    began = time.monotonic()
    with closing(socket.create_server(("127.0.0.1", 0))) as listener, ThreadPoolExecutor() as threads:
        urls = [f"{scheme}://ada:{PASSWORD}@127.0.0.1:{listener.getsockname()[1]}/db" for scheme in SCHEMES]
        errors = list(threads.map(lambda url: _refused(url, "x"), urls))
    assert [type(error) for error in errors] == [StoreUnreachable] * len(SCHEMES)
    assert time.monotonic() - began < 3 * CONNECT_SECONDS


@pytest.mark.server(POSTGRESQL)
@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_a_database_that_does_not_keep_every_character(servers: Servers, encoding: str) -> None:
    url = servers[POSTGRESQL].database(f"ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
    assert f"keeps texts in {encoding}, in which characters would be lost" in str(_refused(url, "x"))


@pytest.mark.server(MARIADB)
def test_a_server_whose_machine_is_gone_is_noticed(servers: Servers) -> None:
    engine = make_engine(target_of(servers[MARIADB].new()))
    connected = engine.raw_connection()
    assert connected.driver_connection is not None
    own: socket.socket = connected.driver_connection._sock
    assert own.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 30
    connected.close()
    engine.dispose()


@pytest.mark.server(POSTGRESQL)
def test_times_are_utc_whatever_the_address_sets(servers: Servers) -> None:
    arguments = servers[POSTGRESQL].new()
    url = make_url(arguments["url"]).update_query_dict({"options": "-c timezone=Asia/Tokyo"})
    database = SqlDatabase({**arguments, "url": url.render_as_string(hide_password=False)})
    database.open()
    with database._store._engine.connect() as connection:
        assert connection.exec_driver_sql("SHOW timezone").scalar() == "UTC"
    database.close()
    assert re.search("Tokyo", url.render_as_string())
