"""Writing the contents of attachments, in pieces."""

import os
from typing import BinaryIO

from databus.database.json_db.disk import PIECE, naming, write_all
from databus.database.json_db.trouble import Unstorable
from databus.passenger.attachment import Attachment

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW


def write_content(attachment: Attachment, path: str) -> int:
    """Write the content of an attachment into a new file, which is not synced.

    Returns:
        Its size in bytes.

    Raises:
        Unstorable: The attachment cannot be read.
        OSError: The file cannot be written.
    """
    source = _open(attachment)
    try:
        fd = os.open(path, _NEW, 0o644)
        try:
            size = 0
            while piece := _read(source, attachment):
                with naming(path):
                    write_all(fd, piece)
                size += len(piece)
                if len(piece) < PIECE and size == attachment.size:
                    break
            return size
        finally:
            os.close(fd)
    finally:
        source.close()


def _open(attachment: Attachment) -> BinaryIO:
    try:
        return attachment.open()
    except Exception as error:
        # The border to the streams of plug-ins, which may raise anything.
        raise _unreadable(attachment, error) from error


def _read(source: BinaryIO, attachment: Attachment) -> bytes:
    try:
        piece = source.read(PIECE)
    except Exception as error:
        # The same border.
        raise _unreadable(attachment, error) from error
    if not isinstance(piece, bytes):
        raise Unstorable(f"attachment {attachment.name!r} cannot be read: its stream gives {type(piece).__name__}")
    return piece


def _unreadable(attachment: Attachment, error: Exception) -> Unstorable:
    return Unstorable(f"attachment {attachment.name!r} cannot be read: {type(error).__name__}: {error}")
