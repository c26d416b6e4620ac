"""What ``databus log`` does."""

import time
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

from msgspec.structs import replace

from databus.cli.failing import Exit, note, printable
from databus.cli.output import (
    Column,
    beginning,
    confirmed,
    last_part,
    on_terminal,
    print_json,
    print_line,
    say,
    show,
)
from databus.cli.person import os_user
from databus.client.log import Log
from databus.database.abstract_database import AbstractDatabase
from databus.database.paging import log_pages_of
from databus.database.records import LogHead, LogLine, LogQuery
from databus.errors import NotFound
from databus.operating.bulk import Handled, ignore_progress
from databus.operating.purging import OldLogs
from databus.timestamps import local_text, utc_now, utc_text

BATCH = 256
"""Logs, or log entries of one log, that are read at once."""

LINES = 1000

FOLLOW_SECONDS = 1.0

NEWEST_FOLLOWED = 50
"""Older logs are not looked at for further lines."""

_COLUMNS: list[Column[LogHead]] = [
    Column("begun", lambda head: head.created_on),
    Column("worst", lambda head: head.worst.name),
    Column("lines", lambda head: head.lines),
    Column("passenger", lambda head: head.passenger_module, brief=last_part),
    Column("guid", lambda head: head.guid, brief=beginning),
]


def list_logs(database: AbstractDatabase, query: LogQuery, *, limit: int | None, as_json: bool) -> int:
    """List logs, newest first."""
    count = show(found_logs(database, query, limit=limit), _COLUMNS, as_json=as_json, record=_head_record)
    if on_terminal() and not as_json:
        note("no logs" if not count else f"`databus log {query.client_id} GUID` shows one")
    return Exit.DONE


def found_logs(database: AbstractDatabase, query: LogQuery, *, limit: int | None = None) -> Iterator[LogHead]:
    """Give the logs that a query selects, newest first, reading page after page."""
    query = replace(query, limit=BATCH if limit is None else min(BATCH, limit))
    return islice(chain.from_iterable(log_pages_of(database, query)), limit)


def _head_record(head: LogHead) -> dict[str, Any]:
    return {
        "guid": head.guid,
        "created_on": head.created_on,
        "passenger_module": head.passenger_module,
        "worst": head.worst.name,
        "lines": head.lines,
    }


# -- showing ----------------------------------------------------------------------------------------------------------


def show_log(database: AbstractDatabase, client_id: str, guid: str, *, as_json: bool) -> int:
    """Print the lines of a log."""
    head = _log_of(database, client_id, guid)
    _print_from(database, head, 0, as_json=as_json)
    return Exit.DONE


def _log_of(database: AbstractDatabase, client_id: str, given: str) -> LogHead:
    try:
        return database.read_log(client_id, given, limit=1)[0]
    except NotFound:
        heads = found_logs(database, LogQuery(client_id=client_id))
        meant = [head for head in heads if head.guid.casefold().startswith(given.casefold())]
    if len(meant) == 1:
        return meant[0]
    if meant:
        raise NotFound(f"{given!r} begins the guids of {len(meant)} logs: say more of it")
    raise NotFound(f"client {client_id} has no log {given!r}: `databus log {client_id}` lists them")


def _print_from(database: AbstractDatabase, head: LogHead, start: int, *, as_json: bool) -> int:
    """Print the lines of a log from a number on; return the number of the line that comes next."""
    while True:
        _, lines = database.read_log(head.client_id, head.guid, start=start, limit=LINES)
        for line in lines:
            _print_log_line(head, line, as_json=as_json)
        start += len(lines)
        if len(lines) < LINES:
            return start


def _print_log_line(head: LogHead, line: LogLine, *, as_json: bool) -> None:
    if as_json:
        values = {"timestamp": line.timestamp, "type": line.type.name, "source": line.source, "message": line.message}
        print_json({**values, "guid": head.guid})
    elif on_terminal():
        text = Log.build_entry_field_string(local_text(line.timestamp), line.source, line.type.name, line.message)
        print("\n    ".join(printable(each) for each in text.splitlines()))
    else:
        print_line([utc_text(line.timestamp), line.type.name, line.source, line.message])


def follow_logs(database: AbstractDatabase, query: LogQuery, guid: str, *, as_json: bool) -> int:
    """Print lines as they are written: of one log from its beginning, or of all that a query selects from now on."""
    if guid:
        head = _log_of(database, query.client_id, guid)
        seen = {head.guid: 0}
        query = replace(query, created_from=head.created_on)
    else:
        heads = found_logs(database, query, limit=NEWEST_FOLLOWED)
        seen = {head.guid: head.lines for head in heads}
    while True:
        for head in reversed(list(found_logs(database, query, limit=NEWEST_FOLLOWED))):
            if (not guid or head.guid in seen) and head.lines > seen.get(head.guid, 0):
                seen[head.guid] = _print_from(database, head, seen.get(head.guid, 0), as_json=as_json)
        time.sleep(FOLLOW_SECONDS)


# -- purging ----------------------------------------------------------------------------------------------------------


def purge_logs(database: AbstractDatabase, query: LogQuery, *, yes: bool) -> int:
    """Delete the logs from before a time; one that is new says who did it."""
    assert query.created_before is not None
    task = OldLogs(database, query.client_id, before=query.created_before, by=os_user(), clock=utc_now)
    count = task.count(ignore_progress)
    if not count:
        say("nothing to purge")
    elif confirmed(f"Delete {count} logs of {query.client_id}?", yes=yes):
        say(f"purged {_purge(task, count)} logs")
    else:
        say("nothing was purged")
    return Exit.DONE


def _purge(task: OldLogs, count: int) -> int:
    done = Handled()

    def note_progress(handled: Handled) -> None:
        nonlocal done
        done = handled

    try:
        task.do(note_progress)
    finally:  # what was deleted before a Ctrl-C is told, too
        if done.done:
            task.tell(task.done_words(done.done, count))
    return done.done
