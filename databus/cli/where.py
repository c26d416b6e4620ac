"""Where the database is: from the options, else the environment, else databus.toml, else the default."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from databus.cli.failing import WrongUsage
from databus.database.engines import JSON_DB
from databus.errors import ConfigError, Problem
from databus.operating.places import Place, place_of
from databus.plugin import find_plugins_in

if TYPE_CHECKING:  # heavy: loaded when a SQL database is named
    from databus.database.sql_db.sql_database_arguments import Target

TOML = "databus.toml"
DEFAULT_DATA = "data"
ENVIRONMENT = {
    "data": "DATABUS_DATA",
    "database": "DATABUS_DATABASE",
    "database_module": "DATABUS_DATABASE_MODULE",
    "database_arguments": "DATABUS_DATABASE_ARGUMENTS",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What one source says; None is what it does not say. Arguments are JSON, or a table of databus.toml."""

    data: str | None = None
    database: str | None = None
    database_module: str | None = None
    database_arguments: str | Mapping[str, Any] | None = None

    @property
    def names_database(self) -> bool:
        """Whether it says which engine."""
        return self.database is not None or self.database_module is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Where(Place):
    """Where everything is: a database, and beside it ``data``, the data folder, absolute."""

    data: Path

    def sql_target(self) -> "Target":
        """Return what the arguments of a sql_db mean.

        Raises:
            WrongUsage: They are wrong.
        """
        try:
            return Place.sql_target(self)
        except ConfigError as error:
            raise WrongUsage(str(error)) from error


def resolve(given: Given) -> Where:
    """Return where everything is, and let Python find plug-ins in the working directory and in DATA/plugins.

    Raises:
        WrongUsage: What was given makes no sense.
        ConfigError: databus.toml is wrong.
    """
    sources = [given, _of_environment(), _of_file(Path(TOML))]
    data = Path(next((source.data for source in sources if source.data), DEFAULT_DATA)).absolute()
    find_plugins_in(data)
    named = next((source for source in sources if source.names_database), Given())
    arguments = _arguments(sources, named)
    module, own_arguments = _engine(named, data)
    if module == JSON_DB and "path" not in arguments:
        arguments = {"path": str(data / "json_db"), **own_arguments, **arguments}
    return Where(data=data, module=module, arguments={**own_arguments, **arguments})


def resolve_target(given: Given, source: Where) -> Where:
    """Return where something is written to, which the command line alone says.

    Raises:
        WrongUsage: It does not say, or what it says makes no sense.
    """
    if not given.names_database:
        raise WrongUsage("say where to: --to json:PATH or --to URL, or --to-module MODULE --to-arguments JSON")
    if given.database is not None and given.database_module is not None:
        raise WrongUsage("--to and --to-module name two databases: give one of them")
    module, own_arguments = _engine(given, source.data, "--to")
    arguments = {} if given.database_arguments is None else _parsed(given.database_arguments, "--to-arguments")
    if module == JSON_DB and not (own_arguments or arguments):
        raise WrongUsage('--to-module of json_db needs --to-arguments \'{"path": "FOLDER"}\'')
    return Where(data=source.data, module=module, arguments={**own_arguments, **arguments})


def _of_environment() -> Given:
    return Given(**{key: os.environ.get(name) or None for key, name in ENVIRONMENT.items()})


def _of_file(path: Path) -> Given:
    try:
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return Given()
    import tomllib

    try:
        values = tomllib.loads(content.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError([Problem(TOML, "", f"this is not TOML: {error}")]) from error
    problems = [*_unknown_keys(values), *_wrong_types(values)]
    if problems:
        raise ConfigError(problems)
    return Given(**values)


def _unknown_keys(values: dict[str, Any]) -> list[Problem]:
    known = ", ".join(ENVIRONMENT)
    return [Problem(TOML, key, f"unknown key; known are {known}") for key in values if key not in ENVIRONMENT]


def _wrong_types(values: dict[str, Any]) -> list[Problem]:
    problems = [
        Problem(TOML, key, "expected text in quotes")
        for key in ("data", "database", "database_module")
        if not isinstance(values.get(key, ""), str)
    ]
    if not isinstance(values.get("database_arguments", ""), (str, dict)):
        problems.append(Problem(TOML, "database_arguments", "expected a table, or JSON in quotes"))
    return problems


def _arguments(sources: list[Given], named: Given) -> dict[str, Any]:
    """Return the arguments of the first source that gives any, but not those that belong to another engine."""
    for source in sources:
        if source.database_arguments is not None and (source is named or not source.names_database):
            return _parsed(source.database_arguments)
    return {}


def _parsed(arguments: str | Mapping[str, Any], option: str = "--database-arguments") -> dict[str, Any]:
    try:
        parsed = json.loads(arguments) if isinstance(arguments, str) else dict(arguments)
    except ValueError as error:
        raise WrongUsage(f"{option} must be JSON: {error}") from error
    if not isinstance(parsed, dict):
        raise WrongUsage(option + ' must be a JSON object, such as {"path": "data/json_db"}')
    return parsed


def _engine(named: Given, data: Path, option: str = "--database") -> tuple[str, dict[str, Any]]:
    if named.database is not None and named.database_module is not None:
        raise WrongUsage("--database and --database-module name two databases: give one of them")
    if named.database_module is not None:
        return named.database_module, {}
    if named.database is None:
        return JSON_DB, {}
    return _of_url(named.database, option)


def _of_url(url: str, option: str) -> tuple[str, dict[str, Any]]:
    try:
        place = place_of(url)
    except ConfigError as error:
        raise WrongUsage(f"{option}: {error.problems[0].reason}") from error
    return place.module, place.arguments
