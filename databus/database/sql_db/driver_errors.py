"""What the drivers' errors say: each driver has its own way to tell a code and a text."""

from collections.abc import Mapping

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

_CODES_OF_WORDS: Mapping[str, object] = {"Serialization failure": 1205}
"""mssql-python tells no number of the server's, but names what kind of error it is."""


def code(error: DBAPIError) -> object:
    """Return the server's code of an error: PostgreSQL's SQLSTATE, the others' number; None where there is none."""
    original = error.orig
    arguments = _arguments(original)
    if arguments and isinstance(arguments[0], int):
        return arguments[0]  # PyMySQL has a SQLSTATE beside it, which says less
    sqlstate: object = getattr(original, "sqlstate", None)
    return sqlstate or _CODES_OF_WORDS.get(getattr(original, "driver_error", ""))


def said(error: SQLAlchemyError) -> str:
    """Return what the driver says, in one line and without the statement."""
    original = error.orig if isinstance(error, DBAPIError) else error
    without_statement = getattr(getattr(original, "diag", None), "message_primary", None)  # psycopg's
    if without_statement:
        return str(without_statement)
    parts = _arguments(original) or (original,)
    text = parts[-1] if len(parts) > 1 else parts[0]
    return " ".join((text.decode(errors="replace") if isinstance(text, bytes) else str(text)).split())


def _arguments(original: BaseException | None) -> tuple[object, ...]:
    """Return the arguments of an error; pymssql has its own, of code and text, as one."""
    arguments = original.args if original is not None else ()
    if len(arguments) == 1 and isinstance(arguments[0], tuple):
        return arguments[0]
    return arguments
