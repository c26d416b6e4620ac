"""Loading queue entries of one client from their files."""

import errno
import os
import stat
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from databus.database.json_db import index_rows
from databus.database.json_db.client_folder import ClientFolder, entry_folder
from databus.database.json_db.disk import read_file
from databus.database.json_db.index_rows import Row
from databus.database.json_db.json_text import loads
from databus.database.json_db.moments import from_micros
from databus.database.json_db.passenger_file import decode
from databus.database.json_db.safe_names import databus_8_name, is_plain, safe_name
from databus.database.json_db.stored import NO_FILES, NO_MOVES, Moves, Stored
from databus.database.json_db.trouble import Damaged
from databus.database.json_db.usual_form import ListedAttachment
from databus.database.records import Entry, StoredAttachment
from databus.database.transitions import SharedSteps

_REMEMBERED = 10_000
"""So many entries that were seated or claimed last are not read again when they are claimed, or when their outcomes
come; that is some 30 MiB."""

OTHER_HANDS = {errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.EACCES, errno.EPERM, errno.ENAMETOOLONG}
"""Errors that speak of the entry; all others speak of the machine, and no entry is to blame."""


class Gone(Exception):
    """The folder of an entry is not there any more."""


class Shelf:
    """Reads entries, and remembers those that are in work."""

    def __init__(self, folder: ClientFolder) -> None:
        self._folder = folder
        self._remembered: OrderedDict[str, Stored] = OrderedDict()
        self._shared = SharedSteps()

    def path(self, row: Row) -> str:
        """Return the folder of an entry."""
        return f"{self._folder.queue}/{index_rows.text(row.folder or row.internal_id)}"

    def entry_path(self, internal_id: str) -> str:
        """Return the folder of an entry."""
        return f"{self._folder.queue}/{entry_folder(internal_id)}"

    def remember(self, stored: Stored) -> None:
        """Keep an entry in memory, as it is on disk; the caller holds the index's lock."""
        self._remembered[stored.entry.internal_id] = stored
        self._remembered.move_to_end(stored.entry.internal_id)
        while len(self._remembered) > _REMEMBERED:
            self._remembered.popitem(last=False)

    def remembered(self, internal_id: str) -> Stored | None:
        """Return an entry that is in memory."""
        return self._remembered.get(internal_id)

    def forget(self, internal_id: str) -> None:
        """Keep an entry no longer in memory; the caller holds the index's lock."""
        self._remembered.pop(internal_id, None)

    def load(self, row: Row) -> Stored:
        """Return the entry of a row.

        Raises:
            Gone: Its folder is not there.
            Damaged: It cannot be used.
            OSError: Its files cannot be read, which is not their fault.
        """
        path = self.path(row)
        stored = self._assemble(path, self._content(path) if row.pending is None else row.pending, moves_in(row.moves))
        steps = self._shared.of(stored.entry.steps)
        return replace(stored, entry=replace(stored.entry, sequence=row.sequence, steps=steps))

    def load_folder(self, name: str) -> Stored:
        """Return the entry of a folder that the index does not know; raises as ``load`` does."""
        path = f"{self._folder.queue}/{name}"
        return self._assemble(path, self._content(path), NO_MOVES)

    def check(self, stored: Stored) -> None:
        """Raise Damaged if a file of an entry is missing."""
        path = self.entry_path(stored.entry.internal_id)
        for each in stored.entry.attachments:
            _find_file(path, stored.file_names(each.name), each.name)

    def _content(self, path: str) -> bytes:
        try:
            return read_file(f"{path}/passenger.json")
        except OSError as error:
            if error.errno not in OTHER_HANDS:
                raise
            if not os.path.lexists(path):
                raise Gone from None
            raise Damaged(f"passenger.json cannot be read: {error.strerror}") from error

    def _assemble(self, path: str, content: bytes, moves: Moves) -> Stored:
        entry, listed = decode(content, self._folder.client_id)
        if entry_folder(entry.internal_id) != os.path.basename(path):
            raise Damaged(f"passenger.json has internal_id {entry.internal_id!r}, which belongs in another folder")
        attachments: list[StoredAttachment] = []
        files: dict[str, str] = {}
        for each in listed:
            names = _candidates(each, moves)
            file, size = _find_file(path, names, each.name)
            attachments.append(StoredAttachment(name=each.name, format=each.format, size=size))
            if file not in (names[0] if each.name in moves.fresh else "", safe_name(each.name)):
                files[each.name] = file
        return Stored(entry=replace(entry, attachments=tuple(attachments)), files=files or NO_FILES, moves=moves)


def with_lease(entry: Entry, row: Row) -> Entry:
    """Return an entry with the lease that its row says."""
    if row.lease is None:
        return entry
    return replace(entry, leased_by=index_rows.text(row.owner), leased_until=from_micros(row.lease))


def moves_in(value: bytes | None) -> Moves:
    """Return the moves that the index keeps."""
    if value is None:
        return NO_MOVES
    data: Mapping[str, Any] = loads(value)
    return Moves(fresh=data["fresh"], obsolete=tuple(data["obsolete"]))


def _candidates(listed: ListedAttachment, moves: Moves) -> list[str]:
    fresh = moves.fresh.get(listed.name)
    names = [listed.file] if listed.file else [safe_name(listed.name), listed.name, databus_8_name(listed.name)]
    return names if fresh is None else [fresh, *names]


def _find_file(path: str, names: Sequence[str], attachment: str) -> tuple[str, int]:
    """Return the first of the files that is there, with its size."""
    for name in names:
        if not is_plain(name):
            continue
        try:
            found = os.lstat(f"{path}/attachments/{name}")
        except (OSError, ValueError) as error:
            if isinstance(error, OSError) and error.errno not in OTHER_HANDS:
                raise
            continue
        if not stat.S_ISREG(found.st_mode):
            raise Damaged(f"attachment {attachment!r} is no file")
        return name, found.st_size
    raise Damaged(f"the file of attachment {attachment!r} is missing")
