"""Logs of Databus 8: text files of lines ``[time][module][type] message``, whose messages may have several lines."""

import re
from datetime import UTC, datetime

from databus.client.log import MessageType
from databus.database.json_db.moments import parse
from databus.database.records import LogHead, LogLine

_LINE = re.compile(r"\[(\d{4}-[^\]]*)\]\[([^\]]*)\]\[([a-z]*)\] ?(.*)", re.DOTALL)
_NAME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d)[:_](\d\d)[:_](\d\d(?:\.\d+)?)_(.+)\.[A-Za-z]+\Z", re.DOTALL)


def head_of_name(name: str, client_id: str, mtime: float) -> LogHead:
    """Return what the name of a log's file says; where it says nothing, the file's time stands in."""
    found = _NAME.match(name)
    if found is not None:
        hours, minutes, seconds, guid = found.groups()
        try:
            return LogHead(client_id=client_id, guid=guid, created_on=parse(f"{hours}:{minutes}:{seconds}"))
        except ValueError:
            pass
    return LogHead(client_id=client_id, guid=name, created_on=datetime.fromtimestamp(mtime, UTC))


def lines_of_text(content: bytes) -> list[LogLine]:
    """Return the lines of a text log; what begins like none belongs to the message before it."""
    lines: list[LogLine] = []
    for text in content.decode(errors="replace").splitlines():
        line = _line(text)
        if line is not None:
            lines.append(line)
        elif lines:
            last = lines[-1]
            message = f"{last.message}\n{text}"
            lines[-1] = LogLine(timestamp=last.timestamp, type=last.type, source=last.source, message=message)
        elif text:
            nothing = datetime.fromtimestamp(0, UTC)
            lines.append(LogLine(timestamp=nothing, type=MessageType.undefined, source="", message=text))
    return lines


def _line(text: str) -> LogLine | None:
    found = _LINE.match(text)
    if found is None or found[3] not in MessageType.__members__:
        return None
    try:
        timestamp = parse(found[1])
    except ValueError:
        return None
    return LogLine(timestamp=timestamp, type=MessageType[found[3]], source=found[2], message=found[4])
