"""A queue entry as JSON, and as the sentences that tell an operator its story."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, assert_never

from databus.database.records import Entry, State, Step
from databus.database.steps import runnable_steps, state
from databus.pqueue.outcome import StepKind
from databus.timestamps import local_text, utc_now

_WORDS = {StepKind.NOTIFY: "puller's notification", StepKind.PROCESS: "processor", StepKind.PUSH: "pusher"}


def entry_record(entry: Entry) -> dict[str, Any]:
    """Return an entry as ``--json`` prints it: the keys of the contract first, then ours."""
    return {
        "external_id": entry.external_id,
        "internal_id": entry.internal_id,
        "source_system": entry.source_system,
        "passenger_module": entry.passenger_module,
        "puller_module": entry.puller_module,
        "puller_notified": entry.puller_notified,
        "pull_datetime": entry.pull_datetime,
        "state": state(entry, utc_now()).value,
        "processor_statuses": _steps(entry, StepKind.PROCESS),
        "pusher_statuses": _steps(entry, StepKind.PUSH),
        "attachments": [
            {"name": each.name, "format": each.format.name, "size": each.size} for each in entry.attachments
        ],
        "log_guids": list(entry.log_guids),
        "client": entry.client_id,
        "puller": entry.puller_name,
        "notification_statuses": _steps(entry, StepKind.NOTIFY),
        "sequence": entry.sequence,
        "completed_on": entry.completed_on,
        "why": why(entry, utc_now()),
    }


def _steps(entry: Entry, kind: StepKind) -> list[dict[str, Any]]:
    return [
        {
            "module": step.module,
            "status": step.status.name,
            "attempts": step.attempts,
            "last_error": step.last_error,
            "due_on": step.due_on,
            "name": step.name,
            "dead": step.dead,
            "changed_on": step.changed_on,
        }
        for step in entry.steps
        if step.kind is kind
    ]


def why(entry: Entry, now: datetime) -> str:
    """Return why an entry is where it is."""
    match state(entry, now):
        case State.COMPLETE:
            return "it is complete; it is deleted when its life span is over"
        case State.RUNNING:
            return f"a drive works on it: {entry.leased_by}"
        case State.DEAD:
            return f"{_sentences(step for step in entry.steps if step.dead)}; it waits for an operator"
        case State.FAILED:
            return f"{_sentences(step for step in runnable_steps(entry) if step.last_error)}; it is tried again"
        case State.WAITING:
            return f"{_sentences(iter(runnable_steps(entry)))} at the next drive"
        case never:
            assert_never(never)


def _sentences(steps: Iterator[Step]) -> str:
    return "; ".join(_sentence(step) for step in steps)


def _sentence(step: Step) -> str:
    name = f"the {_WORDS[step.kind]}" + ("" if step.kind is StepKind.NOTIFY else f" {step.name}")
    if not step.last_error:
        return f"{name} runs"
    when = f" (not before {local_text(step.due_on)})" if step.due_on and not step.dead else ""
    return f"{name} failed at attempt {step.attempts}{when}: {step.last_error.splitlines()[0]}"


def timeline(entry: Entry) -> list[tuple[datetime, str]]:
    """Return what happened to an entry, oldest first."""
    events = [(entry.pull_datetime, f"pulled by {entry.puller_name}")]
    events += [(step.changed_on, _event(step)) for step in entry.steps if step.changed_on]
    return sorted(events, key=lambda event: event[0])


def _event(step: Step) -> str:
    name = _WORDS[step.kind] if step.kind is StepKind.NOTIFY else f"{_WORDS[step.kind]} {step.name}"
    if step.is_complete:
        return f"{name} complete" + (f" at attempt {step.attempts}" if step.attempts > 1 else "")
    if not step.last_error:
        return f"{name} set back"
    return f"{name} {'dead' if step.dead else 'failed'} at attempt {step.attempts}: {step.last_error}"
