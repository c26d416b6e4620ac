"""Ten thousand names that have no business in a file system, from the source to the target and out of the queue."""

import json
import os
from pathlib import Path

from databus.database.abstract_database import AbstractDatabase
from databus.database.json_db.json_database import JsonDatabase
from databus.database.opening import make_database
from databus.dispatcher.client_directory import KnownClient
from databus.dispatcher.driving import drive_route
from databus.driver.abstract_driver import DriveSummary
from databus.timestamps import utc_now
from tests.faults.engines import JSON, MODULES, SQLITE, arguments
from tests.faults.events import Events
from tests.faults.plugins.odd_names import ATTACHMENTS, NAMES, pulled
from tests.faults.world import CLIENT, all_entries, bad_logs, known_client

ODD = 10_000
PASSENGERS = ODD // NAMES
PASSENGER = "tests.faults.plugins.odd_document"
SEED = int(os.environ.get("DATABUS_TEST_SEED", "1"))


def _configure(database: AbstractDatabase, events: Events, queue_life_span: int) -> KnownClient:
    settings = {"seed": SEED, "passengers": PASSENGERS, "events": str(events.path)}
    route = {
        "name": PASSENGER,
        "pullers": [{"module": "tests.faults.plugins.odd_source", "settings": settings}],
        "processors": [{"module": "tests.faults.plugins.odd_change", "settings": settings}],
        "pushers": [{"module": "tests.faults.plugins.odd_target", "settings": settings}],
        "queue_life_span": queue_life_span,
    }
    content = json.dumps({"log_life_span": 1, "passengers": [route]}).encode()
    database.write_document(CLIENT, "config.json", content, expected=None, by="", now=utc_now())
    return known_client(database)


def _drive(path: Path, events: Events, *, queue_life_span: int, engine: str = JSON) -> DriveSummary:
    database = make_database(MODULES[engine], arguments(engine, path))
    database.open()
    summary = drive_route(database, _configure(database, events, queue_life_span), PASSENGER)
    assert bad_logs(database) == []
    database.close()
    return summary


def _outside(folder: Path, client: Path) -> set[str]:
    """Return everything below a folder that is not the client's."""
    return {str(path) for path in folder.rglob("*") if path != client and client not in path.parents}


def _check_folders(client: Path) -> None:
    """Each entry has a folder of its own directly in the queue, and each attachment a file directly in that."""
    folders = list((client / "pqueue").iterdir())
    assert len(folders) == PASSENGERS
    for folder in folders:
        assert {path.name for path in folder.iterdir()} == {"attachments", "passenger.json"}
        files = list((folder / "attachments").iterdir())
        assert len(files) == ATTACHMENTS
        assert all(file.is_file() and not file.is_symlink() for file in files)


def test_every_name_arrives(quick_path: Path) -> None:
    names = {
        name for odd in pulled(SEED, PASSENGERS) for name in (*odd.identity, *(each[0] for each in odd.attachments))
    }
    assert len(names) == ODD
    path, events = quick_path / "json_db", Events(quick_path / "events")
    client = path / "clients" / CLIENT
    before = (Path("/etc/passwd").read_bytes(), set(os.listdir("/")))

    summary = _drive(path, events, queue_life_span=1)
    assert (summary.seated, summary.refused, summary.failed, summary.pushed) == (PASSENGERS, 0, 0, PASSENGERS)
    assert events.names("pushed") == events.names("notified") == {str(number) for number in range(PASSENGERS)}
    assert len(events.read()) == 2 * PASSENGERS
    _check_folders(client)
    assert _outside(quick_path, client) == {
        str(path),
        *(str(path / name) for name in (".lock", ".borrowers", "clients")),
        str(events.path),
    }
    assert (Path("/etc/passwd").read_bytes(), set(os.listdir("/"))) == before

    summary = _drive(path, events, queue_life_span=0)
    assert summary.is_clean
    assert list((client / "pqueue").iterdir()) == []
    assert {each.name for each in client.iterdir()} <= {".databus", "backup", "config.json", "log", "pqueue"}
    database = JsonDatabase({"path": str(path)})
    database.open()
    assert all_entries(database) == []
    database.close()


def test_every_name_arrives_by_sqlite(quick_path: Path) -> None:
    path, events = quick_path, Events(quick_path / "events")
    summary = _drive(path, events, queue_life_span=1, engine=SQLITE)
    assert (summary.seated, summary.refused, summary.failed, summary.pushed) == (PASSENGERS, 0, 0, PASSENGERS)
    assert events.names("pushed") == events.names("notified") == {str(number) for number in range(PASSENGERS)}
    assert len(events.read()) == 2 * PASSENGERS
    assert _drive(path, events, queue_life_span=0, engine=SQLITE).is_clean
    database = make_database(MODULES[SQLITE], arguments(SQLITE, path))
    database.open()
    assert all_entries(database) == []
    database.close()
