"""Random histories of logs, documents and locks."""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from msgspec.structs import replace

from databus.client.log import MessageType
from databus.database.abstract_database import AbstractDatabase
from databus.database.records import (
    CONFIG,
    BackupPurge,
    Document,
    LogHead,
    LogLine,
    LogPurge,
    LogQuery,
    Page,
)
from databus.testing.engine import Place
from databus.testing.history import NO_TIME, History, filters, leases, limits, owners, picks, some_times, which
from databus.testing.samples import DAY, pages
from databus.testing.twins import Twins, seen_document

guids = st.sampled_from(["g1", "G1", "../g2"])
names = st.sampled_from([CONFIG, "users.json", "../odd\0"])
kinds = st.sampled_from(list(MessageType))


class RecordHistory(History):
    """Random histories of two sets of logs, documents and locks."""

    def __init__(self, place: Place, twins: Twins) -> None:
        super().__init__(place, twins)
        self.written: dict[tuple[str, str], list[LogLine]] = {}
        self.versions: dict[tuple[str, str], list[tuple[str, str]]] = {}

    # -- logs ---------------------------------------------------------------------------------------------------------

    @rule(
        client=which,
        guid=guids,
        new=st.lists(kinds, max_size=3),
        again=st.integers(0, 2),
        module=st.sampled_from(["", "m"]),
    )
    def append_log(self, client: int, guid: str, new: list[MessageType], again: int, module: str) -> None:
        """Add lines to a log, and some of the last ones again."""
        written = self._written(self.clients[client], guid)
        start = max(0, len(written) - again)
        written += [
            LogLine(timestamp=self.moment(), type=kind, source="s", message=f"Line {self.number()}") for kind in new
        ]
        head = LogHead(
            client_id=self.clients[client], guid=guid, created_on=self.moment(), passenger_module=module, lines=start
        )
        self.twins.agree(lambda database: database.append_log(head, written[start:]))

    def _written(self, client_id: str, guid: str) -> list[LogLine]:
        """Return what was written to a log since it was created or purged."""
        there = {each.guid for each in self.twins.model.find_logs(LogQuery(client_id=client_id, limit=1000)).items}
        if guid not in there:
            self.written.pop((client_id, guid), None)
        return self.written.setdefault((client_id, guid), [])

    @rule(client=which, guid=guids, start=st.integers(0, 4), limit=limits)
    def read_log(self, client: int, guid: str, start: int, limit: int) -> None:
        """Read a part of a log."""
        self.twins.agree(lambda database: database.read_log(self.clients[client], guid, start=start, limit=limit))

    @rule(
        client=which,
        chosen=filters(
            passenger_module=st.just("m"),
            of_drives=st.booleans(),
            worst=kinds,
            text=st.sampled_from(["LINE", "1", "%"]),
            created_from=some_times,
            created_before=some_times,
        ),
        limit=limits,
    )
    def find_logs(self, client: int, chosen: dict[str, Any], limit: int) -> None:
        """Page through what a query finds."""
        query = LogQuery(client_id=self.clients[client], limit=limit, **self.filled(chosen))

        def fetch(database: AbstractDatabase, cursor: str) -> Page[LogHead]:
            return database.find_logs(replace(query, cursor=cursor))

        def shown(database: AbstractDatabase) -> list[LogHead]:
            # Not by pages: one may end early.
            return [head for page in pages(lambda cursor: fetch(database, cursor)) for head in page.items]

        self.twins.agree(shown)

    @rule(client=which, chosen=filters(before=some_times, of_drives=st.booleans()), limit=limits)
    def purge_logs(self, client: int, chosen: dict[str, Any], limit: int) -> None:
        """Delete logs."""
        rule = LogPurge(client_id=self.clients[client], **{"before": self.now, **self.filled(chosen)})
        self.twins.agree(lambda database: database.purge(rule, limit=limit, now=self.now))

    # -- documents ----------------------------------------------------------------------------------------------------

    @rule(
        client=which,
        name=names,
        expected=st.sampled_from(["any", "any", "current", "current", "none", "old"]),
        backup=st.booleans(),
    )
    def write_document(self, client: int, name: str, expected: str, backup: bool) -> None:
        """Write a document, knowing the current version, another one, or none."""
        client_id, content, at = self.clients[client], f"content {self.number()}".encode(), self.moment()
        versions = self.versions.setdefault((client_id, name), [("", "")])
        known = {"any": (None, None), "none": ("", ""), "current": versions[-1], "old": versions[0]}[expected]
        written: list[str] = []

        def write(database: AbstractDatabase, side: int) -> Document:
            document = database.write_document(
                client_id, name, content, expected=known[side], by="ada", now=at, backup=backup
            )
            written.append(document.version)
            return seen_document(document)

        self.twins.agree_each(lambda database: write(database, 0), lambda database: write(database, 1))
        if written:
            versions.append((written[0], written[1]))
        self._documents_are_the_same(client_id)

    @rule(client=which, name=names, pick=picks)
    def read_document(self, client: int, name: str, pick: int) -> None:
        """Read some version, be it there or not."""
        versions = self.versions.get((self.clients[client], name), [("", "")])
        version = versions[pick % len(versions)]

        def read(database: AbstractDatabase, side: int) -> Document:
            return seen_document(database.read_document(self.clients[client], name, version=version[side]))

        self.twins.agree_each(lambda database: read(database, 0), lambda database: read(database, 1))

    @rule(client=which, name=names)
    def delete_document(self, client: int, name: str) -> None:
        """Delete a document."""
        self.twins.agree(lambda database: database.delete_document(self.clients[client], name))
        self._documents_are_the_same(self.clients[client])

    @rule(client=which, keep=st.integers(0, 3), chosen=filters(before=some_times), limit=limits)
    def purge_backups(self, client: int, keep: int, chosen: dict[str, Any], limit: int) -> None:
        """Delete earlier versions."""
        before = {"before": self.now + DAY, **self.filled(chosen)}
        rule = BackupPurge(client_id=self.clients[client], keep=keep, **before)
        self.twins.agree(lambda database: database.purge(rule, limit=limit, now=self.now))
        self._documents_are_the_same(self.clients[client])

    @precondition(lambda self: self.versions)
    @rule()
    def clients_are_the_same(self) -> None:
        """See the same clients, each with the version that its configuration has."""
        own = self.twins.agree(lambda database: {each for each in database.clients() if each in self.clients})
        versions = self.twins.subject.clients()
        for client_id in own:
            assert versions[client_id] == self.twins.subject.read_document(client_id, CONFIG).version

    def _documents_are_the_same(self, client_id: str) -> None:
        def documents(database: AbstractDatabase) -> list[tuple[Document, list[Document]]]:
            return [
                (seen_document(each), [seen_document(old) for old in database.document_history(client_id, each.name)])
                for each in database.list_documents(client_id)
            ]

        self.twins.agree(documents)

    # -- locks --------------------------------------------------------------------------------------------------------

    @rule(name=st.sampled_from(["pull", "Pull"]), owner=owners, lease=leases | st.just(NO_TIME))
    def lock(self, name: str, owner: str, lease: timedelta) -> None:
        """Take a lock, or give it back."""
        self.leasing(lease)
        self.twins.agree(
            lambda database: database.lock(f"{self.prefix} {name}", owner=owner, lease=lease, now=self.now)
        )
