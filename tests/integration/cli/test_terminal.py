"""On a terminal: tables, bars, questions."""

import os
import pty
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.integration.cli.conftest import Databus, command


def on_terminal(*arguments: str, answers: Sequence[tuple[str, str]] = (), columns: int = 160) -> tuple[int, str]:
    """Run a command on a terminal and answer its questions; return its exit code and what was to be seen."""
    ours, theirs = pty.openpty()
    environment = {
        **os.environ,
        "TERM": "xterm",
        "COLUMNS": str(columns),
        "TZ": "Asia/Tokyo",
        "PYTHONWARNINGS": "error",
    }
    process = subprocess.Popen(command(*arguments), stdin=theirs, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    seen = b""
    waiting = list(answers)
    while chunk := _read(ours):
        seen += chunk
        if waiting and seen.endswith(waiting[0][0].encode()):
            os.write(ours, waiting.pop(0)[1].encode())
    os.close(ours)
    return process.wait(timeout=60), seen.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux says so when the other side is closed
        return b""


def test_a_drive_shows_a_bar_and_a_table(shop: Path) -> None:
    code, seen = on_terminal("drive", "shop")
    assert code == 0
    assert "databus.passenger.document: 3 pulled, 3 pushed, 0 failed" in seen
    assert "pulled" in seen
    assert "duplicates" not in seen


def test_a_table_that_is_too_wide_becomes_one_line_per_value(shop: Path) -> None:
    Path("broken").touch()
    code, seen = on_terminal("drive", "shop", columns=60)
    assert code == 1
    for line in ("passenger  document", "pulled     3", "failed     1"):
        assert f"{line}\r\n" in seen


def test_lists_are_tables_with_local_times_and_short_ids(databus: Databus, shop: Path) -> None:
    databus("drive", "shop")
    [apple] = databus("queue", "shop", "apple", "--json").objects
    _, seen = on_terminal("queue", "shop")
    assert "external id" in seen
    assert apple["internal_id"] not in seen
    assert apple["internal_id"][:8] in seen
    assert apple["pull_datetime"][:10] + "T" not in seen


def test_an_empty_list_says_so(shop: Path) -> None:
    assert "nothing in the queue" in on_terminal("queue", "shop")[1]


def test_a_long_list_is_cut(databus: Databus, shop: Path) -> None:
    databus("drive", "shop")
    _, seen = on_terminal("queue", "shop", "--limit", "2")
    assert "these are the newest 2: --all lists all" in seen


@pytest.mark.parametrize(("typed", "left"), [("y\n", 0), ("n\n", 3), ("\n", 3)])
def test_purging_asks_first(databus: Databus, shop: Path, typed: str, left: int) -> None:
    databus("drive", "shop")
    code, seen = on_terminal("queue", "shop", "--purge", answers=[("[y/N] ", typed)])
    assert code == 0
    assert "Delete 3 entries of shop with their attachments? [y/N]" in seen
    assert len(databus("queue", "shop").rows) == left


def test_a_password_is_asked_twice(databus: Databus, shop: Path) -> None:
    differing = [("Password: ", "secret\n"), ("Once more: ", "other\n")]
    code, seen = on_terminal("user", "add", "shop", "bob", answers=differing)
    assert (code, "differ" in seen) == (2, True)
    same = [("Password: ", "long secret\n"), ("Once more: ", "long secret\n")]
    assert on_terminal("user", "add", "shop", "bob", answers=same)[0] == 0
    assert databus("user", "list", "shop").rows[1] == ["bob", "operator", "yes", "no"]
