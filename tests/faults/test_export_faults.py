"""A full disk, an owner that is killed, an attachment larger than the memory that an export may take."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from databus.database.json_db.json_database import JsonDatabase
from databus.database.records import CONFIG
from databus.testing.samples import CLIENT, NOW, binary, head, line, passenger, seat
from tests.unit.database.remote.samples import PatternStream

LIMIT = 120
MIB = 1 << 20


def _open(path: Path) -> JsonDatabase:
    database = JsonDatabase({"path": str(path)})
    database.open()
    return database


def _lay_out(path: Path, entries: int = 150, size: int = 8000) -> None:
    source = _open(path)
    source.write_document(CLIENT, CONFIG, b"{}", expected=None, by="", now=NOW)
    seat(source, *(passenger(str(each), attachments=[binary("a", b"x" * size)]) for each in range(entries)))
    source.append_log(head(), [line("one")])
    source.close()


def _command(folder: Path, target: Path) -> list[str]:
    source = f"json:{folder / 'source'}"
    manifest = str(folder / "manifest.json")
    arguments = ["export", "--database", source, "--to", f"json:{target}", "--manifest", manifest]
    return [sys.executable, "-m", "databus", *arguments]


def _export(folder: Path, target: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(_command(folder, target), capture_output=True, text=True, check=False, timeout=LIMIT)


def test_a_full_disk_is_one_sentence_and_it_goes_on(
    tmp_path: Path, small_disk: Callable[[int], Path], quick_path: Path
) -> None:
    _lay_out(quick_path / "source")
    assert _export(quick_path, quick_path / "roomy").returncode == 0
    expected = (quick_path / "manifest.json").read_bytes()
    failures = 0
    for kib in range(256, 8192, 512):
        done = _export(quick_path, small_disk(kib) / "target")
        if done.returncode == 0:
            break
        failures += 1
        (sentence,) = [each for each in done.stderr.splitlines() if each.startswith("databus: ")]
        assert "disk is full" in sentence or "No space left" in sentence
        assert done.returncode == 1
    else:
        raise AssertionError("it never came to its end")
    assert failures > 2
    assert (quick_path / "manifest.json").read_bytes() == expected


def test_an_owner_that_is_killed_meanwhile(quick_path: Path) -> None:
    _lay_out(quick_path / "source", entries=1500)
    start = [sys.executable, "-m", "databus", "start", "--no-web", "--database", f"json:{quick_path / 'source'}"]
    with subprocess.Popen(start, stderr=subprocess.PIPE, text=True, cwd=quick_path) as owner:
        assert owner.stderr is not None
        assert any("runs; Ctrl-C" in each for each in owner.stderr)
        with subprocess.Popen(
            _command(quick_path, quick_path / "target"), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        ) as export:
            assert export.stderr is not None
            assert any("entries: " in each for each in export.stderr)
            owner.send_signal(signal.SIGKILL)
            said = export.stderr.read()
            assert export.wait(LIMIT) == 0, said  # it has become the owner
    assert len(json.loads((quick_path / "manifest.json").read_text())["clients"][CLIENT]["entries"]) == 1500


MEASURED = """
import sys
from databus.benchmark.workload import peak_mib
from databus.cli.app import run
try:
    run(sys.argv[1:])
finally:
    print(peak_mib())
"""


@pytest.mark.parametrize("through_owner", [False, True], ids=["own", "through the owner"])
def test_a_large_attachment_is_never_whole_in_memory(quick_path: Path, through_owner: bool) -> None:
    from databus.passenger.attachment import Attachment

    size = 192 * MIB
    source = _open(quick_path / "source")
    source.write_document(CLIENT, CONFIG, b"{}", expected=None, by="", now=NOW)
    large = Attachment.from_stream("large", lambda: PatternStream(size), size=size)  # type: ignore[arg-type, return-value] # all of a BinaryIO that an engine uses
    seat(source, passenger("1", attachments=[large]))
    source.close()
    arguments = _command(quick_path, quick_path / "target")[3:]
    if not through_owner:
        peak = _peak(arguments)
    else:
        start = [sys.executable, "-m", "databus", "start", "--no-web", "--database", f"json:{quick_path / 'source'}"]
        with subprocess.Popen(start, stderr=subprocess.PIPE, text=True, cwd=quick_path) as owner:
            assert owner.stderr is not None
            assert any("runs; Ctrl-C" in each for each in owner.stderr)
            peak = _peak(arguments)
            owner.kill()
    assert peak < 128


def _peak(arguments: list[str]) -> float:
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, *arguments], capture_output=True, text=True, check=True, timeout=LIMIT
    )
    return float(done.stdout.splitlines()[-1])
