"""What ``databus client`` does."""

import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from databus.cli.failing import WrongUsage
from databus.cli.output import Column, aside, made_aside, show
from databus.cli.person import os_user
from databus.client.config_editing import hash_plain_passwords
from databus.database.abstract_database import AbstractDatabase
from databus.database.records import CONFIG, Document
from databus.operating.client_keeping import UnfitClientId, add_client, checked_config, config_like, empty_config
from databus.operating.clients import ReadClient, read_clients, require_client
from databus.operating.editing import edit_config
from databus.operating.resting import read_rest


def first_config(database: AbstractDatabase, *, like: str, file: str) -> bytes:
    """Return the configuration of a new client."""
    if like and file:
        raise WrongUsage("--like and --config contradict each other")
    if file:
        return checked_config(_content_of(file), file)
    return config_like(database, like) if like else empty_config()


def _content_of(file: str) -> bytes:
    return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()


def add_named(database: AbstractDatabase, client_id: str, content: bytes) -> None:
    """Store a new client."""
    try:
        add_client(database, client_id, content, by=os_user())
    except UnfitClientId as error:
        raise WrongUsage(str(error)) from None


# -- listing ----------------------------------------------------------------------------------------------------------


def _routes(client: ReadClient) -> list[str]:
    return [route.name for route in client.loaded.config.passengers] if client.loaded else []


def _users(client: ReadClient) -> list[str]:
    return [user.username for user in client.loaded.config.users] if client.loaded else []


@dataclass(frozen=True, slots=True)
class _Row:
    """A client, and what of it rests, in words."""

    client: ReadClient
    resting: list[str]


_CLIENTS: list[Column[_Row]] = [
    Column("client", lambda row: row.client.client_id),
    Column("routes", lambda row: len(_routes(row.client))),
    Column("users", lambda row: len(_users(row.client))),
    Column("problems", lambda row: len(row.client.problems)),
    Column("rests", lambda row: "; ".join(row.resting), optional=True),
]


def list_all(database: AbstractDatabase, *, as_json: bool) -> None:
    """List the clients."""
    rows = (_Row(client, _resting(database, client.client_id)) for client in made_aside(read_clients(database)))
    show(rows, _CLIENTS, as_json=as_json, record=_client_record)


def _resting(database: AbstractDatabase, client_id: str) -> list[str]:
    return [reason.text for reason in read_rest(database, client_id).of_client()]


def _client_record(row: _Row) -> dict[str, Any]:
    client = row.client
    return {
        "client": client.client_id,
        "passengers": _routes(client),
        "users": _users(client),
        "problems": [asdict(problem) for problem in client.problems],
        "rests_because": row.resting,
    }


# -- configuration ----------------------------------------------------------------------------------------------------


def print_config(database: AbstractDatabase, client_id: str, version: str) -> None:
    """Print config.json byte by byte, but plain passwords as their hashes: what is printed can be saved again."""
    require_client(database, client_id)
    content = database.read_document(client_id, CONFIG, version=version).content
    sys.stdout.flush()
    sys.stdout.buffer.write(hash_plain_passwords(content) or content)


def save_config(database: AbstractDatabase, client_id: str, file: str) -> None:
    """Replace config.json, if nothing is wrong with the new one."""
    content = checked_config(_content_of(file), file)
    with aside():
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
