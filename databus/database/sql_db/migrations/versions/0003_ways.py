"""Ways into the queue: from a part of an external id, and from an error; and to the logs of a route, or of none."""

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import context, op

from databus.database.sql_db import exact_text
from databus.database.sql_db.column_types import ExactText, part_type
from databus.database.sql_db.entry_rows import AnyRow
from databus.database.sql_db.migrations.resumable import keep_so_far, resumable_operations
from databus.database.sql_db.parts import parts_of

revision = "0003"
down_revision = "0002"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

_TOGETHER = 500

_STEPS = ("queue_notification", "queue_processor", "queue_pusher")


def upgrade() -> None:
    """Make the tables, and fill them."""
    schema = context.config.attributes["schema"]
    # SQLite and PostgreSQL have an index of parts, which the first revision has made.
    with_parts = op.get_context().dialect.name not in ("sqlite", "postgresql")
    _create(schema, with_parts=with_parts)
    if op.get_context().dialect.name == "postgresql":
        _index_beginnings(schema)
    if not context.is_offline_mode():  # a script makes new tables
        connection = op.get_bind()
        _fill_errors(connection, schema)
        if with_parts:
            _fill_parts(connection, schema)


def _create(schema: str | None, *, with_parts: bool) -> None:
    create, index = resumable_operations(schema)
    create(
        "queue_error",
        sa.Column("queue_id", _NUMBER, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("queue_id"),
        comment="Passengers that have an error in a step, so that they are found among many",
    )
    index("log_head_route", "log_head", ["client_id", "passenger_module", "created_on", "id"])
    if with_parts:
        create(
            "queue_part",
            sa.Column("queue_id", _NUMBER, autoincrement=False, nullable=False),
            sa.Column("part", part_type(), nullable=False, comment="UTF-8, in lower case"),
            sa.PrimaryKeyConstraint("queue_id", "part"),
            comment="Parts of external ids, by which a search finds them; on MariaDB, MySQL and SQL Server",
        )
        index("queue_part_part", "queue_part", ["part"])


def _index_beginnings(schema: str | None) -> None:
    """Let the index of internal ids find their beginnings, too, whatever the collation of the database is."""
    op.drop_index("queue_internal_id", "queue", schema=schema)
    op.create_index(
        "queue_internal_id",
        "queue",
        ["internal_folded", "internal_id", "client_id"],
        schema=schema,
        unique=True,
        postgresql_ops={"internal_folded": "varchar_pattern_ops"},
    )


# -- what is in the queue already -------------------------------------------------------------------------------------


def _fill_errors(connection: sa.Connection, schema: str | None) -> None:
    for statement in _errors(schema):
        connection.execute(statement)
    keep_so_far(connection)


def _errors(schema: str | None) -> tuple[sa.Delete, sa.Insert]:
    """Return statements that begin anew: they are one transaction, which takes seconds for millions of steps."""
    error = sa.table("queue_error", sa.column("queue_id", sa.BigInteger), schema=schema)
    steps = [
        sa.table(name, sa.column("queue_id", sa.BigInteger), sa.column("last_error", ExactText), schema=schema)
        for name in _STEPS
    ]
    found = sa.union(*(sa.select(each.c.queue_id).where(each.c.last_error != "") for each in steps))
    return sa.delete(error), sa.insert(error).from_select(["queue_id"], found)


def _fill_parts(connection: sa.Connection, schema: str | None) -> None:
    part = sa.table("queue_part", sa.column("queue_id", sa.BigInteger), sa.column("part", part_type()), schema=schema)
    for rows in _batches(connection, schema, _last(connection, part)):
        parts = [
            {"queue_id": row.id, "part": each}
            for row in rows
            for each in sorted(parts_of(exact_text.write(row.external_folded)))
        ]
        if parts:
            connection.execute(sa.insert(part), parts)
        keep_so_far(connection)


def _last(connection: sa.Connection, part: sa.TableClause) -> int:
    """Return up to which passenger a migration came that was interrupted; it goes by their numbers."""
    return connection.execute(sa.select(sa.func.max(part.c.queue_id))).scalar() or 0


def _batches(connection: sa.Connection, schema: str | None, last: int) -> Iterator[Sequence[AnyRow]]:
    while rows := connection.execute(_page(schema, last)).all():
        yield rows
        last = rows[-1].id


def _page(schema: str | None, last: int) -> "sa.Select[Any]":
    queue = sa.table("queue", sa.column("id", sa.BigInteger), sa.column("external_folded", ExactText), schema=schema)
    return sa.select(queue).where(queue.c.id > last).order_by(queue.c.id).limit(_TOGETHER)
