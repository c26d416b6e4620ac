"""A queue entry as JSON."""

from datetime import datetime
from typing import Any

from databus.database.records import Entry
from databus.database.steps import state
from databus.operating.waiting import Surroundings, why_it_waits
from databus.pqueue.outcome import StepKind


def entry_record(entry: Entry, surroundings: Surroundings, *, now: datetime) -> dict[str, Any]:
    """Return an entry as ``--json`` prints it: the keys of the contract first, then ours."""
    return {
        "external_id": entry.external_id,
        "internal_id": entry.internal_id,
        "source_system": entry.source_system,
        "passenger_module": entry.passenger_module,
        "puller_module": entry.puller_module,
        "puller_notified": entry.puller_notified,
        "pull_datetime": entry.pull_datetime,
        "state": state(entry, now).value,
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
        "why": why_it_waits(entry, surroundings, now=now),
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
