"""A client that has everything, and looking at all of it."""

from datetime import datetime
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from databus.client.log import MessageType
from databus.database.abstract_database import AbstractDatabase
from databus.database.export import documents
from databus.database.export.conflicts import OnConflict
from databus.database.export.copying import all_entries, all_logs
from databus.database.export.exporting import ExportResult, export_clients
from databus.database.records import CONFIG, Entry
from databus.pqueue.outcome import OutcomeKind
from databus.testing.samples import (
    CLIENT,
    DAY,
    MINUTE,
    NOW,
    ODD_TEXTS,
    SECOND,
    binary,
    changed,
    claim,
    complete,
    content,
    head,
    line,
    outcome,
    passenger,
    seat,
    text,
)

LATER = NOW + DAY
"""When everything is at rest."""


def clock() -> datetime:
    return LATER


def configure(database: AbstractDatabase, content: bytes = b'{"log_life_span": 1}', client_id: str = CLIENT) -> None:
    database.write_document(client_id, CONFIG, content, expected=None, by="ada", now=NOW)


def fill(database: AbstractDatabase, client_id: str = CLIENT) -> None:
    """Give a client entries in all states, odd names, logs and documents with a past."""
    for number in range(3):
        now = NOW + number * SECOND
        database.write_document(client_id, CONFIG, b"{%d}" % number, expected=None, by=f"user {number}", now=now)
        database.write_document(client_id, "notes/Ä.txt", b"%d" % number, expected=None, by="", now=now)
    database.write_document(client_id, "state/some.passenger", b"state", expected=None, by="", now=NOW, backup=False)
    _fill_queue(database, client_id)
    many = [line(f"line {number}", timestamp=NOW + number * SECOND) for number in range(2100)]
    database.append_log(head("long", client_id=client_id), many)
    database.append_log(head("empty", client_id=client_id, created_on=NOW + SECOND), [])
    odd = [line(odd, MessageType.error, source=odd) for odd in ODD_TEXTS.values()]
    database.append_log(head("odd \udcff/..", client_id=client_id, passenger_module=""), odd)


def _fill_queue(database: AbstractDatabase, client_id: str) -> None:
    names = ["plain", "notified", "failed", "dead", "done", "changed", *ODD_TEXTS.values()]
    contents = [text("a.txt", "hello"), binary("b", b"\0" * 300_000), text("empty", "")]
    new = [passenger(name, client_id=client_id, attachments=contents if name else []) for name in names]
    entries = {entry.external_id: entry for entry in seat(database, *new)}
    database.record([outcome(entries["notified"], "notify", at=NOW + SECOND, log_guid="long")], now=NOW)
    complete(database, entries["done"], at=NOW + MINUTE)
    database.record([changed(entries["changed"], text("new name", "new"), binary("a.txt", b"now binary"))], now=NOW)
    claimed = {each.entry.external_id: each for each in claim(database, route=_route(client_id))}
    failed = outcome(claimed["failed"], "check", OutcomeKind.FAILED, error="E: no\n at 1", due_on=NOW + MINUTE)
    dead = outcome(claimed["dead"], "check", OutcomeKind.FAILED, error="never", dead=True, log_guid="long")
    database.record([failed, failed, dead], now=NOW)
    database.renew(list(claimed.values()), lease=NOW - NOW, now=NOW)


def _route(client_id: str) -> Any:
    from databus.testing.samples import ROUTE

    return replace(ROUTE, client_id=client_id)


def export(source: AbstractDatabase, target: AbstractDatabase, folder: Path, *clients: str, **more: Any) -> Any:
    """Export; return the result and the manifest."""
    given: dict[str, Any] = {"clock": clock, "patience": 0, "on_conflict": OnConflict.STOP, **more}
    result: ExportResult = export_clients(source, target, clients, manifest=folder / "manifest.json", **given)
    return result, (folder / "manifest.json").read_bytes()


def entries_of(database: AbstractDatabase, client_id: str = CLIENT) -> list[Entry]:
    """Return all entries, oldest first, without what is the engine's own."""
    found = all_entries(database, client_id, now=LATER)
    return [replace(each, sequence=0, leased_by="", leased_until=None) for each in found][::-1]


def everything(database: AbstractDatabase, client_id: str = CLIENT) -> dict[str, Any]:
    """Return all that a client has, without what is the engine's own."""
    entries = entries_of(database, client_id)
    logs = {each.guid: each for each in all_logs(database, client_id)}
    return {
        "entries": entries,
        "contents": [[content(database, entry, each.name) for each in entry.attachments] for entry in entries],
        "logs": logs,
        "lines": {guid: database.read_log(client_id, guid, limit=10_000)[1] for guid in logs},
        "documents": {name: _versions(database, client_id, name) for name in documents.names(database, client_id)},
    }


def _versions(database: AbstractDatabase, client_id: str, name: str) -> list[tuple[bytes, datetime, str]]:
    listed = [database.read_document(client_id, name), *database.document_history(client_id, name)]
    return [
        (database.read_document(client_id, name, version=each.version).content, each.saved_on, each.saved_by)
        for each in listed
    ]
