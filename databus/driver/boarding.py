"""Running the steps of a handful of claimed passengers, stage by stage."""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from msgspec.structs import replace

from databus.client.log import LogEntry, MessageType
from databus.client.redaction import redact
from databus.database.records import Claim, Entry, Step
from databus.database.steps import FAILURES, group_by_entry
from databus.database.transitions import Transitions
from databus.driver.abstract_driver import DriveSummary, DriveTicket
from databus.driver.calls import run_step
from databus.driver.failures import database_loss, error_text, failure
from databus.driver.outcomes import Shows, outcomes_of_success, show_statuses
from databus.driver.plugins import Plugins
from databus.driver.recorder import Recorder
from databus.driver.riders import Rider, StepKey, groups, mark_tried, next_stage
from databus.driver.stage import Done, Interrupted, Task
from databus.driver.team import Team
from databus.errors import StoreError, StoreUnreachable
from databus.pqueue.abstract_queue import AbstractQueue, QueuedPassenger
from databus.pqueue.outcome import Outcome, OutcomeKind, StepKind
from databus.pqueue.packing import is_as_stored, is_set_back
from databus.timestamps import utc_now

FRESH_SECONDS = 1.0
"""What was claimed longer ago is looked up again before a step, so that an operator's change in between counts."""


LANE = 256
"""Passengers whose outcomes of a stage share a commit."""

QUICK_SECONDS = 0.5
"""A lane whose stage takes longer does not wait for another one's."""


@dataclass(eq=False, slots=True)
class _Lane:
    """Passengers that go through their stages together.

    Attributes:
        recorder: Records their outcomes, beside those of the other lanes.
        fresh_at: When they were claimed, or looked up again, by ``time.monotonic``.
        alone: Whether no other lane has turns.
        place: The place, among the steps of an entry, of the stage that they are in.
    """

    riders: list[Rider]
    recorder: Recorder
    fresh_at: float
    alone: bool
    place: int = -1

    @property
    def is_fresh(self) -> bool:
        return time.monotonic() - self.fresh_at < FRESH_SECONDS


class Boarding:
    """Takes claimed passengers through their steps.

    A stage is one step of all passengers of a lane that are ready for it. Within a stage the outcomes share their
    commits; the lane's next stage begins when they are durable. Meanwhile the next lane has a turn, and follows the
    first from stage to stage, so that every plug-in meets the passengers in their order. The outcomes of several lanes
    may be recorded at the same time.
    """

    def __init__(self, ticket: DriveTicket, queue: AbstractQueue, team: Team, summary: DriveSummary) -> None:
        self._ticket = ticket
        self._queue = queue
        self._team = team
        self._summary = summary
        self._recorders: list[Recorder] = []
        self._guid = str(ticket.log.guid)
        self._riders: dict[str, Rider] = {}
        self._transitions = Transitions()
        self._shows = Shows()
        self._given_up: set[StepKey] = set()

    def close(self) -> None:
        """Give back what it holds."""
        for each in self._recorders:
            each.close()

    def run(self, passengers: Sequence[QueuedPassenger], *, claimed_at: float) -> None:
        """Run every step that is due, until nothing can go on in this drive.

        Args:
            claimed_at: When they were claimed, by ``time.monotonic``.
        """
        self._riders = {each.entry.internal_id: Rider(each) for each in passengers}
        self._transitions, self._shows = Transitions(), Shows()
        riders = list(self._riders.values())
        parts = [riders[at : at + LANE] for at in range(0, len(riders), LANE)]
        while len(self._recorders) < len(parts):
            self._recorders.append(Recorder(self._queue, self._settle, self._not_storable))
        lanes = [
            _Lane(part, recorder, fresh_at=claimed_at, alone=len(parts) == 1)
            for part, recorder in zip(parts, self._recorders, strict=False)
        ]
        try:
            self._run_lanes(lanes)
            for recorder in self._recorders:
                recorder.finish()
        except BaseException:
            for recorder in self._recorders:
                with suppress(Exception):  # the first error is the one to tell
                    recorder.finish()
            raise

    def _run_lanes(self, lanes: list[_Lane]) -> None:
        turn = 0
        while lanes and not self._ticket.stop.is_set():
            lane = lanes[turn % len(lanes)]
            began = time.monotonic()
            if not self._take_turn(lane, lanes):
                lanes.remove(lane)
            # Plug-ins that take long would keep the first lane waiting for longer than the database does.
            turn = turn + 1 if time.monotonic() - began < QUICK_SECONDS else 0

    def _take_turn(self, lane: _Lane, lanes: Sequence[_Lane]) -> bool:
        """Run the next stage of a lane, if no lane before it is behind; return whether it has any left."""
        lane.recorder.finish()
        stage = next_stage(
            lane.riders, given_up=self._given_up, spare_since=self._ticket.share.spare_since, now=utc_now()
        )
        if stage is None:
            return False
        place, step, ready = stage
        if all(other.place >= place for other in lanes[: lanes.index(lane)]):
            lane.place = place
            mark_tried(step, ready)
            self._run_stage(step, self._still_wanted(step, ready, lane), lane)
        return True

    def _still_wanted(self, step: Step, riders: list[Rider], lane: _Lane) -> list[Rider]:
        """Return who is to be taken into a stage; asks the database together for those who were claimed long ago."""
        if lane.is_fresh:
            return riders
        now = time.monotonic()
        wanted = self._queue.still_wanted([rider.passenger.claim for rider in riders], step)
        lane.fresh_at = now
        return [rider for rider in riders if rider.passenger.entry.internal_id in wanted]

    def renew(self, claims: Sequence[Claim]) -> None:
        """Prolong leases; no further step begins of passengers whose lease is lost: somebody else may be at it."""
        for claim in self._queue.renew(claims, now=utc_now()):
            if claim.entry.internal_id in self._riders:
                self._riders[claim.entry.internal_id].lost = True

    def _run_stage(self, step: Step, riders: list[Rider], lane: _Lane) -> None:
        """Run a stage; its last outcomes may still be under way when it returns."""
        pushing = step.kind is StepKind.PUSH
        each = pushing and self._ticket.route.record == "each"
        all_called = self._team.run(
            [Task(partial(self._call, lane, step, group), (step, group)) for group in groups(step, riders)],
            partial(self._on_done, recorder=lane.recorder, waits=each or lane.alone),
            workers=self._ticket.route.workers if pushing else 1,
            each=each,
        )
        if not all_called:
            self._given_up.add((step.kind, step.name))
            self._complain(
                f"{step.kind.value} {step.name} hangs again and again: the rest of it waits for the next drive"
            )

    def _call(self, lane: _Lane, step: Step, riders: list[Rider], plugins: Plugins) -> list[Rider]:
        """Call the plug-in with those who still want the step; return them. This runs on the plug-in's thread."""
        if lane.is_fresh:
            wanted = [rider for rider in riders if not rider.lost]
        else:
            wanted = [rider for rider in riders if self._is_still_wanted(rider, step)]
        if wanted:
            run_step(plugins, self._ticket.route, step, [rider.passenger for rider in wanted])
        return wanted

    def _is_still_wanted(self, rider: Rider, step: Step) -> bool:
        if rider.lost:
            return False
        try:
            return bool(self._queue.still_wanted([rider.passenger.claim], step))
        except StoreError as error:  # the plug-in was not called: this is no attempt of it
            raise Interrupted("the database could not be asked whether it is still wanted") from error

    def _on_done(self, results: list[Done], *, recorder: Recorder, waits: bool) -> None:
        outcomes: list[Outcome] = []
        losses: list[tuple[Done, StoreUnreachable]] = []
        for done in results:
            step, group = done.task.subject
            if done.error is None:
                outcomes += self._outcomes_of_success(step, done)
                continue
            loss = database_loss(done.error)
            if loss is not None:
                losses.append((done, loss))
            elif not isinstance(done.error, Interrupted):
                outcomes += [self._failed(rider, step, done.error, done.at) for rider in group]
        if waits or losses:
            recorder.record(outcomes)
        else:
            recorder.begin(outcomes)
        if losses:
            self._raise_if_gone(losses[0][1])
            for done, loss in losses:
                self._put_off(done, loss)

    def _raise_if_gone(self, loss: StoreUnreachable) -> None:
        """End the drive, unless its database answers: it is back, or a plug-in meant another one."""
        try:
            self._ticket.database.counts(self._ticket.client_id, now=utc_now())
        except StoreUnreachable as error:
            raise loss from error

    def _put_off(self, done: Done, loss: StoreUnreachable) -> None:
        """Leave a step to the next drive, which comes soon; this is no attempt of it."""
        self._summary.is_cut_off = True
        step, group = done.task.subject
        text = redact(str(loss), self._ticket.secrets)
        for rider in group:
            self._summary.failed += not rider.failed
            rider.failed = True
            name = rider.passenger.entry.id_text
            self._complain(f"{step.kind.value} {step.name} waits for the next drive with {name}: {text}")

    def _not_storable(self, own: Outcome, error: StoreError) -> Outcome:
        """Return the failure of a processor whose attachments cannot be stored."""
        return self._failed(self._riders[own.internal_id], own, error, own.at)

    def _outcomes_of_success(self, step: Step, done: Done) -> list[Outcome]:
        outcomes: list[Outcome] = []
        for rider in done.value:
            try:
                outcomes += outcomes_of_success(
                    rider.passenger, step, shows=self._shows, at=done.at, log_guid=self._guid
                )
            except BaseException as rubbish:  # noqa: BLE001 - the border to foreign code: its attributes may even exit
                outcomes.append(self._failed(rider, step, rubbish, done.at))
        return outcomes

    def _failed(self, rider: Rider, step: Step | Outcome, error: BaseException, at: datetime) -> Outcome:
        entry = rider.passenger.entry
        text = redact(error_text(error), self._ticket.secrets)
        self._complain(f"{step.kind.value} {step.name} failed for {entry.id_text}: {text}")
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

    def _settle(self, outcomes: Sequence[Outcome], rejected: Sequence[Outcome]) -> None:
        """Bring the passengers at hand up to date with what was recorded."""
        lost = {outcome.internal_id for outcome in rejected}
        riders, transitions, shows = self._riders, self._transitions, self._shows
        for (_, internal_id), recorded in group_by_entry(outcomes).items():
            rider = riders[internal_id]
            passenger, own = rider.passenger, recorded[0]
            if internal_id in lost:
                rider.lost = True
                self._complain(f"The lease on {passenger.entry.id_text} was lost; its outcome was not taken")
                continue
            entry = passenger.entry = transitions.apply(passenger.entry, recorded)
            if entry.completed_on is None:
                self._tidy(rider, own)
                show_statuses(passenger.entry, passenger.status, shows)
            else:  # no plug-in sees it again
                self._summary.completed += 1
            if own.result is OutcomeKind.COMPLETE:
                if own.attempted and own.kind in shows.of(entry).through:
                    self._count(own.kind)
            elif own.result in FAILURES and not rider.failed:
                rider.failed = True
                self._summary.failed += 1

    def _tidy(self, rider: Rider, own: Outcome) -> None:
        """Let the next plug-in find the passenger as it is stored, whatever this one did to the object."""
        passenger = rider.passenger
        can_stay = own.result not in FAILURES and (
            own.kind is StepKind.PROCESS or is_as_stored(passenger.entry, passenger.status)
        )
        if own.changes is not None:
            self._queue.refresh(passenger)
        if can_stay and is_set_back(passenger.entry, passenger.status):
            return
        # A new object, because a plug-in that was given up may still be working on the old one.
        made = self._queue.board([replace(passenger.claim, entry=passenger.entry)])
        rider.lost = not made
        for each in made:
            passenger.status = each.status

    def _count(self, kind: StepKind) -> None:
        """Count one who has come through all steps of a kind; what a plug-in said of others does not count."""
        match kind:
            case StepKind.NOTIFY:
                self._summary.notified += 1
            case StepKind.PROCESS:
                self._summary.processed += 1
            case StepKind.PUSH:
                self._summary.pushed += 1

    def _complain(self, message: str) -> None:
        self._ticket.log.append_entry(LogEntry(message, type=MessageType.error, source=__name__))


def _own_step(entry: Entry, step: Step | Outcome) -> Step:
    """Return this entry's own step of the same kind and name."""
    return next(own for own in entry.steps if (own.kind, own.name) == (step.kind, step.name))
