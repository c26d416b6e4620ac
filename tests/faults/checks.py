"""What must be true of a database and its files, looked at from outside."""

import contextlib
import json
import shutil
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from databus.database.abstract_database import AbstractDatabase
from databus.database.json_db.json_database import JsonDatabase
from databus.database.records import Entry, State
from databus.database.steps import settled_state
from databus.testing.samples import content
from databus.timestamps import utc_now
from tests.faults.engines import JSON, SQLITE, sqlite_file
from tests.faults.plugins.document import as_pulled, as_pushed
from tests.faults.world import CLIENT, World, all_entries


def passenger_files(client: Path) -> dict[str, dict[str, Any]]:
    """Return every passenger.json of a queue by the name of its folder; each must be valid JSON."""
    queue = client / "pqueue"
    folders = (
        [folder for folder in sorted(queue.iterdir()) if not folder.name.startswith(".")] if queue.exists() else []
    )
    return {folder.name: json.loads((folder / "passenger.json").read_bytes()) for folder in folders}


def check_readable(world: World) -> None:
    """Who reads the files finds every one of them whole."""
    if world.engine == JSON:
        passenger_files(world.client)
    elif sqlite_file(world.path).exists():
        check_integrity(sqlite_file(world.path))


def check_integrity(file: Path) -> None:
    """SQLite finds its file in order."""
    with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def left_over(world: World) -> list[str]:
    """Return what a crash has left behind: damaged entries, and files that are none of a person's business."""
    if world.engine == SQLITE:
        known = {"databus.db", "databus.db-wal", "databus.db-shm", "databus.db.owner"}
        return sorted({path.name for path in world.path.iterdir()} - known)
    client = world.client
    own = client / ".databus"
    found = [path for folder in (client / "pqueue/.damaged", own / "seating", own / "trash") for path in _below(folder)]
    found += [path for path in _below(client) if path.name.startswith(".databus-")]
    return sorted({str(path.relative_to(client)) for path in found})


def _below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path != folder] if folder.exists() else []


def check_entries(world: World) -> None:
    """Every entry of the queue is complete and whole, in the database and in its files."""
    database = world.open()
    try:
        entries = all_entries(database)
        for entry in entries:
            assert {each.name: content(database, entry, each.name) for each in entry.attachments} == as_pushed(
                entry.external_id
            )
            assert all(step.is_complete for step in entry.steps)
        if world.engine == JSON:
            check_entry_files(world, entries)
    finally:
        database.close()


def check_entry_files(world: World, entries: list[Entry]) -> None:
    """Each entry has the files that it must have."""
    files = passenger_files(world.client)
    assert {entry.internal_id for entry in entries} == set(files)
    for entry in entries:
        assert _step_states(files[entry.internal_id]) == {"complete"}
        check_attachment_files(world.client, entry)


def _step_states(passenger: dict[str, Any]) -> set[str]:
    lists = ("notify_statuses", "processor_statuses", "pusher_statuses")
    return {step["status"] for each in lists for step in passenger[each]}


def check_attachment_files(client: Path, entry: Entry) -> None:
    """The folder of an entry holds exactly the files of its attachments."""
    wanted = as_pushed(entry.external_id)
    folder = client / "pqueue" / entry.internal_id / "attachments"
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == wanted


def check_index(world: World, copy: Path) -> None:
    """What is kept twice is the same: json_db's index says what the files say, sql_db's sums what the rows say."""
    if world.engine == SQLITE:
        check_integrity(sqlite_file(world.path))
        check_sums(world)
        return
    shutil.copytree(world.path, copy)
    for client in (copy / "clients").iterdir():
        for file in (client / ".databus").glob("index.sqlite3*"):
            file.unlink()
    assert _seen(copy) == _seen(world.path)
    shutil.rmtree(copy)


def check_sums(world: World) -> None:
    """The counts are those of the entries."""
    database = world.open()
    try:
        entries = Counter(settled_state(entry).value for entry in all_entries(database))
        found = database.counts(CLIENT, now=utc_now())
        states = ("waiting", "failed", "dead", "complete")
        assert +Counter({state: sum(getattr(each, state) for each in found) for state in states}) == entries
    finally:
        database.close()


def _seen(path: Path) -> tuple[list[Entry], Any, Any]:
    database = JsonDatabase({"path": str(path)})
    database.open()
    try:
        entries = [replace(entry, leased_by="", leased_until=None) for entry in all_entries(database)]
        counts = [each for each in database.counts(CLIENT, now=utc_now()) if entries]
        return entries, counts, database.list_documents(CLIENT)
    finally:
        database.close()


def lost(world: World, entries: list[Entry]) -> set[str]:
    """Return the documents that are neither at the source, nor in the queue, nor at the target."""
    safe = {path.name for path in world.source.iterdir()} | {entry.external_id for entry in entries}
    return world.events.names("born") - safe - world.events.names("pushed")


def check_contents(world: World, database: AbstractDatabase, entries: list[Entry]) -> None:
    """Every entry is as it was before its processor's outcome or as it is after it, never between."""
    for entry in entries:
        found = {each.name: content(database, entry, each.name) for each in entry.attachments}
        processed = entry.steps[1].is_complete
        assert found == (as_pushed if processed else as_pulled)(entry.external_id), (entry, world.path)


def states(entries: list[Entry]) -> set[State]:
    """Return the states of entries, leases disregarded."""
    return {settled_state(entry) for entry in entries}
