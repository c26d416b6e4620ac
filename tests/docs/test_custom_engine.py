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
    install, command = next(block for block in _blocks("sh") if block.startswith("pip ")).split("\n", 1)
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


def test_a_client_travels_through_it(tmp_path: Path) -> None:
    (tmp_path / "one_file_database.py").write_text(_blocks("python")[0], encoding="utf-8")
    engine = "one_file_database"
    arguments = '{"path": "everything.db"}'
    databus = [sys.executable, "-m", "databus"]
    for command in (
        ["init"],
        ["drive", "demo"],
        ["export", "--to-module", engine, "--to-arguments", arguments, "--manifest", "there.json"],
        ["export", "--database-module", engine, "--database-arguments", arguments, "--to", "json:back"],
    ):
        done = subprocess.run([*databus, *command], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "there.json").read_bytes() == (tmp_path / "databus-export.json").read_bytes()


def test_clients_move_there_and_back(tmp_path: Path) -> None:
    (tmp_path / "one_file_database.py").write_text(_blocks("python")[0], encoding="utf-8")
    commands = next(block for block in _blocks("sh") if block.startswith("databus init\n"))
    for command in commands.splitlines():
        line = command.replace("databus", f"{sys.executable} -m databus", 1)
        environment = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{Path(__file__).parents[2]}"}
        run = subprocess.run(
            ["sh", "-c", line], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert run.returncode == 0, command + run.stdout + run.stderr
    for client in ("demo", "files", "root"):
        here, there = (tmp_path / folder / "clients" / client for folder in ("data/json_db", "elsewhere"))
        assert (there / "config.json").read_bytes() == (here / "config.json").read_bytes()
