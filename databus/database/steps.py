"""What outcomes make of an entry: pure functions that every engine shares, so that no two can differ."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from msgspec.structs import replace

from databus.database.records import Entry, State, Step
from databus.pqueue.outcome import Outcome, OutcomeKind, StepKind
from databus.pqueue.queue_status import QueueStatus

FAILURES = (OutcomeKind.FAILED, OutcomeKind.REJECTED)
"""The results of an attempt that went wrong."""

AT_ONCE = datetime.min.replace(tzinfo=UTC)
"""The due time of what may run at the next drive, whatever the clock says."""

LOG_GUIDS_KEPT = 100
"""An entry that fails every minute must not grow without end; the oldest logs of it are purged by then."""


def runnable_steps(entry: Entry) -> list[Step]:
    """Return the steps that could run now if they were due: none of a complete or dead entry.

    The puller's notification holds nothing back. Of the processors only the first incomplete one can run, and the
    pushers only when all processors are complete.
    """
    runnable = []
    held = False
    for step in entry.steps:
        if step.status is QueueStatus.complete:
            continue
        if not step.dead and not (held and step.kind is not StepKind.NOTIFY):
            runnable.append(step)
        held = held or step.kind is StepKind.PROCESS
    return runnable


def due_on(entry: Entry) -> datetime | None:
    """Return when the entry is due: ``AT_ONCE``, a time, or None where nothing is left to run."""
    return state_and_due(entry)[1]


def settled_state(entry: Entry) -> State:
    """Return the entry's state without regard to a lease: never ``RUNNING``."""
    return state_and_due(entry)[0]


def state_and_due(entry: Entry) -> tuple[State, datetime | None]:
    """Return what ``settled_state`` and ``due_on`` say, which engines store together."""
    earliest: datetime | None = None
    is_complete, held, failed = True, False, False
    for step in entry.steps:  # as runnable_steps does it, without a list: this runs for every outcome
        if step.status is QueueStatus.complete:
            continue
        is_complete = False
        if not step.dead and not (held and step.kind is not StepKind.NOTIFY):
            due = step.due_on or AT_ONCE
            earliest = due if earliest is None or due < earliest else earliest
            failed = failed or bool(step.last_error)
        held = held or step.kind is StepKind.PROCESS
    if earliest is None:
        return State.COMPLETE if is_complete else State.DEAD, None
    return State.FAILED if failed else State.WAITING, earliest


def is_leased(entry: Entry, now: datetime) -> bool:
    """Whether a lease holds the entry: one that ends after ``now``."""
    return entry.leased_until is not None and entry.leased_until > now


def state(entry: Entry, now: datetime) -> State:
    """Return the entry's state: ``RUNNING`` while a lease holds it, unless it is complete."""
    settled = settled_state(entry)
    return State.RUNNING if is_leased(entry, now) and settled is not State.COMPLETE else settled


def is_claimable(entry: Entry, now: datetime) -> bool:
    """Whether a drive may claim the entry: something is due and no lease holds it."""
    due = due_on(entry)
    return due is not None and due <= now and not is_leased(entry, now)


def sift(entry: Entry, fence: int, outcomes: Sequence[Outcome]) -> tuple[Sequence[Outcome], list[Outcome]]:
    """Part the outcomes of one entry into those that count and those that are rejected.

    Rejected is what has another fence than the entry's newest. An outcome of a step that the entry does not have is
    neither: it changes nothing, unless it restores the entry.
    """
    if len(outcomes) == 1 and outcomes[0].fence == fence and _has_step(entry, outcomes[0]):
        return outcomes, []  # nearly always so
    counting: list[Outcome] = []
    rejected: list[Outcome] = []
    for outcome in outcomes:
        if outcome.fence not in (None, fence):
            rejected.append(outcome)
        elif outcome.restored is not None or _has_step(entry, outcome):
            counting.append(outcome)
    return counting, rejected


def _has_step(entry: Entry, outcome: Outcome) -> bool:
    for step in entry.steps:  # noqa: SIM110 - a generator takes twice as long, and this runs for every outcome
        if step.name == outcome.name and step.kind is outcome.kind:
            return True
    return False


def apply(entry: Entry, outcomes: Iterable[Outcome]) -> Entry:
    """Return the entry as it is after the outcomes, in their order.

    New attachments are not handled here: an engine stores them and sets ``entry.attachments`` itself.
    An outcome of a step that the entry does not have changes nothing but the list of logs.
    """
    steps = list(entry.steps)
    source_system, external_id, log_guids = entry.source_system, entry.external_id, entry.log_guids
    completed_on = entry.completed_on
    for outcome in outcomes:
        if outcome.restored is not None:
            steps = list(outcome.restored.steps)
            completed_on, log_guids = outcome.restored.completed_on, outcome.restored.log_guids
        else:
            steps, completed_on = _steps_after(steps, completed_on, outcome)
            log_guids = with_guid(log_guids, outcome.log_guid)
        if outcome.changes is not None:
            source_system, external_id = outcome.changes.source_system, outcome.changes.external_id
    return replace(
        entry,
        source_system=source_system,
        external_id=external_id,
        steps=tuple(steps),
        log_guids=log_guids,
        completed_on=completed_on,
    )


def leased(entry: Entry, owner: str, until: datetime | None) -> Entry:
    """Return the entry with this lease; no owner and None are none."""
    return replace(entry, leased_by=owner, leased_until=until)


def _steps_after(
    steps: list[Step], completed_on: datetime | None, outcome: Outcome
) -> tuple[list[Step], datetime | None]:
    complete = True
    for index, step in enumerate(steps):
        if step.name == outcome.name and step.kind is outcome.kind:
            step = steps[index] = _step_after(step, outcome)  # noqa: PLW2901 - what follows is about the new one
        complete = complete and step.status is QueueStatus.complete
    return steps, (completed_on or outcome.at) if complete else None


def _step_after(step: Step, outcome: Outcome) -> Step:
    if step.is_complete and outcome.result in FAILURES:
        # Completed by an operator while it ran, or by a drive while an operator gave it up: that stands. As a step that
        # is not complete it would run once more at the next retry, and what was delivered would come twice.
        return step
    failed = outcome.result in FAILURES
    back = outcome.result is OutcomeKind.INCOMPLETE
    return replace(
        step,
        status=QueueStatus.complete if outcome.result is OutcomeKind.COMPLETE else QueueStatus.incomplete,
        attempts=0 if back else step.attempts + (outcome.attempted and outcome.fence is not None),
        last_error=(outcome.error or outcome.result.value) if failed else "",
        due_on=outcome.due_on if failed else None,
        dead=failed and (outcome.dead or outcome.result is OutcomeKind.REJECTED),
        changed_on=outcome.at,
    )


def with_guid(guids: tuple[str, ...], guid: str) -> tuple[str, ...]:
    """Return the logs of an entry with one more, without the oldest of too many."""
    if not guid or guid in guids:
        return guids
    return (*guids, guid)[-LOG_GUIDS_KEPT:]


def group_by_entry(outcomes: Sequence[Outcome]) -> Mapping[tuple[str, str], Sequence[Outcome]]:
    """Return the outcomes by (client_id, internal_id), those of each in the given order."""
    single = {(outcome.client_id, outcome.internal_id): (outcome,) for outcome in outcomes}
    if len(single) == len(outcomes):  # nearly always so, and three times as quick
        return single
    groups: dict[tuple[str, str], list[Outcome]] = {key: [] for key in single}
    for outcome in outcomes:
        groups[outcome.client_id, outcome.internal_id].append(outcome)
    return groups
