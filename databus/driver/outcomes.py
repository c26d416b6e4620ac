"""The outcomes of a step that succeeded, including what its plug-in said about other steps."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from msgspec.structs import replace

from databus.database.records import Entry, Step
from databus.pqueue.abstract_queue import QueuedPassenger
from databus.pqueue.outcome import Changes, Outcome, OutcomeKind, StepKind
from databus.pqueue.packing import changes
from databus.pqueue.queue_status import PassengerQueueStatus, ProcessorQueueStatus, PusherQueueStatus, QueueStatus
from databus.pqueue.queued_status import QueuedStatus

_KIND = {QueueStatus.complete: OutcomeKind.COMPLETE, QueueStatus.incomplete: OutcomeKind.INCOMPLETE}

Said = ProcessorQueueStatus | PusherQueueStatus

_NAME = attrgetter("name")
_NAME_AND_STATUS = attrgetter("name", "status")


@dataclass(frozen=True, slots=True)
class Shown:
    """What the status object of a passenger shows of its processors and pushers while no plug-in has touched it.

    Attributes:
        steps: The steps of the entry.
        own: Its processors and pushers.
        names, said: Their names, and these with their statuses.
        notified: Whether the puller was told that the passenger is seated.
        through: The kinds of steps of which none is left.
    """

    steps: tuple[Step, ...]
    own: list[Step]
    names: list[str]
    said: list[tuple[str, QueueStatus]]
    notified: bool
    through: Sequence[StepKind]


class Shows:
    """Works out once what passengers show that share their steps."""

    def __init__(self) -> None:
        self._known: dict[int, Shown] = {}

    def of(self, entry: Entry) -> Shown:
        """Return what a passenger shows of its entry."""
        return self._known.get(id(entry.steps)) or self._work_out(entry)

    def _work_out(self, entry: Entry) -> Shown:
        own = [step for step in entry.steps if step.kind is not StepKind.NOTIFY]
        names, said = [step.name for step in own], [(step.name, step.status) for step in own]
        open_kinds = {step.kind for step in entry.steps if not step.is_complete}
        through = [kind for kind in StepKind if kind not in open_kinds]
        shown = Shown(entry.steps, own, names, said, entry.puller_notified, through)
        self._known[id(entry.steps)] = shown
        return shown


def outcomes_of_success(
    passenger: QueuedPassenger, step: Step, *, shows: Shows, at: datetime, log_guid: str
) -> Sequence[Outcome]:
    """Return the step's own outcome, with what it changed, and those of steps whose status the plug-in set.

    Raises:
        Refusal: The plug-in left the passenger in a state that cannot be stored.
    """
    entry, status = passenger.entry, passenger.status
    changed = changes(entry, status.passenger) if step.kind is StepKind.PROCESS else None
    own = _outcome(passenger, step, OutcomeKind.COMPLETE, at, log_guid, changed)
    if isinstance(status, QueuedStatus) and status.is_untouched:
        return (own,)  # nearly always so
    shown = shows.of(entry)
    if list(map(_NAME_AND_STATUS, _all_said(status))) == shown.said:
        return (own,)
    others = [
        replace(_outcome(passenger, other, _KIND[said], at, log_guid, None), attempted=False)
        for other, said in _said_of_others(step, shown, status)
    ]
    return [own, *others]


def _said_of_others(step: Step, shown: Shown, status: PassengerQueueStatus) -> list[tuple[Step, QueueStatus]]:
    found = []
    for other, its in _pairs(shown, status):
        if its.status is not other.status and its.status in _KIND:
            is_own = other.name == step.name and other.kind is step.kind
            if not is_own:
                found.append((other, its.status))
    return found


def _all_said(status: PassengerQueueStatus) -> list[Said]:
    return [*status.processor_statuses, *status.pusher_statuses]


def _pairs(shown: Shown, status: PassengerQueueStatus) -> Iterable[tuple[Step, Said]]:
    """Return each processor and pusher of an entry with what its passenger's status object has of it."""
    said = _all_said(status)
    if list(map(_NAME, said)) == shown.names:
        return zip(shown.own, said, strict=True)  # as the queue has made it
    both: dict[tuple[StepKind, str], Said] = {(StepKind.PROCESS, each.name): each for each in status.processor_statuses}
    both.update({(StepKind.PUSH, each.name): each for each in status.pusher_statuses})
    return [(step, both[step.kind, step.name]) for step in shown.own if (step.kind, step.name) in both]


def _outcome(
    passenger: QueuedPassenger, step: Step, kind: OutcomeKind, at: datetime, log_guid: str, changed: Changes | None
) -> Outcome:
    return Outcome(
        client_id=passenger.entry.client_id,
        internal_id=passenger.entry.internal_id,
        kind=step.kind,
        name=step.name,
        result=kind,
        at=at,
        fence=passenger.claim.fence,
        log_guid=log_guid,
        changes=changed,
    )


def show_statuses(entry: Entry, status: PassengerQueueStatus, shows: Shows) -> None:
    """Let a passenger's status object say what its entry says."""
    if isinstance(status, QueuedStatus):
        status.show(entry.steps)
        return
    shown = shows.of(entry)
    for step, said in _pairs(shown, status):
        said.status = step.status
    status.puller_notified = shown.notified
