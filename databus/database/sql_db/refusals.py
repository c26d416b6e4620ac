"""Why a database cannot be opened, and what helps."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError

from databus.database.sql_db import driver_errors
from databus.database.sql_db.sql_database_arguments import Target
from databus.database.sql_db.transactions import Transactions
from databus.errors import ConfigError, Problem, StoreError, StoreUnreachable


@dataclass(frozen=True, slots=True, kw_only=True)
class _Refusal:
    """A reason that a server has.

    Attributes:
        codes: The servers' codes for it.
        words: What their texts say, where a driver tells no code.
        remedy: What helps; ``{dialect}``, ``{database}`` and ``{schema}`` are filled in.
        kind: The error that it becomes.
    """

    codes: frozenset[object]
    words: str
    remedy: str
    kind: type[StoreError] = StoreUnreachable

    def matches(self, error: DBAPIError) -> bool:
        return driver_errors.code(error) in self.codes or bool(
            re.search(self.words, driver_errors.said(error), re.IGNORECASE)
        )


_REFUSALS = (
    _Refusal(
        codes=frozenset({1045, 1698, 18456, "28P01", "28000"}),
        words='password authentication failed|no password supplied|login failed|pg_hba|role ".*" does not exist',
        remedy="give it the right user and password",
    ),
    _Refusal(
        codes=frozenset({1049, 4060, "3D000"}),
        words='database ".*" does not exist|cannot open database',
        remedy="create the database {database} on the server, let the user into it, or name another one",
    ),
    _Refusal(
        codes=frozenset({229, 262, 1044, 1142, 2760, 15247, "42501"}),
        words="permission( was)? denied",
        remedy=(
            "let an administrator of the server run what `databus schema sql --dialect {dialect}{schema}` prints, and "
            "give the user the right to read and write these tables"
        ),
        kind=StoreError,
    ),
    _Refusal(
        codes=frozenset(),
        words="certificate",
        remedy="let this machine trust the server's certificate, or end the URL with ?TrustServerCertificate=yes",
    ),
    _Refusal(
        codes=frozenset(),
        words="file is not a database",
        remedy="something else is in this file; name another one",
        kind=StoreError,
    ),
    _Refusal(
        codes=frozenset(),
        words="readonly database|unable to open database file",
        remedy="let the user that runs Databus read and write the file and its folder",
        kind=StoreError,
    ),
)


@contextmanager
def explained(target: Target, transactions: Transactions) -> Iterator[None]:
    """Turn what a server says while a database is opened into a sentence that says what helps."""
    with transactions.errors():
        try:
            yield
        except DBAPIError as error:
            for refusal in _REFUSALS:
                if refusal.matches(error):
                    raise refusal.kind(_sentence(target, refusal, error)) from error
            raise
        except TypeError as error:  # PyMySQL's, of an option that it does not know
            if not target.url.query:
                raise
            names = ", ".join(target.url.query)
            reason = f"the server's driver does not take what follows the question mark ({names}): {error}"
            raise ConfigError([Problem("database_arguments", "url", reason)]) from error


def _sentence(target: Target, refusal: _Refusal, error: DBAPIError) -> str:
    remedy = refusal.remedy.format(
        dialect=target.url.get_backend_name(),
        database=target.url.database or "",
        schema=f" --schema {target.schema}" if target.schema else "",
    )
    return f"{target} cannot be opened: {driver_errors.said(error)}: {remedy}"
