"""What leads into the queue, and how far."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, true
from sqlalchemy import Table as SqlTable

BY_CLIENT, BY_STATE = "queue_client", "queue_state"
"""Indexes that go by id behind what an entry is of: its client, or its client, route and state."""


class Way(NamedTuple):
    """A way into the queue.

    Attributes:
        along: What entries fulfil to which it leads.
        by: The index that leads along it, newest first; empty where it names ids.
        also: What of them are wanted; each is looked at for it.
    """

    along: ColumnElement[bool]
    by: str
    also: ColumnElement[bool] = true()


class Reach(NamedTuple):
    """A part of the queue that is looked through at once.

    Attributes:
        floor: The id of its last entry; None where none comes after it.
        ids: Those of its entries, newest first, where they are named.
    """

    floor: int | None
    ids: Sequence[int] | None = None


def led(query: "Select[Any]", queue: SqlTable, index: str) -> "Select[Any]":
    """Return a query for what lies along an index, below an id.

    MariaDB would go along it from the newest entry on, down to the id.
    """
    for dialect in ("mariadb", "mysql") if index else ():
        query = query.with_hint(queue, f"FORCE INDEX ({index})", dialect)
    return query
