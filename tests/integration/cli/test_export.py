"""``databus export`` on real folders, in real processes."""

import json
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from databus.database.hold import HOLD, LEASE, Hold, Holding
from databus.database.json_db.json_database import JsonDatabase
from databus.errors import NotFound
from databus.testing.samples import passenger, seat
from databus.timestamps import utc_now
from tests.integration.cli.conftest import ROUTE, SHOP, Databus, read_until, spawn
from tests.integration.cli.test_terminal import on_terminal

OWNER = """
import sys, time
from datetime import timedelta
from databus.database.opening import owned_database
from databus.database.records import Route
from databus.timestamps import utc_now

with owned_database("databus.database.json_db.json_database", {"path": sys.argv[1]}) as database:
    route = Route(client_id=sys.argv[2], passenger_module=sys.argv[3])
    claims = database.claim(route, after=0, limit=9, owner="a drive", lease=timedelta(days=1), now=utc_now())
    print("claimed", len(claims), flush=True)
    sys.stdin.read()
"""

KEYS = [
    *("client", "entries", "logs", "documents", "written", "updated", "skipped", "out_of_order", "extra"),
    "attachment_bytes",
]


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def test_a_client_with_all_it_has(databus: Databus, shop: Path) -> None:
    databus("drive", "shop")
    answer = databus("export", "shop", "--to", "json:copy", "--json")
    assert answer.code == 0
    (result,) = answer.objects
    assert list(result) == ["clients", "manifest", "sha256", "seconds"]
    assert list(result["clients"][0]) == KEYS
    assert (result["clients"][0]["entries"], result["clients"][0]["logs"]) == (3, 1)
    manifest = json.loads(Path("databus-export.json").read_text(encoding="utf-8"))
    assert len(manifest["clients"]["shop"]["entries"]) == 3
    for part in ("pqueue", "log"):
        assert _names(Path("copy/clients/shop") / part) == _names(shop / part)
    here, there = (databus("queue", "shop", "--json", "--database", f"json:{at}") for at in ("data/json_db", "copy"))
    assert here.out == there.out


def test_all_clients_and_again(databus: Databus, shop: Path) -> None:
    databus("client", "add", "other")
    first = databus("export", "--to", "json:copy", "--manifest", "first.json")
    assert [row[0] for row in first.rows] == ["other", "shop"]
    databus("drive", "shop")
    second = databus("export", "--client", "shop", "--to", "json:copy", "--manifest", "second.json")
    # config.json, when it was driven, and what was carried
    assert second.rows == [["shop", "3", "3", "0", "1", "3", "16", "0", "0", "0"]]
    assert "shop: entries: 3 of 3" in second.err
    assert f"the manifest is {Path('second.json').absolute()}" in second.err


def test_the_copy_is_driven_like_the_original(databus: Databus, shop: Path) -> None:
    Path("broken").touch()
    databus("drive", "shop")
    databus("export", "--to", "json:copy")
    Path("broken").unlink()
    (summary,) = databus("drive", "shop", "--database", "json:copy", "--json").objects
    assert (summary["duplicates"], summary["pushed"]) == (3, 1)
    assert databus("export", "--to", "json:copy").code == 1
    conflict = databus("export", "--to", "json:copy").err
    assert "client shop differs in the target: entry " in conflict
    assert "it was changed there; see what differs, then say --on-conflict skip (leave it) or replace" in conflict
    assert databus("export", "--to", "json:copy", "--on-conflict", "skip").code == 0


def test_a_custom_engine(databus: Databus, shop: Path) -> None:
    databus("drive", "shop")
    answer = databus(
        "export", "--to-module", "databus.database.memory_db.memory_database", "--manifest", "one.json", "--json"
    )
    assert answer.code == 0
    databus("export", "--to", "json:copy", "--manifest", "two.json")
    assert Path("one.json").read_bytes() == Path("two.json").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "say where to: --to json:PATH"),
        (["--to", "json:data/../data/json_db"], "is the database that is exported"),
        (["--to", "nothing"], "'nothing' is no database"),
        (["--to", "json:x", "--to-module", "y"], "--to and --to-module name two databases"),
        (["--to-module", "no.such.engine"], "no.such.engine"),
        (["--to-module", "databus.database.json_db.json_database"], "needs --to-arguments"),
        (["--to-module", "x", "--to-arguments", "{"], "--to-arguments must be JSON"),
        (["--to", "json:x", "--on-conflict", "maybe"], "--on-conflict takes stop, skip, replace"),
    ],
)
def test_wrong_usage(databus: Databus, shop: Path, arguments: list[str], sentence: str) -> None:
    answer = databus("export", *arguments)
    assert (answer.code, sentence in answer.err) == (2, True), answer.err


def test_an_unknown_client(databus: Databus, shop: Path) -> None:
    answer = databus("export", "nobody", "--to", "json:copy")
    assert (answer.code, answer.err) == (1, "databus: there is no client nobody; there is shop\n")


def test_a_target_that_cannot_be_opened(databus: Databus, shop: Path) -> None:
    Path("file").touch()
    answer = databus("export", "--to", "json:file/below")
    assert answer.code == 1
    assert f"the target {Path('file/below').absolute()} cannot be opened" in answer.err


def test_a_source_that_is_not_there(databus: Databus, shop: Path) -> None:
    assert databus("export", "--database", "json:nowhere", "--to", "json:copy").code == 3


def test_a_running_databus_is_exported_and_goes_on(databus: Databus, shop: Path) -> None:
    config = {**SHOP, "passengers": [{**ROUTE, "sync_frequency": 60}]}
    (shop / "config.json").write_text(json.dumps(config), encoding="utf-8")
    with spawn("start", "--no-web") as process:
        read_until(process.stderr, "pushed")
        assert databus("export", "shop", "--to", "json:copy").code == 0
        assert databus("drive", "shop", "--json").objects[0]["duplicates"] == 3
        again = databus("export", "shop", "--to", "json:copy", "--json").objects[0]
        assert (again["clients"][0]["written"], again["clients"][0]["logs"]) == (0, 2)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0


def test_into_a_running_databus(databus: Databus, shop: Path) -> None:
    databus("drive", "shop")
    databus("init", "there")
    with spawn("start", "--no-web", "--data", "there") as process:
        read_until(process.stderr, "runs; Ctrl-C")
        assert databus("export", "shop", "--to", "json:there/json_db").code == 0
        assert len(databus("queue", "shop", "--data", "there").rows) == 3
        process.kill()


def test_a_held_client_is_not_driven_by_hand(databus: Databus, shop: Path) -> None:
    hold = Hold(by="databus export", until=utc_now() + LEASE)
    database = JsonDatabase({"path": "data/json_db"})
    database.open()
    content = json.dumps(
        {"by": hold.by, "until": hold.until.isoformat(), "incomplete": False, "token": "t", "host": "x", "pid": 1}
    )
    database.write_document("shop", HOLD, content.encode(), expected=None, by="", now=utc_now())
    database.close()
    answer = databus("drive", "shop")
    assert (answer.code, "client shop is held by databus export (process 1 on x)" in answer.err) == (1, True)
    answer = databus("export", "--to", "json:copy")
    assert (answer.code, "client shop is held by databus export" in answer.err) == (1, True)


def test_a_client_that_is_half_there_can_be_removed(databus: Databus, shop: Path) -> None:
    database = JsonDatabase({"path": "copy"})
    database.open()
    with Holding(database, "shop", by="databus export into this database") as holding:
        holding.set_incomplete(True)
        seat(database, passenger("1", client_id="shop"))
    database.close()
    assert databus("client", "remove", "shop", "--yes", "--database", "json:copy").code == 0
    assert databus("client", "remove", "shop", "--yes", "--database", "json:copy").code == 1
    assert databus("export", "--to", "json:copy").code == 0


def test_a_new_folder_in_new_folders(databus: Databus, shop: Path) -> None:
    assert databus("export", "--to", "json:a/b/c").code == 0
    assert databus("queue", "shop", "--database", "json:a/b/c").code == 0


def test_a_target_that_a_newer_databus_wrote(databus: Databus, shop: Path) -> None:
    databus("export", "--to", "json:copy")
    index = Path("copy/clients/shop/.databus/index.sqlite3")
    with closing(sqlite3.connect(index)) as connection:
        connection.execute("PRAGMA user_version = 9999")
    answer = databus("export", "--to", "json:copy")
    assert (answer.code, "was written by a newer Databus" in answer.err) == (1, True), answer.err


def test_a_signal_lets_the_client_go(databus: Databus, shop: Path) -> None:
    Path("broken").touch()
    databus("drive", "shop")
    arguments = [sys.executable, "-c", OWNER, "data/json_db", "shop", "databus.passenger.document"]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as owner:
        read_until(owner.stdout, "claimed 1")
        with spawn("export", "--to", "json:copy", "--wait", "600") as process:
            read_until(process.stderr, "waiting for drives to end")
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=60) == 130
        impatient = databus("export", "--to", "json:copy", "--wait", "0")
        assert (impatient.code, "a drive works on passenger pear of client shop" in impatient.err) == (1, True)
    assert databus("drive", "shop").code == 1
    database = JsonDatabase({"path": "data/json_db"})
    database.open()
    with pytest.raises(NotFound):
        database.read_document("shop", HOLD)
    database.close()


def test_a_terminal_shows_a_table(shop: Path) -> None:
    code, seen = on_terminal("export", "--to", "json:copy")
    assert code == 0
    assert "entries" in seen
    assert "verified; the manifest is" in seen
