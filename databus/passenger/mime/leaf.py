"""One part of a message as an attachment."""

import mimetypes
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from io import BytesIO
from typing import BinaryIO

from databus.passenger.attachment import Attachment, AttachmentFormat
from databus.passenger.mime.parts import Part
from databus.passenger.mime.transfer import Undecodable, decode_charset, decode_transfer

_BODIES = {"text/plain": "_body.txt", "text/html": "_body.html"}

_EXTENSIONS = {
    "application/ics": ".ics",
    "application/ms-tnef": ".dat",
    "application/pgp-encrypted": ".asc",
    "application/pgp-signature": ".asc",
    "application/pkcs7-mime": ".p7m",
    "application/pkcs7-signature": ".p7s",
    "application/vnd.ms-excel": ".xls",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/x-pkcs7-mime": ".p7m",
    "application/x-pkcs7-signature": ".p7s",
    "application/xml": ".xml",
    "audio/wav": ".wav",
    "image/jpg": ".jpg",
    "image/webp": ".webp",
    "message/delivery-status": ".txt",
    "message/disposition-notification": ".txt",
    "message/rfc822": ".eml",
    "text/calendar": ".ics",
    "text/rfc822-headers": ".txt",
    "text/vcard": ".vcf",
}


@cache
def _known_types() -> mimetypes.MimeTypes:
    return mimetypes.MimeTypes()  # without the machine's own files: the same names everywhere


@dataclass(slots=True)
class Leaf:
    """A part without parts, ready to become an attachment.

    Attributes:
        part: The part.
        is_body: Whether it is what a mail program shows as the text.
        name: The attachment's name; not unique yet.
        encoding: The transfer encoding to undo; empty where the content stays as it stands in the message.
        charset: The charset to undo; None where bytes stay bytes.
        size: Bytes of the content.
        format: Text or binary.
        problem: What could not be read, or not as it should be.
    """

    part: Part
    is_body: bool
    name: str
    encoding: str = ""
    charset: str | None = None
    size: int = 0
    format: AttachmentFormat = AttachmentFormat.binary
    problem: str = ""

    def content(self, raw: bytes) -> bytes:
        """Return the content, from what stands in the message."""
        content = decode_transfer(raw, self.encoding)[0]
        return content if self.charset is None else decode_charset(content, self.charset).encode()

    def attachment(self, name: str, opener: Callable[[], BinaryIO], *, local: bool) -> Attachment:
        """Return the attachment, which reads the message again whenever it is asked for its content."""
        return Attachment.from_stream(name, partial(self._open, opener), self.format, self.size, local=local)

    def _open(self, opener: Callable[[], BinaryIO]) -> BinaryIO:
        with opener() as message:
            message.seek(self.part.start)
            raw = message.read(self.part.end - self.part.start)
        return BytesIO(self.content(raw))


def leaf(message: bytes, part: Part) -> Leaf:
    """Return how a part is read; what cannot be read is kept as it stands in the message."""
    is_file = part.headers.is_attachment or part.headers.file_name != ""
    body = None if is_file else _body_name(part.headers.content_type)
    is_body = body is not None
    found = Leaf(part, is_body, body or _file_name(part), part.headers.encoding)
    raw = message[part.start : part.end]
    content = _try_transfer(found, raw)
    if is_body:
        content = _try_charset(found, content)
    found.size = len(content)
    if is_body or Attachment.guess_format_by_file_name(found.name) is AttachmentFormat.text:
        found.format = AttachmentFormat.text if _is_text(content) else AttachmentFormat.binary
    return found


def _try_transfer(found: Leaf, raw: bytes) -> bytes:
    try:
        content, found.problem = decode_transfer(raw, found.encoding)
    except Undecodable as error:
        found.encoding, found.problem = "", str(error)
        return raw
    return content


def _try_charset(found: Leaf, content: bytes) -> bytes:
    charset = found.part.headers.parameter("charset") or ""
    try:
        text = decode_charset(content, charset)
    except Undecodable as error:
        found.problem = found.problem or str(error)
        return content
    found.charset = charset
    return text.encode()


def _is_text(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return b"\0" not in content


def _body_name(content_type: str) -> str | None:
    """Return the name of a body; None for what is none. What was to be divided and could not is best read as text."""
    return "_body.txt" if content_type.startswith("multipart/") else _BODIES.get(content_type)


def _file_name(part: Part) -> str:
    if part.headers.file_name:
        return part.headers.file_name
    content_type = part.headers.content_type
    extension = _EXTENSIONS.get(content_type) or _known_types().guess_extension(content_type) or ".bin"
    return ("message" if content_type == "message/rfc822" else "attachment") + extension
