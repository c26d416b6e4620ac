"""Attachments: all content of a passenger is in them.

Settings and definitions that belong to one passenger are best kept in an attachment too, such as a small JSON file.
"""

from collections.abc import Callable
from io import BytesIO
from os import PathLike
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO

from databus.compat import p_keywords
from databus.errors import DatabusError
from databus.passenger.attachment_format import (
    AttachmentFormat,
    format_of_extension,
    format_of_file_name,
    format_of_mime_type,
)
from databus.passenger.text_bytes import bytes_to_text, text_to_bytes
from databus.passenger.unique_names import unique_names

__all__ = ["Attachment", "AttachmentError", "AttachmentFormat", "Validator"]


class AttachmentError(DatabusError):
    """An attachment cannot be what it should be."""

    @property
    def message(self) -> str:
        """The error as text."""
        return str(self)


@p_keywords
class Attachment:
    """A named piece of content, text or binary.

    Content that comes from a file or a stream (:meth:`from_file`, :meth:`from_stream`) is read when it is asked for,
    each time anew, so that a large attachment is never whole in memory unless ``text_content`` or ``binary_content``
    is used on it.

    Args:
        name: The file name, kept as it is given.
        format: Whether the content is text or binary. Of a text attachment ``binary_content`` is None, and the other
            way round, unless it was set.
        text_content: The content of a text attachment.
        binary_content: The content of a binary attachment.

    Attributes:
        stored_as: For the queue only: the name under which it keeps exactly this content. Setting the content makes it
            None, renaming does not.
    """

    def __init__(
        self,
        name: str | None = None,
        format: AttachmentFormat = AttachmentFormat.text,
        text_content: str | None = None,
        binary_content: bytes | bytearray | memoryview | None = None,
    ) -> None:
        if not isinstance(format, AttachmentFormat):
            raise _no_format(format)
        self.name = "" if name is None else str(name)
        self.format = format
        self.stored_as: str | None = None
        self._opener: Callable[[], BinaryIO] | None = None
        self._stream_size: int | None = None
        self._is_local = False
        self._text = None if text_content is None else _as_text(text_content)
        self._binary = None if binary_content is None else _as_bytes(binary_content)

    def __repr__(self) -> str:
        return f"<Attachment {self.name!r}, {self.format.name}>"

    @classmethod
    def from_file(
        cls, path: str | PathLike[str], name: str | None = None, format: AttachmentFormat | None = None
    ) -> "Attachment":
        """Return an attachment with the content of a local file, which must stay where it is until it is seated.

        Args:
            path: The file.
            name: The attachment's name; the file's name where none is given.
            format: Guessed by the name where none is given.

        Raises:
            AttachmentError: There is no such file, or it cannot be looked at.
        """
        file = Path(path).absolute()
        try:
            found = file.stat()
        except (OSError, ValueError) as error:
            raise AttachmentError(f"{file} cannot be attached: {error}") from error
        own_name = file.name if name is None else name
        own_format = format or format_of_file_name(own_name)
        is_plain = S_ISREG(found.st_mode)  # a pipe may make its reader wait
        return cls.from_stream(own_name, lambda: file.open("rb"), own_format, found.st_size, local=is_plain)

    @classmethod
    def from_stream(
        cls,
        name: str,
        opener: Callable[[], BinaryIO],
        format: AttachmentFormat = AttachmentFormat.binary,
        size: int | None = None,
        *,
        local: bool = False,
    ) -> "Attachment":
        """Return an attachment whose content is read from a stream.

        Args:
            name: The attachment's name.
            opener: Returns a new binary stream at its beginning, each time it is called.
            format: Whether the content is text or binary.
            size: Its size in bytes, if it is known.
            local: Whether the content is in memory or on a disk of this machine, so that nobody has to be waited for.
                Any other is copied into a temporary file before it is seated, within the route's time limit.
        """
        attachment = cls(name, format)
        attachment._opener = opener
        attachment._stream_size = size
        attachment._is_local = local
        return attachment

    @property
    def text_content(self) -> str | None:
        """The content of a text attachment; None for a binary one, unless it was set. Bytes are taken as UTF-8."""
        if self._text is not None or self.format is not AttachmentFormat.text:
            return self._text
        return bytes_to_text(self._read())

    @text_content.setter
    def text_content(self, content: str | None) -> None:
        self._text = None if content is None else _as_text(content)
        self._forget_stream()

    @property
    def binary_content(self) -> bytes | None:
        """The content of a binary attachment; None for a text one, unless it was set, and None if there is none."""
        if self._binary is not None or self.format is not AttachmentFormat.binary or not self.has_content:
            return self._binary
        return self._read()

    @binary_content.setter
    def binary_content(self, content: bytes | bytearray | memoryview | None) -> None:
        self._binary = None if content is None else _as_bytes(content)
        self._forget_stream()

    @property
    def has_content(self) -> bool:
        """Whether it has content; a text attachment always has, be it empty."""
        is_set = self._opener is not None or self._binary is not None or self._text is not None
        return is_set or self.format is AttachmentFormat.text

    @property
    def size(self) -> int | None:
        """The size in bytes; None where it is a stream of unknown size."""
        if self._opener is not None:
            return self._stream_size
        return len(self._content())

    @property
    def is_at_hand(self) -> bool:
        """Whether reading the content waits for nobody but this machine and the queue's own database."""
        return self._opener is None or self._is_local or self.stored_as is not None

    def read_from(self, opener: Callable[[], BinaryIO], size: int | None) -> None:
        """Read the same content from a copy that is at hand, from now on."""
        self._opener, self._stream_size, self._is_local = opener, size, True

    def open(self) -> BinaryIO:
        """Return a new binary stream of the content at its beginning; text is in UTF-8. The caller closes it."""
        return BytesIO(self._content()) if self._opener is None else self._opener()

    @staticmethod
    def guess_format_by_mime_type(mime_type: str | None) -> AttachmentFormat:
        """Return the format of a MIME type; an unknown one is binary."""
        return format_of_mime_type(mime_type)

    @staticmethod
    def guess_format_by_file_extension(extension: str | None) -> AttachmentFormat:
        """Return the format of a file extension, with or without its dot; an unknown one is binary."""
        return format_of_extension(extension)

    @staticmethod
    def guess_format_by_file_name(name: str | None) -> AttachmentFormat:
        """Return the format of a file by its name; an unknown one is binary."""
        return format_of_file_name(name)

    def _content(self) -> bytes:
        """Return the content that was set: the one of the format first, else the other one, else nothing."""
        text = None if self._text is None else text_to_bytes(self._text)
        first, second = (text, self._binary) if self.format is AttachmentFormat.text else (self._binary, text)
        return first if first is not None else second or b""

    def _read(self) -> bytes:
        with self.open() as stream:
            return stream.read()

    def _forget_stream(self) -> None:
        self._opener = self._stream_size = self.stored_as = None


def _no_format(given: object) -> AttachmentError:
    return AttachmentError(f"An attachment's format must be an AttachmentFormat, not {given!r}")


def _as_text(content: str | bytes | bytearray | memoryview) -> str:
    # Databus 8's mail plug-ins put bytes into text attachments.
    if isinstance(content, (bytes, bytearray, memoryview)):
        return bytes_to_text(bytes(content))
    if not isinstance(content, str):
        raise AttachmentError(f"text_content must be str, not {type(content).__name__}")
    return content


def _as_bytes(content: bytes | bytearray | memoryview | str) -> bytes:
    if isinstance(content, str):
        return text_to_bytes(content)
    if not isinstance(content, (bytes, bytearray, memoryview)):
        raise AttachmentError(f"binary_content must be bytes, not {type(content).__name__}")
    return bytes(content)


@p_keywords
class Validator:
    """Checks of attachments."""

    @staticmethod
    def validate_attachments(attachments: list[Attachment]) -> None:
        """Check that every attachment has a name, a format and content, and make the names unique.

        Raises:
            AttachmentError: The first thing that is wrong.
        """
        for attachment in attachments:
            if not isinstance(attachment, Attachment):
                raise AttachmentError(f"An attachment must be an Attachment, not {type(attachment).__name__}")
            Validator.validate_attachment_name(attachment.name)
            Validator.validate_attachment_format(attachment.format)
            if not attachment.has_content:
                raise AttachmentError(f"Attachment {attachment.name!r} is binary but has no binary_content")
        Validator.ensure_all_names_are_unique(attachments)

    @staticmethod
    def validate_attachment_name(name: str | None) -> None:
        """Raise AttachmentError unless the name is a text that is not empty."""
        if not isinstance(name, str) or not name:
            raise AttachmentError(f"An attachment's name must be a text that is not empty, not {name!r}")

    @staticmethod
    def validate_attachment_format(format: AttachmentFormat) -> None:
        """Raise AttachmentError unless it is an AttachmentFormat."""
        if not isinstance(format, AttachmentFormat):
            raise _no_format(format)

    @staticmethod
    def ensure_all_names_are_unique(attachments: list[Attachment], correct: bool = True) -> None:
        """Make the names unique: the second ``a.txt`` becomes ``a (2).txt``, or the next number that is free.

        Raises:
            AttachmentError: Two have the same name and ``correct`` is False, or one object is in the list twice.
        """
        if len({id(attachment) for attachment in attachments}) < len(attachments):
            raise AttachmentError("The same attachment object is in the list twice")
        names = [attachment.name for attachment in attachments]
        for attachment, name in zip(attachments, unique_names(names), strict=True):
            if attachment.name == name:
                continue
            if not correct:
                raise AttachmentError(f"Two attachments have the name {attachment.name!r}")
            attachment.name = name
