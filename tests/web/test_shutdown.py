"""The process that drives is ended from its page, as with Ctrl-C."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx2
import pytest

from databus.database.json_db.json_database import JsonDatabase
from tests.web.world import ROOT_ADMINISTRATOR, World, log_in

LIMIT = 60
"""Seconds for the process to end; only a test that fails waits so long."""

_CSRF = re.compile(r'name="csrf" value="([^"]+)"')


@pytest.fixture
def started(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    with closing(JsonDatabase({"path": str(tmp_path)})) as database:
        database.open()
        World(database)
    command = [sys.executable, "-m", "databus", "start", "--port", "0", "--database", f"json:{tmp_path}"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=tmp_path)
    yield process
    process.kill()
    process.communicate()


def test_a_click_ends_the_dispatcher_in_order(started: "subprocess.Popen[str]") -> None:
    assert started.stderr is not None
    address = next(line.rsplit(" ", 1)[1].strip() for line in started.stderr if "web page: " in line)
    with httpx2.Client(base_url=address, timeout=LIMIT) as browser:
        assert log_in(browser, ROOT_ADMINISTRATOR).status_code == 303
        found = _CSRF.search(browser.get("/system/shutdown").text)
        assert found is not None
        answer = browser.post("/system/shutdown", data={"csrf": found[1]})
        assert (answer.status_code, "Databus is ending" in answer.text) == (200, True)
    said = started.communicate(timeout=LIMIT)[1]
    assert started.returncode == 0, said
    assert "has ended" in said
