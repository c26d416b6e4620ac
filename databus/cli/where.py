"""Where the database is: from the options, else the environment, else databus.toml, else the default."""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from databus.cli.failing import WrongUsage
from databus.errors import ConfigError, Problem, StoreError, StoreUnreachable

if TYPE_CHECKING:  # heavy: loaded when a SQL database is named
    from databus.database.sql_db.sql_database_arguments import Target

JSON_DB = "databus.database.json_db.json_database"
SQL_DB = "databus.database.sql_db.sql_database"
SQL_SCHEMES = ("sqlite", "postgresql", "postgres", "mariadb", "mysql", "mssql")
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
class Where:
    """Where everything is.

    Attributes:
        data: The data folder, absolute.
        module, arguments: Of the database engine.
    """

    data: Path
    module: str
    arguments: dict[str, Any]

    @property
    def json_folder(self) -> Path | None:
        """The folder of a json_db; None for other engines."""
        return Path(str(self.arguments.get("path", ""))) if self.module == JSON_DB else None

    @property
    def sqlite_file(self) -> Path | None:
        """The file of a SQLite database; None for other engines."""
        return _target(self.arguments).file if self.module == SQL_DB else None

    def __str__(self) -> str:
        if self.json_folder:
            return str(self.json_folder)
        return str(_target(self.arguments)) if self.module == SQL_DB else self.module

    def is_same(self, other: "Where") -> bool:
        """Whether two places are the same, as far as their names tell."""
        if self.module != other.module:
            return False
        path, other_path = self.json_folder or self.sqlite_file, other.json_folder or other.sqlite_file
        if path and other_path:
            return path.resolve() == other_path.resolve()
        return self.arguments == other.arguments

    def check_exists(self) -> None:
        """Raise StoreUnreachable where a database of files is not there: a typing error must not make a new one."""
        path = self.json_folder or self.sqlite_file
        if path and not (path.is_dir() if self.json_folder else path.exists()):
            raise StoreUnreachable(f"there is no database at {path}: `databus init` lays one out")

    def make_folder(self) -> None:
        """Make the folder that a database of files lies in.

        Raises:
            StoreError: It cannot be made.
        """
        folder = self.json_folder or (self.sqlite_file and self.sqlite_file.parent)
        try:
            if folder:
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"{folder} cannot be made: {error.strerror}") from error


def _target(arguments: Mapping[str, Any]) -> "Target":
    from databus.database.sql_db.sql_database_arguments import target_of

    try:
        return target_of(arguments)
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
    for folder in (str(Path.cwd()), str(data / "plugins")):
        if folder not in sys.path:
            sys.path.append(folder)
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
    module, own_arguments = _engine(given, source.data)
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


def _engine(named: Given, data: Path) -> tuple[str, dict[str, Any]]:
    if named.database is not None and named.database_module is not None:
        raise WrongUsage("--database and --database-module name two databases: give one of them")
    if named.database_module is not None:
        return named.database_module, {}
    if named.database is None:
        return JSON_DB, {}
    return _of_url(named.database)


def _of_url(url: str) -> tuple[str, dict[str, Any]]:
    scheme, _, rest = url.partition(":")
    if scheme == "json" and rest:
        return JSON_DB, {"path": str(Path(rest).absolute())}
    if scheme.partition("+")[0] in SQL_SCHEMES and rest.startswith("//"):
        return SQL_DB, {"url": _absolute(url)}
    # What was given may hold a password: only its beginning is repeated.
    known = ", ".join(f"{each}://" for each in SQL_SCHEMES if each != "postgres")
    raise WrongUsage(
        f"{_beginning(url)} is no database: --database takes json:PATH, sqlite:///PATH, or a URL of {known}"
    )


def _absolute(url: str) -> str:
    """Return the address of a SQLite file from the root on, as json:PATH is; others as they are."""
    head, slashes, path = url.partition(":///")
    if not head.startswith("sqlite") or not slashes or path in ("", ":memory:"):
        return url
    return f"{head}:///{Path(path).expanduser().absolute()}"


def _beginning(url: str) -> str:
    scheme, colon, rest = url.partition("://")
    return f"{scheme}://…" if colon and rest else repr(url)
