"""``databus schema``."""

from typing import Annotated, Literal

import typer

from databus.cli.commands import group
from databus.cli.failing import WrongUsage
from databus.cli.where import Given

Dialect = Literal["sqlite", "postgresql", "mariadb", "mysql", "mssql"]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group(app, "schema", "Schemas, for editors and programs.", {"config": config, "sql": sql})


def config(given: Given) -> None:
    """Print the JSON Schema of config.json."""
    import json

    from databus.client.config_schema import config_schema

    print(json.dumps(config_schema(), indent=2, ensure_ascii=False))


def sql(
    given: Given,
    dialect: Annotated[Dialect, typer.Option("--dialect", help="The kind of server.")],
    schema: Annotated[
        str | None,
        typer.Option(
            "--schema",
            metavar="NAME",
            help="Where the tables are made. [default: databus; for mariadb and mysql the database in use]",
        ),
    ] = None,
) -> None:
    """Print the SQL script that makes the tables of a database.

    Databus makes them itself where it may; this is for servers on which it may not.
    """
    from databus.database.sql_db.creation_script import creation_script
    from databus.database.sql_db.sql_database_arguments import SCHEMA_NAMES, is_schema_name

    if schema is not None and not is_schema_name(schema):
        raise WrongUsage(f"--schema {schema!r}: {SCHEMA_NAMES}")
    print(creation_script(dialect, schema), end="")
