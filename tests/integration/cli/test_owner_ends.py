"""Whoever works through the process that owns the database goes on when that process ends, however it ends."""

import json
import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.integration.cli.conftest import Databus, read_until, spawn

PUSHER = """
import sys
from pathlib import Path
from databus.pusher.abstract_pusher import AbstractPusher

class ShopPusher(AbstractPusher):
    def push(self, passenger):
        with open("pushed", "a") as file:
            print(passenger.passenger.external_id, file=file)
        print("pushing", file=sys.stderr, flush=True)
        Path("go").read_text()  # a pipe: until the test has opened it, too
"""

PATIENCE = 60.0

ends = pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL], ids=lambda end: end.name)
engines = pytest.mark.parametrize("engine", ["json_db", "sqlite"])


@pytest.fixture
def owned(databus: Databus, shop: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Put the shop, whose pusher waits for each passenger, into a database; return its owner's file."""

    def lay_out(engine: str) -> Path:
        Path("data/plugins/shop_pusher.py").write_text(PUSHER, encoding="utf-8")
        os.mkfifo("go")
        if engine == "json_db":
            return Path("data/json_db/owner_endpoint.json")
        assert databus("export", "--to", "sqlite:///shop.db").code == 0
        monkeypatch.setenv("DATABUS_DATABASE", "sqlite:///shop.db")
        return Path("shop.db.owner/owner_endpoint.json")

    return lay_out


@contextmanager
def _running(*arguments: str) -> "Iterator[subprocess.Popen[str]]":
    """Run a command, and let no failed test wait for it."""
    with spawn(*arguments) as process:
        try:
            yield process
        finally:
            process.kill()


def _let_one_go() -> None:
    with open("go", "w", encoding="utf-8"):  # as soon as the pusher reads
        pass


def _owner(endpoint: Path) -> int:
    try:
        return int(json.loads(endpoint.read_bytes())["pid"])
    except FileNotFoundError:
        return 0


def _wait_for_owner(endpoint: Path, pid: int) -> None:
    until = time.monotonic() + PATIENCE
    while _owner(endpoint) != pid:
        assert time.monotonic() < until, f"process {pid} does not become the owner"
        select.select([], [], [], 0.01)


def _check(out: str) -> None:
    summary = json.loads(out)
    assert (summary["pushed"], summary["waiting"], summary["error"]) == (3, 0, "")
    assert sorted(Path("pushed").read_text(encoding="utf-8").split()) == ["../plum", "apple", "pear"]


@engines
@ends
def test_a_drive_takes_over_in_the_middle_of_a_push(
    databus: Databus, owned: Callable[[str], Path], engine: str, end: signal.Signals
) -> None:
    endpoint = owned(engine)
    with _running("start", "--no-web") as first:
        read_until(first.stderr, "runs")
        with _running("drive", "shop", "--json") as drive:
            read_until(drive.stderr, "pushing")
            assert _owner(endpoint) == first.pid
            first.send_signal(end)
            first.wait(PATIENCE)
            _let_one_go()
            _wait_for_owner(endpoint, drive.pid)
            read_until(drive.stderr, "pushing")
            answer = databus("queue", "shop", "--json")  # through the new owner
            assert [entry["external_id"] for entry in answer.objects] == ["../plum", "pear", "apple"]
            _let_one_go()
            read_until(drive.stderr, "pushing")
            _let_one_go()
            out, err = drive.communicate(timeout=PATIENCE)
    assert (drive.returncode, err.count("owner")) == (0, 0)
    _check(out)


@engines
def test_what_is_being_pushed_is_not_given_to_the_next_owner(
    databus: Databus, owned: Callable[[str], Path], engine: str
) -> None:
    endpoint = owned(engine)
    with _running("start", "--no-web") as first:
        read_until(first.stderr, "runs")
        with _running("drive", "shop", "--json") as drive:
            read_until(drive.stderr, "pushing")
            first.kill()
            first.wait(PATIENCE)
            with _running("start", "--no-web") as second:
                read_until(second.stderr, "runs")
                assert _owner(endpoint) == second.pid
                # The passengers are the first drive's: this one finds nothing, and nothing to push.
                other = databus("drive", "shop", "--json").objects[0]
                assert (other["pushed"], other["waiting"], other["error"]) == (0, 3, "")
                _let_one_go()
                for _ in range(2):
                    read_until(drive.stderr, "pushing")
                    _let_one_go()
                out, _ = drive.communicate(timeout=PATIENCE)
    assert drive.returncode == 0
    _check(out)
