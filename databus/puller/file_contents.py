"""What is in a pulled file, as attachments."""

from collections.abc import Callable, Collection
from functools import partial

from databus.folders.folder import FileState, Folder
from databus.folders.unchanged import open_unchanged
from databus.passenger.attachment import Attachment, AttachmentError
from databus.passenger.extensions import has_extension

MEBIBYTE = 1024 * 1024


def packed(folder: Folder, state: FileState, name: str) -> list[Attachment]:
    """Return a file as the attachment it is; nothing is read yet.

    Reading fails when the file is not, or does not stay, what it was when it was listed.
    """
    format = Attachment.guess_format_by_file_name(name)
    opener = partial(open_unchanged, folder, state)
    return [Attachment.from_stream(name, opener, format, state.size, local=folder.is_local)]


def unpacked(
    attachments: list[Attachment], kinds: Collection[str], limit: float, warn: Callable[[str], None]
) -> list[Attachment]:
    """Return what is in a file of one of these kinds; any other as it is.

    Args:
        attachments: The file.
        kinds: ``eml``, ``zip``.
        limit: An e-mail of more MiB stays closed.
        warn: Is told why a file stays closed.
    """
    file = attachments[0]
    if "eml" in kinds and has_extension(file.name, ["eml"]):
        return _mail(file, limit, warn)
    if "zip" in kinds and has_extension(file.name, ["zip"]):
        return _archive(file, warn)
    return attachments


def _mail(file: Attachment, limit: float, warn: Callable[[str], None]) -> list[Attachment]:
    from databus.passenger.mime import open_message

    if file.size is None or file.size > limit * MEBIBYTE:
        warn(f"{file.name!r} is not opened but attached as it is: it has more than {limit:g} MiB (unpack_limit)")
        return [file]
    return open_message(file.open, local=file.is_at_hand)


def _archive(file: Attachment, warn: Callable[[str], None]) -> list[Attachment]:
    from databus.passenger.unzip import Unzipper

    files = [file]
    try:
        Unzipper().execute(files)
    except AttachmentError as error:
        warn(f"{error}; it is attached as it is")
    return files
