"""Empty SQL databases, one of each kind."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection

from databus.database.sql_db.engine import make_engine
from databus.database.sql_db.sql_database import SqlDatabase
from databus.database.sql_db.sql_database_arguments import target_of
from tests.schemas import MARIADB, POSTGRESQL, Arguments, Servers

ROOT = Path(__file__).parents[4]

SQLITE = "sqlite"
ON_SERVERS = [pytest.param(name, marks=pytest.mark.server(name)) for name in (POSTGRESQL, MARIADB)]


@pytest.fixture(params=[SQLITE, *ON_SERVERS])
def arguments(request: pytest.FixtureRequest, servers: Servers, tmp_path: Path) -> Arguments:
    """The arguments of a database without tables."""
    if request.param == SQLITE:
        return {"url": f"sqlite:///{tmp_path}/databus.db"}
    return servers[request.param].new()


@pytest.fixture(params=ON_SERVERS)
def server_arguments(request: pytest.FixtureRequest, servers: Servers) -> Arguments:
    """The arguments of a database without tables on a server."""
    return servers[request.param].new()


@pytest.fixture
def database(arguments: Arguments) -> Iterator[SqlDatabase]:
    """An open database."""
    database = SqlDatabase(arguments)
    database.open()
    yield database
    database.close()


@pytest.fixture
def ours(server_arguments: Arguments) -> Iterator[SqlDatabase]:
    """What one process has open."""
    database = SqlDatabase(server_arguments)
    database.open()
    yield database
    database.close()


@pytest.fixture
def theirs(ours: SqlDatabase, server_arguments: Arguments) -> Iterator[SqlDatabase]:
    """What another process has open."""
    database = SqlDatabase(server_arguments)
    database.open()
    yield database
    database.close()


@contextmanager
def connected(arguments: Arguments) -> Iterator[Connection]:
    """A transaction in a database, without Databus."""
    engine = make_engine(target_of(arguments))
    with engine.connect() as connection, connection.begin():
        yield connection
    engine.dispose()


_KILLED = """
import json, os, signal, sys
from sqlalchemy import Engine, event
from databus.database.sql_db.sql_database import SqlDatabase

arguments, verb, word = sys.argv[1:]
seen = []

@event.listens_for(Engine, "before_cursor_execute")
def die(connection, cursor, statement, parameters, context, executemany):
    if statement.startswith(verb) and word in statement:
        seen.append(statement)
        if len(seen) == 2:
            os.kill(os.getpid(), signal.SIGKILL)

SqlDatabase(json.loads(arguments)).open()
"""


def kill_while_opening(arguments: Arguments, verb: str, word: str) -> None:
    """Let a process open a database, and kill it before its second statement of a kind."""
    command = [sys.executable, "-c", _KILLED, json.dumps(arguments), verb, word]
    killed = subprocess.run(command, cwd=ROOT, timeout=60, check=False)
    assert killed.returncode == -signal.SIGKILL


def at_once(program: str, arguments: Arguments, *, processes: int) -> list[tuple[str, str]]:
    """Run a program in several processes that go on together when all are ready; return what each of them printed."""
    command = [sys.executable, "-c", program, json.dumps(arguments)]
    pipe = subprocess.PIPE
    started = [
        subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True) for _ in range(processes)
    ]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in started:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    return [process.communicate(timeout=100) for process in started]
