"""Reading one log."""

from collections.abc import Iterator

import orjson
import pytest

from databus.client.log import MessageType
from databus.database.abstract_database import AbstractDatabase
from databus.database.memory_db.memory_database import MemoryDatabase
from databus.database.records import LogHead, LogLine
from databus.dispatcher.route_state import read_state, write_cut_off
from databus.driver.abstract_driver import DriveSummary
from databus.errors import NotFound
from databus.operating import log_reading
from databus.operating.log_reading import Wanted, is_being_written, log_end, log_part, log_text
from databus.testing.samples import MINUTE, NOW, ROUTE, head, line


@pytest.fixture
def database() -> Iterator[AbstractDatabase]:
    engine = MemoryDatabase({})
    engine.open()
    lines = [line(f"line {at}", MessageType.error if at % 10 == 0 else MessageType.info) for at in range(50)]
    engine.append_log(head(), [*lines, line("other", source="shop.PUSHER")])
    yield engine
    engine.close()


def wanted(level: MessageType = MessageType.undefined, text: str = "") -> Wanted:
    return Wanted(client_id="acme", guid="log-1", level=level, text=text)


def test_lines_come_in_parts_until_the_end(database: AbstractDatabase) -> None:
    first = log_part(database, wanted(), start=0, limit=30)
    assert ([each.message for each in first.lines][-1], first.next_start, first.has_more) == ("line 29", 30, True)
    second = log_part(database, wanted(), start=first.next_start, limit=30)
    assert (len(second.lines), second.next_start, second.has_more) == (21, 51, False)
    assert log_part(database, wanted(), start=51, limit=30).lines == []


def test_lines_are_wanted_by_level_and_by_text(database: AbstractDatabase) -> None:
    errors = log_part(database, wanted(MessageType.error), start=0, limit=3)
    assert [each.message for each in errors.lines] == ["line 0", "line 10", "line 20"]
    rest = log_part(database, wanted(MessageType.error), start=errors.next_start, limit=3)
    assert ([each.message for each in rest.lines], rest.has_more) == (["line 30", "line 40"], False)
    assert log_part(database, wanted(text="LINE 4"), start=5, limit=9).lines[0].message == "line 40"
    assert [each.message for each in log_part(database, wanted(text="pusher"), start=0, limit=9).lines] == ["other"]


def test_no_part_looks_through_all_of_a_large_log(database: AbstractDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_reading, "LOOKED_AT", 20)
    monkeypatch.setattr(log_reading, "FIRST", 10)
    monkeypatch.setattr(log_reading, "READ", 10)
    found = log_part(database, wanted(text="other"), start=0, limit=5)
    assert (found.lines, found.next_start, found.has_more) == ([], 20, True)
    assert log_end(database, wanted(text="line 1"), limit=5).lines == []


def test_long_lines_are_read_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line may have a million characters: a log of a thousand such would be more than the memory has."""
    monkeypatch.setattr(log_reading, "FIRST", 2)
    monkeypatch.setattr(log_reading, "MOST_TEXT", 500)
    read: list[int] = []

    class Watched(MemoryDatabase):
        def read_log(self, *names: str, start: int = 0, limit: int = 1000) -> tuple[LogHead, list[LogLine]]:
            found = super().read_log(*names, start=start, limit=limit)
            read.append(sum(len(each.message) for each in found[1]))
            return found

    database = Watched({})
    database.append_log(head(), [line(f"{at:100}") for at in range(60)])
    first = log_part(database, wanted(), start=0, limit=50)
    assert ([int(each.message) for each in first.lines], first.next_start, first.has_more) == ([0, 1, 2, 3, 4], 5, True)
    end = log_end(database, wanted(), limit=50)
    assert [int(each.message) for each in end.lines] == [59, 58, 57, 56, 55]
    assert "".join(log_text(database, wanted())).count("\n") == 60
    assert log_part(database, wanted(text="nobody"), start=0, limit=50).next_start == 60
    assert max(read) <= 500


def test_the_end_comes_newest_first(database: AbstractDatabase) -> None:
    assert [each.message for each in log_end(database, wanted(), limit=3).lines] == ["other", "line 49", "line 48"]
    end = log_end(database, wanted(MessageType.error), limit=2)
    assert [each.message for each in end.lines] == ["line 40", "line 30"]


def test_all_lines_make_a_text(database: AbstractDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_reading, "FIRST", 10)
    monkeypatch.setattr(log_reading, "READ", 10)
    text = "".join(log_text(database, wanted()))
    assert text.splitlines()[50] == f"[{NOW.isoformat()}][shop.PUSHER][info] other"
    assert len(text.splitlines()) == 51
    assert "".join(log_text(database, wanted(MessageType.warning))).count("\n") == 5


def test_a_log_that_is_not_there_is_told(database: AbstractDatabase) -> None:
    missing = Wanted(client_id="other", guid="log-1")
    with pytest.raises(NotFound):
        log_part(database, missing, start=0, limit=1)
    with pytest.raises(NotFound):
        log_end(database, missing, limit=1)
    with pytest.raises(NotFound):
        next(log_text(database, missing))


def test_a_log_is_written_until_its_drive_is_remembered(database: AbstractDatabase) -> None:
    assert is_being_written(database, head())
    assert not is_being_written(database, head(passenger_module=""))
    remember(database, began=NOW - MINUTE, log="the one before")
    assert is_being_written(database, head())
    remember(database, began=NOW, log="log-1")
    assert not is_being_written(database, head())
    remember(database, began=NOW + MINUTE, log="a later one")
    assert not is_being_written(database, head())


def test_a_log_of_a_drive_that_was_cut_off_is_written_no_longer(database: AbstractDatabase) -> None:
    summary = DriveSummary(client="acme", passenger=ROUTE.passenger_module, log="log-1", is_cut_off=True)
    write_cut_off(database, summary, began=NOW - MINUTE, now=NOW)
    assert not is_being_written(database, head())
    assert is_being_written(database, head("log-2"))
    assert read_state(database, "acme", ROUTE.passenger_module).began is None


def remember(database: AbstractDatabase, **state: object) -> None:
    content = orjson.dumps({"began": state["began"], "summary": {"log": state["log"]}})
    database.write_document("acme", f"state/route/{ROUTE.passenger_module}", content, expected=None, by="", now=NOW)
