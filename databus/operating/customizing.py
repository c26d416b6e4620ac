"""The documents that administrators customize a client with: its configuration, and files of its plug-ins."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from databus.client.external_config import ExternalConfigFile
from databus.client.log import Log
from databus.database.abstract_database import AbstractDatabase
from databus.database.records import CONFIG, Document
from databus.errors import DatabusError, NotFound, VersionConflict
from databus.operating.audit import Person, write_audit
from databus.timestamps import utc_now

CONFIG_NAME = "__databus__"
"""What config.json has been called on the page since Databus 8."""

CLIENTS_NAME = "__clients__"
"""What the list of clients has been called."""


class Customizing(ABC):
    """One document that can be read, saved, and looked at as it was.

    Attributes:
        name: Names it within its client.
        file: How people call it.
    """

    def __init__(self, database: AbstractDatabase, client_id: str, name: str, file: str) -> None:
        self.database = database
        self.client_id = client_id
        self.name = name
        self.file = file

    @property
    def is_json(self) -> bool:
        """Whether it should be JSON."""
        return self.file.endswith(".json")

    @abstractmethod
    def read(self, version: str = "") -> Document:
        """Return it as it is now, or an earlier version.

        Raises:
            NotFound: There is no such document or version.
        """

    @abstractmethod
    def history(self) -> list[Document]:
        """Return its earlier versions, newest first, each with empty content."""

    @abstractmethod
    def _write(self, content: bytes, *, expected: str, by: Person) -> str:
        """Store it; return the new version.

        Raises:
            VersionConflict: Somebody else has changed it since the expected version; nothing was written.
        """

    def save(self, content: bytes, *, expected: str, by: Person, what: str) -> str:
        """Store it, if it is still the version that was read, and write into the client's log who did it.

        Returns the new version.

        Args:
            what: What was done, for the log.

        Raises:
            VersionConflict: Somebody else has changed it since; nothing was written.
        """
        version = self._write(content, expected=expected, by=by)
        write_audit(self.database, self.client_id, [what], by=by, log=Log())
        return version


class ConfigCustomizing(Customizing):
    """A client's config.json."""

    def __init__(self, database: AbstractDatabase, client_id: str) -> None:
        super().__init__(database, client_id, CONFIG_NAME, CONFIG)

    def read(self, version: str = "") -> Document:
        """Return it as it is now, or an earlier version."""
        return self.database.read_document(self.client_id, CONFIG, version=version)

    def history(self) -> list[Document]:
        """Return its earlier versions, newest first."""
        return self.database.document_history(self.client_id, CONFIG)

    def _write(self, content: bytes, *, expected: str, by: Person) -> str:
        stored = self.database.write_document(
            self.client_id, CONFIG, content, expected=expected, by=by.name, now=utc_now()
        )
        return stored.version


class ExternalCustomizing(Customizing):
    """A file outside of the database that belongs to a client.

    The database keeps a copy of what was saved here, and with it the history. What somebody changed by hand comes into
    the history at the next save.
    """

    def __init__(self, database: AbstractDatabase, file: ExternalConfigFile) -> None:
        super().__init__(database, file.client_id, file.file_id, file.file_id)
        self._external = file
        self._copy = f"external/{file.file_id}"

    @property
    def is_json(self) -> bool:
        """Whether it should be JSON: by the name under which it is shown, or that of the file."""
        return super().is_json or str(self._external.path).endswith(".json")

    def read(self, version: str = "") -> Document:
        """Return it as it is now, or an earlier version."""
        now = self._present()
        return (
            now
            if version in ("", now.version)
            else self.database.read_document(self.client_id, self._copy, version=version)
        )

    def history(self) -> list[Document]:
        """Return its earlier versions, newest first."""
        earlier = self.database.document_history(self.client_id, self._copy)
        copy = self._copied()
        return earlier if copy is None or copy.content == self._present().content else [copy, *earlier]

    def _present(self) -> Document:
        try:
            content = self._external.file_content.encode(errors="surrogateescape")
            changed = Path(self._external.path).stat().st_mtime
        except OSError as error:
            raise DatabusError(f"{self.file} cannot be read: {error.strerror or error}") from error
        copy = self._copied()
        return Document(
            client_id=self.client_id,
            name=self.name,
            content=content,
            version=_version(content),
            saved_on=datetime.fromtimestamp(changed, UTC),
            saved_by=copy.saved_by if copy is not None and copy.content == content else "",
        )

    def _copied(self) -> Document | None:
        with suppress(NotFound):
            return self.database.read_document(self.client_id, self._copy)
        return None

    def _write(self, content: bytes, *, expected: str, by: Person) -> str:
        with self._external.turn():
            present = self._present()
            if present.version != expected:
                raise VersionConflict(f"{self.file} was changed by somebody else in the meantime")
            self._replace(present.content, content, by)
        return _version(content)

    def _replace(self, before: bytes, content: bytes, by: Person) -> None:
        copy = self._copied()
        if copy is None or copy.content != before:
            self._keep(before, "")
        try:
            self._external.file_content = content.decode(errors="surrogateescape")
        except OSError as error:
            raise DatabusError(f"{self.file} cannot be written: {error.strerror or error}") from error
        self._keep(content, by.name)

    def _keep(self, content: bytes, by: str) -> None:
        self.database.write_document(self.client_id, self._copy, content, expected=None, by=by, now=utc_now())


def _version(content: bytes) -> str:
    """Return the version of a file's content."""
    return hashlib.sha256(content).hexdigest()


def customizings(
    database: AbstractDatabase, client_id: str, files: Sequence[ExternalConfigFile] = ()
) -> list[Customizing]:
    """Return the documents of a client."""
    return [
        ConfigCustomizing(database, client_id),
        *(ExternalCustomizing(database, file) for file in files if file.client_id == client_id),
    ]
