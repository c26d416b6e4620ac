"""Reading one log: the lines that are wanted of it, from its beginning or its end, also while it is written."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from databus.client.log import Log, MessageType
from databus.database.abstract_database import AbstractDatabase
from databus.database.records import LogHead, LogLine
from databus.database.selection import contains
from databus.dispatcher.route_state import RouteState, read_cut_off, read_state
from databus.timestamps import utc_text

READ = 1000
"""The most lines that are read at once."""

FIRST = 100
"""Lines that are read at first: a line may have a million characters, and mostly has a hundred."""

MOST_TEXT = 4 << 20
"""After so many characters a part ends, however few lines they are."""

LOOKED_AT = 20_000
"""After so many lines a part ends, however few of them were wanted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which lines of which log; what is empty does not filter.

    Attributes:
        level: Only lines that are at least this bad.
        text: Part of the message or the source; upper and lower case are the same.
    """

    client_id: str
    guid: str
    level: MessageType = MessageType.undefined
    text: str = ""

    @property
    def is_all(self) -> bool:
        """Whether every line is wanted."""
        return self.level is MessageType.undefined and not self.text

    def has(self, line: LogLine) -> bool:
        """Whether a line is wanted."""
        is_bad_enough = line.type >= self.level
        return is_bad_enough and (contains(line.message, self.text) or contains(line.source, self.text))


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPart:
    """Some lines of a log.

    Attributes:
        next_start: The number of the line to go on with.
        has_more: Whether there are lines from there on.
    """

    head: LogHead
    lines: list[LogLine]
    next_start: int
    has_more: bool


def log_part(database: AbstractDatabase, wanted: Wanted, *, start: int, limit: int) -> LogPart:
    """Return at most so many wanted lines of a log, from a number on.

    Raises:
        NotFound: There is no such log.
    """
    found: list[LogLine] = []
    at, text = start, 0
    for head, read in _parts(database, wanted, start, most=limit if wanted.is_all else READ):  # noqa: B007 - head is returned
        for line in read:
            at += 1
            if wanted.has(line):
                found.append(line)
                text += len(line.message)
                if len(found) == limit or text >= MOST_TEXT:
                    break
        if not read or len(found) == limit or text >= MOST_TEXT or at - start >= LOOKED_AT:
            break
    return LogPart(head=head, lines=found, next_start=at, has_more=at < head.lines)


def log_end(database: AbstractDatabase, wanted: Wanted, *, limit: int) -> LogPart:
    """Return the last wanted lines of a log, newest first.

    Raises:
        NotFound: There is no such log.
    """
    head, _ = database.read_log(wanted.client_id, wanted.guid, limit=1)
    found: list[LogLine] = []
    at, size, text = head.lines, FIRST, 0
    last = max(0, at - (limit if wanted.is_all else LOOKED_AT))
    while at > last:
        start = max(last, at - size)
        _, read = database.read_log(wanted.client_id, wanted.guid, start=start, limit=at - start)
        for line in reversed(read):
            if wanted.has(line):
                found.append(line)
                text += len(line.message)
                if len(found) == limit or text >= MOST_TEXT:
                    return LogPart(head=head, lines=found, next_start=head.lines, has_more=False)
        at, size = start, _next_size(size, read)
    return LogPart(head=head, lines=found, next_start=head.lines, has_more=False)


def log_text(database: AbstractDatabase, wanted: Wanted) -> Iterator[str]:
    """Yield the wanted lines of a log as a text file has them.

    Raises:
        NotFound: There is no such log.
    """
    for _, read in _parts(database, wanted, 0):
        yield "".join(f"{_written(line)}\n" for line in read if wanted.has(line))


def _parts(
    database: AbstractDatabase, wanted: Wanted, start: int, *, most: int = READ
) -> Iterator[tuple[LogHead, list[LogLine]]]:
    """Yield a log from a line on to its end, not too much of it at once; one part at least, which may be empty."""
    size = FIRST
    while True:
        head, read = database.read_log(wanted.client_id, wanted.guid, start=start, limit=min(size, most))
        yield head, read
        start += len(read)
        if not read or start >= head.lines:
            return
        size = _next_size(size, read)


def _next_size(size: int, read: Sequence[LogLine]) -> int:
    """Return how many lines to read next: more of short ones, fewer of long ones."""
    text = sum(len(line.message) for line in read) + 1
    return max(1, min(2 * size, READ, len(read) * MOST_TEXT // text))


def _written(line: LogLine) -> str:
    return Log.build_entry_field_string(utc_text(line.timestamp), line.source, line.type.name, line.message)


def is_being_written(database: AbstractDatabase, head: LogHead) -> bool:
    """Whether a drive may still write a log, as far as can be told: what it did is remembered at its end."""
    if not head.passenger_module:
        return False
    route = database, head.client_id, head.passenger_module
    return not any(_is_over(head, read(*route)) for read in (read_state, read_cut_off))


def _is_over(head: LogHead, last: RouteState) -> bool:
    """Whether the drive of a log, or a later one, is remembered."""
    is_last = last.summary is not None and last.summary.get("log") == head.guid
    return is_last or (last.began is not None and last.began >= head.created_on)
