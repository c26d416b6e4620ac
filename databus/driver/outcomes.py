"""The outcomes of a step that succeeded, including what its plug-in said about other steps."""

from dataclasses import replace
from datetime import datetime

from databus.database.records import Entry, Step
from databus.pqueue.abstract_queue import QueuedPassenger
from databus.pqueue.outcome import Outcome, OutcomeKind, StepKind
from databus.pqueue.packing import changes
from databus.pqueue.queue_status import PassengerQueueStatus, QueueStatus


def outcomes_of_success(passenger: QueuedPassenger, step: Step, *, at: datetime, log_guid: str) -> list[Outcome]:
    """Return the step's own outcome, with what it changed, and those of steps whose status the plug-in set.

    Raises:
        Refusal: The plug-in left the passenger in a state that cannot be stored.
    """
    entry = passenger.entry
    changed = changes(entry, passenger.status.passenger) if step.kind is StepKind.PROCESS else None
    own = _outcome(passenger, step, OutcomeKind.COMPLETE, at, log_guid)
    others = [
        replace(_outcome(passenger, other, _KIND[said], at, log_guid), attempted=False)
        for other, said in _said_of_others(entry, step, passenger.status)
    ]
    return [replace(own, changes=changed) if changed else own, *others]


_KIND = {QueueStatus.complete: OutcomeKind.COMPLETE, QueueStatus.incomplete: OutcomeKind.INCOMPLETE}


def _said_of_others(entry: Entry, step: Step, status: PassengerQueueStatus) -> list[tuple[Step, QueueStatus]]:
    said: dict[StepKind, dict[str, QueueStatus]] = {
        StepKind.NOTIFY: {},
        StepKind.PROCESS: {processor.name: processor.status for processor in status.processor_statuses},
        StepKind.PUSH: {pusher.name: pusher.status for pusher in status.pusher_statuses},
    }
    found = []
    for other in entry.steps:
        says = said[other.kind].get(other.name, other.status)
        is_own = other.name == step.name and other.kind is step.kind
        if says is not other.status and not is_own and says in _KIND:
            found.append((other, says))
    return found


def _outcome(passenger: QueuedPassenger, step: Step, kind: OutcomeKind, at: datetime, log_guid: str) -> Outcome:
    return Outcome(
        client_id=passenger.entry.client_id,
        internal_id=passenger.entry.internal_id,
        kind=step.kind,
        name=step.name,
        result=kind,
        at=at,
        fence=passenger.claim.fence,
        log_guid=log_guid,
    )


def show_statuses(entry: Entry, status: PassengerQueueStatus) -> None:
    """Let a passenger's status object say what its entry says."""
    processors = {step.name: step.status for step in entry.steps if step.kind is StepKind.PROCESS}
    for processor in status.processor_statuses:
        processor.status = processors.get(processor.name, processor.status)
    pushers = {step.name: step.status for step in entry.steps if step.kind is StepKind.PUSH}
    for pusher in status.pusher_statuses:
        pusher.status = pushers.get(pusher.name, pusher.status)
    status.puller_notified = entry.puller_notified
