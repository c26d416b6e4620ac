"""Reading what people did, newest first."""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from databus.database.abstract_database import AbstractDatabase
from databus.database.paging import log_pages_of
from databus.database.records import LogHead, LogLine, LogQuery
from databus.database.selection import contains
from databus.errors import NotFound
from databus.operating.audit import BETWEEN, SOURCE

PAGE = 50
"""Actions of a page; the last logs that are read may make it a little longer."""

LOGS_LOOKED_AT = 1000
"""After so many logs a page ends, however few actions it has."""

SHOWN = 10
"""Lines of one action on a page."""

FIRST_LINES = 2 * SHOWN
"""Lines of a log that are read first: mostly a page shows no more of it."""

LINES = 1000
"""Lines that are read at once then."""

_LINE = re.compile(rf'("(?:[^"\\]|\\.)*"|.*?){BETWEEN}(the [^:]*): (.*)', re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditQuery:
    """Whose actions are asked for; what is empty does not filter.

    Attributes:
        text: Part of the line; upper and lower case are the same.
        person: Part of the person's name, likewise.
        cursor: Where the page before ended.
    """

    client_id: str
    text: str = ""
    person: str = ""
    cursor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLine:
    """One thing that a person did; ``guid`` is that of its log."""

    at: datetime
    who: str
    through: str
    what: str
    guid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What a person did in one go, such as setting the steps of a hundred passengers.

    Attributes:
        lines: The first ones that fit the query.
        has_more: Whether there are more.
    """

    lines: list[AuditLine]
    has_more: bool

    @property
    def first(self) -> AuditLine:
        """Its first line."""
        return self.lines[0]


@dataclass(frozen=True, slots=True)
class AuditPage:
    """A part of what people did; ``next_cursor`` is empty at the end."""

    actions: list[Action]
    next_cursor: str


def audit_page(database: AbstractDatabase, query: AuditQuery) -> AuditPage:
    """Return a page of what people did, newest first.

    Raises:
        StoreError: The cursor is none of this database's.
    """
    actions: list[Action] = []
    cursor = query.cursor
    for _ in range(LOGS_LOOKED_AT // PAGE):
        page = database.find_logs(_logs(query, cursor))
        for head in page.items:
            lines = _first(_matching(database, head, query), SHOWN + 1)
            if lines:
                actions.append(Action(lines=lines[:SHOWN], has_more=len(lines) > SHOWN))
        cursor = page.next_cursor
        if not cursor or len(actions) >= PAGE:
            break
    return AuditPage(actions, cursor)


def audit_lines(database: AbstractDatabase, query: AuditQuery) -> Iterator[AuditLine]:
    """Yield everything that people did, newest action first."""
    for head in chain.from_iterable(log_pages_of(database, _logs(query, query.cursor))):
        yield from _matching(database, head, query)


def _logs(query: AuditQuery, cursor: str) -> LogQuery:
    """Ask for logs that may have such lines: the contract finds them by one part of a message."""
    person = query.person if query.person.isprintable() and '"' not in query.person else ""
    return LogQuery(
        client_id=query.client_id, of_drives=False, text=max(query.text, person, key=len), limit=PAGE, cursor=cursor
    )


def _matching(database: AbstractDatabase, head: LogHead, query: AuditQuery) -> Iterator[AuditLine]:
    if head.passenger_module:  # of a drive: what a plug-in writes there is nobody's action
        return
    with suppress(NotFound):  # purged in the meantime
        for line in _lines(database, head):
            found = _audited(line, head)
            if found and contains(line.message, query.text) and contains(found.who, query.person):
                yield found


def _lines(database: AbstractDatabase, head: LogHead) -> Iterator[LogLine]:
    """Yield the lines of a log; who stops early has not read many more."""
    start, limit = 0, FIRST_LINES
    while True:
        _, lines = database.read_log(head.client_id, head.guid, start=start, limit=limit)
        yield from lines
        if len(lines) < limit:
            return
        start, limit = start + limit, LINES


def _audited(line: LogLine, head: LogHead) -> AuditLine | None:
    if line.source != SOURCE:
        return None
    match = _LINE.fullmatch(line.message)
    who, through, what = match.groups() if match else ("", "", line.message)
    if who.startswith('"'):
        with suppress(ValueError):
            who = json.loads(who)
    return AuditLine(at=line.timestamp, who=who, through=through, what=what, guid=head.guid)


def _first(lines: Iterator[AuditLine], most: int) -> list[AuditLine]:
    return [line for line, _ in zip(lines, range(most), strict=False)]
