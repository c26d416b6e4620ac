"""How much MariaDB and MySQL take at once: at a longer statement most of them end the connection without a word."""

from contextlib import closing
from functools import partial
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from databus.database.sql_db.driver_errors import code, said
from databus.errors import Untakable

_TOO_LONG = 1153
"""The code of servers that say so before they go."""

PACKET = "databus max_allowed_packet"
"""Where a connection's ``info`` has the server's setting, in bytes."""

_LONGEST = 1 << 20
"""Of a statement with many rows; longer ones are no faster."""

_SHARE = 5
"""A character may be four bytes, and what stands between the values needs room, too."""


def listen(engine: Engine, name: str) -> None:
    """Let an engine's connections know the setting, and say of what is longer that it is.

    Args:
        engine: Of PyMySQL.
        name: The database, as errors name it.
    """
    event.listen(engine, "connect", _ask)
    event.listen(engine, "handle_error", partial(_explained, name))


def longest(connection: Connection) -> int:
    """Return how many characters of values may stand together in one statement."""
    packet: int = connection.info[PACKET]
    return min(_LONGEST, packet // _SHARE)


def _ask(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
    with closing(connection.cursor()) as cursor:
        cursor.execute("SELECT @@max_allowed_packet")
        record.info[PACKET] = cursor.fetchall()[0][0]


def _explained(name: str, context: ExceptionContext) -> Untakable | None:
    """Return what to raise for a statement that is too long; None for all other errors."""
    error = context.sqlalchemy_exception
    tells = isinstance(error, DBAPIError) and code(error) == _TOO_LONG
    if not (tells or context.is_disconnect) or context.connection is None or context.execution_context is None:
        return None
    packet: int = context.connection.info[PACKET]
    length = _length(context.execution_context.cursor, str(context.statement), context.parameters)
    if length < packet and not tells:
        return None
    context.is_disconnect = True  # also where the server said it: a rollback would only tell that it is gone
    context.invalidate_pool_on_disconnect = False  # the other connections live
    if length < packet and error is not None:  # whatever else the server means
        return Untakable(f"{name} does not take it: {said(error)}")
    return Untakable(
        f"{name} does not take it: a statement of {length} bytes is longer than the server's max_allowed_packet "
        f"({packet}); set that higher"
    )


def _length(cursor: Any, statement: str, parameters: Any) -> int:
    """Return how many bytes PyMySQL sent, which writes values into the statement; of several, those of the longest."""
    each = parameters if isinstance(parameters, list) else [parameters]
    return max(len(cursor.mogrify(statement, own).encode(errors="surrogateescape")) for own in each)
