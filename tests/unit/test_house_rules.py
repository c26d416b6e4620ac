"""Rules of the house that no linter knows."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONGEST_FILE = 400
SILENCER = re.compile(r"#\s*(?:noqa|type:\s*ignore)\b[^#]*")
WITH_REASON = re.compile(r"#\s*(?:noqa:\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*|type:\s*ignore\[[\w, -]+\])\s*(?:#|-|–)?\s*\S+")
HEAVY = ("argon2", "fsspec", "httpx2", "jmespath", "jsonschema", "orjson", "pydantic", "rich", "typer")


def _sources() -> Iterator[Path]:
    for folder in ("databus", "bench", "screenshots", "tests"):
        yield from (ROOT / folder).rglob("*.py")


def test_no_file_is_longer_than_its_idea() -> None:
    lengths = {str(path): len(path.read_text(encoding="utf-8").splitlines()) for path in _sources()}
    assert {path: length for path, length in lengths.items() if length > LONGEST_FILE} == {}


def test_silencers_carry_their_reason() -> None:
    bare = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in _sources()
        if path != Path(__file__)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if SILENCER.search(line) and not WITH_REASON.search(line)
    ]
    assert bare == []


@pytest.mark.parametrize(
    "module",
    [
        "databus",
        "databus.passenger.abstract_passenger",
        "databus.passenger.attachment",
        "databus.passenger.email",
        "databus.processor.abstract_processor",
        "databus.puller.abstract_puller",
        "databus.pusher.abstract_pusher",
    ],
)
def test_plug_in_bases_import_nothing_heavy(module: str) -> None:
    program = f"import sys, {module}; print(*sorted(set({HEAVY!r}) & set(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert answer.stdout.split() == []
