"""The log of a drive."""

import threading
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

from databus.client.log import Log, LogEntry, MessageType, entry_as_string, sound_entry

ANY_LOG_ENTRY: Any = LogEntry


def test_message_types_have_the_values_of_databus_8() -> None:
    assert {member.name: member.value for member in MessageType} == {
        "undefined": 0,
        "info": 1,
        "warning": 2,
        "error": 3,
    }
    assert max(MessageType) is MessageType.error


def test_a_new_log_is_empty() -> None:
    log = Log()
    assert log.entries == []
    assert log.entries_as_string == ""
    assert not log.has_error
    assert isinstance(log.guid, UUID)
    assert log.guid != Log().guid
    assert log.creation_datetime <= datetime.now()  # noqa: DTZ005 - as Databus 8's plug-ins compare it


def test_an_entry_has_defaults() -> None:
    before = datetime.now(UTC)
    entry = LogEntry()
    assert entry.message == ""
    assert before <= entry.timestamp <= datetime.now(UTC)
    assert entry.type is MessageType.info
    assert entry.source == __name__


def test_an_entry_takes_its_arguments_by_position_and_by_either_name() -> None:
    at = datetime(2024, 1, 1, tzinfo=UTC)
    entries = [
        LogEntry("m", at, MessageType.error, "s"),
        LogEntry(message="m", timestamp=at, type=MessageType.error, source="s"),
        ANY_LOG_ENTRY(p_message="m", p_timestamp=at, p_type=MessageType.error, p_source="s"),
    ]
    assert {(e.message, e.timestamp, e.type, e.source) for e in entries} == {("m", at, MessageType.error, "s")}


def test_the_source_is_the_calling_module_also_behind_p_names() -> None:
    log: Any = Log()
    log.append_text("a")
    log.append_text(p_entry="b")
    log.append_entry(ANY_LOG_ENTRY(p_message="c"))
    bare = LogEntry("d", source="x")
    bare.source = ""
    log.append_entry(bare)
    assert [entry.source for entry in log.entries] == [__name__] * 4


def test_a_source_that_is_given_stays() -> None:
    log: Any = Log()
    log.append_text("a", "s")
    log.append_text(p_entry="b", p_source="s")
    assert [(entry.message, entry.source) for entry in log.entries] == [("a", "s"), ("b", "s")]


def test_naive_times_become_utc() -> None:
    naive = datetime(2024, 1, 1, 12)  # noqa: DTZ001 - as Databus 8's plug-ins give it
    entry = LogEntry(timestamp=naive)
    assert entry.utc_timestamp == naive.astimezone(UTC)
    assert entry.utc_timestamp.tzinfo is UTC
    assert entry.timestamp == naive
    entry.timestamp = naive.replace(hour=13)
    assert entry.utc_timestamp == naive.replace(hour=13).astimezone(UTC)


def test_lines_have_the_form_of_databus_8() -> None:
    log = Log()
    log.append_entry(LogEntry("hello", datetime(2024, 1, 1, 12, tzinfo=UTC), MessageType.warning, "a.b"))
    log.append_entry(LogEntry("bye", datetime(2024, 1, 1, 13, tzinfo=UTC), MessageType.info, "c"))
    assert log.entries_as_string.splitlines() == [
        "[2024-01-01T12:00:00+00:00][a.b][warning] hello",
        "[2024-01-01T13:00:00+00:00][c][info] bye",
    ]


def test_a_line_can_be_built_of_its_fields() -> None:
    builder: Any = Log.build_entry_field_string
    assert builder("d", "s", "t", "m") == "[d][s][t] m"
    assert builder(p_date="d", p_source="s", p_type="t", p_message="m") == "[d][s][t] m"


def test_errors_are_seen_however_they_came() -> None:
    appended, direct = Log(), Log()
    appended.append_entry(LogEntry(type=MessageType.error))
    direct.entries.append(LogEntry(type=MessageType.error))
    assert appended.has_error
    assert direct.has_error


def test_errors_are_remembered_when_their_entries_are_gone() -> None:
    log = Log()
    log.entries.append(LogEntry("bad", type=MessageType.error))
    log.append_text("good")
    entries = log.entries
    log.drop_entries(1)
    assert [entry.message for entry in log.entries] == ["good"]
    assert log.entries is entries
    assert log.has_error


def test_rubbish_in_entries_is_shown_and_does_no_harm() -> None:
    class Mute:
        def __str__(self) -> str:
            raise RuntimeError("no")

    class Half(LogEntry):
        def __init__(self) -> None:
            self.message = "half"

    log = Log()
    rubbish: list[Any] = log.entries
    rubbish.extend(["text", None, 7, Mute(), Half()])
    log.append_text("good")
    lines = log.entries_as_string.splitlines()
    assert [line.partition("] ")[2] for line in lines] == [
        "text", "", "7", "<Mute that cannot be shown: RuntimeError>", "half", "good"
    ]  # fmt: skip
    assert not log.has_error


def test_entries_with_wrong_attributes_become_sound() -> None:
    entry: Any = LogEntry("m", source="s")
    entry.message, entry.type, entry.timestamp = ValueError("x"), "error", "yesterday"
    sound = sound_entry(entry)
    assert (sound.message, sound.type, sound.source) == ("x", MessageType.error, "s")
    assert sound.utc_timestamp.tzinfo is UTC
    entry.type, entry.timestamp = 99, datetime(2024, 1, 1)  # noqa: DTZ001 - naive on purpose
    assert sound_entry(entry).type is MessageType.undefined
    assert sound_entry(entry).utc_timestamp.tzinfo is UTC
    assert entry_as_string(entry).endswith("[s][undefined] x")


def test_a_sound_entry_stays_the_same_object() -> None:
    entry = LogEntry("m", datetime(2024, 1, 1, tzinfo=timezone(timedelta(hours=2))))
    assert sound_entry(entry) is entry


def test_many_threads_lose_no_line() -> None:
    log = Log()

    def write() -> None:
        for number in range(500):
            log.append_text(str(number))

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(log.entries) == 4000
