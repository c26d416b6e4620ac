"""The headers of a message or of one of its parts."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import Message
from functools import cached_property

from databus.passenger.mime.transfer import Undecodable, decode_base64, decode_charset

_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_HEADER = re.compile(rb"([\x21-\x39\x3b-\x7e]+)[ \t]*:")
_FOLD = re.compile(rb"(?:\r\n|\r|\n)(?=[ \t])")
_ENCODED = re.compile(r"=\?([^?\s*]+)(?:\*[^?]*)?\?([bBqQ])\?([^?]*)\?=")
_ESCAPE = re.compile(rb"=([0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True)
class Header:
    """A header as it stands in the message, without its line end."""

    name: str
    raw: bytes


def read_headers(message: bytes, start: int, end: int) -> tuple[list[Header], int]:
    """Return the headers from ``start`` on, and where the body begins.

    The first line that is no header is the first of the body; an empty one between them belongs to neither.
    """
    headers: list[Header] = []
    while start < end:
        line = _line(message, start, end)
        if not message[start:line].strip(b"\r\n"):
            return headers, line
        found = _HEADER.match(message, start, line)
        if found is None:
            return headers, start
        stop = _unfolded_end(message, line, end)
        headers.append(Header(found[1].decode("ascii"), message[found.end() : stop].strip(b"\r\n")))
        start = stop
    return headers, end


def _line(message: bytes, start: int, end: int) -> int:
    found = _LINE.match(message, start, end)
    assert found is not None  # it matches an empty text too
    return found.end()


def _unfolded_end(message: bytes, start: int, end: int) -> int:
    while start < end and message[start : start + 1] in {b" ", b"\t"}:
        start = _line(message, start, end)
    return start


@dataclass(frozen=True)
class Headers:
    """All headers of a message or part, in their order.

    Attributes:
        items: The headers.
        default_type: The content type of what does not name any.
    """

    items: Sequence[Header]
    default_type: str = "text/plain"

    def as_json(self) -> list[dict[str, str]]:
        """Return name and decoded value of each; also ``raw``, one letter for each byte, where not all is decoded."""
        return [_as_json(header) for header in self.items]

    def value(self, name: str) -> str | None:
        """Return the decoded value of the first header of that name."""
        return next((decode_header(item.raw)[0] for item in self.items if item.name.lower() == name), None)

    @property
    def content_type(self) -> str:
        """The content type, in small letters."""
        return self._content.get_content_type()

    @property
    def is_attachment(self) -> bool:
        """Whether the sender wants it to be a file of its own."""
        return (self._parameter_of("content-disposition", None) or "").lower() == "attachment"

    @property
    def encoding(self) -> str:
        """The transfer encoding; empty where none is named."""
        text = _text(self._content, "content-transfer-encoding")
        return text.partition(";")[0].strip()

    def parameter(self, name: str) -> str | None:
        """Return a parameter of the content type, such as ``boundary``."""
        return self._parameter_of("content-type", name)

    @cached_property
    def file_name(self) -> str:
        """The name of the file, however it is encoded; empty where there is none."""
        disposition = self._parameter_of("content-disposition", "filename")
        name = disposition if disposition is not None else self._parameter_of("content-type", "name")
        return decode_words(name or "")[0].strip()

    @cached_property
    def _content(self) -> Message:
        message = Message()
        message.set_default_type(self.default_type)
        for item in self.items:
            if item.name.lower().startswith("content-") and item.name not in message:
                message[item.name] = _as_text(_FOLD.sub(b"", item.raw))[0].strip()
        return message

    def _parameter_of(self, header: str, name: str | None) -> str | None:
        try:
            parameters = self._content.get_params([], header)
            if name is None:
                return str(parameters[0][0]) if parameters else None
            found = next((value for key, value in parameters if key.lower() == name), None)
        except Exception:  # noqa: BLE001 - the border to the standard library's parser, which odd headers break in many ways
            return None
        return _decoded_parameter(found)


def _decoded_parameter(value: object) -> str | None:
    """Return a parameter's value; one after RFC 2231 comes as charset, language and one letter for each byte."""
    if not isinstance(value, tuple):
        return None if value is None else str(value)
    charset, _, text = value
    try:
        return decode_charset(str(text).encode("latin-1"), str(charset or "us-ascii"))
    except (Undecodable, UnicodeEncodeError):
        return str(text)


def _text(message: Message, name: str) -> str:
    return str(message.get(name, ""))


def _as_json(header: Header) -> dict[str, str]:
    value, is_faithful = decode_header(header.raw)
    result = {"name": header.name, "value": value}
    return result if is_faithful else {**result, "raw": header.raw.decode("latin-1")}


def decode_header(raw: bytes) -> tuple[str, bool]:
    """Return a header's value as text, and whether all of it could be decoded."""
    text, is_text = _as_text(_FOLD.sub(b"", raw))
    decoded, is_decoded = decode_words(text.strip())
    return decoded, is_text and is_decoded


def _as_text(raw: bytes) -> tuple[str, bool]:
    try:
        return raw.decode(), True
    except UnicodeDecodeError:
        return raw.decode("latin-1"), False


def decode_words(text: str) -> tuple[str, bool]:
    """Decode the encoded words of RFC 2047 in a text, also where they stand in quotes or too close to other text.

    Returns:
        The text, in which a word that cannot be decoded stays as it is, and whether all could.
    """
    decoded, is_faithful = [], True
    for charset, content, source in _runs(text):
        try:
            decoded.append(source if charset is None else decode_charset(content, charset))
        except Undecodable:
            is_faithful = False
            decoded.append(source)
    return "".join(decoded), is_faithful


def _runs(text: str) -> Iterator[tuple[str | None, bytes, str]]:
    """Give charset, bytes and source of each run of encoded words of one charset, and the plain text between them.

    Words are joined before they are decoded, because some programs cut characters in two.
    """
    run: tuple[str, bytes, str] | None = None
    position = 0
    for word in _ENCODED.finditer(text):
        between = text[position : word.start()]
        charset, content = word[1].lower(), _word_bytes(word[2], word[3])
        if run is not None and not between.strip() and position and content is not None and run[0] == charset:
            run = (charset, run[1] + content, run[2] + between + word[0])
        else:
            yield from () if run is None else (run,)
            if between.strip() or not position:
                yield None, b"", between
            run = (charset if content is not None else "undefined", content or b"", word[0])
        position = word.end()
    yield from () if run is None else (run,)
    yield None, b"", text[position:]


def _word_bytes(encoding: str, content: str) -> bytes | None:
    raw = content.encode()
    if encoding in "qQ":
        return _ESCAPE.sub(lambda escape: bytes([int(escape[1], 16)]), raw.replace(b"_", b" "))
    bare = raw.rstrip(b"=")  # the padding is often missing
    try:
        decoded, flaw = decode_base64(bare + b"=" * (-len(bare) % 4))
    except Undecodable:
        return None
    return None if flaw else decoded
