"""What people change on the command line stands in a log, as what they change on the web page does."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from databus.database.json_db.json_database import JsonDatabase
from databus.operating.audit_trail import AuditQuery, audit_lines
from tests.integration.cli.conftest import Databus


def audit(client_id: str) -> list[str]:
    """Return what people did to a client, newest action first."""
    database = JsonDatabase({"path": "data/json_db"})
    database.open()
    try:
        lines = list(audit_lines(database, AuditQuery(client_id=client_id)))
    finally:
        database.close()
    assert {line.through for line in lines} <= {"the command line"}
    return [line.what for line in lines]


def test_passengers_that_are_purged_are_named(databus: Databus, shop: Path) -> None:
    databus("drive", "shop")
    ids = {each["external_id"]: each["internal_id"] for each in databus("queue", "shop", "--json").objects}
    assert databus("queue", "shop", "--search", "apple", "--purge", "--yes").code == 0
    assert audit("shop") == [f"deleted shop - apple ({ids['apple']})"]
    assert databus("queue", "shop", "pear", "--purge", "--yes").code == 0
    assert audit("shop")[0] == f"deleted shop - pear ({ids['pear']})"


def test_nothing_purged_is_nothing_told(databus: Databus, shop: Path) -> None:
    databus("queue", "shop", "--purge", "--yes")
    databus("log", "shop", "--purge", "--before", "0s", "--yes")
    assert audit("shop") == []


def test_logs_that_are_purged_are_counted(databus: Databus, shop: Path) -> None:
    databus("drive", "shop")
    databus("drive", "shop")
    assert databus("log", "shop", "--purge", "--before", "0s", "--yes").out == "purged 2 logs\n"
    (line,) = audit("shop")
    assert line.startswith("Delete logs: 2 of 2 logs, from before ")


def test_the_first_clients_are_told(databus: Databus) -> None:
    assert databus("init").code == 0
    assert [audit(each) for each in ("demo", "files", "root")] == [["added the client"]] * 3


CHANGES: list[tuple[Sequence[str], str, str]] = [
    (("pause",), "root", "paused all drives"),
    (("resume",), "root", "resumed all drives"),
    (("pause", "shop"), "shop", "switched the client off"),
    (("resume", "shop"), "shop", "switched the client on"),
    (("pause", "shop", "document"), "shop", "paused databus.passenger.document"),
    (("client", "add", "mall"), "mall", "added the client"),
    (("client", "remove", "shop", "--yes"), "root", "removed client shop"),
    (("client", "save", "shop", "new.json"), "shop", "replaced the configuration"),
    (("user", "add", "shop", "bob", "--no-password"), "shop", "added user bob, operator"),
    (("user", "role", "shop", "ada", "operator"), "shop", "made user ada operator"),
    (("user", "token", "shop", "ada"), "shop", "made a token for user ada"),
    (("user", "token", "shop", "ada", "--clear"), "shop", "took the token of user ada away"),
    (("user", "remove", "shop", "ada", "--yes"), "shop", "removed user ada"),
]


@pytest.mark.parametrize(("arguments", "client", "told"), CHANGES, ids=[" ".join(each) for each, *_ in CHANGES])
def test_what_a_command_changes_is_told(
    databus: Databus, shop: Path, arguments: Sequence[str], client: str, told: str
) -> None:
    Path("new.json").write_text(json.dumps({"users": [], "open": False}), encoding="utf-8")
    assert databus(*arguments).code == 0
    assert audit(client)[0] == told


def test_an_export_is_written_down_with_its_end(databus: Databus, shop: Path) -> None:
    Path("broken").touch()
    databus("drive", "shop")
    copy = Path("copy").absolute()
    databus("export", "shop", "--to", "json:copy")
    assert audit("root") == [f"the export of shop to {copy} is done"]
    Path("broken").unlink()
    databus("drive", "shop", "--database", "json:copy")
    assert databus("export", "--to", "json:copy").code == 1
    line, _ = audit("root")
    assert line.startswith(f"the export of all clients to {copy} failed: client shop differs in the target")
