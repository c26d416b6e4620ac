"""Migrations that go on where a crash has interrupted them: MariaDB and MySQL undo no change of tables."""

from collections.abc import Callable
from functools import partial
from typing import Any

import sqlalchemy as sa
from alembic import context, op

Operation = Callable[..., Any]


def resumable_operations(schema: str | None) -> tuple[Operation, Operation]:
    """Return Alembic's create_table and create_index for a schema, which leave what is there already."""
    create, index = partial(op.create_table, schema=schema), partial(op.create_index, schema=schema)
    match op.get_context().dialect.name:
        case "mariadb":
            return partial(create, if_not_exists=True), partial(index, if_not_exists=True)
        case "mysql":  # it knows IF NOT EXISTS for tables only
            return partial(create, if_not_exists=True), partial(_index_if_missing, index, schema)
        case _:
            return create, index


def _index_if_missing(index: Operation, schema: str | None, name: str, table: str, *parts: Any, **options: Any) -> None:
    if not context.is_offline_mode():
        there = {each["name"] for each in sa.inspect(op.get_bind()).get_indexes(table, schema=schema)}
        if name in there:
            return
    index(name, table, *parts, **options)


def keep_so_far(connection: sa.Connection) -> None:
    """Commit where each change of tables does so, too: after a crash, less is left to do."""
    if connection.dialect.name in ("mariadb", "mysql"):
        connection.exec_driver_sql("COMMIT")
