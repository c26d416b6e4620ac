"""A purge and somebody who still writes."""

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from sqlalchemy import event, func, select

from databus.database.records import LogPurge
from databus.database.sql_db.sql_database import SqlDatabase
from databus.testing.samples import CLIENT, DAY, NOW, head, line

WAITING = {
    "postgresql": "SELECT count(*) FROM pg_locks WHERE NOT granted",
    "mysql": "SELECT count(*) FROM information_schema.innodb_lock_waits",
}


def test_a_log_that_is_purged_while_it_grows_leaves_no_lines_without_a_log(
    ours: SqlDatabase, theirs: SqlDatabase
) -> None:
    ours.append_log(head("guid"), [line("first")])
    engine = ours._store._engine
    waiting = WAITING["postgresql" if engine.dialect.name == "postgresql" else "mysql"]
    appending: list[Future[None]] = []

    def append_before_the_end(
        connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
    ) -> None:
        if statement.startswith("DELETE") and "log_head" in statement:
            appending.append(pool.submit(theirs.append_log, head("guid", lines=1), [line("second")]))
            with theirs._store._engine.connect() as watching:
                while not appending[0].done() and not watching.exec_driver_sql(waiting).scalar():
                    watching.rollback()

    with ThreadPoolExecutor(1) as pool:
        event.listen(engine, "before_cursor_execute", append_before_the_end)
        assert ours.purge(LogPurge(client_id=CLIENT, before=NOW + DAY), limit=10, now=NOW) == 1
        appending[0].result()
    logs = ours._store.logs
    heads, items = logs._head, logs._item
    alone = (
        select(func.count())
        .select_from(items.outerjoin(heads, heads.c.id == items.c.log_id))
        .where(heads.c.id.is_(None))
    )
    with engine.connect() as connection:
        assert connection.execute(alone).scalar_one() == 0
