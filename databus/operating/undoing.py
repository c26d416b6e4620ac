"""Setting passengers back to what they were before an operator changed their steps.

What was before is kept by whoever may want it again; nothing of it stands in the queue. An entry is set back only
where its steps are exactly as the change left them: each outcome has its own time, so that whatever happened since
shows. One that a drive could take at this moment is claimed first, and set back under the fence of that claim: no
drive works on it meanwhile. Of two operators who set the same entry within the same milliseconds the last one wins, as
it is without an undo.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from databus.client.log import Log
from databus.database.abstract_database import AbstractDatabase
from databus.database.records import Claim, Entry, Route, Step
from databus.database.steps import is_claimable, is_leased, with_guid
from databus.operating.audit import Person, write_audit
from databus.operating.bulk import Handled, Progress, ignore_progress
from databus.operating.step_changes import Changed
from databus.pqueue.outcome import Outcome, OutcomeKind, Restored

LEASE = timedelta(minutes=1)

NO_LEASE = timedelta(0)


class Before(Struct, frozen=True, kw_only=True):
    """How far a passenger was before a change.

    Attributes:
        steps, completed_on: As they were.
        left: The steps as the change left them.
    """

    internal_id: str
    steps: tuple[Step, ...]
    completed_on: datetime | None
    left: tuple[Step, ...]


def before(changed: Changed) -> list[Before]:
    """Return what must be kept of a change in order to undo it."""
    return [
        Before(internal_id=entry.internal_id, steps=entry.steps, completed_on=entry.completed_on, left=after.steps)
        for entry, after in zip(changed.entries, changed.after, strict=True)
    ]


def undo(
    database: AbstractDatabase,
    client_id: str,
    batches: Iterable[Sequence[Before]],
    *,
    by: Person,
    clock: Callable[[], datetime],
    on_progress: Progress = ignore_progress,
) -> Handled:
    """Set passengers back, batch by batch; those that something else has changed since stay as they are."""
    handled = Handled()
    for batch in batches:
        done = _set_back(database, client_id, batch, by, clock())
        handled = Handled(matched=handled.matched + len(batch), done=handled.done + done)
        on_progress(handled)
    return handled


def _set_back(database: AbstractDatabase, client_id: str, batch: Sequence[Before], by: Person, now: datetime) -> int:
    log = Log()
    wanted = {each.internal_id: each for each in batch}
    entries = _unchanged(database.load(client_id, list(wanted)), wanted, now)
    due = [entry for entry in entries if is_claimable(entry, now)]
    claims = {claim.entry.internal_id: claim for run in _runs(due) for claim in _claim(database, run, by, now)}
    lost = {entry.internal_id for entry in due} - set(claims)
    try:
        outcomes = [
            (entry, _outcome(entry, wanted[entry.internal_id], claims.get(entry.internal_id), log, now))
            for entry in entries
            if entry.internal_id not in lost
        ]
        done = _record(database, outcomes, now)
    finally:
        if claims:
            database.renew(list(claims.values()), lease=NO_LEASE, now=now)
    sentences = [f"undid: set back {each.id_text}" for each in done]
    if sentences:
        write_audit(database, client_id, sentences, by=by, log=log)
    return len(done)


def _unchanged(entries: Iterable[Entry], wanted: Mapping[str, Before], now: datetime) -> list[Entry]:
    return [entry for entry in entries if entry.steps == wanted[entry.internal_id].left and not is_leased(entry, now)]


def _runs(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    """Yield entries of one route that were seated one after the other: one claim takes them, and no others."""
    run: list[Entry] = []
    for entry in sorted(entries, key=lambda each: each.sequence):
        if run and (entry.sequence != run[-1].sequence + 1 or entry.passenger_module != run[-1].passenger_module):
            yield run
            run = []
        run.append(entry)
    if run:
        yield run


def _claim(database: AbstractDatabase, run: Sequence[Entry], by: Person, now: datetime) -> list[Claim]:
    """Return claims of entries that are due, without those where a drive was faster."""
    route = Route(client_id=run[0].client_id, passenger_module=run[0].passenger_module)
    known = {entry.internal_id: entry.steps for entry in run}
    claims = database.claim(
        route, after=run[0].sequence - 1, limit=len(run), owner=f"undo by {by.name}", lease=LEASE, now=now
    )
    others = [claim for claim in claims if known.get(claim.entry.internal_id) != claim.entry.steps]
    if others:  # one of ours is not due any more, and the next one after them came in its place
        database.renew(others, lease=NO_LEASE, now=now)
    return [claim for claim in claims if claim not in others]


def _outcome(entry: Entry, wanted: Before, claim: Claim | None, log: Log, now: datetime) -> Outcome:
    guids = with_guid(entry.log_guids, str(log.guid))
    return Outcome(
        client_id=entry.client_id,
        internal_id=entry.internal_id,
        kind=entry.steps[0].kind,
        name=entry.steps[0].name,
        result=OutcomeKind.INCOMPLETE,  # of an outcome that restores only what it restores counts
        at=now,
        fence=claim.fence if claim else None,
        restored=Restored(steps=wanted.steps, completed_on=wanted.completed_on, log_guids=guids),
    )


def _record(database: AbstractDatabase, outcomes: Sequence[tuple[Entry, Outcome]], now: datetime) -> list[Entry]:
    """Record what sets entries back; return those that were."""
    rejected = {outcome.internal_id for outcome in database.record([each for _, each in outcomes], now=now)}
    return [entry for entry, _ in outcomes if entry.internal_id not in rejected]
