"""Reading the contents of attachments."""

from contextlib import suppress
from typing import BinaryIO

from databus.database.json_db import index_rows
from databus.database.json_db.damage import Damage
from databus.database.json_db.disk import open_file, read_file
from databus.database.json_db.index import Index
from databus.database.json_db.index_rows import Row
from databus.database.json_db.shelf import Gone, Shelf
from databus.database.json_db.stored import Stored
from databus.database.json_db.trouble import Damaged
from databus.database.records import StoredAttachment
from databus.errors import NotFound


class Reading:
    """Opens attachments of one client's entries."""

    def __init__(self, index: Index, shelf: Shelf, damage: Damage) -> None:
        self._index = index
        self._shelf = shelf
        self._damage = damage

    def open(self, internal_id: str, name: str) -> BinaryIO:
        """Return the content of an attachment; see ``AbstractDatabase.open_attachment``."""
        stream = self._open(self._shelf.remembered(internal_id), name)
        if stream is None:
            # It was moved while we looked, or it is not in memory: the index knows, in the end under its lock.
            stream = self._open(self._load(internal_id), name)
        if stream is None:
            with self._index.lock:
                stream = self._open(self._load(internal_id), name)
        if stream is None:
            raise NotFound(f"queue entry {internal_id!r} has no attachment {name!r}")
        return stream

    def content(self, stored: Stored, attachment: StoredAttachment) -> bytes | None:
        """Return a content whole; None where it is not found at once as the entry describes it."""
        folder = self._shelf.entry_path(stored.entry.internal_id)
        for file in stored.file_names(attachment.name):
            with suppress(OSError):
                content = read_file(f"{folder}/attachments/{file}")
                return content if len(content) == attachment.size else None
        return None

    def _load(self, internal_id: str) -> Stored | None:
        key = (index_rows.folded(internal_id), index_rows.blob(internal_id))
        with self._index.reading() as connection:
            found = connection.execute(index_rows.FIND, key).fetchone()
        if found is None:
            return None
        row = Row(*found)
        try:
            return self._shelf.load(row)
        except (Damaged, Gone):
            return self._damage.take_again(row)

    def _open(self, stored: Stored | None, name: str) -> BinaryIO | None:
        if stored is None or all(each.name != name for each in stored.entry.attachments):
            return None
        folder = self._shelf.entry_path(stored.entry.internal_id)
        for file in stored.file_names(name):
            try:
                return open_file(f"{folder}/attachments/{file}")
            except FileNotFoundError:
                continue
        return None
