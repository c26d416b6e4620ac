"""``kill -9`` of ``databus export`` at random moments: the next run goes on, and the result is the same."""

import json
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from databus.database.engines import SQL_DB
from databus.database.export.exporting import export_clients
from databus.database.hold import effective_hold
from databus.database.json_db.json_database import JsonDatabase
from databus.database.memory_db.memory_database import MemoryDatabase
from databus.database.records import CONFIG
from databus.database.sql_db.sql_database import SqlDatabase
from databus.testing.samples import CLIENT, NOW, binary, complete, head, line, passenger, seat, text
from databus.timestamps import utc_now
from tests.schemas import MARIADB, POSTGRESQL, Servers

KILLS = int(os.environ.get("DATABUS_TEST_EXPORT_KILLS", "30"))
ENTRIES = 900
FEW = 300
LIMIT = 120


def _lay_out(folder: Path, entries_there: int = ENTRIES) -> None:
    source = JsonDatabase({"path": str(folder)})
    source.open()
    for number in range(4):
        source.write_document(CLIENT, CONFIG, b'{"log_life_span": %d}' % number, expected=None, by="ada", now=NOW)
    contents = [text("note.txt", "hello " * 50), binary("large.bin", os.urandom(30_000))]
    entries = seat(source, *(passenger(str(number), attachments=contents) for number in range(entries_there)))
    complete(source, *entries[::3])
    for number in range(40):
        source.append_log(head(f"log {number}"), [line(f"{number} {each}") for each in range(20)])
    source.close()


class _Exporter:
    """Runs the command, in a process of its own."""

    def __init__(self, folder: Path, *to: str) -> None:
        self.folder = folder
        self.target = folder / "target"
        self.manifest = folder / "manifest.json"
        self._to = to or ("--to", f"json:{self.target}")

    def start(self) -> "subprocess.Popen[bytes]":
        command = ["export", "--database", f"json:{self.folder / 'source'}", *self._to]
        return subprocess.Popen(
            [sys.executable, "-m", "databus", *command, "--manifest", str(self.manifest), "--json"],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def run(self) -> dict[str, object]:
        process = self.start()
        out, err = process.communicate(timeout=LIMIT)
        assert process.returncode == 0, err.decode()
        result: dict[str, object] = json.loads(out)
        return result

    def is_killed_after(self, seconds: float) -> bool:
        process = self.start()
        try:
            _, err = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return True
        assert process.returncode == 0, err.decode()
        return False


def _check_held_while_half_there(path: Path) -> None:
    if not path.is_dir():
        return
    target = JsonDatabase({"path": str(path)})
    target.open()
    if CLIENT in target.clients() and effective_hold(target, CLIENT, now=utc_now()) is None:
        counts = target.counts(CLIENT, now=utc_now())
        assert sum(each.waiting + each.complete for each in counts) == ENTRIES
        assert len(target.document_history(CLIENT, CONFIG)) == 3
    target.close()


@pytest.mark.timeout(600)
def test_a_killed_export_goes_on(quick_path: Path) -> None:
    seed = int(os.environ.get("DATABUS_TEST_SEED") or random.SystemRandom().randrange(10**6))
    print(f"DATABUS_TEST_SEED={seed}")  # noqa: T201 - pytest shows it when the test fails
    chance = random.Random(seed)
    _lay_out(quick_path / "source")
    exporter = _Exporter(quick_path)
    began = time.monotonic()
    exporter.run()
    whole = time.monotonic() - began
    expected = exporter.manifest.read_bytes()
    kills = 0
    shutil.rmtree(exporter.target)
    while kills < KILLS:
        if exporter.is_killed_after(chance.uniform(0.2, 1.0) * whole):
            kills += 1
            _check_held_while_half_there(exporter.target)
            continue
        assert exporter.manifest.read_bytes() == expected
        shutil.rmtree(exporter.target)
    exporter.run()
    assert exporter.manifest.read_bytes() == expected
    _check_target(exporter.target, quick_path / "again.json", expected)


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "variable", [pytest.param(each, marks=pytest.mark.server(each)) for each in (POSTGRESQL, MARIADB)]
)
def test_a_killed_export_into_a_server_goes_on(variable: str, quick_path: Path, servers: Servers) -> None:
    _lay_out(quick_path / "source", FEW)
    arguments = servers[variable].emptied()
    exporter = _Exporter(quick_path, "--to-module", SQL_DB, "--to-arguments", json.dumps(arguments))
    began = time.monotonic()
    exporter.run()
    whole = time.monotonic() - began
    expected = exporter.manifest.read_bytes()
    servers[variable].emptied()
    kills = sum(exporter.is_killed_after(part * whole) for part in (0.5, 0.7, 0.8))
    print(f"it was killed {kills} times")  # noqa: T201 - pytest shows it when the test fails
    exporter.run()
    assert exporter.manifest.read_bytes() == expected
    target = SqlDatabase(arguments)
    target.open()
    export_clients(target, MemoryDatabase({}), manifest=quick_path / "again.json")
    assert (quick_path / "again.json").read_bytes() == expected
    assert effective_hold(target, CLIENT, now=utc_now()) is None
    target.close()


def _check_target(path: Path, manifest: Path, expected: bytes) -> None:
    """What the target has gives the same manifest once more, when it is exported itself."""
    target = JsonDatabase({"path": str(path)})
    target.open()
    export_clients(target, MemoryDatabase({}), manifest=manifest)
    assert manifest.read_bytes() == expected
    assert effective_hold(target, CLIENT, now=utc_now()) is None
    target.close()
