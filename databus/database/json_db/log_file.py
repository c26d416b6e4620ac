"""A log as a file: one JSON object with one line of text per line of the log, so that it can be searched with grep."""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any, BinaryIO

from databus.client.log import MessageType
from databus.database.json_db.databus8_log import head_of_name, lines_of_text
from databus.database.json_db.disk import naming, open_file, sync_folder, temporary, write_all
from databus.database.json_db.json_text import dumps, loads
from databus.database.json_db.moments import parse
from databus.database.json_db.safe_names import safe_name
from databus.database.records import LogHead, LogLine

_TYPE = {kind: kind.name for kind in MessageType}
_OPENING = b'"entries":[\n'
_CLOSING = b"\n]}\n"
_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW


def file_name(head: LogHead) -> str:
    """Return the name of a new log's file; its time is UTC."""
    moment = head.created_on.replace(tzinfo=None).isoformat(timespec="microseconds").replace(":", "_")
    return f"{moment}_{safe_name(head.guid)}.json"


def write_log(path: str, head: LogHead, lines: Sequence[LogLine]) -> os.stat_result:
    """Write a log, or put it in the place of its file, durably."""
    with _Successor(path) as new:
        new.write(_opening(head) + _encoded(lines) + _CLOSING)
        return new.finish()


def append_lines(path: str, lines: Sequence[LogLine], *, is_empty: bool) -> os.stat_result | None:
    """Add lines to a log's file, durably: what is there is copied as it is.

    Returns:
        None where the file is not one of ours, so that it must be written anew.
    """
    with open_file(path) as old:
        length = _length_without_closing(old)
        if length is None:
            return None
        with _Successor(path) as new:
            new.copy(old, length)
            new.write((b"" if is_empty else b",\n") + _encoded(lines) + _CLOSING)
            return new.finish()


def read_lines(path: str, start: int = 0, limit: int | None = None) -> list[LogLine]:
    """Return lines of a log, of whatever Databus."""
    stop = None if limit is None else start + limit
    with open_file(path) as file:
        if file.readline().endswith(_OPENING):
            with suppress(ValueError, KeyError, TypeError):
                return [_line_in(loads(line)) for line in islice(_entry_lines(file), start, stop)]
        file.seek(0)
        return _lines_of(file.read())[start:stop]


def read_head(path: str, client_id: str) -> LogHead:
    """Return the head of a log's file that the index does not know; its lines are counted."""
    head = head_of_name(os.path.basename(path), client_id, os.stat(path).st_mtime)
    with open_file(path) as file:
        opening = file.readline()
    if opening.endswith(_OPENING):
        with suppress(ValueError, KeyError, TypeError):
            head = _head_in(loads(opening + b"]}"), client_id)
    lines = read_lines(path)
    worst = max((line.type for line in lines), default=MessageType.undefined)
    return LogHead(
        client_id=client_id,
        guid=head.guid,
        created_on=head.created_on,
        passenger_module=head.passenger_module,
        worst=worst,
        lines=len(lines),
    )


def _opening(head: LogHead) -> bytes:
    data = {"guid": head.guid, "created_on": head.created_on, "passenger_module": head.passenger_module}
    return dumps(data)[:-1].rstrip() + b"," + _OPENING


def _head_in(data: dict[str, Any], client_id: str) -> LogHead:
    return LogHead(
        client_id=client_id,
        guid=str(data["guid"]),
        created_on=parse(data["created_on"]),
        passenger_module=str(data["passenger_module"]),
    )


def _encoded(lines: Iterable[LogLine]) -> bytes:
    return b",\n".join(
        dumps({"timestamp": line.timestamp, "type": _TYPE[line.type], "source": line.source, "message": line.message})
        for line in lines
    )


def _entry_lines(file: BinaryIO) -> Iterator[bytes]:
    for line in file:
        if line.startswith(b"]}"):
            return
        entry = line.rstrip(b",\r\n")
        if entry:
            yield entry


def _lines_of(content: bytes) -> list[LogLine]:
    """Return the lines of a file that was not written by us, or was edited since."""
    if content.lstrip().startswith(b"{"):
        with suppress(ValueError, KeyError, TypeError):
            return [_line_in(entry) for entry in loads(content)["entries"]]
    return lines_of_text(content)


def _line_in(data: dict[str, Any]) -> LogLine:
    return LogLine(
        timestamp=parse(data["timestamp"]),
        type=MessageType[data["type"]],
        source=str(data["source"]),
        message=str(data["message"]),
    )


def _length_without_closing(file: BinaryIO) -> int | None:
    length = os.fstat(file.fileno()).st_size - len(_CLOSING)
    if length < 0 or not file.readline().endswith(_OPENING):
        return None
    closing = os.pread(file.fileno(), len(_CLOSING), length)
    return length if closing == _CLOSING else None


class _Successor:
    """A file that takes another's place when it is whole."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._new = temporary(path)
        with suppress(FileNotFoundError):
            os.unlink(self._new)
        self._fd = os.open(self._new, _NEW, 0o644)

    def __enter__(self) -> "_Successor":
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        os.close(self._fd)
        with suppress(FileNotFoundError):
            os.unlink(self._new)

    def write(self, data: bytes) -> None:
        with naming(self._new):
            write_all(self._fd, data)

    def copy(self, source: BinaryIO, length: int) -> None:
        """Copy the first bytes of a file, without their passing through this process."""
        done = 0
        with naming(self._new):
            while done < length:
                copied = os.sendfile(self._fd, source.fileno(), done, length - done)
                if copied == 0:
                    raise OSError(0, "it became shorter while it was copied", self._path)
                done += copied

    def finish(self) -> os.stat_result:
        with naming(self._new):
            os.fsync(self._fd)
        os.rename(self._new, self._path)
        sync_folder(os.path.dirname(self._path))
        return os.fstat(self._fd)
