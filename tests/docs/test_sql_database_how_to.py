"""docs/how-to/sql-database.md: what it says can be done as it stands."""

import re
from uuid import uuid4

import pytest
from sqlalchemy import make_url

from databus.database.sql_db.creation_script import DIALECTS
from databus.database.sql_db.drivers import DRIVERS
from databus.database.sql_db.sql_database import SqlDatabase
from databus.database.sql_db.sql_database_arguments import DEFAULT_SCHEMA
from databus.database.sql_db.tables import Tables
from databus.testing.samples import CLIENT, NOW, claim, found, head, line, outcome, passenger, seat
from tests.docs.pages import ROOT, blocks
from tests.schemas import POSTGRESQL, Servers

PAGE = "docs/how-to/sql-database.md"
TEXT = (ROOT / PAGE).read_text(encoding="utf-8")


def test_its_addresses_and_dialects_are_known() -> None:
    assert set(re.findall(r"`([a-z+]+)://", TEXT)) <= set(DRIVERS)
    assert set(re.findall(r"--dialect (\w+)", TEXT)) <= set(DIALECTS)


def test_it_names_every_table() -> None:
    assert [name for name in Tables(None).metadata.tables if f"`{name}`" not in TEXT] == []


@pytest.mark.server(POSTGRESQL)
def test_a_user_with_the_rights_that_it_grants_can_drive(servers: Servers) -> None:
    grants, count = blocks(PAGE, "sql")
    arguments = servers[POSTGRESQL].new()
    administrator = SqlDatabase(arguments)
    administrator.open()
    administrator.close()
    role = f"t{uuid4().hex[:12]}"
    with servers[POSTGRESQL].connection() as connection:
        connection.exec_driver_sql(f"CREATE ROLE {role} LOGIN")
        for statement in grants.replace(DEFAULT_SCHEMA, arguments["schema"]).replace("writer", role).split(";"):
            if statement.strip():
                connection.exec_driver_sql(statement)
        url = make_url(arguments["url"]).set(username=role).render_as_string(hide_password=False)
        _drive({**arguments, "url": url})
        counted = connection.exec_driver_sql(count.replace(DEFAULT_SCHEMA, arguments["schema"]).strip().rstrip(";"))
        assert [tuple(row)[2:] for row in counted] == [("waiting", 1)]
        connection.exec_driver_sql(f"DROP OWNED BY {role}")
        connection.exec_driver_sql(f"DROP ROLE {role}")


def _drive(arguments: dict[str, str]) -> None:
    database = SqlDatabase(arguments)
    database.open()
    seat(database, passenger("1"))
    (claimed,) = claim(database)
    assert database.record([outcome(claimed, "notify")], now=NOW) == []
    database.append_log(head(), [line("1")])
    assert found(database, client_id=CLIENT) == ["1"]
    database.close()
