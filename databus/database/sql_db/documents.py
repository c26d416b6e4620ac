"""Configuration documents with their earlier versions, all of which are rows of one table."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, delete, false, func, insert, select, true, update

from databus.database.agreed import changed_since_read, content_version, no_document
from databus.database.records import CONFIG, BackupPurge, Document
from databus.database.selection import purgeable_versions
from databus.database.sql_db.client_tables import ClientTables
from databus.database.sql_db.entry_rows import AnyRow, full_name, full_names
from databus.database.sql_db.locking import locked
from databus.database.sql_db.tables import Tables
from databus.database.sql_db.transactions import Transactions


class Documents:
    """Reads and writes the documents of all clients."""

    def __init__(self, tables: Tables, transactions: Transactions) -> None:
        self._table = tables.document
        self._transactions = transactions
        self._shown = ClientTables(tables)
        # Read with every request of the web: stated once, because stating it takes longer than SQLite needs to answer.
        self._current = self._which(self._table.c.is_current == true())
        self._earlier = self._which(self._table.c.version == bindparam("version"))

    def clients(self) -> dict[str, str]:
        """Return the version of each client's configuration."""
        table = self._table
        query = select(table.c.client_id, table.c.version, table.c.full_names).where(
            table.c.name == CONFIG, table.c.is_current == true()
        )
        rows = self._transactions.look(lambda connection: connection.execute(query).all())
        return {full_name(row, "client_id"): row.version for row in rows}

    def read(self, client_id: str, name: str, version: str) -> Document:
        """Return a version of a document; see ``AbstractDatabase.read_document``."""
        query = self._earlier if version else self._current
        wanted = {"client": client_id, "document": name, **({"version": version} if version else {})}
        row = self._transactions.look(lambda connection: connection.execute(query, wanted).first())
        if row is None:
            raise no_document(name, version)
        return _document(row, bytes(row.content))

    def write(
        self, client_id: str, name: str, content: bytes, *, expected: str | None, by: str, now: datetime, backup: bool
    ) -> Document:
        """Store a document; see ``AbstractDatabase.write_document``."""
        document = Document(
            client_id=client_id, name=name, content=content, version=content_version(content), saved_on=now, saved_by=by
        )
        # A check of the version must not meet its own first try.
        repeatable = expected is None and not backup
        self._transactions.write(
            lambda connection: self._write(connection, document, expected, backup), repeatable=repeatable
        )
        return document

    def _write(self, connection: Connection, document: Document, expected: str | None, backup: bool) -> None:
        table = self._table
        mine = self._is(document.client_id, document.name)
        is_current = mine & (table.c.is_current == true())
        current = self._lock(connection, is_current)
        if expected not in (None, current):
            raise changed_since_read(document.name)
        last = connection.execute(select(func.max(table.c.number)).where(mine)).scalar() or 0
        if current:
            connection.execute(
                update(table).where(is_current).values(is_current=False) if backup else delete(table).where(is_current)
            )
        connection.execute(insert(table).values(_values(document, last + 1)))
        if document.name == CONFIG:
            self._shown.show(connection, document.client_id, document.content)

    def _lock(self, connection: Connection, is_current: ColumnElement[bool]) -> str:
        """Let other writers of a document wait; return its current version, empty where there is none."""
        query = select(self._table.c.version).where(is_current)
        while (current := connection.execute(locked(query, self._table)).scalar()) is None:
            # Who has waited for another writer finds that nothing is current of what it has waited for.
            if connection.execute(query).first() is None:
                return ""
        return str(current)

    def bare(self, client_id: str) -> list[Document]:
        """Return a client's documents without their contents, by name."""
        table = self._table
        found = self._bare(table.c.client_id == client_id, table.c.is_current == true())
        return sorted(found, key=lambda document: document.name)

    def history(self, client_id: str, name: str) -> list[Document]:
        """Return the earlier versions of a document without their contents, newest first."""
        return self._bare(self._is(client_id, name), self._table.c.is_current == false())

    def _bare(self, *conditions: ColumnElement[bool]) -> list[Document]:
        table = self._table
        columns = [column for column in table.c if column.name != "content"]
        query = select(*columns).where(*conditions).order_by(table.c.number.desc())
        rows = self._transactions.look(lambda connection: connection.execute(query).all())
        return [_document(row, b"") for row in rows]

    def delete(self, client_id: str, name: str) -> None:
        """Delete a document with its history."""

        def work(connection: Connection) -> None:
            connection.execute(delete(self._table).where(self._is(client_id, name)))
            if name == CONFIG:
                self._shown.hide(connection, client_id)

        self._transactions.write(work, repeatable=True)

    def delete_client(self, client_id: str) -> None:
        """Delete all documents of a client."""

        def work(connection: Connection) -> None:
            connection.execute(delete(self._table).where(self._table.c.client_id == client_id))
            self._shown.hide(connection, client_id)

        self._transactions.write(work, repeatable=True)

    def purge(self, rule: BackupPurge, *, limit: int) -> int:
        """Delete earlier versions; see ``AbstractDatabase.purge``."""
        return self._transactions.write(lambda connection: self._purge(connection, rule, limit), repeatable=True)

    def _purge(self, connection: Connection, rule: BackupPurge, limit: int) -> int:
        table = self._table
        columns = [column for column in table.c if column.name != "content"]
        query = select(*columns).where(table.c.client_id == rule.client_id, table.c.is_current == false())
        histories: dict[str, list[Document]] = {}
        numbers: dict[int, tuple[str, int]] = {}
        for row in connection.execute(query.order_by(table.c.number.desc())):
            document = _document(row, b"")
            histories.setdefault(document.name, []).append(document)
            numbers[id(document)] = (document.name, row.number)
        doomed = purgeable_versions(histories.values(), rule, limit=limit)
        for document in doomed:
            name, number = numbers[id(document)]
            connection.execute(delete(table).where(self._is(rule.client_id, name), table.c.number == number))
        return len(doomed)

    def _which(self, version: ColumnElement[bool]) -> Select[Any]:
        table = self._table
        mine = (table.c.client_id == bindparam("client")) & (table.c.name == bindparam("document"))
        return select(table).where(mine, version).order_by(table.c.number.desc()).limit(1)

    def _is(self, client_id: str, name: str) -> ColumnElement[bool]:
        return (self._table.c.client_id == client_id) & (self._table.c.name == name)


def _values(document: Document, number: int) -> dict[str, Any]:
    return {
        "client_id": document.client_id,
        "name": document.name,
        "number": number,
        "is_current": True,
        "version": document.version,
        "saved_on": document.saved_on,
        "saved_by": document.saved_by,
        "content": document.content,
        "full_names": full_names(client_id=document.client_id, name=document.name),
    }


def _document(row: AnyRow, content: bytes) -> Document:
    return Document(
        client_id=full_name(row, "client_id"),
        name=full_name(row, "name"),
        content=content,
        version=row.version,
        saved_on=row.saved_on,
        saved_by=row.saved_by,
    )
