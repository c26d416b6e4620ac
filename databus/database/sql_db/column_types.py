"""The types of columns, so that every server keeps texts, times and contents exactly."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import DateTime, Dialect, LargeBinary, String, Text, Unicode
from sqlalchemy.dialects import mssql, mysql
from sqlalchemy.types import TypeDecorator, TypeEngine

from databus.database.sql_db import exact_text
from databus.database.sql_db.identities import LONGEST
from databus.database.sql_db.parts import LONGEST_PART

_SQL_SERVER = "Latin1_General_100_BIN2"
_MARIADB = {"charset": "utf8mb4", "collation": "utf8mb4_bin"}
"""Collations in which two texts are equal only if every character is."""

Processor = Callable[[Any], Any]


class ExactText(TypeDecorator[str]):
    """A text of any length, any characters."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the type that holds it on a server."""
        match dialect.name:
            case "mssql":
                return mssql.NVARCHAR(None, collation=_SQL_SERVER)
            case "mysql" | "mariadb":
                return mysql.LONGTEXT(**_MARIADB)
            case _:
                return Text()

    def bind_processor(self, dialect: Dialect) -> Processor:
        """Return what writes a text."""
        return _write_text if dialect.name != "mssql" else _write_text_of_sql_server

    def result_processor(self, dialect: Dialect, coltype: object) -> Processor:
        """Return what reads a text."""
        return _read_text


def _write_text(value: str | None) -> str | None:
    return None if value is None else exact_text.write(value)


def written(values: Sequence[Any], convert: Processor | None) -> Sequence[Any]:
    """Return the values of a column as ``convert``, if there is one, makes each of them."""
    if convert is None:
        return values
    if convert in (_write_text, _write_key) and exact_text.are_kept(values):
        return values  # nearly always so
    if convert is moment_text:
        return _moment_texts(values)
    return [convert(value) for value in values]


def _write_text_of_sql_server(value: str | None) -> str | None:
    return None if value is None else exact_text.unjoined(exact_text.write(value))


def _read_text(value: str | None) -> str | None:
    return value if value is None or value.isascii() else exact_text.read(value)


class Key(TypeDecorator[str]):
    """A name or id that an index holds: compared exactly; a long one is cut, see ``exact_text.key``."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the type that holds it on a server."""
        match dialect.name:
            case "mssql":
                return mssql.NVARCHAR(exact_text.LONGEST_KEY, collation=_SQL_SERVER)
            case "mysql" | "mariadb":
                return mysql.VARCHAR(exact_text.LONGEST_KEY, **_MARIADB)
            case _:
                return String(exact_text.LONGEST_KEY)

    def bind_processor(self, dialect: Dialect) -> Processor:
        """Return what writes a key."""
        return _write_key if dialect.name != "mssql" else _write_key_of_sql_server

    def result_processor(self, dialect: Dialect, coltype: object) -> Processor:
        """Return what reads a key; one that was cut stays as it is."""
        return _read_key


def _write_key(value: str | None) -> str | None:
    return None if value is None else exact_text.key(value)


def _write_key_of_sql_server(value: str | None) -> str | None:
    return None if value is None else exact_text.unjoined(exact_text.key(value))


def _read_key(value: str | None) -> str | None:
    if value is None or value.isascii() or exact_text.is_cut_key(value):
        return value
    return exact_text.read(value)


class Written(TypeDecorator[str]):
    """A text to compare with that is written as the tables have it already, such as a pattern."""

    impl = Unicode
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Processor | None:
        """Return what writes it."""
        return None if dialect.name != "mssql" else exact_text.unjoined


class Word(TypeDecorator[str]):
    """A word of our own, such as a state."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the type that holds it on a server."""
        match dialect.name:
            case "mssql":
                return mssql.NVARCHAR(20, collation=_SQL_SERVER)
            case "mysql" | "mariadb":
                return mysql.VARCHAR(20, charset="ascii", collation="ascii_bin")
            case _:
                return String(20)


class Moment(TypeDecorator[datetime]):
    """A time in UTC with its microseconds."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the type that holds it on a server."""
        match dialect.name:
            case "mssql":
                return mssql.DATETIME2(6)  # type: ignore[no-untyped-call] # SQLAlchemy has no types here
            case "mysql" | "mariadb":
                return mysql.DATETIME(fsp=6)
            case "sqlite":
                return String(26)  # read and written in a quarter of the time that SQLAlchemy's own type takes
            case _:
                return DateTime(timezone=True)

    def bind_processor(self, dialect: Dialect) -> Processor | None:
        """Return what writes a time."""
        match dialect.name:
            case "postgresql":
                return None
            case "sqlite":
                return moment_text
            case _:
                return _as_naive

    def result_processor(self, dialect: Dialect, coltype: object) -> Processor:
        """Return what reads a time."""
        return _from_text if dialect.name == "sqlite" else _as_aware


_LENGTH = len("2026-01-31 23:59:59.999999")


def moment_text(value: datetime | None) -> str | None:
    """Return a time in UTC, always with its microseconds and without the zone."""
    if value is None:
        return None
    if not value.microsecond or type(value) is not datetime:  # orjson takes no times of other libraries
        return value.isoformat(" ", "microseconds")[:_LENGTH]
    # The same in a third of the time; a cache would cost more, because Python makes a difference of times to hash one.
    return orjson.dumps(value)[1 : _LENGTH + 1].decode().replace("T", " ")


def _moment_texts(values: Sequence[datetime | None]) -> list[str | None]:
    """Return ``moment_text`` of many times: those that are of one length as one text, in half the time."""
    with suppress(orjson.JSONEncodeError):
        text = orjson.dumps(values).decode()
        if len(text) == len(values) * _APART + 1:
            text = text.replace("T", " ")
            return [text[first : first + _LENGTH] for first in range(2, len(text), _APART)]
    return [moment_text(value) for value in values]


_APART = len('"2026-01-31T23:59:59.999999+00:00",')
"""From one time with microseconds to the next; no time is longer, one without them, and None, are shorter."""


def _as_naive(value: datetime | None) -> datetime | None:
    return None if value is None else value.replace(tzinfo=None)


@lru_cache(maxsize=1024)  # and read from them again
def _from_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(f"{value}+00:00")


def _as_aware(value: datetime | str | None) -> datetime | None:
    if isinstance(value, str):  # in a row that came as JSON
        return _from_text(value)
    return None if value is None else value.replace(tzinfo=UTC)  # connections of PostgreSQL are set to UTC


def content_type() -> TypeEngine[bytes]:
    """Return the type of a piece of content."""
    unlimited = mssql.VARBINARY("max")  # type: ignore[no-untyped-call] # SQLAlchemy has no types here
    return LargeBinary().with_variant(unlimited, "mssql").with_variant(mysql.LONGBLOB(), "mysql", "mariadb")


def digest_type() -> TypeEngine[bytes]:
    """Return the type of a hash of sixteen bytes, which revision 0001 has."""
    return LargeBinary(16).with_variant(mssql.BINARY(16), "mssql").with_variant(mysql.BINARY(16), "mysql", "mariadb")


def identity_type() -> TypeEngine[bytes]:
    """Return the type of what a passenger is recognized by."""
    on_sql_server = mssql.VARBINARY(LONGEST)  # type: ignore[no-untyped-call] # SQLAlchemy has no types here
    on_mariadb = mysql.VARBINARY(LONGEST)
    return LargeBinary(LONGEST).with_variant(on_sql_server, "mssql").with_variant(on_mariadb, "mysql", "mariadb")


def part_type() -> TypeEngine[bytes]:
    """Return the type of a part of an external id, compared byte by byte."""
    on_sql_server = mssql.VARBINARY(LONGEST_PART)  # type: ignore[no-untyped-call] # SQLAlchemy has no types here
    on_mariadb = mysql.VARBINARY(LONGEST_PART)
    return LargeBinary(LONGEST_PART).with_variant(on_sql_server, "mssql").with_variant(on_mariadb, "mysql", "mariadb")


def python_type(kind: TypeEngine[Any]) -> type:
    """Return the type of the values of a column."""
    return (kind.impl_instance if isinstance(kind, TypeDecorator) else kind).python_type
