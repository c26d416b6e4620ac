"""``databus start``, and the other commands while it runs."""

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.cli.conftest import ROUTE, SHOP, Databus, command, read_until, spawn


@pytest.fixture
def running(shop: Path) -> Iterator["subprocess.Popen[str]"]:
    """A process that drives the shop every hour, and has just driven it."""
    config = {**SHOP, "passengers": [{**ROUTE, "sync_frequency": 60}]}
    (shop / "config.json").write_text(json.dumps(config), encoding="utf-8")
    with spawn("start", "--no-web", "--alias", "Test") as process:
        yield process
        process.kill()


def test_it_says_what_it_runs_on_and_what_it_did(running: "subprocess.Popen[str]", folder: Path) -> None:
    said = read_until(running.stderr, "pushed")
    assert f"database: {folder}/data/json_db" in said
    assert "client shop: databus.passenger.document every hour" in said
    assert "Test runs" in said
    assert "3 pulled, 3 seated, 3 pushed" in said
    running.send_signal(signal.SIGTERM)
    assert running.wait(timeout=60) == 0


def test_it_says_what_rests(databus: Databus, shop: Path) -> None:
    databus("pause", "shop")
    databus("pause", "shop", "document")
    with spawn("start", "--no-web") as process:
        said = read_until(process.stderr, "runs")
        process.kill()
    assert "client shop is switched off: not driven until `databus resume shop`" in said
    assert "databus.passenger.document of shop is paused: not driven until `databus resume shop databus" in said


def test_other_commands_work_meanwhile(running: "subprocess.Popen[str]", databus: Databus) -> None:
    read_until(running.stderr, "pushed")
    assert len(databus("queue", "shop", "--json").objects) == 3
    assert databus("drive", "shop", "--json").objects[0]["duplicates"] == 3
    assert len(databus("log", "shop").rows) == 2
    assert databus("status", "shop", "apple", "--step", "deliver", "--incomplete").code == 0
    assert databus("drive", "shop", "--json").objects[0]["pushed"] == 1
    assert len(databus("peek", "shop", "document").rows) == 3
    assert databus("check").code == 0
    assert databus("client", "add", "other").code == 0
    assert databus("user", "add", "other", "bob", "--no-password").code == 0
    assert databus("queue", "shop", "--purge", "--yes").out == "purged 3 of 3 entries\n"
    assert databus("pause").code == 0
    assert databus("resume").code == 0
    assert running.poll() is None


def test_a_configuration_that_cannot_be_read_stops_no_other_client(shop: Path) -> None:
    (shop.parent / "aaa" / "config.json").mkdir(parents=True)
    config = {**SHOP, "passengers": [{**ROUTE, "sync_frequency": 60}]}
    (shop / "config.json").write_text(json.dumps(config), encoding="utf-8")
    with spawn("start", "--no-web") as process:
        said = read_until(process.stderr, "pushed")
        process.kill()
    assert "client aaa: its configuration cannot be used" in said
    assert "3 pulled, 3 seated, 3 pushed" in said


def test_a_module_that_hangs_while_it_is_imported_holds_neither_the_start_nor_its_end(shop: Path) -> None:
    hanging = shop.parent / "aaa"
    hanging.mkdir()
    route = {**ROUTE, "pushers": ["hanging_out"]}
    (hanging / "config.json").write_text(json.dumps({**SHOP, "passengers": [route]}), encoding="utf-8")
    plugins = Path("data/plugins")
    plugins.mkdir(exist_ok=True)
    (plugins / "hanging_out.py").write_text("import threading\nthreading.Event().wait()\n", encoding="utf-8")
    config = {**SHOP, "passengers": [{**ROUTE, "sync_frequency": 60}]}
    (shop / "config.json").write_text(json.dumps(config), encoding="utf-8")
    with spawn("start", "--no-web") as process:
        said = read_until(process.stderr, "pushed")
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 0
    assert "3 pulled, 3 seated, 3 pushed" in said


def test_what_is_wrong_with_a_configuration_is_said_at_start_and_when_it_is_edited(
    running: "subprocess.Popen[str]", shop: Path
) -> None:
    read_until(running.stderr, "pushed")
    (shop / "config.json").write_text('{"passengers": [{"name": "no_such_module"}]}', encoding="utf-8")
    said = read_until(running.stderr, "no_such_module")
    assert "shop/config.json: passengers[0].name: no_such_module cannot be imported" in said


def test_a_second_one_is_refused_and_told_who_has_it(running: "subprocess.Popen[str]", shop: Path) -> None:
    read_until(running.stderr, "pushed")
    second = subprocess.run(command("start"), capture_output=True, text=True, check=False)
    assert second.returncode == 3
    assert str(running.pid) in second.stderr
    assert "Traceback" not in second.stderr


def test_without_a_database_nothing_starts(databus: Databus, folder: Path) -> None:
    answer = databus("start")
    assert answer.code == 3
    assert "`databus init`" in answer.err
    assert list(folder.iterdir()) == []


def test_a_client_with_a_bad_configuration_stops_only_itself(
    running: "subprocess.Popen[str]", databus: Databus
) -> None:
    read_until(running.stderr, "pushed")
    bad = Path("data/json_db/clients/bad")
    bad.mkdir()
    (bad / "config.json").write_text('{"colour": 1}', encoding="utf-8")
    answer = databus("check")
    assert answer.code == 1
    assert "data/json_db/clients/bad/config.json: colour: unknown key" in answer.out
    assert databus("drive", "shop").code == 0
