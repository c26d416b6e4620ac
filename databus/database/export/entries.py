"""Queue entries: what is missing is seated in the source's order, what has changed is brought up to date in place."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

from databus.batches import batched, batched_by_size
from databus.database import steps
from databus.database.export.contents import (
    Passed,
    all_digests,
    digest_of,
    packed_digests,
    travelling,
    with_digests,
)
from databus.database.export.copying import PAGE, ROOM, Copying, all_entries, all_ids, all_whole
from databus.database.export.ledger import ROWS
from databus.database.export.plan import UNREAD, PlanRow, Work, ledger_rows, plan_row, text
from databus.database.export.verifying import verify
from databus.database.paging import pages_of
from databus.database.records import (
    NOT_COMPLETE,
    NOT_RUNNING,
    Duplicate,
    Entry,
    NewEntry,
    QueuePurge,
    QueueQuery,
    Refused,
    Seated,
    State,
    WholeEntry,
)
from databus.errors import StoreError
from databus.passenger.attachment import Attachment
from databus.pqueue.outcome import NOTIFY, Changes, Outcome, OutcomeKind, Restored, StepKind

BATCH = 1000
"""Entries that are read and seated together."""

BATCH_BYTES = 32 << 20
"""Their attachments are no larger in sum, unless one entry alone has more."""


_Read = Sequence[tuple[WholeEntry, PlanRow]]
"""Entries of a database, each with what the plan notes of it."""


# -- what is there ----------------------------------------------------------------------------------------------------


def survey_source(copying: Copying) -> None:
    """Let the plan know what the source has: only the ids where the target has nothing to compare with.

    Raises:
        StoreError: A drive works on one of the entries.
    """
    copying.plan.clear("source")
    done = 0
    if not copying.target.find_ids(copying.client_id, limit=1).items:
        for ids in all_ids(copying.source, copying.client_id):
            copying.plan.add_unread(ids)
            done += len(ids)
            copying.progress("reading the source", done)
        return
    entries = all_entries(copying.source, copying.client_id, now=copying.clock())
    for page in batched(entries, BATCH):
        _check_rest(copying, "source", page)
        copying.plan.add("source", map(plan_row, page))
        done += len(page)
        copying.progress("reading the source", done)


def is_at_rest(copying: Copying) -> bool:
    """Whether the source's open entries are as they were when they were read: a drive may have gone on unseen."""
    query = QueueQuery(client_id=copying.client_id, states=NOT_COMPLETE, limit=PAGE)
    for page in pages_of(copying.source, query, clock=copying.clock):
        if not copying.plan.has_all(list(map(plan_row, page))):
            return False
        copying.check()
    return True


def survey_target(copying: Copying) -> None:
    """Let the plan know what the target has, and read back the contents of all that is as in the source.

    Raises:
        StoreError: A drive works on one of the entries.
    """
    copying.plan.clear("target")
    done = 0
    for chunk in batched((each for page in all_ids(copying.target, copying.client_id) for each in page), ROWS):
        checked = copying.plan.checked(chunk)
        for part in _read_back(copying, chunk, checked):
            _survey(copying, part)
            done += len(part)
            copying.progress("reading the target", done)


def _survey(copying: Copying, part: _Read) -> None:
    _check_rest(copying, "target", [whole.entry for whole, _ in part])
    rows = [row for _, row in part]
    wanted = copying.plan.to_verify(rows)
    if wanted:
        verify(copying, [(whole, row) for whole, row in part if row.id in wanted], wanted)
    copying.plan.add("target", rows)


def _read_back(copying: Copying, internal_ids: Sequence[str], checked: AbstractSet[str]) -> Iterator[_Read]:
    """Read entries of the target, those that were compared before without contents."""
    for ids in batched(internal_ids, BATCH):
        room = 0 if checked >= set(ids) else ROOM
        for part in all_whole(copying.target, copying.client_id, ids, room=room):
            yield _read(part)


def _read(part: Sequence[WholeEntry]) -> _Read:
    return [(whole, plan_row(whole.entry)) for whole in part]


def _check_rest(copying: Copying, side: str, entries: Sequence[Entry]) -> None:
    now = copying.clock()
    for entry in entries:
        if entry.leased_until is not None and steps.state(entry, now) is State.RUNNING:
            raise StoreError(
                f"{entry.leased_by or 'a drive'} works on passenger {entry.external_id} of client {entry.client_id} "
                f"in the {side}: export it when that has ended"
            )


def write(copying: Copying) -> None:
    """Write into the target what the plan says."""
    _make_way(copying)
    for works in copying.plan.changed(ROWS):
        copying.ledger.add(ledger_rows(works))
        for batch in batched(works, BATCH):
            _update(copying, batch)
    total, done = copying.plan.count("source"), copying.plan.count("target")
    for works in copying.plan.missing(ROWS):
        copying.ledger.add(ledger_rows(work for work in works if work.record != UNREAD))
        known = {text(work.id): work.record for work in works}
        for part in _seatable(copying, list(known)):
            _seat(copying, part, known)
            done += len(part)
            copying.progress("entries", done, total)


def _make_way(copying: Copying) -> None:
    while ids := copying.plan.in_the_way(BATCH):
        rule = QueuePurge(client_id=copying.client_id, states=NOT_RUNNING, internal_ids=tuple(ids))
        copying.target.purge(rule, limit=len(ids), now=copying.clock())
        copying.plan.forget_target(ids)


# -- seating ----------------------------------------------------------------------------------------------------------


def _seatable(copying: Copying, internal_ids: Sequence[str]) -> Iterator[_Read]:
    """Read entries of the source, as many at a time as are seated together."""
    for ids in batched(internal_ids, BATCH):
        for part in all_whole(copying.source, copying.client_id, ids):
            for batch in _batches(part):
                yield _read(batch)


def _seat(copying: Copying, part: _Read, known: Mapping[str, bytes]) -> None:
    _note(copying, part, known, [packed_digests(whole) for whole, _ in part])
    passed: Passed = {}
    new = [NewEntry(entry=whole.entry, attachments=travelling(copying.source, whole, passed)) for whole, _ in part]
    for (whole, _), result in zip(part, copying.target.seat(new), strict=True):
        _check_seated(copying, whole.entry, result)
        copying.result.written += isinstance(result, Seated)
    if passed:
        copying.plan.note_passed(_passed(part, passed))


def _passed(part: _Read, passed: Passed) -> Iterator[tuple[str, bytes]]:
    """Yield what is to be noted of contents of which some did not fit into memory, where all of them were read."""
    for whole, _ in part:
        if None in whole.contents:
            internal_id = whole.entry.internal_id
            pairs = zip(whole.entry.attachments, whole.contents, strict=True)
            digests = [passed.get((internal_id, each.name)) if own is None else digest_of(own) for each, own in pairs]
            known = [sha for sha in digests if sha is not None]
            if len(known) == len(digests):
                yield internal_id, with_digests(whole.entry, known)


def _note(copying: Copying, part: _Read, known: Mapping[str, bytes], contents: Iterable[bytes | None]) -> None:
    """Note what entries of the source are now, also if they were not read before, or have become otherwise since."""
    rows = [row for _, row in part]
    copying.ledger.add(ledger_rows(row for row in rows if row.record != known[text(row.id)]))
    copying.plan.update(zip(rows, contents, strict=True))


def _check_seated(copying: Copying, entry: Entry, result: Seated | Duplicate | Refused) -> None:
    if isinstance(result, Seated) or (isinstance(result, Duplicate) and result.internal_id == entry.internal_id):
        return  # the latter by this export, in a call that broke off
    if not copying.source.load(entry.client_id, [entry.internal_id]):
        return  # somebody has purged it in this moment
    reason = f"{result.internal_id} has just taken its identity there"
    if isinstance(result, Refused):
        reason = result.reason
    raise StoreError(
        f"passenger {entry.external_id} ({entry.internal_id}) of client {entry.client_id} cannot be stored in the "
        f"target: {reason}"
    )


# -- updating ---------------------------------------------------------------------------------------------------------


def _update(copying: Copying, works: Sequence[Work]) -> None:
    known = {text(work.id): work.record for work in works}
    for part in all_whole(copying.source, copying.client_id, list(known)):
        for batch in _batches(part):
            _record(copying, batch, known)


def _record(copying: Copying, batch: Sequence[WholeEntry], known: Mapping[str, bytes]) -> None:
    here = {whole.entry.internal_id: whole for whole in batch}
    _note(copying, _read(batch), known, [None] * len(batch))  # contents that change are read again when verified
    outcomes: list[Outcome] = []
    for part in all_whole(copying.target, copying.client_id, list(here)):
        outcomes += [_outcome(copying, here[there.entry.internal_id], there) for there in part]
    if outcomes:
        copying.target.record(outcomes, now=copying.clock())
    copying.result.updated += len(outcomes)  # what is not there any more, the next survey sees
    copying.progress("updates", copying.result.updated)


def _outcome(copying: Copying, here: WholeEntry, there: WholeEntry) -> Outcome:
    entry = here.entry
    return Outcome(
        client_id=entry.client_id,
        internal_id=entry.internal_id,
        kind=StepKind.NOTIFY,
        name=NOTIFY,
        result=OutcomeKind.COMPLETE,
        at=copying.clock(),
        changes=Changes(
            source_system=entry.source_system,
            external_id=entry.external_id,
            attachments=_attachments(copying, here, there),
        ),
        restored=Restored(steps=entry.steps, completed_on=entry.completed_on, log_guids=entry.log_guids),
    )


def _attachments(copying: Copying, here: WholeEntry, there: WholeEntry) -> Sequence[Attachment] | None:
    """Return the attachments that travel; None where the target has the same."""
    if here.entry.attachments == there.entry.attachments and all_digests(copying.source, here) == all_digests(
        copying.target, there
    ):
        return None
    return travelling(copying.source, here, {})


# -- batches ----------------------------------------------------------------------------------------------------------


def _batches(part: Sequence[WholeEntry]) -> Iterator[list[WholeEntry]]:
    return batched_by_size(part, lambda whole: sum(each.size for each in whole.entry.attachments), BATCH_BYTES)
