"""Contents as PostgreSQL has them, in less than half the time that psycopg needs for hexadecimal digits.

Only results of statements that ask for it: SQLAlchemy's own expect texts, and a script of several statements has none.
"""

from typing import Any, Final

from sqlalchemy import Engine, event

_OPTION = "databus_binary"

IN_BINARY: Final = {_OPTION: True}
"""Execution options of a statement that reads contents; they mean nothing to other servers."""


def listen(engine: Engine) -> None:
    """Let an engine for PostgreSQL observe the option."""
    from psycopg.pq import Format

    def ask(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        if context.execution_options.get(_OPTION):
            cursor.format = Format.BINARY

    event.listen(engine, "before_cursor_execute", ask)
