"""A SQLite database that is spoken to as SQL Server would be: each statement is also compiled for it, and judged.

The parts of the engine that differ by server are the ones for SQL Server: what is judged is what that server would get.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any
from unittest.mock import patch

from sqlalchemy import Connection, Dialect, event, make_url
from sqlalchemy.sql.base import Executable

from databus.database.sql_db import store
from databus.database.sql_db.bulk_plain import PlainBulk
from databus.database.sql_db.searching import Search
from databus.database.sql_db.sql_database import SqlDatabase
from databus.database.sql_db.tables import tables_of

DRIVERS = ("mssqlpython", "pymssql")

MOST_PARAMETERS = 2_100

_UNKNOWN = re.compile(r"\b(?:MERGE|LIMIT|FOR UPDATE|SKIP LOCKED|RETURNING|ILIKE|IS (?:NOT )?(?:0|1|true|false))\b")
"""What SQL Server does not know, or what a TDS server of any age need not know."""

_ESCAPE = "ESCAPE '!'"
"""The only value that may stand in the text of a statement."""

_texts: dict[Any, str] = {}


class SpokenTo(SqlDatabase):
    """Refuses what SQL Server would refuse."""

    def open(self) -> None:
        with (
            patch.object(store, "bulk_for", lambda _: PlainBulk(dialect(DRIVERS[0]))),
            patch.object(store, "Search", lambda tables, _, bulk: Search(tables, "mssql", bulk)),
        ):
            super().open()
        with self._store.transactions.connection(writing=True) as connection, connection.begin():
            tables_of(None).queue_part.create(connection, checkfirst=True)  # which SQLite itself does not need
        event.listen(self._store._engine, "before_execute", judge)


def judge(
    connection: Connection | None,
    statement: Executable,
    multiparams: Sequence[Mapping[str, Any]],
    params: Mapping[str, Any],
    options: Mapping[str, Any],
) -> None:
    """Raise AssertionError where SQL Server would refuse a statement, or has no chance to do what is meant."""
    names = tuple((multiparams[0] if multiparams else params) or ())
    key = statement._generate_cache_key()  # type: ignore[attr-defined] # every statement of Core has one
    assert key is not None, f"{statement} cannot be cached: it would be compiled each time"
    for driver in DRIVERS:
        if (driver, key.key, names) not in _texts:
            _texts[driver, key.key, names] = _judged(statement, driver, names)
    given = [len(each.effective_value) if each.expanding else 1 for each in key.bindparams]
    assert sum(given) + len(names) <= MOST_PARAMETERS, f"more than {MOST_PARAMETERS} parameters: {statement}"


def _judged(statement: Any, driver: str, names: Sequence[str]) -> str:
    text = str(statement.compile(dialect=dialect(driver), column_keys=list(names) or None))
    assert not _UNKNOWN.search(text), text
    assert "'" not in text.replace(_ESCAPE, ""), f"a value stands in the text: {text}"
    if getattr(statement, "_for_update_arg", None) is not None:
        assert "WITH (UPDLOCK" in text, f"rows are not locked: {text}"
    return text


@cache
def dialect(driver: str) -> Dialect:
    """Return how SQLAlchemy speaks to SQL Server through a driver."""
    return make_url(f"mssql+{driver}://").get_dialect()()


def texts(driver: str) -> list[str]:
    """Return each statement that was judged so far in this process, for one driver."""
    return [text for (own, *_), text in _texts.items() if own == driver]
