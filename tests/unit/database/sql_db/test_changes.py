"""Entries that change alike are put together, and only they."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from databus.database.records import Entry, Step
from databus.database.sql_db.changes import cases_of
from databus.database.sql_db.entry_rows import changed_values
from databus.database.transitions import Transitions
from databus.pqueue.outcome import StepKind
from databus.pqueue.queue_status import QueueStatus

NOW = datetime(2026, 11, 29, tzinfo=UTC)

OPEN, COMPLETE, FAILED = (
    (Step(kind=StepKind.PUSH, module="a", name="a", status=status, last_error=error),)
    for status, error in (
        (QueueStatus.incomplete, ""),
        (QueueStatus.complete, ""),
        (QueueStatus.incomplete, "went wrong"),
    )
)

STEPS = st.sampled_from([OPEN, COMPLETE, FAILED])
TIMES = st.sampled_from([None, NOW, NOW + timedelta(seconds=1)])
LOGS = st.sampled_from([(), ("one",), ("one", "two")])
IDS = st.sampled_from(["1", "2"])

PAIRS = st.builds(
    lambda client_id, pulled, before, after: (
        _entry(client_id, pulled, *before),
        _entry(client_id, pulled, *after),
    ),
    client_id=st.sampled_from(["a", "b"]),
    pulled=st.sampled_from([NOW - timedelta(days=1), NOW - timedelta(days=2)]),
    before=st.tuples(STEPS, TIMES, LOGS, IDS),
    after=st.tuples(STEPS, TIMES, LOGS, IDS),
)


def _entry(
    client_id: str,
    pulled: datetime,
    steps: tuple[Step, ...],
    completed_on: datetime | None,
    logs: tuple[str, ...],
    external_id: str,
) -> Entry:
    return Entry(
        client_id=client_id,
        passenger_module="m",
        internal_id="i",
        source_system="s",
        external_id=external_id,
        seated_as=("s", "1"),
        puller_module="p",
        puller_name="p",
        pull_datetime=pulled,
        steps=steps,
        log_guids=logs,
        completed_on=completed_on,
    )


@given(st.lists(PAIRS, max_size=30))
def test_what_one_of_them_changes_all_change(pairs: list[tuple[Entry, Entry]]) -> None:
    pairs = [(replace(one, sequence=id_), replace(two, sequence=id_)) for id_, (one, two) in enumerate(pairs)]
    cases = cases_of(pairs)
    assert sorted(queue_id for case in cases for queue_id in case.ids) == list(range(len(pairs)))
    for case in cases:
        expected = changed_values(case.before, case.after, Transitions())
        for before, after in (pairs[queue_id] for queue_id in case.ids):
            assert changed_values(before, after, Transitions()) == expected
            assert before.steps == case.before.steps
            assert after.steps == case.after.steps
            assert before.client_id == case.before.client_id


def test_those_that_have_it_in_common_are_one_case() -> None:
    before = [_entry("a", NOW - timedelta(days=day), OPEN, None, ("one",), str(day)) for day in range(9)]
    before = [replace(each, sequence=number) for number, each in enumerate(before)]
    (case,) = cases_of([(each, replace(each, steps=COMPLETE, completed_on=NOW)) for each in before])
    assert case.ids == list(range(9))


def test_who_is_complete_no_longer_counts_from_the_own_pull_time_again() -> None:
    before = [_entry("a", NOW - timedelta(days=day), COMPLETE, NOW, (), "1") for day in (1, 2)]
    before = [replace(each, sequence=number) for number, each in enumerate(before)]
    cases = cases_of([(each, replace(each, steps=OPEN, completed_on=None)) for each in before])
    settled = [changed_values(case.before, case.after, Transitions())["settled_on"] for case in cases]
    assert settled == [NOW - timedelta(days=1), NOW - timedelta(days=2)]
