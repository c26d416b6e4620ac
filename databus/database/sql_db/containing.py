"""Conditions that a text contains another one, on every server."""

from sqlalchemy import ColumnElement, func, literal, or_

from databus.database.sql_db import exact_text
from databus.database.sql_db.column_types import Written


def contains(searched: "ColumnElement[str]", part: str) -> ColumnElement[bool]:
    """Return the condition that a text contains a part, every character as it is."""
    return or_(*(searched.like(plain(pattern), escape="!") for pattern in exact_text.patterns(part)))


def contains_in_any_case(searched: "ColumnElement[str]", part: str) -> ColumnElement[bool]:
    """Return the condition that a text contains a part, upper and lower case being the same."""
    patterns = exact_text.patterns(part)
    return or_(*(func.lower(searched).like(func.lower(plain(pattern)), escape="!") for pattern in patterns))


def plain(value: str) -> ColumnElement[str]:
    """Return a value that is written as the tables have it already."""
    return literal(value, Written())
