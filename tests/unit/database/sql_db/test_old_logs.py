"""Old logs are found beside many that stay, and those are not read for it."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from databus.database.records import LogPurge, LogQuery
from databus.database.sql_db import old_logs
from databus.database.sql_db.sql_database import SqlDatabase
from databus.testing.samples import CLIENT, DAY, NOW, SECOND, head, line

OF_PEOPLE = 40

ROUTES = ["b", "a", "z" * 300, "b", "a ", "z" * 299 + "y", "\0", "\udcff", "z" * 300]

RULE = LogPurge(client_id=CLIENT, before=NOW + DAY, of_drives=True)


@pytest.fixture(autouse=True)
def _few_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(old_logs, "LOOKED_AT", 5)


def fill(database: SqlDatabase) -> None:
    """Write logs of people first, and then one of a drive of each route."""
    for number, route in enumerate([""] * OF_PEOPLE + ROUTES, start=-OF_PEOPLE):
        created_on = NOW + number * SECOND
        database.append_log(head(str(number), created_on=created_on, passenger_module=route), [line()])


def of_drives(database: SqlDatabase) -> list[str]:
    found = database.find_logs(LogQuery(client_id=CLIENT, of_drives=True, limit=100)).items
    return [each.guid for each in reversed(found)]


def test_those_of_drives_are_deleted_oldest_first_whatever_their_routes(database: SqlDatabase) -> None:
    fill(database)
    assert database.purge(RULE, limit=4, now=NOW) == 4
    assert of_drives(database) == ["4", "5", "6", "7", "8"]
    assert [database.purge(RULE, limit=4, now=NOW) for _ in range(3)] == [4, 1, 0]
    assert len(database.find_logs(LogQuery(client_id=CLIENT, limit=100)).items) == OF_PEOPLE


def test_an_index_leads_to_them(tmp_path: Path) -> None:
    database = SqlDatabase({"url": f"sqlite:///{tmp_path}/databus.db"})
    database.open()
    fill(database)
    statements: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        if statement.startswith("SELECT"):
            statements.append((statement, parameters))

    engine = database._store._engine
    event.listen(engine, "before_cursor_execute", note)
    for of_drives in (True, False, None):
        rule = LogPurge(client_id=CLIENT, before=NOW - DAY, of_drives=of_drives)
        assert database.purge(rule, limit=10, now=NOW) == 0
    event.remove(engine, "before_cursor_execute", note)
    with engine.connect() as connection:
        plans = [
            row.detail
            for statement, parameters in statements
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]
    database.close()
    assert plans
    assert [plan for plan in plans if not plan.startswith("SEARCH log_head USING")] == []
