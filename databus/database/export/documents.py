"""Configuration and other documents with their earlier versions. config.json comes last: it makes the client seen."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from databus.database.abstract_database import AbstractDatabase
from databus.database.export.canonical import digest, version_record
from databus.database.export.conflicts import Conflict
from databus.database.export.copying import Copying
from databus.database.export.ledger import FOLDER, SOURCE_ID, Row
from databus.database.export.plan import ledger_key
from databus.database.hold import HOLD
from databus.database.records import CONFIG, Document
from databus.errors import NotFound, StoreError

JOBS = "state/exports/"
"""How names of the documents begin in which a page keeps its exports: they change while one is under way."""

_OF_EXPORTS = {HOLD, SOURCE_ID}


@dataclass(frozen=True, slots=True)
class Versions:
    """The versions of a document on one side, oldest first.

    Attributes:
        documents: Without contents; of the current one, which is the last, ``version`` is empty.
        records: What counts of each.
    """

    documents: tuple[Document, ...] = ()
    records: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """A document that is not the same on both sides."""

    name: str
    here: Versions
    there: Versions

    @property
    def same(self) -> int:
        """How many versions are the same, from the oldest on."""
        pairs = zip(self.here.records, self.there.records, strict=False)
        return next((place for place, (one, other) in enumerate(pairs) if one != other), self._shorter)

    @property
    def _shorter(self) -> int:
        return min(len(self.here.records), len(self.there.records))

    @property
    def only_grows(self) -> bool:
        """Whether the source has all that the target has."""
        return self.same == len(self.there.records)


def names(database: AbstractDatabase, client_id: str) -> list[str]:
    """Return the names of a client's documents, config.json last; without those that exports make."""
    found = [each.name for each in database.list_documents(client_id)]
    chosen = [name for name in found if name not in _OF_EXPORTS and not name.startswith((FOLDER, JOBS))]
    return sorted(chosen, key=lambda name: (name == CONFIG, name))


def versions(database: AbstractDatabase, client_id: str, name: str) -> Versions:
    """Return a document's versions; none where there is no such document."""
    try:
        bare = [replace(database.read_document(client_id, name), version="", content=b"")]
        bare += database.document_history(client_id, name)
        documents = tuple(reversed(bare))
        return Versions(documents, tuple(version_record(_filled(database, each)) for each in documents))
    except NotFound:
        return Versions()


def _filled(database: AbstractDatabase, bare: Document) -> Document:
    read = database.read_document(bare.client_id, bare.name, version=bare.version)
    return replace(bare, content=read.content)


def differences(copying: Copying) -> Iterator[Difference]:
    """Yield what is not the same on both sides, config.json last."""
    for name in names(copying.source, copying.client_id):
        here, there = (versions(each, copying.client_id, name) for each in (copying.source, copying.target))
        if here.records and here.records != there.records:
            yield Difference(name, here, there)


def conflict(copying: Copying, found: Difference) -> Conflict | None:
    """Return why a document must not be written as it is; None where it may."""
    if found.only_grows or copying.plan.is_ours(*ledger_row(found.name, found.there)):
        return None
    return Conflict(client_id=copying.client_id, kind="document", name=found.name, reason="it was changed there")


def ledger_row(name: str, found: Versions) -> Row:
    """Return what the ledger says of a document."""
    return ledger_key("document", name), digest(found.records)


def write(copying: Copying, found: Difference) -> None:
    """Let the target have a document as the source has it."""
    copying.ledger.add([ledger_row(found.name, found.here)])
    same, there, here = found.same, len(found.there.records), len(found.here.records)
    if same < there - 1 or same == here:
        copying.target.delete_document(copying.client_id, found.name)
        same = there = 0
    for number in range(same, here):
        # Where only the newest version there is another one, it gives way; all else becomes history.
        _write_version(copying, found.here.documents[number], found.here.records[number], backup=number >= there)


def _write_version(copying: Copying, bare: Document, record: dict[str, Any], *, backup: bool) -> None:
    document = _filled(copying.source, bare)
    if version_record(document) != record:
        raise StoreError(f"document {bare.name} of client {bare.client_id} was changed while it was exported")
    copying.target.write_document(
        bare.client_id,
        bare.name,
        document.content,
        expected=None,
        by=document.saved_by,
        now=document.saved_on,
        backup=backup,
    )
