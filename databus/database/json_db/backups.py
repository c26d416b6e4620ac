"""Earlier versions of a client's documents, in its folder ``backup``."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from databus.database.agreed import content_version
from databus.database.json_db.client_folder import ClientFolder
from databus.database.json_db.disk import make_folder, read_file, remove_file, replace_file, sync_folder
from databus.database.json_db.json_text import dumps, loads
from databus.database.json_db.moments import parse
from databus.database.json_db.safe_names import safe_name
from databus.database.records import CONFIG, BackupPurge, Document

_DATABUS_8 = "-__databus__.json"
"""How Databus 8 ended the names of earlier versions of config.json."""

_GUID = re.compile(r"_[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}_(?P<name>.+)\Z", re.DOTALL)


_LONGEST_NAME = 140
"""So many bytes of a document's name leave room for the rest of a backup's name, and of its successor's."""


@dataclass(frozen=True, slots=True)
class Backup:
    """An earlier version: ``number`` grows with each backup of the client; 0 where there is no note of it."""

    file: str
    number: int
    document: Document


class Backups:
    """Keeps earlier versions of documents of one client; whoever calls it holds the lock of the documents."""

    def __init__(self, folder: ClientFolder) -> None:
        self._folder = folder
        self._notes = f"{folder.notes}/backup"

    def keep(self, document: Document) -> Backup:
        """Keep a version that is about to be replaced, durably."""
        make_folder(self._folder.backup)
        make_folder(self._notes)
        number = max((backup.number for backup in self.all()), default=0) + 1
        moment = document.saved_on.replace(tzinfo=None).isoformat(timespec="microseconds").replace(":", "_")
        file = f"{moment}_{uuid4()}_{_end(safe_name(document.name))}"
        note = {
            "name": document.name,
            "version": document.version,
            "saved_on": document.saved_on,
            "saved_by": document.saved_by,
            "number": number,
        }
        replace_file(f"{self._folder.backup}/{file}", document.content, durable=True)
        replace_file(f"{self._notes}/{file}.json", dumps(note), durable=True)
        return Backup(file, number, document)

    def history(self, name: str) -> list[Backup]:
        """Return the earlier versions of a document, newest first, without their contents."""
        found = [backup for backup in self.all() if backup.document.name == name]
        return sorted(found, key=lambda each: (each.number, each.document.saved_on), reverse=True)

    def read(self, backup: Backup) -> bytes:
        """Return the content of an earlier version."""
        return read_file(f"{self._folder.backup}/{backup.file}")

    def remove(self, backups: list[Backup]) -> None:
        """Delete earlier versions."""
        for backup in backups:
            remove_file(f"{self._folder.backup}/{backup.file}")
            remove_file(f"{self._notes}/{backup.file}.json")
        if backups:
            sync_folder(self._folder.backup)

    def purge(self, rule: BackupPurge, *, limit: int) -> int:
        """Delete what a rule names; see ``AbstractDatabase.purge``."""
        names = {backup.document.name for backup in self.all()}
        spare = [backup for name in names for backup in self.history(name)[rule.keep :]]
        old = [backup for backup in spare if backup.document.saved_on < rule.before]
        doomed = sorted(old, key=lambda each: (each.document.saved_on, each.number))[:limit]
        self.remove(doomed)
        return len(doomed)

    def all(self) -> Iterator[Backup]:
        """Yield all earlier versions, without their contents."""
        try:
            files = os.listdir(self._folder.backup)
        except FileNotFoundError:
            return
        for file in files:
            if not file.startswith(".") and os.path.isfile(f"{self._folder.backup}/{file}"):
                backup = self._noted(file) or self._unnoted(file)
                if backup is not None:
                    yield backup

    def _noted(self, file: str) -> Backup | None:
        try:
            note = loads(read_file(f"{self._notes}/{file}.json"))
            document = Document(
                client_id=self._folder.client_id,
                name=str(note["name"]),
                content=b"",
                version=str(note["version"]),
                saved_on=parse(note["saved_on"]),
                saved_by=str(note["saved_by"]),
            )
            return Backup(file, int(note["number"]), document)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _unnoted(self, file: str) -> Backup | None:
        """Return a version that Databus 8 kept, or that came without its note."""
        named = _GUID.search(file)
        name = CONFIG if file.endswith(_DATABUS_8) else named["name"] if named else ""
        if not name:
            return None
        path = f"{self._folder.backup}/{file}"
        document = Document(
            client_id=self._folder.client_id,
            name=name,
            content=b"",
            version=content_version(read_file(path)),
            saved_on=datetime.fromtimestamp(os.stat(path).st_mtime, UTC),
        )
        return Backup(file, 0, document)


def _end(name: str) -> str:
    """Return as much of the end of a name as there is room for, in whole characters."""
    return name.encode()[-_LONGEST_NAME:].decode(errors="ignore")
