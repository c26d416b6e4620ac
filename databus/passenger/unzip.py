"""Unpacking attachments that are ZIP archives."""

import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

from databus.compat import p_keywords
from databus.passenger.attachment import Attachment, AttachmentError, Validator
from databus.passenger.extensions import has_extension
from databus.passenger.spool import Spool, TooLarge

CHUNK = 1 << 16

SMALL = 16 << 20
"""Whatever their ratio, archives that unpack to less are no danger."""


@p_keywords
class Unzipper:
    """Replaces ``.zip`` attachments by the files in them. Large ones pass through a temporary file.

    Args:
        max_bytes: The most bytes that all archives of one call may unpack to.
        max_ratio: The most bytes that one byte of an archive may unpack to, once it is more than 16 MiB altogether.
        max_files: The most files that all archives of one call may hold.
    """

    def __init__(self, max_bytes: int = 4 << 30, max_ratio: float = 250, max_files: int = 10_000) -> None:
        self._max_bytes = max_bytes
        self._max_ratio = max_ratio
        self._max_files = max_files

    def execute(self, attachments: list[Attachment], extensions: Iterable[str] | None = None) -> None:
        """Replace each attachment whose name ends in ``.zip`` by the files in it, at its place in the list.

        Folders in an archive are left out of the names, and names are made unique. Archives within archives stay
        archives.

        Args:
            attachments: Changed in place.
            extensions: Take only files with one of these extensions, with or without dot, in upper or lower case; all
                files where None is given.

        Raises:
            AttachmentError: An archive is broken, encrypted or too large. The list and all in it are as they were.
        """
        wanted = None if extensions is None else list(extensions)
        unpacked = _Unpacking(self._max_bytes, self._max_ratio, self._max_files, wanted)
        result: list[Attachment] = []
        for attachment in attachments:
            result.extend(unpacked.files(attachment) if has_extension(attachment.name, ["zip"]) else [attachment])
        if unpacked.archives:
            Validator.ensure_all_names_are_unique(result)
            attachments[:] = result


class _Unpacking:
    """What one call has unpacked so far, and how much more it may."""

    def __init__(self, max_bytes: int, max_ratio: float, max_files: int, wanted: list[str] | None) -> None:
        self.archives = 0
        self._bytes_left = max_bytes
        self._files_left = max_files
        self._max_ratio = max_ratio
        self._wanted = wanted
        self._spool = Spool()

    def files(self, archive: Attachment) -> list[Attachment]:
        """Return the files of an archive."""
        self.archives += 1
        try:
            with _seekable(archive) as stream, zipfile.ZipFile(stream) as opened:
                return self._members(opened, _size(stream))
        except TooLarge as error:
            raise AttachmentError(f"{archive.name} is not unpacked: {error}") from error
        except Exception as error:  # the border to foreign data: zipfile lets errors of all kinds through
            raise AttachmentError(f"{archive.name} cannot be unpacked: {_reason(error)}") from error

    def _members(self, opened: zipfile.ZipFile, packed_size: int) -> list[Attachment]:
        left = max(SMALL, int(self._max_ratio * packed_size))
        files = []
        for info in opened.infolist():
            name = _file_name(info)
            if not name or (self._wanted is not None and not has_extension(name, self._wanted)):
                continue
            files.append(self._member(opened, info, name, left))
            left -= files[-1].size or 0
        return files

    def _member(self, opened: zipfile.ZipFile, info: zipfile.ZipInfo, name: str, ratio_left: int) -> Attachment:
        self._files_left -= 1
        if self._files_left < 0:
            raise TooLarge("it has too many files (Unzipper's max_files)")
        most = min(self._bytes_left, ratio_left)
        try:
            file = self._spool.attachment(
                name, Attachment.guess_format_by_file_name(name), _chunks(opened, info), most=most
            )
        except TooLarge as error:
            limit = "max_ratio" if ratio_left < self._bytes_left else "max_bytes"
            raise TooLarge(f"its content is too large (Unzipper's {limit})") from error
        self._bytes_left -= file.size or 0
        return file


@contextmanager
def _seekable(archive: Attachment) -> Iterator[BinaryIO]:
    with archive.open() as stream:
        if stream.seekable():
            yield stream
            return
        with Spool().attachment(archive.name, archive.format, iter(lambda: stream.read(CHUNK), b"")).open() as copy:
            yield copy


def _size(stream: BinaryIO) -> int:
    return stream.seek(0, 2)


def _chunks(opened: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    with opened.open(info) as member:
        yield from iter(lambda: member.read(CHUNK), b"")


def _file_name(info: zipfile.ZipInfo) -> str:
    """Return the name without folders; empty for a folder."""
    return _decoded(info).replace("\\", "/").rpartition("/")[2]


def _decoded(info: zipfile.ZipInfo) -> str:
    # Many programs write UTF-8 without saying so, and zipfile then reads it as cp437. Other text is hardly ever UTF-8.
    try:
        return info.filename.encode("cp437").decode()
    except UnicodeError:
        return info.filename


def _reason(error: Exception) -> str:
    text = str(error) or type(error).__name__
    return "it is encrypted" if "encrypted" in text else text
