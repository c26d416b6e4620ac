"""The process that reads what may ask for too much."""

import subprocess
import sys
from pathlib import Path

import pytest

from databus.operating.preview.apart import Apart
from databus.operating.preview.child import MEMORY
from databus.operating.preview.records import Kind

LIMITED = "from databus.operating.preview.child import limit; limit(); "


@pytest.mark.parametrize(
    ("greed", "end"),
    [
        (f"bytearray({MEMORY})", "MemoryError"),
        ("import os; os.write(os.open('file', os.O_CREAT | os.O_WRONLY), b'x')", "File too large"),
    ],
)
def test_it_has_little_memory_and_no_disk(greed: str, end: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", LIMITED + greed]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert ended.returncode != 0
    assert end in ended.stderr


def test_a_module_in_the_working_folder_is_not_taken_for_one_of_the_library(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("work")
    (folder / "zlib.py").write_text("raise SystemExit('taken')")
    (folder / "json.py").write_text("raise SystemExit('taken')")
    monkeypatch.chdir(folder)
    shown = Apart(seconds=60).look(Kind.PDF, b"%PDF-1.4 /Type/Page", is_whole=True)
    assert shown.facts == [("Pages", "1")]
