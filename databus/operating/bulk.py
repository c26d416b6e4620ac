"""Handling many passengers at once: those of a list, or all that match, as they were when it was asked for."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from msgspec.structs import replace

from databus.client.log import Log
from databus.database.abstract_database import AbstractDatabase
from databus.database.paging import pages_of
from databus.database.records import NOT_RUNNING, Entry, QueuePurge, QueueQuery, State
from databus.operating.audit import Person, write_audit
from databus.operating.step_changes import Change, Changed, change_steps

BATCH = 200
"""Passengers that are handled together."""


class Action(StrEnum):
    """What can be done with passengers."""

    RETRY = "retry"
    COMPLETE = "complete"
    INCOMPLETE = "incomplete"
    DEAD = "dead"
    DELETE = "delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handled:
    """What was done.

    Attributes:
        matched: Passengers that were meant, and were there.
        done: Those with which it was done. The others had no step for it, were being driven, or went.
    """

    matched: int = 0
    done: int = 0


Progress = Callable[[Handled], None]


def ignore_progress(handled: Handled) -> None:
    """Show nothing."""


def forget(changed: Changed) -> None:
    """Keep nothing of what was before."""


def handle(
    database: AbstractDatabase,
    client_id: str,
    action: Action,
    batches: Iterator[Sequence[Entry]],
    *,
    by: Person,
    clock: Callable[[], datetime],
    on_progress: Progress = ignore_progress,
    on_change: Callable[[Changed], None] = forget,
) -> Handled:
    """Do something with passengers, batch by batch; what is done stays done if it ends early.

    Args:
        on_change: Is told which steps were set, before the progress; of what is deleted nothing is left to tell.
    """
    handled = Handled()
    for entries in batches:
        if action is Action.DELETE:
            done = delete_entries(database, client_id, entries, by=by, now=clock())
        else:
            changed = _set(database, action, entries, by)
            on_change(changed)
            done = len(changed.entries)
        handled = Handled(matched=handled.matched + len(entries), done=handled.done + done)
        on_progress(handled)
    return handled


def listed(database: AbstractDatabase, client_id: str, internal_ids: Sequence[str]) -> Iterator[Sequence[Entry]]:
    """Give the passengers of these ids that are there, in batches."""
    unique = list(dict.fromkeys(internal_ids))
    for begin in range(0, len(unique), BATCH):
        yield database.load(client_id, unique[begin : begin + BATCH])


def matching(
    database: AbstractDatabase, query: QueueQuery, *, clock: Callable[[], datetime]
) -> Iterator[Sequence[Entry]]:
    """Give the passengers that match, in batches: none that is seated after the first batch was asked for."""
    newest = database.find(QueueQuery(client_id=query.client_id, limit=1), now=clock())
    highest = max((entry.sequence for entry in newest.items), default=0)
    for entries in pages_of(database, replace(query, limit=BATCH), clock=clock):
        yield [entry for entry in entries if entry.sequence <= highest]


def _set(database: AbstractDatabase, action: Action, entries: Sequence[Entry], by: Person) -> Changed:
    change = Change.INCOMPLETE if action is Action.RETRY else Change(action.value)
    chosen = [
        (entry, [step for step in entry.steps if not step.is_complete] if action is Action.RETRY else entry.steps)
        for entry in entries
    ]
    return change_steps(database, chosen, change, by=by)


def delete_entries(
    database: AbstractDatabase,
    client_id: str,
    entries: Sequence[Entry],
    *,
    by: Person,
    now: datetime,
    states: tuple[State, ...] = NOT_RUNNING,
) -> int:
    """Delete passengers that are in one of these states now; the client's log says which. Return how many."""
    ids = tuple(entry.internal_id for entry in entries)
    if not ids:
        return 0
    rule = QueuePurge(client_id=client_id, states=states, internal_ids=ids)
    deleted = database.purge(rule, limit=len(ids), now=now)
    left = {entry.internal_id for entry in database.load(client_id, ids)} if deleted < len(ids) else set()
    sentences = [f"deleted {entry.id_text}" for entry in entries if entry.internal_id not in left]
    if sentences:
        write_audit(database, client_id, sentences, by=by, log=Log())
    return deleted
