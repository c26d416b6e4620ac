"""The engines whose files belong to one process at a time."""

from pathlib import Path

import pytest

from databus.database.engines import JSON_DB, SQL_DB

JSON = "json_db"
SQLITE = "sqlite"
ENGINES = (JSON, SQLITE)

each_engine = pytest.mark.parametrize("engine", ENGINES)

MODULES = {JSON: JSON_DB, SQLITE: SQL_DB}


def arguments(engine: str, path: Path) -> dict[str, str]:
    """Return the arguments of an engine whose files are below a folder."""
    return {"path": str(path)} if engine == JSON else {"url": f"sqlite:///{sqlite_file(path)}"}


def sqlite_file(path: Path) -> Path:
    """Return the database file of SQLite."""
    return path / "databus.db"


def owned_folder(engine: str, path: Path) -> Path:
    """Return where the owner says who it is."""
    return path if engine == JSON else path / "databus.db.owner"
