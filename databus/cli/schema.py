"""``databus schema``."""

import typer

from databus.cli.commands import command, group
from databus.cli.where import Given


def register(app: typer.Typer) -> None:
    """Add the commands."""
    schemas = group("Schemas, for editors and programs.")
    command(schemas, "config")(config)
    app.add_typer(schemas, name="schema")


def config(given: Given) -> None:
    """Print the JSON Schema of config.json."""
    import json

    from databus.client.config_schema import config_schema

    print(json.dumps(config_schema(), indent=2, ensure_ascii=False))
