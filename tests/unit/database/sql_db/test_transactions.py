"""What a server undoes is done again; what it may have done is not, and the error says so."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import BigInteger, Column, Connection, MetaData, String, Table, insert, select, text, update
from sqlalchemy.schema import CreateTable

from databus.database.sql_db.engine import make_engine
from databus.database.sql_db.locking import locked
from databus.database.sql_db.sql_database_arguments import target_of
from databus.database.sql_db.transactions import Transactions
from databus.errors import StoreError, StoreUnreachable
from tests.schemas import POSTGRESQL, Arguments, Servers
from tests.unit.database.sql_db.conftest import ON_SERVERS

OWN_ID = {"postgresql": "SELECT pg_backend_pid()", "mysql": "SELECT CONNECTION_ID()"}
KILL = {"postgresql": "SELECT pg_terminate_backend({}, 60000)", "mysql": "KILL {}"}
IS_THERE = {
    "postgresql": "SELECT count(*) FROM pg_stat_activity WHERE pid = {}",
    "mysql": "SELECT count(*) FROM information_schema.processlist WHERE id = {}",
}


@pytest.fixture(params=ON_SERVERS)
def server_arguments(request: pytest.FixtureRequest, servers: Servers) -> Arguments:
    """The arguments of an empty schema, without Databus's tables."""
    return servers[request.param].create()


class World:
    """A table with two rows, and transactions on it."""

    def __init__(self, arguments: Arguments) -> None:
        target = target_of(arguments)
        self.engine = make_engine(target)
        self.server = "postgresql" if self.engine.dialect.name == "postgresql" else "mysql"
        self.killer = make_engine(target)
        self.transactions = Transactions(self.engine, str(target))
        self.table = Table(
            "stock",
            MetaData(schema=target.schema),
            Column("name", String(20), primary_key=True),
            Column("number", BigInteger, nullable=False),
        )
        self.transactions.write(self._make, repeatable=False)

    def _make(self, connection: Connection) -> None:
        connection.execute(CreateTable(self.table))
        connection.execute(insert(self.table), [{"name": "apples", "number": 0}, {"name": "pears", "number": 0}])

    def lock(self, connection: Connection, name: str) -> None:
        connection.execute(locked(select(self.table).where(self.table.c.name == name), self.table)).one()

    def count_up(self, connection: Connection, name: str) -> None:
        table = self.table
        connection.execute(update(table).where(table.c.name == name).values(number=table.c.number + 1))

    def number(self, name: str) -> int:
        query = select(self.table.c.number).where(self.table.c.name == name)
        found: int = self.transactions.read(lambda connection: connection.execute(query).scalar_one())
        return found

    def own_id(self, connection: Connection) -> int:
        found: int = connection.execute(text(OWN_ID[self.server])).scalar_one()
        return found

    def kill(self, own_id: int) -> None:
        """Let the server close a connection, as a restart does."""
        with self.killer.connect() as other:
            other.execute(text(KILL[self.server].format(own_id)))
            while other.execute(text(IS_THERE[self.server].format(own_id))).scalar_one():
                pass


@pytest.fixture
def world(server_arguments: Arguments) -> Iterator[World]:
    world = World(server_arguments)
    yield world
    world.engine.dispose()
    world.killer.dispose()


def test_of_two_in_a_deadlock_both_are_done(world: World) -> None:
    both_have_one = threading.Barrier(2)
    tries: list[str] = []

    def work(connection: Connection, names: tuple[str, str]) -> None:
        first_try = names[0] not in tries
        tries.append(names[0])
        world.lock(connection, names[0])
        if first_try:
            both_have_one.wait(timeout=60)
        world.lock(connection, names[1])
        for name in names:
            world.count_up(connection, name)

    def run(names: tuple[str, str]) -> None:
        world.transactions.write(lambda connection: work(connection, names), repeatable=False)

    threads = [threading.Thread(target=run, args=(names,)) for names in (("apples", "pears"), ("pears", "apples"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=100)
    assert (world.number("apples"), world.number("pears")) == (2, 2)
    assert len(tries) > 2


def test_what_follows_a_look_is_a_whole_transaction_again(world: World) -> None:
    ids: list[int] = []

    def look(connection: Connection) -> None:
        ids.append(world.own_id(connection))

    def fail(connection: Connection) -> None:
        ids.append(world.own_id(connection))
        world.count_up(connection, "apples")
        raise LookupError

    world.transactions.look(look)
    with pytest.raises(LookupError):
        world.transactions.write(fail, repeatable=False)
    assert (world.number("apples"), ids) == (0, ids[:1] * 2), "it was the same connection"


def test_a_look_on_a_connection_that_is_lost_is_repeated(world: World) -> None:
    tries: list[int] = []

    def look(connection: Connection) -> int:
        tries.append(1)
        if len(tries) == 1:
            world.kill(world.own_id(connection))
        return world.own_id(connection)

    assert world.transactions.look(look)
    assert len(tries) == 2


@pytest.mark.server(POSTGRESQL)
def test_a_look_on_a_connection_that_the_driver_knows_to_be_lost_is_repeated(servers: Servers) -> None:
    world = World(servers[POSTGRESQL].create())
    with world.engine.connect() as connection:
        own_id, driver = world.own_id(connection), connection.connection.dbapi_connection
    world.kill(own_id)
    with suppress(psycopg.OperationalError):
        while True:  # until it has read the end
            driver.pgconn.consume_input()  # type: ignore[union-attr] # psycopg's
    assert world.transactions.look(world.own_id) != own_id
    world.engine.dispose()
    world.killer.dispose()


@pytest.mark.parametrize("repeatable", [True, False])
def test_a_connection_that_is_lost_before_the_commit_is_replaced(world: World, repeatable: bool) -> None:
    tries = []

    def work(connection: Connection) -> None:
        tries.append(1)
        world.count_up(connection, "apples")
        if len(tries) == 1:
            world.kill(world.own_id(connection))
        world.count_up(connection, "apples")

    world.transactions.write(work, repeatable=repeatable)
    assert (world.number("apples"), len(tries)) == (2, 2)


def test_a_commit_in_doubt_is_not_repeated_and_said(world: World) -> None:
    tries = []

    def work(connection: Connection) -> None:
        tries.append(1)
        world.count_up(connection, "apples")
        world.kill(world.own_id(connection))

    with pytest.raises(StoreUnreachable, match="whether it was is not known"):
        world.transactions.write(work, repeatable=False)
    assert len(tries) == 1
    assert world.number("apples") == 0


def test_what_may_be_repeated_is_repeated_after_a_commit_in_doubt(world: World) -> None:
    tries = []

    def work(connection: Connection) -> None:
        tries.append(1)
        world.count_up(connection, "apples")
        if len(tries) == 1:
            world.kill(world.own_id(connection))

    world.transactions.write(work, repeatable=True)
    assert (world.number("apples"), len(tries)) == (1, 2)


@pytest.mark.parametrize("repeatable", [False, True])
def test_connections_that_were_lost_while_nobody_used_them_are_not_noticed(world: World, repeatable: bool) -> None:
    with ExitStack() as lent:
        connections = [lent.enter_context(world.engine.connect()) for _ in range(8)]
        own_ids = [world.own_id(each) for each in connections]
    for each in own_ids:
        world.kill(each)
    assert world.number("apples") == 0
    with world.engine.connect() as connection:
        own_id = world.own_id(connection)
    world.kill(own_id)
    world.transactions.write(lambda connection: world.count_up(connection, "apples"), repeatable=repeatable)
    assert world.number("apples") == 1


def test_an_error_that_stays_is_said_without_statement_and_values(world: World) -> None:
    wrong = text("SELECT no_such_column, 'secret' FROM no_such_table")
    with pytest.raises(StoreError) as caught:
        world.transactions.read(lambda connection: connection.execute(wrong).all())
    assert "no_such_table" in str(caught.value)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_another_program_has_locked_is_waited_for(tmp_path: Path) -> None:
    world = World({"url": f"sqlite:///{tmp_path}/databus.db?timeout=0"})
    backup = sqlite3.connect(tmp_path / "databus.db", isolation_level=None)
    backup.execute("BEGIN IMMEDIATE")
    tries: list[int] = []

    def work(connection: Connection) -> None:
        world.count_up(connection, "apples")

    class _Freed(Transactions):
        """Lets go of the lock when it has been met."""

        def connection(self, *, writing: bool, durable: bool = True):  # type: ignore[no-untyped-def] # as its base
            tries.append(1)
            if len(tries) == 2:
                backup.execute("COMMIT")
            return super().connection(writing=writing, durable=durable)

    _Freed(world.engine, "here").write(work, repeatable=False)
    assert (world.number("apples"), len(tries)) == (1, 2)
    backup.close()
    world.engine.dispose()


@pytest.mark.parametrize("writing", [False, True])
def test_a_connection_that_is_lent_at_the_end_is_closed_when_it_comes_back(tmp_path: Path, writing: bool) -> None:
    world = World({"url": f"sqlite:///{tmp_path}/databus.db"})
    with world.transactions.connection(writing=writing) as connection:
        lent = connection.connection.driver_connection
        world.transactions.close()
        assert connection.execute(select(world.table)).all()
        connection.rollback()
    assert isinstance(lent, sqlite3.Connection)
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        lent.execute("SELECT 1")
    with pytest.raises(StoreError, match="is not open"), world.transactions.connection(writing=writing):
        pass
