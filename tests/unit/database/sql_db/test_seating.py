"""A passenger that the server does not take is refused alone."""

import pytest

from databus.database.records import Duplicate, Refused, Seated
from databus.database.sql_db.sql_database import SqlDatabase
from databus.testing.samples import found, passenger, text
from tests.schemas import MARIADB, POSTGRESQL, Arguments, Servers

TOO_MUCH = {
    POSTGRESQL: """
        CREATE FUNCTION {schema}.judge() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF NEW.name = 'too much' THEN RAISE EXCEPTION 'too much' USING ERRCODE = '54000'; END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER judge BEFORE INSERT ON {schema}.queue_attachment FOR EACH ROW EXECUTE FUNCTION {schema}.judge()
    """,
    MARIADB: """
        CREATE TRIGGER {schema}.judge BEFORE INSERT ON {schema}.queue_attachment FOR EACH ROW
            IF NEW.name = 'too much' THEN SIGNAL SQLSTATE '08S01' SET MYSQL_ERRNO = 1153, MESSAGE_TEXT = 'too much';
            END IF
    """,
}
"""Servers that are as strict with one attachment as others are with what is really large."""


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.server(name)) for name in TOO_MUCH])
def test_it_is_refused_alone(name: str, servers: Servers) -> None:
    arguments: Arguments = servers[name].new()
    database = SqlDatabase(arguments)
    database.open()
    try:
        with servers[name].connection() as connection:
            connection.exec_driver_sql(TOO_MUCH[name].format(schema=arguments["schema"]))
        assert database.seat([passenger("1")]) == [Seated(internal_id="id-1")]
        too_much = passenger("3", attachments=[text("too much")])
        results = database.seat([passenger("2"), passenger("1"), too_much, passenger("4", attachments=[text("a")])])
        assert [type(each) for each in results] == [Seated, Duplicate, Refused, Seated]
        assert isinstance(results[2], Refused)
        assert results[2].internal_id == "id-3"
        assert "too much" in results[2].reason
        assert found(database) == ["4", "2", "1"]
    finally:
        database.close()
