"""The configuration documents of one client, in memory."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from msgspec.structs import replace

from databus.database.agreed import changed_since_read, no_document
from databus.database.records import Document


@dataclass(slots=True)
class _Versions:
    current: Document
    earlier: list[Document]
    """Newest first."""


@dataclass(slots=True)
class Documents:
    """The documents of one client; whoever calls it holds the database's lock."""

    _documents: dict[str, _Versions] = field(default_factory=dict)

    def version(self, name: str) -> str:
        """Return the current version of a document; empty where there is none."""
        return self._documents[name].current.version if name in self._documents else ""

    def read(self, name: str, version: str) -> Document:
        """Return the current version of a document, or the given earlier one."""
        if name in self._documents:
            versions = self._documents[name]
            for document in (versions.current, *versions.earlier):
                if version in ("", document.version):
                    return document
        raise no_document(name, version)

    def write(self, document: Document, *, expected: str | None, backup: bool) -> Document:
        """Store a document if the expected version is the current one."""
        if expected not in (None, self.version(document.name)):
            raise changed_since_read(document.name)
        versions = self._documents.get(document.name)
        earlier = versions.earlier if versions else []
        replaced = [versions.current] if versions and backup else []
        self._documents[document.name] = _Versions(document, [*replaced, *earlier])
        return document

    def history(self, name: str) -> list[Document]:
        """Return the earlier versions of a document without their contents."""
        return [_bare(each) for each in self._documents[name].earlier] if name in self._documents else []

    def histories(self) -> Iterator[list[Document]]:
        """Yield the history of every document."""
        return (self.history(name) for name in self._documents)

    def bare(self) -> list[Document]:
        """Return all documents without their contents, by name."""
        return [_bare(self._documents[name].current) for name in sorted(self._documents)]

    def remove(self, name: str) -> None:
        """Forget a document and its history."""
        self._documents.pop(name, None)

    def remove_version(self, document: Document) -> None:
        """Forget an earlier version."""
        earlier = self._documents[document.name].earlier
        earlier[:] = [each for each in earlier if each.version != document.version]


def _bare(document: Document) -> Document:
    return replace(document, content=b"")
