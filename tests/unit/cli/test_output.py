"""What is printed where nobody looks: lines and JSON. Tables are tried in tests/integration/cli/test_terminal.py."""

import io
import json
from datetime import UTC, datetime

import pytest

from databus.cli.failing import WrongUsage, printable
from databus.cli.output import Column, beginning, confirmed, last_part, print_json, print_line, show

TIME = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_json_holds_whatever_a_string_can_hold(capsys: pytest.CaptureFixture[str]) -> None:
    record = {"name": "Grüße \udcff\0\x1b[31m", "at": TIME, "none": None}
    print_json(record)
    line = capsys.readouterr().out
    assert json.loads(line) == {**record, "at": "2026-11-23T12:00:00+00:00"}
    assert line.count("\n") == 1


def test_json_is_readable_where_it_can_be(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"name": "Grüße"})
    assert capsys.readouterr().out == '{"name": "Grüße"}\n'


def test_lines_stay_lines(capsys: pytest.CaptureFixture[str]) -> None:
    print_line(["a\tb\nc", 7, None, True, TIME, "\x1b[31mred"])
    assert capsys.readouterr().out == "a\\tb\\nc\t7\t\tyes\t2026-11-23T12:00:00+00:00\t\\x1b[31mred\n"


def test_show_prints_as_it_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    columns: list[Column[int]] = [
        Column("number", lambda number: number),
        Column("square", lambda number: number**2),
    ]
    assert show([2, 3], columns, as_json=False, record=lambda number: {"number": number}) == 2
    assert show([2, 3], columns, as_json=True, record=lambda number: {"number": number}) == 2
    assert capsys.readouterr().out.splitlines() == ["2\t4", "3\t9", '{"number": 2}', '{"number": 3}']


def test_printable_escapes_what_could_steer_a_terminal() -> None:
    assert printable("plain ü 漢字") == "plain ü 漢字"
    assert printable("\x9b2J\u202eevil\udc80") == "\\x9b2J\\u202eevil\\udc80"


def test_short_forms() -> None:
    assert last_part("databus.pusher.files") == "files"
    assert last_part("orders out v1.2") == "orders out v1.2"
    assert beginning("49c6ef3a-cad3-416d-8c6b-12148f5d3cc8") == "49c6ef3a"
    assert beginning("017f22e2-79b0-7cc3-98c4-dc0c0c07398f") == "017f22e2-79b0-7cc3"


def test_nobody_to_ask_is_wrong_usage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    with pytest.raises(WrongUsage, match="--yes"):
        confirmed("Really?", yes=False)
    assert confirmed("Really?", yes=True)
