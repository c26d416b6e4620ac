"""Transitions must say what databus.database.steps says, whoever shares what."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from databus.database import steps
from databus.database.records import Entry, Step
from databus.database.transitions import SharedSteps, Transitions
from databus.pqueue.outcome import Outcome, OutcomeKind, StepKind
from databus.pqueue.queue_status import QueueStatus

NOW = datetime(2026, 11, 25, tzinfo=UTC)
KEYS = ((StepKind.NOTIFY, "notify"), (StepKind.PROCESS, "a"), (StepKind.PROCESS, "b"), (StepKind.PUSH, "a"))
TIMES = [NOW + timedelta(seconds=number) for number in range(3)]


def _step(kind: StepKind, name: str, status: QueueStatus) -> Step:
    return Step(kind=kind, module=name, name=name, status=status)


STATUSES = st.sampled_from([QueueStatus.incomplete, QueueStatus.complete])
STEPS = st.tuples(STATUSES, STATUSES, STATUSES, STATUSES).map(
    lambda each: tuple(_step(*key, status) for key, status in zip(KEYS, each, strict=True))
)


def _entry(number: int, its_steps: tuple[Step, ...], completed_on: datetime | None) -> Entry:
    return Entry(
        client_id="c",
        passenger_module="m",
        internal_id=str(number),
        source_system="s",
        external_id=str(number),
        seated_as=("s", str(number)),
        puller_module="p",
        puller_name="p",
        pull_datetime=NOW,
        steps=its_steps,
        completed_on=completed_on,
    )


OUTCOMES = st.builds(
    lambda key, **given: Outcome(client_id="c", internal_id="", kind=key[0], name=key[1], **given),
    key=st.sampled_from(KEYS),
    result=st.sampled_from(OutcomeKind),
    at=st.sampled_from(TIMES),
    fence=st.sampled_from([None, 1]),
    attempted=st.booleans(),
    error=st.sampled_from(["", "went wrong"]),
    dead=st.booleans(),
    log_guid=st.sampled_from(["", "one", "two"]),
)


@given(
    shared=st.lists(STEPS, min_size=1, max_size=3),
    cases=st.lists(
        st.tuples(st.integers(0, 2), st.sampled_from([None, NOW]), st.lists(OUTCOMES, max_size=2)), max_size=20
    ),
)
def test_they_say_what_steps_says(
    shared: list[tuple[Step, ...]], cases: list[tuple[int, datetime | None, list[Outcome]]]
) -> None:
    transitions = Transitions()
    for number, (which, completed_on, outcomes) in enumerate(cases):
        entry = _entry(number, shared[which % len(shared)], completed_on)
        for _ in range(2):
            after = transitions.apply(entry, outcomes)
            assert after == steps.apply(entry, outcomes)
            assert transitions.state_and_due(after) == steps.state_and_due(after)
            entry = after


def test_what_becomes_of_shared_steps_is_shared() -> None:
    its_steps = tuple(_step(*key, QueueStatus.incomplete) for key in KEYS)
    outcome = Outcome(
        client_id="c", internal_id="", kind=KEYS[0][0], name=KEYS[0][1], result=OutcomeKind.COMPLETE, at=NOW
    )
    transitions = Transitions()
    first, second = (transitions.apply(_entry(number, its_steps, None), [outcome]) for number in range(2))
    assert first.steps is second.steps
    assert first.internal_id != second.internal_id


def test_equal_steps_become_the_same() -> None:
    shared = SharedSteps()
    first, second = (tuple(_step(*key, QueueStatus.incomplete) for key in KEYS) for _ in range(2))
    assert first is not second
    assert shared.of(first) is first
    assert shared.of(second) is first
    assert shared.of(first[1:]) == first[1:]
