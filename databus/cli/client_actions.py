"""What ``databus client`` does."""

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from databus.cli.failing import WrongUsage
from databus.cli.output import Column, show
from databus.cli.person import os_user
from databus.client.client import Client
from databus.client.config_reading import ConfigReading
from databus.client.log import Log
from databus.database.abstract_database import AbstractDatabase
from databus.database.hold import effective_hold
from databus.database.records import CONFIG, Document
from databus.errors import DatabusError
from databus.operating.audit import write_audit
from databus.operating.clients import ReadClient, read_clients, require_client
from databus.operating.editing import edit_config
from databus.timestamps import utc_now

EMPTY: dict[str, Any] = {"log_life_span": 1, "passengers": [], "users": []}

LONGEST_ID = 64


def first_config(database: AbstractDatabase, *, like: str, file: str) -> bytes:
    """Return the configuration of a new client."""
    if like and file:
        raise WrongUsage("--like and --config contradict each other")
    if file:
        return _checked(_content_of(file), file)
    if not like:
        return _json(EMPTY)
    require_client(database, like)
    config = json.loads(database.read_document(like, CONFIG).content.decode("utf-8-sig"))
    return _json({**config, "users": []})


def _json(config: dict[str, Any]) -> bytes:
    return (json.dumps(config, indent=2, ensure_ascii=False) + "\n").encode()


def _content_of(file: str) -> bytes:
    return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()


def _checked(content: bytes, file: str) -> bytes:
    ConfigReading(content, file=file, environ=os.environ).result()
    return content


def add_client(database: AbstractDatabase, client_id: str, content: bytes) -> None:
    """Store a new client."""
    _check_id(client_id)
    if client_id in database.clients():
        raise DatabusError(f"there is already a client {client_id}")
    database.write_document(client_id, CONFIG, content, expected="", by=os_user().name, now=utc_now())
    write_audit(database, client_id, ["added the client"], by=os_user(), log=Log())


def _check_id(client_id: str) -> None:
    sound = client_id.isprintable() and client_id.strip() == client_id and not client_id.startswith(".")
    if not client_id or not sound or len(client_id) > LONGEST_ID or any(each in client_id for each in "/\\"):
        raise WrongUsage(
            f"{client_id!r} cannot be a client's id: up to {LONGEST_ID} printable characters, no / and no dot in front"
        )


def check_removable(database: AbstractDatabase, client_id: str) -> int:
    """Return how many queue entries would be lost with a client.

    Raises:
        DatabusError: It is root, which nobody could manage the system without.
    """
    if not _is_half_there(database, client_id):
        require_client(database, client_id)
    if client_id == Client.ROOT:
        raise DatabusError("the client root cannot be removed: its users manage the whole system")
    counts = database.counts(client_id, now=utc_now())
    return sum(each.waiting + each.running + each.failed + each.dead + each.complete for each in counts)


def _is_half_there(database: AbstractDatabase, client_id: str) -> bool:
    """Whether an export into this database was broken off before the client was to be seen."""
    hold = effective_hold(database, client_id, now=utc_now())
    return hold is not None and hold.incomplete


def remove_client(database: AbstractDatabase, client_id: str) -> None:
    """Delete a client; root's log says who did it."""
    database.delete_client(client_id, now=utc_now())
    write_audit(database, Client.ROOT, [f"removed client {client_id}"], by=os_user(), log=Log())


# -- listing ----------------------------------------------------------------------------------------------------------


def _routes(client: ReadClient) -> list[str]:
    return [route.name for route in client.loaded.config.passengers] if client.loaded else []


def _users(client: ReadClient) -> list[str]:
    return [user.username for user in client.loaded.config.users] if client.loaded else []


_CLIENTS: list[Column[ReadClient]] = [
    Column("client", lambda client: client.client_id),
    Column("routes", lambda client: len(_routes(client))),
    Column("users", lambda client: len(_users(client))),
    Column("problems", lambda client: len(client.problems)),
]


def list_all(database: AbstractDatabase, *, as_json: bool) -> None:
    """List the clients."""
    show(read_clients(database), _CLIENTS, as_json=as_json, record=_client_record)


def _client_record(client: ReadClient) -> dict[str, Any]:
    return {
        "client": client.client_id,
        "passengers": _routes(client),
        "users": _users(client),
        "problems": [asdict(problem) for problem in client.problems],
    }


# -- configuration ----------------------------------------------------------------------------------------------------


def print_config(database: AbstractDatabase, client_id: str, version: str) -> None:
    """Print config.json byte by byte."""
    require_client(database, client_id)
    sys.stdout.flush()
    sys.stdout.buffer.write(database.read_document(client_id, CONFIG, version=version).content)


def save_config(database: AbstractDatabase, client_id: str, file: str) -> None:
    """Replace config.json, if nothing is wrong with the new one."""
    content = _checked(_content_of(file), file)
    edit_config(database, client_id, lambda data: content, what="replaced the configuration", by=os_user())


_VERSIONS: list[Column[Document]] = [
    Column("saved", lambda document: document.saved_on),
    Column("by", lambda document: document.saved_by),
    Column("version", lambda document: document.version),
]


def list_versions(database: AbstractDatabase, client_id: str, *, as_json: bool) -> None:
    """List the present version and the earlier ones."""
    require_client(database, client_id)
    present = database.read_document(client_id, CONFIG)
    show([present, *database.document_history(client_id, CONFIG)], _VERSIONS, as_json=as_json, record=_version_record)


def _version_record(document: Document) -> dict[str, Any]:
    return {"saved_on": document.saved_on, "saved_by": document.saved_by, "version": document.version}
