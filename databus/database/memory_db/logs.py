"""The logs of one client, in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from databus.database import selection
from databus.database.records import LogHead, LogLine, LogQuery, Page
from databus.errors import NotFound


@dataclass(slots=True)
class _Log:
    head: LogHead
    lines: list[LogLine]


@dataclass(slots=True)
class Logs:
    """The logs of one client; whoever calls it holds the database's lock."""

    _logs: dict[str, _Log] = field(default_factory=dict)

    def append(self, head: LogHead, lines: Sequence[LogLine]) -> None:
        """Add those lines that are not there yet."""
        log = self._logs.setdefault(head.guid, _Log(replace(head, lines=0), []))
        log.lines.extend(lines[max(0, len(log.lines) - head.lines) :])
        log.head = replace(log.head, lines=len(log.lines), worst=selection.worst_of(log.lines))

    def heads(self) -> list[LogHead]:
        """Return all logs."""
        return [log.head for log in self._logs.values()]

    def find(self, query: LogQuery) -> Page[LogHead]:
        """Return a page of logs, newest first."""
        chosen = [log.head for log in self._logs.values() if selection.matches_log(log.head, log.lines, query)]
        return selection.page_of_logs(chosen, query)

    def read(self, guid: str, *, start: int, limit: int) -> tuple[LogHead, list[LogLine]]:
        """Return a log and a part of its lines."""
        if guid not in self._logs:
            raise NotFound(f"there is no log {guid!r}")
        log = self._logs[guid]
        return log.head, log.lines[start : start + limit]

    def remove(self, guid: str) -> None:
        """Forget a log."""
        del self._logs[guid]
