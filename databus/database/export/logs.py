"""Logs with all their lines: what is missing is added; a log that the target has otherwise stays."""

from collections.abc import Iterator
from itertools import islice

from msgspec.structs import replace

from databus.database.abstract_database import AbstractDatabase
from databus.database.export.canonical import log_digest, log_head
from databus.database.export.conflicts import Conflict
from databus.database.export.copying import Copying, all_logs
from databus.database.records import LogHead, LogLine, LogQuery
from databus.errors import NotFound

LINES = 1000
"""Lines that are read and written at once."""


def lines_of(database: AbstractDatabase, head: LogHead) -> Iterator[LogLine]:
    """Yield as many lines of a log as its head says, reading part after part."""
    for start in range(0, head.lines, LINES):
        _, lines = database.read_log(head.client_id, head.guid, start=start, limit=min(LINES, head.lines - start))
        yield from lines


def head_there(copying: Copying, head: LogHead) -> LogHead | None:
    """Return the head that the target has of a log."""
    try:
        return copying.target.read_log(head.client_id, head.guid, limit=1)[0]
    except NotFound:
        return None


def unequal(copying: Copying) -> Iterator[tuple[LogHead, LogHead | None]]:
    """Yield the heads of logs that are not the same on both sides, here and there, as far as heads tell."""
    is_empty = not copying.target.find_logs(LogQuery(client_id=copying.client_id, limit=1)).items
    for head in all_logs(copying.source, copying.client_id):
        there = None if is_empty else head_there(copying, head)
        if there is None or there.lines != head.lines or log_head(there) != log_head(head):
            yield head, there


def conflict(copying: Copying, head: LogHead, there: LogHead | None) -> Conflict | None:
    """Return why a log cannot become what it is in the source; None where it can."""
    if there is None:
        return None
    if log_head(head) != log_head(there):
        reason = "it is another log there"
    elif there.lines > head.lines:
        reason = "it has more lines there"
    else:
        beginning = log_digest(islice(lines_of(copying.source, head), there.lines))
        if beginning == log_digest(lines_of(copying.target, there)):
            return None
        reason = "it has other lines there"
    return Conflict(client_id=head.client_id, kind="log", name=head.guid, reason=reason)


def write(copying: Copying, head: LogHead, there: LogHead | None) -> None:
    """Add to the target what it lacks of a log."""
    start = 0 if there is None else there.lines
    while True:
        _, lines = copying.source.read_log(head.client_id, head.guid, start=start, limit=LINES)
        copying.target.append_log(replace(head, lines=start), lines)
        start += len(lines)
        if len(lines) < LINES:
            return
