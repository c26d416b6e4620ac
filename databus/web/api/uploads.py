"""Taking a form with files from a request, piece by piece: its files lie in one temporary file, not in memory."""

from dataclasses import dataclass, field

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool

from databus.passenger.attachment import Attachment, AttachmentFormat
from databus.passenger.spool import KEPT_IN_MEMORY, Spool
from databus.web.api.problems import Place, Trouble

LONGEST_FIELD = 64 * 2**10
"""Bytes of a field that is no file."""

MOST_PARTS = 10_000

SMALL = 8 * 2**10
"""Bytes of a piece that no thread is needed for."""


@dataclass(slots=True)
class Upload:
    """What a form holds.

    Attributes:
        fields: Those that are no files, by name.
        files: In the order in which they came.
    """

    fields: dict[str, str] = field(default_factory=dict)
    files: list[Attachment] = field(default_factory=list)


async def received(request: Request, field_names: frozenset[str]) -> Upload:
    """Take a form; no thread waits for a sender that is slow.

    Args:
        field_names: The fields that it may have.

    Raises:
        Trouble: It is no form, or one that is damaged or has something else.
    """
    kind, options = parse_options_header(request.headers.get("content-type"))
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise Trouble(422, "Send a form: Content-Type multipart/form-data with its boundary.")
    reader = _Reader(options[b"boundary"], field_names)
    async for chunk in request.stream():
        if reader.is_quick(chunk):
            reader.feed(chunk)
        else:
            await run_in_threadpool(reader.feed, chunk)
    return reader.end()


class _Reader:
    def __init__(self, boundary: bytes, field_names: frozenset[str]) -> None:
        self._field_names = field_names
        self._spool = Spool()
        self._upload = Upload()
        self._parts = 0
        self._headers: dict[bytes, bytes] = {}
        self._header = (b"", b"")
        self._field = bytearray()
        self._begin = 0
        self._name = ""
        self._file_name: str | None = None
        self._is_over = False
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._part_begin,
                    "on_header_field": self._header_field,
                    "on_header_value": self._header_value,
                    "on_header_end": self._header_end,
                    "on_headers_finished": self._headers_finished,
                    "on_part_data": self._part_data,
                    "on_part_end": self._part_end,
                    "on_end": self._end,
                },
            )
        except FormParserError as error:
            raise _damaged(error) from error

    def is_quick(self, chunk: bytes) -> bool:
        """Whether a piece is read sooner than handed to a thread: it is small and stays in memory."""
        return len(chunk) <= SMALL and self._spool.end + len(chunk) <= KEPT_IN_MEMORY

    def feed(self, chunk: bytes) -> None:
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise _damaged(error) from error

    def end(self) -> Upload:
        if not self._is_over:
            raise Trouble(422, "The form ends before its end.")
        return self._upload

    def _part_begin(self) -> None:
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise Trouble(422, f"The form has more than {MOST_PARTS:,} parts.")
        self._headers.clear()
        self._field.clear()

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header = (self._header[0] + data[start:end], self._header[1])

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._header = (self._header[0], self._header[1] + data[start:end])

    def _header_end(self) -> None:
        self._headers[self._header[0].lower()] = self._header[1]
        self._header = (b"", b"")

    def _headers_finished(self) -> None:
        kind, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        if kind != b"form-data" or b"name" not in options:
            raise Trouble(422, "A part of the form has no name.")
        self._name = _text(options[b"name"], "name")
        file_name = options.get(b"filename")
        self._file_name = None if file_name is None else _text(file_name, self._name)
        self._begin = self._spool.end
        if self._file_name is None:
            self._check_field()

    def _check_field(self) -> None:
        if self._name in self._upload.fields:
            raise wrong(self._name, "it stands in the form twice")
        if self._name not in self._field_names:
            raise wrong(self._name, f"there is no such field; there is {', '.join(sorted(self._field_names))}")

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        if self._file_name is not None:
            self._spool.append(data[start:end])
            return
        self._field += data[start:end]
        if len(self._field) > LONGEST_FIELD:
            raise wrong(self._name, f"it has more than {LONGEST_FIELD:,} bytes")

    def _part_end(self) -> None:
        if self._file_name is None:
            self._upload.fields[self._name] = _text(bytes(self._field), self._name)
        else:
            self._upload.files.append(self._spool.taken_since(self._begin, self._file_name, self._format()))

    def _format(self) -> AttachmentFormat:
        """Return what the file's name says, or the sender where that says nothing."""
        by_name = Attachment.guess_format_by_file_name(self._file_name)
        kind = parse_options_header(self._headers.get(b"content-type", b""))[0].decode("latin-1")
        if by_name is AttachmentFormat.text or kind in ("", "application/octet-stream"):
            return by_name
        return Attachment.guess_format_by_mime_type(kind)

    def _end(self) -> None:
        self._is_over = True


def _text(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise wrong(name, "it is not UTF-8") from None


def _damaged(error: Exception) -> Trouble:
    return Trouble(422, f"The form is damaged: {error}")


def wrong(name: str, reason: str) -> Trouble:
    """Return the refusal of a field."""
    return Trouble(422, f"{name}: {reason}", errors=[Place(place=f"body.{name}", reason=reason)])
