"""The engines that are measured, each opened on a folder that is gone afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from databus.database.abstract_database import AbstractDatabase
from databus.database.opening import owned_database

MODULES = {
    "memory_db": "databus.database.memory_db.memory_database",
    "json_db": "databus.database.json_db.json_database",
}


@contextmanager
def fresh(engine: str, parent: Path) -> Iterator[AbstractDatabase]:
    """Open an empty database."""
    with TemporaryDirectory(prefix="databus-bench-", dir=parent) as folder:
        arguments = {} if engine == "memory_db" else {"path": f"{folder}/db"}
        with owned_database(MODULES[engine], arguments, serve=False) as database:
            yield database
