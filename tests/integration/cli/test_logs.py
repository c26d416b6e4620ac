import signal
from pathlib import Path

import pytest

from tests.integration.cli.conftest import Databus, read_until, spawn


@pytest.fixture(autouse=True)
def _driven(databus: Databus, shop: Path) -> None:
    databus("drive", "shop")
    Path("broken").touch()
    databus("status", "shop", "pear", "--incomplete")
    databus("drive", "shop")


def test_logs_are_listed_newest_first(databus: Databus) -> None:
    rows = databus("log", "shop").rows
    assert [row[1] for row in rows] == ["error", "info", "info"]
    assert rows[0][3] == "databus.passenger.document"


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        (["--errors"], 1),
        (["--warnings"], 1),
        (["--text", "PEARS today"], 1),
        (["--text", "nothing like it"], 0),
        (["--passenger", "databus.passenger.document"], 2),
        (["-p", "document"], 2),
        (["--before", "1h"], 0),
        (["--from", "1h"], 3),
        (["--limit", "2"], 2),
    ],
)
def test_filters(databus: Databus, filters: list[str], count: int) -> None:
    assert len(databus("log", "shop", "--json", *filters).objects) == count


def test_one_log(databus: Databus) -> None:
    [head] = databus("log", "shop", "--errors", "--json").objects
    lines = databus("log", "shop", head["guid"][:10], "--json").objects
    assert len(lines) == head["lines"]
    assert list(lines[0]) == ["timestamp", "type", "source", "message", "guid"]
    assert any("no pears today" in line["message"] for line in lines if line["type"] == "error")
    assert len(databus("log", "shop", head["guid"]).out.splitlines()) == head["lines"]


def test_an_unknown_log(databus: Databus) -> None:
    answer = databus("log", "shop", "nosuch")
    assert (answer.code, answer.err) == (1, "databus: client shop has no log 'nosuch': `databus log shop` lists them\n")


def test_purge_needs_an_age(databus: Databus) -> None:
    assert databus("log", "shop", "--purge", "--yes").code == 2
    assert databus("log", "shop", "--purge", "--before", "0s", "--text", "x", "--yes").code == 2
    assert databus("log", "shop", "--purge", "--before", "7d", "--yes").out == "nothing to purge\n"
    assert databus("log", "shop", "--purge", "--before", "0s", "--yes").out == "purged 3 logs\n"
    (left,) = databus("log", "shop", "--json").objects
    (line,) = databus("log", "shop", left["guid"], "--json").objects
    assert "Delete logs: 3 of 3 logs" in line["message"]


def test_follow_ends_by_ctrl_c(databus: Databus) -> None:
    [head] = databus("log", "shop", "--errors", "--json").objects
    with spawn("log", "shop", head["guid"], "--follow") as process:
        read_until(process.stdout, "Drive complete")
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "databus: interrupted\n")
