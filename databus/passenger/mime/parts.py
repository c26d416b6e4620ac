"""Where the parts of a message begin and end."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from databus.passenger.mime.headers import Headers, read_headers

DEEPEST = 30
"""Parts within parts, beyond which a part is taken as it is."""

_EOL = re.compile(rb"\r\n|\r|\n")
_TAIL = re.compile(rb"(--)?[ \t]*(?:\r\n|\r|\n|\Z)")


class _Delimiter(NamedTuple):
    """A line between parts, with the line ends before and after it."""

    start: int
    end: int
    is_closing: bool


@dataclass(slots=True)
class Part:
    """A message, or a part of one.

    Attributes:
        headers: Its headers.
        start, end: Where in the message its body begins and ends.
        parts: The parts in it.
        preamble, epilogue: What stands before and after these, where mail programs show nothing.
        problem: What is wrong with how it is built.
    """

    headers: Headers
    start: int
    end: int
    parts: "list[Part]" = field(default_factory=list)
    preamble: bytes = b""
    epilogue: bytes = b""
    problem: str = ""

    def leaves(self) -> "Iterator[Part]":
        """Give the parts that have no parts in them, in their order."""
        if not self.parts:
            yield self
        for part in self.parts:
            yield from part.leaves()

    def everything(self) -> "Iterator[Part]":
        """Give this part and all in it."""
        yield self
        for part in self.parts:
            yield from part.everything()


def split(message: bytes) -> tuple[Part, bytes]:
    """Return a message in its parts, and the ``From `` line of a mailbox file before it, if there is one."""
    start = 0
    if message.startswith(b"From "):
        found = _EOL.search(message)
        start = found.end() if found else len(message)
    return _part(message, start, len(message), "text/plain", DEEPEST), message[:start]


def _part(message: bytes, start: int, end: int, default_type: str, depth: int) -> Part:
    items, body = read_headers(message, start, end)
    part = Part(Headers(items, default_type), body, end)
    if part.headers.content_type.startswith("multipart/"):
        _divide(message, part, depth)
    return part


def _divide(message: bytes, part: Part, depth: int) -> None:
    boundary = part.headers.parameter("boundary")
    if not boundary or not depth:
        part.problem = "it names no boundary between its parts" if depth else "it has too many parts within parts"
        return
    lines = _delimiters(message, part, boundary)
    closing = next((index for index, line in enumerate(lines) if line.is_closing), None)
    opened = lines[:closing]
    if not opened:
        part.problem = "it has none of the boundaries that it names"
        return
    if closing is None:
        part.problem = "its last part has no end"
    default = "message/rfc822" if part.headers.content_type == "multipart/digest" else "text/plain"
    stops = [line.start for line in lines[1:]] + [part.end]
    part.preamble = message[part.start : lines[0].start]
    part.epilogue = b"" if closing is None else message[lines[closing].end : part.end]
    part.parts = [_part(message, line.end, stop, default, depth - 1) for line, stop in zip(opened, stops, strict=False)]


def _delimiters(message: bytes, part: Part, boundary: str) -> "list[_Delimiter]":
    """Return the lines that stand between the parts."""
    mark = b"--" + boundary.rstrip().encode("utf-8", "surrogatepass")
    lines: list[_Delimiter] = []
    at = message.find(mark, part.start, part.end)
    while at >= 0:
        tail = _TAIL.match(message, at + len(mark), part.end)
        if tail is not None and message[at - 1 : at] in {b"", b"\r", b"\n"}:
            earliest = lines[-1].end if lines else part.start
            lines.append(_Delimiter(max(earliest, at - _eol_before(message, at)), tail.end(), tail[1] is not None))
        at = message.find(mark, at + 1, part.end)
    return lines


def _eol_before(message: bytes, at: int) -> int:
    """Return the length of the line end before a delimiter, which belongs to it."""
    return 2 if message[max(0, at - 2) : at] == b"\r\n" else min(1, at)
