"""Help imports nothing heavy of ours: that keeps ``databus --help`` well under 0.3 seconds of CPU."""

import subprocess
import sys

import pytest

HEAVY = (
    "argon2", "asyncio", "fsspec", "jsonschema", "logging.config", "orjson", "rich", "sqlite3",
    "databus.client.config", "databus.database.abstract_database", "databus.driver.primal_driver",
)  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "more"),
    # typer itself looks for pydantic when it parses a subcommand's options
    [(["--help"], ["pydantic"]), (["--version"], ["pydantic"]), (["queue", "--help"], []), (["new", "--help"], [])],
)
def test_help_imports_nothing_heavy(arguments: list[str], more: list[str]) -> None:
    program = f"""
import sys
from databus.cli.app import run
try:
    run({arguments!r})
except SystemExit as end:
    assert end.code in (0, None), end.code
print("heavy:", *sorted(set({[*HEAVY, *more]!r}) & set(sys.modules)))
"""
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout.splitlines()[-1] == "heavy:"
