"""What config.json says, as tables that a person can browse. Databus itself reads the document."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, delete, insert
from sqlalchemy import Table as SqlTable

from databus.database.sql_db.tables import Tables

Rows = list[dict[str, Any]]


class ClientTables:
    """Shows configurations in the tables client, passenger, puller, processor, pusher and webuser.

    No settings and no passwords are shown: both may be secret.
    """

    def __init__(self, tables: Tables) -> None:
        self._client = tables.client
        self._passenger = tables.passenger
        self._webuser = tables.webuser
        self._plugins = {"pullers": tables.puller, "processors": tables.processor, "pushers": tables.pusher}

    def show(self, connection: Connection, client_id: str, content: bytes) -> None:
        """Show a configuration; of one that cannot be read only the client."""
        self.hide(connection, client_id)
        config = _object(content)
        row = {"client_id": client_id, "log_life_span": _number(config.get("log_life_span"))}
        connection.execute(insert(self._client), row)
        passengers = _objects(config.get("passengers"))
        _insert(connection, self._passenger, [_passenger(client_id, *each) for each in enumerate(passengers)])
        for key, table in self._plugins.items():
            rows = [row for place, each in enumerate(passengers) for row in _plugins(client_id, place, each.get(key))]
            _insert(connection, table, rows)
        users = enumerate(_objects(config.get("users")))
        _insert(connection, self._webuser, [_user(client_id, *each) for each in users])

    def hide(self, connection: Connection, client_id: str) -> None:
        """Show a client no longer."""
        for table in (self._client, self._passenger, self._webuser, *self._plugins.values()):
            connection.execute(delete(table).where(table.c.client_id == client_id))


def _insert(connection: Connection, table: SqlTable, rows: Rows) -> None:
    if rows:
        connection.execute(insert(table), rows)


def _object(content: bytes) -> Mapping[str, Any]:
    try:
        value = orjson.loads(content)
    except orjson.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}


def _objects(value: object) -> Sequence[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _passenger(client_id: str, position: int, passenger: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "client_id": client_id,
        "position": position,
        "module": _text(passenger.get("name")) or "",
        "queue_module": _text(passenger.get("queue")),
        "sync_frequency": _number(passenger.get("sync_frequency")),
        "schedule": _text(passenger.get("schedule")),
        "queue_life_span": _number(passenger.get("queue_life_span")),
    }


def _plugins(client_id: str, place: int, plugins: object) -> Iterator[dict[str, Any]]:
    for position, plugin in enumerate(plugins if isinstance(plugins, list) else []):
        described = plugin if isinstance(plugin, dict) else {"module": plugin}
        yield {
            "client_id": client_id,
            "passenger_position": place,
            "position": position,
            "module": _text(described.get("module")) or "",
            "name": _text(described.get("name")),
        }


def _user(client_id: str, position: int, user: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "client_id": client_id,
        "position": position,
        "username": _text(user.get("username")) or "",
        "role": _text(user.get("role")),
    }


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None
