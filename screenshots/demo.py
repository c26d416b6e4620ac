"""An installation with successes, failures, a dead passenger and a broken client."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from databus.client.passwords import hash_password
from databus.database.abstract_database import AbstractDatabase
from databus.database.json_db.json_database import JsonDatabase
from databus.database.records import CONFIG
from databus.dispatcher.client_directory import ClientDirectory
from databus.dispatcher.driving import drive_route
from databus.timestamps import utc_now

PASSWORD = "for the pictures only"  # noqa: S105 - of an installation that lives for a minute

ORDERS = "screenshots.shop.order"


@contextmanager
def demo(folder: Path) -> Iterator[AbstractDatabase]:
    """Lay out the installation in a folder, drive it once, and give its database while it is open."""
    database = JsonDatabase({"path": str(folder / "db")})
    database.open()
    try:
        _configure(database, "root", {"passengers": [], "users": _users("root")})
        _configure(
            database, "furniture", {"passengers": [_documents(folder), _orders()], "users": _users("ann", "bob")}
        )
        _configure(database, "harbour", {"passengers": [{"name": ORDERS, "puller": []}], "users": _users("eve")})
        _fill(folder / "inbox")
        _drive(database, "furniture")
        yield database
    finally:
        database.close()


def _configure(database: AbstractDatabase, client: str, config: dict[str, Any]) -> None:
    content = json.dumps(config, indent=2).encode()
    database.write_document(client, CONFIG, content, expected=None, by="", now=utc_now())


def _users(*names: str) -> list[dict[str, str]]:
    roles = {"bob": "operator"}
    password = hash_password(PASSWORD)
    return [{"username": name, "role": roles.get(name, "administrator"), "password": password} for name in names]


def _orders() -> dict[str, Any]:
    return {
        "name": ORDERS,
        "pullers": [{"module": "screenshots.shop.web_shop", "name": "web shop"}],
        "processors": [{"module": "screenshots.shop.check_stock", "name": "check stock"}],
        "pushers": [{"module": "screenshots.shop.erp", "name": "ERP"}],
        "retry": {"max_attempts": 5, "first_delay": 60, "max_delay": 3600},
        "sync_frequency": 5,
    }


def _documents(folder: Path) -> dict[str, Any]:
    inbox = {"url": str(folder / "inbox"), "minimum_age": 0, "when_seated": "delete"}
    archive = {"url": str(folder / "archive")}
    return {
        "name": "databus.passenger.document",
        "pullers": [{"module": "databus.puller.files", "name": "scanner", "settings": inbox}],
        "pushers": [{"module": "databus.pusher.files", "name": "archive", "settings": archive}],
        "schedule": "*/15 6-20 * * 1-5",
        "time_zone": "Europe/Vienna",
    }


def _fill(inbox: Path) -> None:
    inbox.mkdir()
    for number in range(17):
        (inbox / f"delivery note {7301 + number}.txt").write_text(f"Delivery note {7301 + number}\n", encoding="utf-8")


def _drive(database: AbstractDatabase, client: str) -> None:
    directory = ClientDirectory(database)
    known = directory.refresh(now=utc_now())[client]
    for route in known.good.config.passengers:  # the last one is seen first
        drive_route(database, known, route.name)
