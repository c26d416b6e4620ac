"""Showing and setting the steps of entries as an operator."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from databus.cli.failing import Exit, complain
from databus.cli.output import Column, last_part, print_json, say, show
from databus.cli.person import os_user
from databus.database.abstract_database import AbstractDatabase
from databus.database.records import Entry, Step
from databus.operating.entry_record import entry_record
from databus.operating.step_changes import Change, Changed, change_steps, named_steps
from databus.operating.waiting import read_surroundings
from databus.timestamps import utc_now


@dataclass(frozen=True, slots=True)
class _Row:
    entry: Entry
    step: Step


_COLUMNS: list[Column[_Row]] = [
    Column("entry", lambda row: row.entry.external_id),
    Column("kind", lambda row: row.step.kind.value),
    Column("step", lambda row: row.step.name, brief=last_part),
    Column("status", lambda row: "dead" if row.step.dead else row.step.status.name),
    Column("attempts", lambda row: row.step.attempts),
    Column("due", lambda row: row.step.due_on, optional=True),
    Column("last error", lambda row: row.step.last_error.partition("\n")[0], optional=True),
]


def show_steps(entries: Sequence[Entry], names: Sequence[str], *, as_json: bool) -> None:
    """Print the steps of entries."""
    rows = [_Row(entry, step) for entry in entries for step in named_steps(entry, names)]
    show(rows, _COLUMNS, as_json=as_json, record=_record)


def _record(row: _Row) -> dict[str, Any]:
    step = row.step
    return {
        "internal_id": row.entry.internal_id,
        "external_id": row.entry.external_id,
        "kind": step.kind.value,
        "name": step.name,
        "module": step.module,
        "status": step.status.name,
        "attempts": step.attempts,
        "last_error": step.last_error,
        "due_on": step.due_on,
        "dead": step.dead,
        "changed_on": step.changed_on,
    }


def set_steps(
    database: AbstractDatabase, entries: Sequence[Entry], names: Sequence[str], change: Change, *, as_json: bool
) -> int:
    """Set steps, and write into the client's log who did it."""
    chosen = [(entry, named_steps(entry, names)) for entry in entries]
    changed = change_steps(database, chosen, change, by=os_user())
    _tell(database, changed, as_json=as_json)
    for entry in changed.untouched:
        complain(f"{entry.external_id}: nothing was set {change.value}; what is complete is not tried again anyway")
    for internal_id in changed.gone:
        complain(f"{internal_id} is gone; nothing was set")
    return Exit.FAILED if changed.gone else Exit.DONE


def _tell(database: AbstractDatabase, changed: Changed, *, as_json: bool) -> None:
    if not as_json:
        for sentence in changed.sentences:
            say(sentence)
        return
    surroundings = cache(partial(read_surroundings, database))
    for entry in changed.entries:
        for stored in database.load(entry.client_id, [entry.internal_id]):
            print_json(entry_record(stored, surroundings(entry.client_id), now=utc_now()))
