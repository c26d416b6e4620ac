"""Identities that keep neighbours together, in place of hashes."""

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import context, op

from databus.database.sql_db.column_types import ExactText, Key, digest_type, identity_type

# What is in the tables is read and written by the code that always does: it cannot change without a migration that
# rewrites the tables, and that cannot do without the code of before. A test has values that keep it from changing.
from databus.database.sql_db.entry_rows import AnyRow, full_name, loads
from databus.database.sql_db.identities import identity
from databus.database.sql_db.migrations.resumable import keep_so_far

revision = "0002"
down_revision = "0001"

_TOGETHER = 500

_HASH = 16
"""Bytes of an identity of before; those of now are longer."""


def upgrade() -> None:
    """Change the column, and what is in it. The index is unique all the time: no new identity equals an old one."""
    schema = context.config.attributes["schema"]
    dialect = op.get_context().dialect.name
    if dialect == "mssql":  # it changes no type under an index; nobody sees the table without, before this is committed
        op.drop_index("queue_identity", "queue", schema=schema)
    if dialect != "sqlite":  # there, the type knows no length
        _change_column(schema)
    if dialect == "mssql":
        op.create_index("queue_identity", "queue", ["identity"], schema=schema, unique=True)
    if not context.is_offline_mode():  # a script makes new tables
        _change_rows(op.get_bind(), _queue(schema))


def _change_column(schema: str | None) -> None:
    """Change the type; on PostgreSQL, where it is the same, this keeps others out of the table meanwhile."""
    op.alter_column(
        "queue",
        "identity",
        schema=schema,
        type_=identity_type(),
        existing_type=digest_type(),
        existing_nullable=False,
        comment="Hash of client, type and source, then the external id",
        existing_comment="Hash of client, type and seated_as",
    )


def _queue(schema: str | None) -> sa.TableClause:
    return sa.table(
        "queue",
        sa.column("id", sa.BigInteger),
        sa.column("client_id", Key),
        sa.column("passenger_module", Key),
        sa.column("source_system", ExactText),
        sa.column("external_id", ExactText),
        sa.column("seated_as", ExactText),
        sa.column("full_names", ExactText),
        sa.column("identity", identity_type()),
        schema=schema,
    )


def _change_rows(connection: sa.Connection, queue: sa.TableClause) -> None:
    for rows in _batches(connection, queue):
        changes = [{"row": row.id, "changed": _identity(row)} for row in rows if len(row.identity) <= _HASH]
        if changes:
            connection.execute(_change(queue), changes)
            keep_so_far(connection)


def _batches(connection: sa.Connection, queue: sa.TableClause) -> Iterator[Sequence[AnyRow]]:
    last = 0
    while rows := connection.execute(_page(queue, last)).all():
        yield rows
        last = rows[-1].id


def _page(queue: sa.TableClause, last: int) -> "sa.Select[Any]":
    return sa.select(queue).where(queue.c.id > last).order_by(queue.c.id).limit(_TOGETHER)


def _change(queue: sa.TableClause) -> sa.Update:
    """Return what changes a row.

    On MariaDB and MySQL, which keep nobody out meanwhile, a Databus of before that still runs may have seated again who
    has a new identity already: that row keeps its old one, and the migration comes to its end.
    """
    change = sa.update(queue).where(queue.c.id == sa.bindparam("row")).values(identity=sa.bindparam("changed"))
    return change.prefix_with("IGNORE", dialect="mariadb").prefix_with("IGNORE", dialect="mysql")


def _identity(row: AnyRow) -> bytes:
    ids = (row.source_system, row.external_id) if row.seated_as is None else tuple(loads(row.seated_as))
    return identity(full_name(row, "client_id"), full_name(row, "passenger_module"), ids)
