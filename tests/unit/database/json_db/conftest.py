"""What the tests of json_db are given."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from databus.database.json_db.json_database import JsonDatabase


@pytest.fixture
def database(tmp_path: Path) -> Iterator[JsonDatabase]:
    """An open, empty database in ``tmp_path``."""
    database = JsonDatabase({"path": str(tmp_path)})
    database.open()
    yield database
    database.close()


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    """The folder of the client that the samples belong to."""
    return tmp_path / "clients" / "acme"
