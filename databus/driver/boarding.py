"""Running the steps of a handful of claimed passengers, stage by stage."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from databus.client.log import LogEntry, MessageType
from databus.client.redaction import redact
from databus.database.records import Entry, Step
from databus.database.steps import AT_ONCE, apply, group_by_entry, runnable_steps
from databus.driver.abstract_driver import DriveSummary, DriveTicket
from databus.driver.calls import call_step, group_size
from databus.driver.failures import error_text, failure
from databus.driver.outcomes import outcomes_of_success, show_statuses
from databus.driver.plugins import Plugins
from databus.driver.team import Done, Interrupted, Task, Team
from databus.pqueue.abstract_queue import AbstractQueue, QueuedPassenger
from databus.pqueue.outcome import Outcome, OutcomeKind, StepKind
from databus.pqueue.packing import Refusal
from databus.timestamps import utc_now

FRESH_SECONDS = 1.0
"""What was claimed longer ago is looked up again before a step, so that an operator's change in between counts."""


_COUNTERS = {StepKind.NOTIFY: "notified", StepKind.PROCESS: "processed", StepKind.PUSH: "pushed"}
_FAILURES = (OutcomeKind.FAILED, OutcomeKind.REJECTED)


@dataclass(eq=False, slots=True)
class _Rider:
    """A passenger in this stage run, with the steps that were tried in it."""

    passenger: QueuedPassenger
    boarded_at: float = field(default_factory=time.monotonic)
    tried: set[tuple[StepKind, str]] = field(default_factory=set)
    lost: bool = False
    failed: bool = False

    def next_steps(self, now: datetime) -> list[Step]:
        """What is due and was not tried in this drive."""
        if self.lost:
            return []
        return [
            step
            for step in runnable_steps(self.passenger.entry)
            if (step.kind, step.name) not in self.tried and (step.due_on or AT_ONCE) <= now
        ]


class Boarding:
    """Takes claimed passengers through their steps.

    A stage is one step of all passengers that are ready for it. Within a stage the outcomes share their commits; a
    stage begins when the outcomes of the last are durable.
    """

    def __init__(self, ticket: DriveTicket, queue: AbstractQueue, team: Team, summary: DriveSummary) -> None:
        self._ticket = ticket
        self._queue = queue
        self._team = team
        self._summary = summary
        self._guid = str(ticket.log.guid)

    def run(self, passengers: Sequence[QueuedPassenger]) -> None:
        """Run every step that is due, until nothing can go on in this drive."""
        riders = [_Rider(passenger) for passenger in passengers]
        while not self._ticket.stop.is_set() and (stage := _next_stage(riders)):
            step, ready = stage
            for rider in ready:
                rider.tried.add((step.kind, step.name))
            self._run_stage(step, ready)

    def _run_stage(self, step: Step, riders: list[_Rider]) -> None:
        pushing = step.kind is StepKind.PUSH
        self._team.run(
            [Task(partial(self._call, step, group), (step, group)) for group in _groups(step, riders)],
            self._on_done,
            workers=self._ticket.route.workers if pushing else 1,
            each=pushing and self._ticket.route.record == "each",
        )

    def _call(self, step: Step, riders: list[_Rider], plugins: Plugins) -> list[_Rider]:
        """Call the plug-in with those who still want the step; return them. This runs on the plug-in's thread."""
        wanted = [rider for rider in riders if self._is_wanted(rider, step)]
        if wanted:
            plugins.resolve(call_step(plugins, self._ticket.route, step, [rider.passenger for rider in wanted]))
        return wanted

    def _is_wanted(self, rider: _Rider, step: Step) -> bool:
        if time.monotonic() - rider.boarded_at < FRESH_SECONDS:
            return True
        return self._queue.still_wants(rider.passenger.claim, step)

    def _on_done(self, results: list[Done]) -> None:
        outcomes: list[Outcome] = []
        riders: dict[str, _Rider] = {}
        for done in results:
            step, group = done.task.subject
            for rider in group if done.error is not None else done.value:
                riders[rider.passenger.entry.internal_id] = rider
                outcomes += self._outcomes(rider, step, done)
        if outcomes:
            rejected = self._queue.record(outcomes, now=utc_now())
            self._settle(riders, outcomes, rejected)

    def _outcomes(self, rider: _Rider, step: Step, done: Done) -> list[Outcome]:
        if isinstance(done.error, Interrupted):
            return []
        entry = rider.passenger.entry
        if done.error is None:
            try:
                return outcomes_of_success(rider.passenger, step, at=done.at, log_guid=self._guid)
            except (Refusal, AttributeError, TypeError, ValueError) as error:  # what the plug-in left behind is rubbish
                done.error = error
        text = redact(error_text(done.error), self._ticket.secrets)
        self._complain(f"{step.kind.value} {step.name} failed for {_name(entry)}: {text}")
        return [
            failure(
                entry,
                _own_step(entry, step),
                done.error,
                fence=rider.passenger.claim.fence,
                retry=self._ticket.route.retry,
                text=text,
                log_guid=self._guid,
                at=done.at,
            )
        ]

    def _settle(self, riders: dict[str, _Rider], outcomes: list[Outcome], rejected: list[Outcome]) -> None:
        """Bring the passengers at hand up to date with what was recorded."""
        lost = {outcome.internal_id for outcome in rejected}
        for (_, internal_id), recorded in group_by_entry(outcomes).items():
            rider = riders[internal_id]
            if internal_id in lost:
                rider.lost = True
                self._complain(f"The lease on {_name(rider.passenger.entry)} was lost; its outcome was not taken")
                continue
            rider.passenger.entry = apply(rider.passenger.entry, recorded)
            if any(outcome.changes for outcome in recorded):
                self._queue.refresh(rider.passenger)
            show_statuses(rider.passenger.entry, rider.passenger.status)
            self._count(rider, recorded)

    def _count(self, rider: _Rider, recorded: list[Outcome]) -> None:
        if not rider.failed and any(outcome.result in _FAILURES for outcome in recorded):
            rider.failed = True
            self._summary.failed += 1
        kinds = {own.kind for own in recorded if own.attempted and own.result is OutcomeKind.COMPLETE}
        for kind in kinds:
            if all(step.is_complete for step in rider.passenger.entry.steps if step.kind is kind):
                counter = _COUNTERS[kind]
                setattr(self._summary, counter, getattr(self._summary, counter) + 1)

    def _complain(self, message: str) -> None:
        self._ticket.log.append_entry(LogEntry(message, type=MessageType.error, source=__name__))


def _own_step(entry: Entry, step: Step) -> Step:
    """Return this entry's own step of the same kind and name."""
    return next(own for own in entry.steps if (own.kind, own.name) == (step.kind, step.name))


def _next_stage(riders: Sequence[_Rider]) -> tuple[Step, list[_Rider]] | None:
    """Return the earliest step that any passenger is ready for, and all who are ready for it."""
    ready: dict[tuple[StepKind, str], tuple[int, Step, list[_Rider]]] = {}
    now = utc_now()
    for rider in riders:
        steps = rider.passenger.entry.steps
        for step in rider.next_steps(now):
            key = (step.kind, step.name)
            _, _, waiting = ready.setdefault(key, (steps.index(step), step, []))
            waiting.append(rider)
    if not ready:
        return None
    _, step, waiting = min(ready.values(), key=lambda found: found[0])
    return step, waiting


def _groups(step: Step, riders: list[_Rider]) -> list[list[_Rider]]:
    """Return who is handed to the plug-in together: never passengers of two pullers."""
    by_puller: dict[str, list[_Rider]] = {}
    for rider in riders:
        key = rider.passenger.entry.puller_name if step.kind is StepKind.NOTIFY else ""
        by_puller.setdefault(key, []).append(rider)
    size = group_size(step)
    return [group[at : at + size] for group in by_puller.values() for at in range(0, len(group), size)]


def _name(entry: Entry) -> str:
    return f"{entry.source_system} - {entry.external_id} ({entry.internal_id})"
