"""The SQL text that makes the tables, for administrators who let no program do it.

``python -m databus.database.sql_db.creation_script`` writes the one for SQL Server, which lies beside this file.
"""

import io
import re
from pathlib import Path

from databus.database.sql_db.migrating import alembic_config
from databus.database.sql_db.sql_database_arguments import DEFAULT_SCHEMA

FILE = Path(__file__).with_name("creation_script.sql")

_SCHEMAS = {
    "postgresql": 'CREATE SCHEMA IF NOT EXISTS "{schema}";\n\n',
    "mariadb": "CREATE DATABASE IF NOT EXISTS `{schema}` CHARACTER SET utf8mb4;\n\n",
    "mysql": "CREATE DATABASE IF NOT EXISTS `{schema}` CHARACTER SET utf8mb4;\n\n",
    "mssql": """\
SET XACT_ABORT ON;
GO

IF SCHEMA_ID(N'{schema}') IS NULL EXEC(N'CREATE SCHEMA [{schema}]');
GO

""",
}

_RUN_WITH = {
    "sqlite": "sqlite3 databus.db < creation_script.sql",
    "postgresql": "psql --set ON_ERROR_STOP=1 --file creation_script.sql DATABASE",
    "mariadb": "mariadb DATABASE < creation_script.sql",
    "mysql": "mysql DATABASE < creation_script.sql",
    "mssql": "sqlcmd -b -I -f 65001 -d DATABASE -i creation_script.sql",
}

DIALECTS = tuple(_RUN_WITH)
"""The servers that there is a script for."""


def creation_script(dialect: str, schema: str | None = None) -> str:
    """Return the statements that make all tables on a server.

    Args:
        dialect: One of ``DIALECTS``.
        schema: Where they are made. Without it ``databus``; on MariaDB and MySQL in the database that is in use.
    """
    from alembic import command

    if schema is None and dialect in ("postgresql", "mssql"):
        schema = DEFAULT_SCHEMA
    text = io.StringIO()
    config = alembic_config(schema, dialect_name=dialect, output_buffer=text)
    config.output_buffer = text
    command.upgrade(config, "head", sql=True)
    header = f"-- The tables of Databus. Generated from its migrations; run it with\n-- {_RUN_WITH[dialect]}\n\n"
    create_schema = _SCHEMAS.get(dialect, "").format(schema=schema) if schema else ""
    return header + create_schema + _tidy(text.getvalue())


def _tidy(script: str) -> str:
    """Return a script without blanks at the ends of lines and without empty lines in a row."""
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+$", "", script, flags=re.MULTILINE)).strip() + "\n"


if __name__ == "__main__":
    FILE.write_text(creation_script("mssql"), encoding="utf-8")
