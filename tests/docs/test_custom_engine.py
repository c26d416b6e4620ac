"""The engine of docs/how-to/custom-database-engine.md passes the whole suite, run as the page says."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "custom-database-engine.md").read_text(encoding="utf-8")


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def _lines_of_code(code: str) -> int:
    lines = [line.strip() for line in code.splitlines()]
    return sum(1 for line in lines if line and not line.startswith(("#", '"""')))


def test_it_has_less_than_a_hundred_lines_of_code() -> None:
    assert _lines_of_code(_blocks("python")[0]) < 100


@pytest.mark.timeout(600)
def test_it_passes_the_suite(tmp_path: Path) -> None:
    (tmp_path / "one_file_database.py").write_text(_blocks("python")[0], encoding="utf-8")
    install, command = _blocks("sh")[1].split("\n", 1)
    assert install == "pip install 'databus[testing]'"
    assert command.startswith("pytest ")
    run = subprocess.run(
        ["sh", "-c", f"{sys.executable} -m {command}"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path), "DATABUS_TEST_EXAMPLES": "20"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-5000:] + run.stderr
    assert "skipped" not in run.stdout.splitlines()[-1]
