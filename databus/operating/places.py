"""Where a database is: which engine, with which arguments."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from databus.database.engines import JSON_DB, SQL_DB
from databus.errors import ConfigError, Problem, StoreError, StoreUnreachable

if TYPE_CHECKING:  # heavy: loaded when a SQL database is named
    from databus.database.sql_db.sql_database_arguments import Target

SQL_SCHEMES = ("sqlite", "postgresql", "postgres", "mariadb", "mysql", "mssql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a database is.

    Attributes:
        module, arguments: Of the database engine.
    """

    module: str
    arguments: dict[str, Any]

    @property
    def json_folder(self) -> Path | None:
        """The folder of a json_db; None for other engines."""
        return Path(str(self.arguments.get("path", ""))) if self.module == JSON_DB else None

    @property
    def sqlite_file(self) -> Path | None:
        """The file of a SQLite database; None for other engines."""
        return self.sql_target().file if self.module == SQL_DB else None

    def sql_target(self) -> "Target":
        """Return what the arguments of a sql_db mean.

        Raises:
            ConfigError: They are wrong.
        """
        from databus.database.sql_db.sql_database_arguments import target_of

        return target_of(self.arguments)

    def __str__(self) -> str:
        if self.json_folder:
            return str(self.json_folder)
        return str(self.sql_target()) if self.module == SQL_DB else self.module

    def is_same(self, other: "Place") -> bool:
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

    def check_laid_out(self) -> None:
        """Raise StoreError where there is no Databus: who only looks must not make one of what was named by mistake."""
        self.check_exists()
        if self.module == SQL_DB:
            from databus.database.sql_db.probing import has_tables

            is_there = has_tables(self.sql_target())
        else:
            is_there = not self.json_folder or _may_be_json_db(self.json_folder)
        if not is_there:
            raise StoreUnreachable(f"there is no Databus in {self}: `databus init` lays one out, with the same options")

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

    def secrets(self) -> frozenset[str]:
        """Return what must not be shown: the password and the options of an address, any argument of another engine."""
        if self.json_folder or self.sqlite_file:
            return frozenset()
        if self.module != SQL_DB:
            return frozenset(_texts(self.arguments))
        url = self.sql_target().url
        return frozenset({str(url.password or ""), *_texts(url.query)} - {""})


def place_of(address: str) -> Place:
    """Return the place of an address: ``json:PATH``, ``sqlite:///PATH``, or a URL of a SQL server.

    Raises:
        ConfigError: It is none of these.
    """
    scheme, _, rest = address.partition(":")
    if scheme == "json" and rest:
        return Place(module=JSON_DB, arguments={"path": str(Path(rest).absolute())})
    if scheme.partition("+")[0] in SQL_SCHEMES and rest.startswith("//"):
        return Place(module=SQL_DB, arguments={"url": _absolute(address)})
    # What was given may hold a password: only its beginning is repeated.
    known = ", ".join(f"{each}://" for each in SQL_SCHEMES if each != "postgres")
    reason = f"{_beginning(address)} is no database: it takes json:PATH, sqlite:///PATH, or a URL of {known}"
    raise ConfigError([Problem("database", "", reason)])


def _absolute(url: str) -> str:
    """Return the address of a SQLite file from the root on, as json:PATH is; others as they are."""
    head, slashes, path = url.partition(":///")
    if not head.startswith("sqlite") or not slashes or path in ("", ":memory:"):
        return url
    return f"{head}:///{Path(path).expanduser().absolute()}"


def _beginning(url: str) -> str:
    scheme, colon, rest = url.partition("://")
    return f"{scheme}://…" if colon and rest else repr(url)


def _may_be_json_db(folder: Path) -> bool:
    """Whether a folder has the clients of a json_db, or nothing yet."""
    return (folder / "clients").is_dir() or not any(folder.iterdir())


def _texts(value: object) -> Iterator[str]:
    """Yield every text within a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _texts(each)
