"""Running the steps of a handful of claimed passengers, stage by stage."""

import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from databus.client.log import LogEntry, MessageType
from databus.client.redaction import redact
from databus.database.records import Claim, Entry, Step
from databus.database.steps import AT_ONCE, apply, group_by_entry, runnable_steps
from databus.driver.abstract_driver import DriveSummary, DriveTicket
from databus.driver.calls import call_step, group_size
from databus.driver.failures import error_text, failure
from databus.driver.outcomes import outcomes_of_success, show_statuses
from databus.driver.plugins import Plugins
from databus.driver.team import Done, Interrupted, Task, Team
from databus.errors import StoreError
from databus.pqueue.abstract_queue import AbstractQueue, QueuedPassenger
from databus.pqueue.outcome import Outcome, OutcomeKind, StepKind
from databus.pqueue.packing import is_as_stored
from databus.timestamps import utc_now

FRESH_SECONDS = 1.0
"""What was claimed longer ago is looked up again before a step, so that an operator's change in between counts."""


_COUNTERS = {StepKind.NOTIFY: "notified", StepKind.PROCESS: "processed", StepKind.PUSH: "pushed"}
_FAILURES = (OutcomeKind.FAILED, OutcomeKind.REJECTED)


@dataclass(eq=False, slots=True)
class _Rider:
    """A passenger in this stage run, with the steps that were tried in it."""

    passenger: QueuedPassenger
    claimed_at: float
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
        self._riders: dict[str, _Rider] = {}
        self._given_up: set[tuple[StepKind, str]] = set()

    def run(self, passengers: Sequence[QueuedPassenger], *, claimed_at: float) -> None:
        """Run every step that is due, until nothing can go on in this drive.

        Args:
            claimed_at: When they were claimed, by ``time.monotonic``.
        """
        self._riders = {each.entry.internal_id: _Rider(each, claimed_at) for each in passengers}
        while not self._ticket.stop.is_set() and (stage := _next_stage(self._riders.values(), self._given_up)):
            step, ready = stage
            for rider in ready:
                rider.tried.add((step.kind, step.name))
            self._run_stage(step, ready)

    def renew(self, claims: Sequence[Claim]) -> None:
        """Prolong leases; no further step begins of passengers whose lease is lost: somebody else may be at it."""
        for claim in self._queue.renew(claims, now=utc_now()):
            if claim.entry.internal_id in self._riders:
                self._riders[claim.entry.internal_id].lost = True

    def _run_stage(self, step: Step, riders: list[_Rider]) -> None:
        pushing = step.kind is StepKind.PUSH
        all_called = self._team.run(
            [Task(partial(self._call, step, group), (step, group)) for group in _groups(step, riders)],
            self._on_done,
            workers=self._ticket.route.workers if pushing else 1,
            each=pushing and self._ticket.route.record == "each",
        )
        if not all_called:
            self._given_up.add((step.kind, step.name))
            self._complain(
                f"{step.kind.value} {step.name} hangs again and again: the rest of it waits for the next drive"
            )

    def _call(self, step: Step, riders: list[_Rider], plugins: Plugins) -> list[_Rider]:
        """Call the plug-in with those who still want the step; return them. This runs on the plug-in's thread."""
        wanted = [rider for rider in riders if self._is_wanted(rider, step)]
        if wanted:
            plugins.run_to_end(call_step(plugins, self._ticket.route, step, [rider.passenger for rider in wanted]))
        return wanted

    def _is_wanted(self, rider: _Rider, step: Step) -> bool:
        if rider.lost:
            return False
        if time.monotonic() - rider.claimed_at < FRESH_SECONDS:
            return True
        try:
            return self._queue.still_wants(rider.passenger.claim, step)
        except StoreError as error:  # the plug-in was not called: this is no attempt of it
            raise Interrupted("the database could not be asked whether it is still wanted") from error

    def _on_done(self, results: list[Done]) -> None:
        outcomes: list[Outcome] = []
        for done in results:
            step, group = done.task.subject
            for rider in group if done.error is not None else done.value:
                outcomes += self._outcomes(rider, step, done)
        if not outcomes:
            return
        try:
            rejected = self._queue.record(outcomes, now=utc_now())
        except StoreError:
            for own in group_by_entry(outcomes).values():
                self._record_alone(own)
        else:
            self._settle(outcomes, rejected)

    def _record_alone(self, outcomes: list[Outcome]) -> None:
        """Record one passenger's outcomes, after a common commit failed: perhaps through a neighbour's attachment."""
        own = outcomes[0]
        rider = self._riders[own.internal_id]
        if self._queue.has_stored(own):  # its part of the common commit did succeed
            self._settle(outcomes, [])
            return
        try:
            rejected = self._queue.record(outcomes, now=utc_now())
        except StoreError as error:
            if own.changes is None or own.changes.attachments is None:
                raise
            outcomes = [self._failed(rider, own, error, own.at)]  # what the processor attached cannot be stored
            rejected = self._queue.record(outcomes, now=utc_now())
        self._settle(outcomes, rejected)

    def _outcomes(self, rider: _Rider, step: Step, done: Done) -> list[Outcome]:
        error = done.error
        if isinstance(error, Interrupted):
            return []
        if error is None:
            try:
                return outcomes_of_success(rider.passenger, step, at=done.at, log_guid=self._guid)
            except Exception as rubbish:  # noqa: BLE001 - the border to foreign code: its attributes may be anything
                error = rubbish
        return [self._failed(rider, step, error, done.at)]

    def _failed(self, rider: _Rider, step: Step | Outcome, error: BaseException, at: datetime) -> Outcome:
        entry = rider.passenger.entry
        text = redact(error_text(error), self._ticket.secrets)
        self._complain(f"{step.kind.value} {step.name} failed for {_name(entry)}: {text}")
        return failure(
            entry,
            _own_step(entry, step),
            error,
            fence=rider.passenger.claim.fence,
            retry=self._ticket.route.retry,
            text=text,
            log_guid=self._guid,
            at=at,
        )

    def _settle(self, outcomes: list[Outcome], rejected: list[Outcome]) -> None:
        """Bring the passengers at hand up to date with what was recorded."""
        lost = {outcome.internal_id for outcome in rejected}
        for (_, internal_id), recorded in group_by_entry(outcomes).items():
            rider = self._riders[internal_id]
            if internal_id in lost:
                rider.lost = True
                self._complain(f"The lease on {_name(rider.passenger.entry)} was lost; its outcome was not taken")
                continue
            rider.passenger.entry = apply(rider.passenger.entry, recorded)
            self._tidy(rider, recorded[0])
            show_statuses(rider.passenger.entry, rider.passenger.status)
            self._count(rider, recorded)

    def _tidy(self, rider: _Rider, own: Outcome) -> None:
        """Let the next plug-in find the passenger as it is stored, whatever this one did to the object."""
        passenger = rider.passenger
        if own.changes is not None:
            self._queue.refresh(passenger)
        elif own.result in _FAILURES or not is_as_stored(passenger.entry, passenger.status):
            # A new object, because a plug-in that was given up may still be working on the old one.
            made = self._queue.board([replace(passenger.claim, entry=passenger.entry)])
            rider.lost = not made
            for each in made:
                passenger.status = each.status

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


def _own_step(entry: Entry, step: Step | Outcome) -> Step:
    """Return this entry's own step of the same kind and name."""
    return next(own for own in entry.steps if (own.kind, own.name) == (step.kind, step.name))


def _next_stage(
    riders: Iterable[_Rider], given_up: Collection[tuple[StepKind, str]]
) -> tuple[Step, list[_Rider]] | None:
    """Return the earliest step that any passenger is ready for, and all who are ready for it."""
    ready: dict[tuple[StepKind, str], tuple[int, Step, list[_Rider]]] = {}
    now = utc_now()
    for rider in riders:
        steps = rider.passenger.entry.steps
        for step in rider.next_steps(now):
            key = (step.kind, step.name)
            if key in given_up:
                continue
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
