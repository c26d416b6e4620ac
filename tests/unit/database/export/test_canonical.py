"""What counts of a record, and what does not."""

from datetime import datetime, timedelta, timezone

import pytest
from msgspec.structs import replace

from databus.database.export.canonical import canonical_json, entry_digests, log_digest, moment
from databus.database.records import Entry, Step, StoredAttachment
from databus.passenger.attachment import AttachmentFormat
from databus.testing.samples import NOW, SECOND, line, passenger

ENTRY = passenger("1").entry


def test_the_engine_s_own_does_not_count() -> None:
    other = replace(ENTRY, sequence=7, leased_by="drive", leased_until=NOW)
    assert entry_digests(other) == entry_digests(ENTRY)


@pytest.mark.parametrize(
    "changed",
    [
        {"source_system": "x"},
        {"external_id": "x"},
        {"completed_on": NOW},
        {"log_guids": ("g",)},
        {"attachments": (StoredAttachment(name="a", format=AttachmentFormat.text, size=1),)},
        {"steps": (replace(ENTRY.steps[0], attempts=1), *ENTRY.steps[1:])},
        {"steps": (replace(ENTRY.steps[0], last_error="E"), *ENTRY.steps[1:])},
        {"steps": (replace(ENTRY.steps[0], due_on=NOW), *ENTRY.steps[1:])},
        {"steps": (replace(ENTRY.steps[0], dead=True), *ENTRY.steps[1:])},
        {"steps": (replace(ENTRY.steps[0], changed_on=NOW), *ENTRY.steps[1:])},
    ],
    ids=str,
)
def test_everything_else_that_outcomes_change_counts(changed: dict[str, object]) -> None:
    other = replace(ENTRY, **changed)
    (record, fixed), (other_record, other_fixed) = entry_digests(ENTRY), entry_digests(other)
    assert (record != other_record, fixed == other_fixed) == (True, True)


@pytest.mark.parametrize(
    "changed",
    [
        {"client_id": "x"},
        {"passenger_module": "x"},
        {"internal_id": "x"},
        {"seated_as": ("x", "y")},
        {"puller_module": "x"},
        {"puller_name": "x"},
        {"pull_datetime": NOW + SECOND},
        {"steps": ENTRY.steps[1:]},
        {"steps": (ENTRY.steps[0], ENTRY.steps[2], ENTRY.steps[1])},
    ],
    ids=str,
)
def test_what_never_changes_counts_twice(changed: dict[str, object]) -> None:
    other = replace(ENTRY, **changed)
    assert not set(entry_digests(ENTRY)) & set(entry_digests(other))


def test_times_are_the_same_in_every_zone() -> None:
    assert moment(NOW.astimezone(timezone(timedelta(hours=9)))) == moment(NOW) == "2026-01-31T23:59:59.999999+00:00"
    assert moment(NOW.replace(microsecond=0)) == "2026-01-31T23:59:59.000000+00:00"


@pytest.mark.parametrize("part", ["pull_datetime", "completed_on", "due_on", "changed_on"])
def test_records_are_the_same_in_every_zone(part: str) -> None:
    here, there = (_at(part, time) for time in (NOW, NOW.astimezone(timezone(timedelta(hours=-9)))))
    assert entry_digests(here) == entry_digests(there) != entry_digests(_at(part, NOW + SECOND))


def _at(part: str, time: datetime) -> Entry:
    if part in Step.__struct_fields__:
        return replace(ENTRY, steps=(replace(ENTRY.steps[0], **{part: time}), *ENTRY.steps[1:]))
    return replace(ENTRY, **{part: time})


@pytest.mark.parametrize("odd", ["\ud83d\ude9a", "\udcff"], ids=ascii)
def test_a_record_with_lone_surrogates_is_like_no_other(odd: str) -> None:
    digests = {entry_digests(replace(ENTRY, external_id=each)) for each in (odd, "\U0001f69a", "?", "\ufffd")}
    assert len(digests) == 4


def test_two_lone_surrogates_are_no_character() -> None:
    assert canonical_json("\ud83d\ude9a") != canonical_json("\U0001f69a")


def test_lines_do_not_run_into_each_other() -> None:
    assert log_digest([line("a"), line("b")]) != log_digest([line("a\nb"), line("")])
    assert log_digest([]) != log_digest([line("")])
