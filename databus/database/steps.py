"""What outcomes make of an entry: pure functions that every engine shares, so that no two can differ."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from databus.database.records import Entry, State, Step
from databus.pqueue.outcome import Outcome, OutcomeKind, StepKind
from databus.pqueue.queue_status import QueueStatus

_FAILURES = (OutcomeKind.FAILED, OutcomeKind.REJECTED)

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


def is_complete(entry: Entry) -> bool:
    """Whether every step is complete."""
    return all(step.is_complete for step in entry.steps)


def settled_state(entry: Entry) -> State:
    """Return the entry's state without regard to a lease: never ``RUNNING``."""
    return state_and_due(entry)[0]


def state_and_due(entry: Entry) -> tuple[State, datetime | None]:
    """Return what ``settled_state`` and ``due_on`` say, which engines store together."""
    runnable = runnable_steps(entry)
    if runnable:
        failed = any(step.last_error for step in runnable)
        return State.FAILED if failed else State.WAITING, min(step.due_on or AT_ONCE for step in runnable)
    return State.COMPLETE if is_complete(entry) else State.DEAD, None


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


def sift(entry: Entry, fence: int, outcomes: Iterable[Outcome]) -> tuple[list[Outcome], list[Outcome]]:
    """Part the outcomes of one entry into those that count and those that are rejected.

    Rejected is what has another fence than the entry's newest. An outcome of a step that the entry does not have is
    neither: it changes nothing.
    """
    steps = {(step.kind, step.name) for step in entry.steps}
    counting: list[Outcome] = []
    rejected: list[Outcome] = []
    for outcome in outcomes:
        if outcome.fence not in (None, fence):
            rejected.append(outcome)
        elif (outcome.kind, outcome.name) in steps:
            counting.append(outcome)
    return counting, rejected


def apply(entry: Entry, outcomes: Iterable[Outcome]) -> Entry:
    """Return the entry as it is after the outcomes, in their order.

    New attachments are not handled here: an engine stores them and sets ``entry.attachments`` itself.
    An outcome of a step that the entry does not have changes nothing but the list of logs.
    """
    steps = list(entry.steps)
    source_system, external_id, log_guids = entry.source_system, entry.external_id, entry.log_guids
    completed_on = entry.completed_on
    for outcome in outcomes:
        for index, step in enumerate(steps):
            if step.name == outcome.name and step.kind is outcome.kind:
                steps[index] = _step_after(step, outcome)
        complete = all(step.status is QueueStatus.complete for step in steps)
        completed_on = (completed_on or outcome.at) if complete else None
        log_guids = _with_guid(log_guids, outcome.log_guid)
        if outcome.changes is not None:
            source_system, external_id = outcome.changes.source_system, outcome.changes.external_id
    return Entry(  # written out, because dataclasses.replace takes five times as long, and this runs for every step
        client_id=entry.client_id,
        passenger_module=entry.passenger_module,
        internal_id=entry.internal_id,
        source_system=source_system,
        external_id=external_id,
        seated_as=entry.seated_as,
        puller_module=entry.puller_module,
        puller_name=entry.puller_name,
        pull_datetime=entry.pull_datetime,
        steps=tuple(steps),
        attachments=entry.attachments,
        log_guids=log_guids,
        sequence=entry.sequence,
        completed_on=completed_on,
        leased_by=entry.leased_by,
        leased_until=entry.leased_until,
    )


def leased(entry: Entry, owner: str, until: datetime | None) -> Entry:
    """Return the entry with this lease; no owner and None are none."""
    return Entry(  # written out, as in apply
        client_id=entry.client_id,
        passenger_module=entry.passenger_module,
        internal_id=entry.internal_id,
        source_system=entry.source_system,
        external_id=entry.external_id,
        seated_as=entry.seated_as,
        puller_module=entry.puller_module,
        puller_name=entry.puller_name,
        pull_datetime=entry.pull_datetime,
        steps=entry.steps,
        attachments=entry.attachments,
        log_guids=entry.log_guids,
        sequence=entry.sequence,
        completed_on=entry.completed_on,
        leased_by=owner,
        leased_until=until,
    )


def _step_after(step: Step, outcome: Outcome) -> Step:
    if step.is_complete and outcome.fence is not None and outcome.result in _FAILURES:
        return step  # an operator completed it while it ran: that stands
    failed = outcome.result in _FAILURES
    back = outcome.result is OutcomeKind.INCOMPLETE
    return Step(
        kind=step.kind,
        module=step.module,
        name=step.name,
        status=QueueStatus.complete if outcome.result is OutcomeKind.COMPLETE else QueueStatus.incomplete,
        attempts=0 if back else step.attempts + (outcome.attempted and outcome.fence is not None),
        last_error=(outcome.error or outcome.result.value) if failed else "",
        due_on=outcome.due_on if failed else None,
        dead=failed and (outcome.dead or outcome.result is OutcomeKind.REJECTED),
        changed_on=outcome.at,
    )


def _with_guid(guids: tuple[str, ...], guid: str) -> tuple[str, ...]:
    if not guid or guid in guids:
        return guids
    return (*guids, guid)[-LOG_GUIDS_KEPT:]


def group_by_entry(outcomes: Sequence[Outcome]) -> dict[tuple[str, str], list[Outcome]]:
    """Return the outcomes by (client_id, internal_id), each list in the given order."""
    groups: dict[tuple[str, str], list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault((outcome.client_id, outcome.internal_id), []).append(outcome)
    return groups
