"""Reading everything back from the target and comparing it with the source, by digests."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from databus.database.export import documents, logs
from databus.database.export.canonical import log_digest, moment
from databus.database.export.contents import all_packed_digests, with_digests
from databus.database.export.copying import Copying, all_logs, all_whole
from databus.database.export.plan import NO_CONTENTS, PlanRow, blob, unpacked
from databus.database.records import LogHead, WholeEntry
from databus.errors import NotFound

LOGS = 64
"""Logs after which progress is told."""


def verify(copying: Copying, found: Sequence[tuple[WholeEntry, PlanRow]], noted: Mapping[bytes, bytes | None]) -> None:
    """Compare contents of entries of the target that have the source's records; note in the plan what is the same.

    Args:
        found: Entries of the target.
        noted: What the plan has of the source's contents, by id; those that have just passed are not read again.
    """
    there = [(whole, row, _digests_there(copying, whole)) for whole, row in found]
    here = {row.id: noted[row.id] if whole.entry.attachments else NO_CONTENTS for whole, row in found}
    here.update(_digests_here(copying, [whole for whole, row in found if here[row.id] is None]))
    for whole, row, digests in there:
        if digests != here[row.id]:
            copying.plan.note_bad(
                row, f"attachment {_differing(whole, digests, here[row.id])!r} has another content there"
            )
    copying.plan.note_verified([(row, digests) for _, row, digests in there if digests == here[row.id]])


def _digests_here(copying: Copying, unread: Sequence[WholeEntry]) -> dict[bytes, bytes]:
    """Return the digests of contents that are read from the source for it."""
    ids = [whole.entry.internal_id for whole in unread]
    return {
        blob(whole.entry.internal_id): all_packed_digests(copying.source, whole)
        for part in all_whole(copying.source, copying.client_id, ids)
        for whole in part
    }


def _digests_there(copying: Copying, whole: WholeEntry) -> bytes:
    try:
        return all_packed_digests(copying.target, whole)
    except NotFound:  # the engine has lost it, or somebody has purged it in this moment
        return with_digests(whole.entry, [b""] * len(whole.entry.attachments))


def _differing(whole: WholeEntry, there: bytes, here: bytes | None) -> str:
    """Return the name of the first attachment that differs."""
    known = unpacked(here or NO_CONTENTS)
    pairs = zip(whole.entry.attachments, unpacked(there), strict=True)
    return next(stored.name for stored, content in pairs if content not in known)


def differing_logs(copying: Copying, skipped: Collection[str]) -> Iterator[LogHead]:
    """Compare the lines of every log; note in the plan what is the same, and yield the others."""
    copying.plan.forget_logs()
    for done, head in enumerate(all_logs(copying.source, copying.client_id), start=1):
        if head.guid in skipped:
            continue
        count, sha = log_digest(logs.lines_of(copying.source, head))
        if (count, sha) != log_digest(logs.lines_of(copying.target, head)):
            yield head
        else:
            copying.plan.note_log(moment(head.created_on) or "", head.guid, count, sha)
        if done % LOGS == 0:
            copying.progress("verifying logs", done)


def only_there(copying: Copying) -> int:
    """Return how many entries, logs and documents only the target has."""
    here, there = (set(documents.names(each, copying.client_id)) for each in (copying.source, copying.target))
    their_logs = sum(1 for _ in all_logs(copying.target, copying.client_id))
    our_logs = sum(1 for _ in all_logs(copying.source, copying.client_id))
    return copying.plan.extra() + len(there - here) + max(0, their_logs - our_logs)
