"""Changing the attachments of a seated entry: the new contents lie beside the old ones until the change is recorded."""

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from databus.database.json_db.contents import write_content
from databus.database.json_db.disk import PIECE, naming, open_file, remove_file, sync_file, sync_folder, write_all
from databus.database.json_db.safe_names import OWN_PREFIX, safe_name
from databus.database.json_db.stored import NO_MOVES, Moves, Stored
from databus.database.json_db.trouble import Unstorable
from databus.database.records import StoredAttachment
from databus.errors import StoreError
from databus.passenger.attachment import Attachment


@dataclass(frozen=True, slots=True)
class Change:
    """The attachments of an entry after a change of them.

    Attributes:
        attachments: As the entry lists them; each gets its usual file name.
        moves: What is to be done in the folder when the change is recorded.
        scratch: Every file that was written for it.
    """

    attachments: tuple[StoredAttachment, ...]
    moves: Moves
    scratch: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Content:
    """Where the content of an attachment is, and how large it is."""

    file: str
    size: int


def write_changes(path: str, stored: Stored, lists: Sequence[Sequence[Attachment]], version: int) -> Change:
    """Write the contents that are new; nothing that is stored changes.

    Args:
        path: The entry's folder.
        stored: The entry; nothing in its folder is left to be moved.
        lists: The whole lists of attachments that one outcome after the other has left.
        version: Tells the files of this change from those of others.

    Raises:
        StoreError: An attachment cannot be read, or two have one name.
    """
    os.makedirs(f"{path}/attachments", exist_ok=True)
    before = {each.name: _Content(stored.file_names(each.name)[0], each.size) for each in stored.entry.attachments}
    writer = _Writer(path, version)
    contents = before
    try:
        for attachments in lists:
            contents = writer.contents(attachments, contents)
        return _change(lists[-1], before, contents, writer)
    except BaseException:
        writer.discard()
        raise


def discard(path: str, change: Change) -> None:
    """Remove what was written for a change that was not recorded."""
    for file in change.scratch:
        with suppress(OSError):
            remove_file(f"{path}/attachments/{file}")


def sync_change(path: str, change: Change) -> None:
    """Wait until what was written for a change is on disk."""
    for file in change.scratch:
        sync_file(f"{path}/attachments/{file}")
    if change.scratch:
        sync_folder(f"{path}/attachments")
        sync_folder(path)


class _Writer:
    def __init__(self, path: str, version: int) -> None:
        self._folder = f"{path}/attachments"
        self._version = version
        self.scratch: list[str] = []

    def contents(self, attachments: Sequence[Attachment], before: Mapping[str, _Content]) -> dict[str, _Content]:
        """Return where the contents of a list are, writing those that are new."""
        contents: dict[str, _Content] = {}
        for each in attachments:
            if each.name in contents:
                raise StoreError(f"there are two attachments named {each.name!r}")
            contents[each.name] = self._content(each, before)
        return contents

    def _content(self, attachment: Attachment, before: Mapping[str, _Content]) -> _Content:
        if attachment.stored_as is None:
            return self._write(attachment)
        if attachment.stored_as not in before:
            raise StoreError(f"attachment {attachment.name!r}: nothing is stored as {attachment.stored_as!r}")
        return before[attachment.stored_as]

    def _write(self, attachment: Attachment) -> _Content:
        file = self.new_file()
        try:
            return _Content(file, write_content(attachment, f"{self._folder}/{file}"))
        except Unstorable as error:
            raise StoreError(str(error)) from error

    def new_file(self) -> str:
        """Return the name of a file that is not there."""
        file = f"{OWN_PREFIX}{self._version}-{len(self.scratch)}"
        # Left by a crash; it may be a link to a content that is in use, so it must not be written into.
        remove_file(f"{self._folder}/{file}")
        self.scratch.append(file)
        return file

    def second_name(self, file: str) -> str:
        """Give a stored content a name of its own, from which it can take another attachment's place."""
        new = self.new_file()
        try:
            os.link(f"{self._folder}/{file}", f"{self._folder}/{new}", follow_symlinks=False)
        except PermissionError:
            _copy(f"{self._folder}/{file}", f"{self._folder}/{new}")
        return new

    def discard(self) -> None:
        for file in self.scratch:
            with suppress(OSError):
                remove_file(f"{self._folder}/{file}")


def _change(
    attachments: Sequence[Attachment], before: Mapping[str, _Content], after: Mapping[str, _Content], writer: _Writer
) -> Change:
    fresh: dict[str, str] = {}
    for name, content in after.items():
        stays = name in before and before[name].file == content.file == safe_name(name)
        if not stays:
            is_new = content.file in writer.scratch and content.file not in fresh.values()
            fresh[name] = content.file if is_new else writer.second_name(content.file)
    used = {safe_name(name) for name in after}
    unused = {content.file for content in before.values()} | (set(writer.scratch) - set(fresh.values()))
    obsolete = tuple(sorted(unused - used))
    return Change(
        attachments=tuple(
            StoredAttachment(name=each.name, format=each.format, size=after[each.name].size) for each in attachments
        ),
        moves=Moves(fresh=fresh, obsolete=obsolete) if fresh or obsolete else NO_MOVES,
        scratch=tuple(writer.scratch),
    )


def _copy(source: str, target: str) -> None:
    with open_file(source) as file, open(target, "xb", buffering=0) as copy, naming(target):
        while piece := file.read(PIECE):
            write_all(copy.fileno(), piece)
