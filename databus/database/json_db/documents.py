"""The configuration documents of one client: what a file holds is the current version, also after an edit by hand."""

import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime

from msgspec.structs import replace

from databus.database.agreed import changed_since_read, content_version, no_document
from databus.database.json_db.backups import Backups
from databus.database.json_db.client_folder import ClientFolder
from databus.database.json_db.disk import (
    make_folder,
    read_file,
    remove_file,
    remove_unfinished,
    replace_file,
    sync_folder,
)
from databus.database.json_db.json_text import dumps, loads
from databus.database.json_db.moments import parse
from databus.database.json_db.safe_names import OWN_PREFIX, safe_name
from databus.database.records import CONFIG, BackupPurge, Document


class Documents:
    """Keeps documents of one client."""

    def __init__(self, folder: ClientFolder) -> None:
        self._folder = folder
        self._notes = f"{folder.notes}/document"
        self._backups = Backups(folder)
        self._one_at_a_time = threading.Lock()

    def tidy(self) -> None:
        """Remove what a crash has left half written."""
        own = self._folder
        for folder in (own.path, own.own, own.documents, own.backup, self._notes, f"{own.notes}/backup"):
            remove_unfinished(folder)

    def read(self, name: str, version: str) -> Document:
        """Return a version of a document; see ``AbstractDatabase.read_document``."""
        with self._one_at_a_time:
            current = self._current(name)
            if current is not None and version in ("", current.version):
                return current
            for backup in self._backups.history(name) if version else ():
                if backup.document.version == version:
                    return replace(backup.document, content=self._backups.read(backup))
        raise no_document(name, version)

    def write(
        self, name: str, content: bytes, *, expected: str | None, by: str, now: datetime, backup: bool
    ) -> Document:
        """Store a document; see ``AbstractDatabase.write_document``."""
        with self._one_at_a_time:
            current = self._current(name)
            if expected not in (None, current.version if current else ""):
                raise changed_since_read(name)
            document = Document(
                client_id=self._folder.client_id,
                name=name,
                content=content,
                version=content_version(content),
                saved_on=now,
                saved_by=by,
            )
            kept = self._backups.keep(current) if current is not None and backup else None
            try:
                self._store(document)
            except OSError:
                with suppress(OSError):
                    # Where only the last sync failed, the new content is in place and the old one is in the backup.
                    if current and kept and _content(self._path(name)) == current.content:
                        self._backups.remove([kept])
                raise
            return document

    def bare(self) -> list[Document]:
        """Return all documents without their contents, by name."""
        with self._one_at_a_time:
            found = [self._current(name) for name in self._names()]
        return sorted(
            (replace(document, content=b"") for document in found if document is not None), key=lambda each: each.name
        )

    def history(self, name: str) -> list[Document]:
        """Return the earlier versions of a document, newest first."""
        with self._one_at_a_time:
            return [backup.document for backup in self._backups.history(name)]

    def delete(self, name: str) -> None:
        """Delete a document with its history."""
        with self._one_at_a_time:
            path = self._path(name)
            remove_file(path)
            remove_file(self._note(name))
            with suppress(FileNotFoundError):
                sync_folder(os.path.dirname(path))
            self._backups.remove(self._backups.history(name))

    def purge(self, rule: BackupPurge, *, limit: int) -> int:
        """Delete earlier versions; see ``AbstractDatabase.purge``."""
        with self._one_at_a_time:
            return self._backups.purge(rule, limit=limit)

    def _path(self, name: str) -> str:
        return self._folder.config if name == CONFIG else f"{self._folder.documents}/{safe_name(name)}"

    def _note(self, name: str) -> str:
        return f"{self._notes}/{safe_name(name)}.json"

    def _current(self, name: str) -> Document | None:
        path = self._path(name)
        try:
            content = read_file(path)
        except FileNotFoundError:
            return None
        version = content_version(content)
        saved_on, saved_by = self._saved(name, version) or (datetime.fromtimestamp(os.stat(path).st_mtime, UTC), "")
        return Document(
            client_id=self._folder.client_id,
            name=name,
            content=content,
            version=version,
            saved_on=saved_on,
            saved_by=saved_by,
        )

    def _saved(self, name: str, version: str) -> tuple[datetime, str] | None:
        """Return when and by whom a version was saved; None for one that was made by hand."""
        try:
            note = loads(read_file(self._note(name)))
            return (parse(note["saved_on"]), str(note["saved_by"])) if note["version"] == version else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _store(self, document: Document) -> None:
        path, note = self._path(document.name), self._note(document.name)
        make_folder(os.path.dirname(path))
        make_folder(self._notes)
        before = _content(note)
        said = {
            "name": document.name,
            "version": document.version,
            "saved_on": document.saved_on,
            "saved_by": document.saved_by,
        }
        # The note first: a file whose name is not the document's own must never be there without it, and a note that
        # is of another version than the file says nothing.
        replace_file(note, dumps(said), durable=True)
        try:
            replace_file(path, document.content, durable=True)
        except OSError:
            with suppress(OSError):
                remove_file(note) if before is None else replace_file(note, before)
            raise

    def _names(self) -> Iterator[str]:
        yield CONFIG
        with suppress(FileNotFoundError):
            for file in os.listdir(self._folder.documents):
                if not file.startswith(OWN_PREFIX):
                    yield self._true_name(file)

    def _true_name(self, file: str) -> str:
        if safe_name(file) == file:
            return file
        try:
            return str(loads(read_file(f"{self._notes}/{file}.json"))["name"])
        except (OSError, ValueError, KeyError, TypeError):
            return file


def _content(path: str) -> bytes | None:
    try:
        return read_file(path)
    except FileNotFoundError:
        return None
