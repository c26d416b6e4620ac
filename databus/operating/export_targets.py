"""Whether an export can be written to a place: what is there, or in words what is wrong."""

import os
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from databus.client.redaction import redact
from databus.daemon_threads import DaemonThreads
from databus.database.abstract_database import AbstractDatabase
from databus.database.engines import SQL_DB
from databus.database.opening import reached_database
from databus.errors import DatabusError, StoreError
from databus.operating.places import Place

PATIENCE = 25.0
"""Seconds that a target may take to answer: a server that is not there is given up after ten."""

NAMED = 10
"""Clients that a finding names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a connection test has found.

    Attributes:
        is_good: Whether the export can begin.
        text: What is there, or what is wrong and how to mend it; no secrets.
    """

    is_good: bool
    text: str


def place_of_database(database: AbstractDatabase) -> Place:
    """Return where an open database is."""
    return Place(module=type(database).__module__, arguments=database.arguments)


def try_target(place: Place, source: AbstractDatabase, *, patience: float = PATIENCE) -> Finding:
    """Look whether an export can be written to a place. Nothing is made or changed there.

    An engine of one's own is opened for it, as far as that changes something.
    """
    found: Future[str] = DaemonThreads("connection test").submit(_look, place, source)
    try:
        return Finding(is_good=True, text=found.result(patience))
    except TimeoutError:
        return Finding(is_good=False, text=f"It does not answer within {patience:.0f} seconds.")
    except Exception as error:  # noqa: BLE001 - the border to an engine: whoever asks is told, whatever it is
        return Finding(is_good=False, text=said_without_secrets(error, place))


def said_without_secrets(error: BaseException, place: Place) -> str:
    """Return what is wrong, in a sentence that anybody may see."""
    text = str(error) if isinstance(error, DatabusError) else f"{type(error).__name__}: {error}"
    try:
        return redact(text, place.secrets())
    except DatabusError:  # the arguments are what is wrong; the errors about them repeat none
        return text


def _look(place: Place, source: AbstractDatabase) -> str:
    if place_of_database(source).is_same(place):
        raise StoreError("This is the database that is exported: name another one.")
    path = place.json_folder or place.sqlite_file
    if path is not None and not path.exists():
        return _of_new(path)
    if place.json_folder and not place.json_folder.is_dir():
        raise StoreError(f"{path} is a file: name a folder.")
    if place.json_folder and not (place.json_folder / "clients").is_dir():
        _check_writable(place.json_folder)
        return "The folder is there, and has no clients yet."
    if place.module == SQL_DB:
        return _of_sql(place)
    return _of_clients(place)


def _of_new(path: Path) -> str:
    there = next(each for each in path.parents if each.exists())
    if not there.is_dir():
        raise StoreError(f"{there} is a file: name a path below a folder.")
    _check_writable(there)
    return "It is new: the export makes it."


def _check_writable(folder: Path) -> None:
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise StoreError(f"The user that runs Databus may not write into {folder}: give it the right to.")


def _of_sql(place: Place) -> str:
    from databus.database.sql_db.probing import TablesThere, probe

    match probe(place.sql_target()):
        case TablesThere.NONE:
            return "It answers, and has no tables of Databus yet: the export makes them."
        case TablesThere.OLDER:
            return "It answers. Its tables are of an earlier Databus: the export brings them up to date."
        case TablesThere.PRESENT:
            return _of_clients(place)


def _of_clients(place: Place) -> str:
    with reached_database(place.module, place.arguments, serve=False) as database:
        clients = sorted(database.clients())
    if not clients:
        return "It answers, and has no clients yet."
    more = f" and {len(clients) - NAMED} more" if len(clients) > NAMED else ""
    return f"It answers, and has the clients {', '.join(clients[:NAMED])}{more} already."
