"""Files outside of the database that two people save at the same moment."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from databus.client.external_config import ExternalConfigFile
from databus.database.memory_db.memory_database import MemoryDatabase
from databus.database.records import Document
from databus.errors import VersionConflict
from databus.operating.audit import Person
from databus.operating.customizing import ExternalCustomizing

LIMIT = 60.0
"""Seconds after which a test has failed."""


class Other:
    """Another person, who saves what both have read at the moment when the first one is about to."""

    def __init__(self, path: Path, database: MemoryDatabase, version: str) -> None:
        self.said = ""
        self._came = threading.Event()
        self._document = ExternalCustomizing(database, _Announced(path, self._came))
        self._version = version
        self._thread = threading.Thread(target=self._save, daemon=True)

    def come(self) -> None:
        """Begin to save, and return when that is done or waits for its turn."""
        self._thread.start()
        assert self._came.wait(LIMIT)

    def leave(self) -> None:
        """Wait until it has ended."""
        self._thread.join(LIMIT)
        assert not self._thread.is_alive()

    def _save(self) -> None:
        try:
            self._document.save(b"by the other", expected=self._version, by=Person("other", "a test"), what="saved")
            self.said = "saved"
        except VersionConflict:
            self.said = "conflict"
        finally:
            self._came.set()


class _Announced(ExternalConfigFile):
    """A file that tells when somebody comes to take a turn."""

    def __init__(self, path: Path, came: threading.Event) -> None:
        super().__init__("demo", "rates", str(path))
        self._came = came

    @contextmanager
    def turn(self) -> Iterator[None]:
        self._came.set()
        with super().turn():
            yield


class Interrupted(MemoryDatabase):
    """A database in which something happens before the next document is written."""

    other: Other | None = None

    def write_document(self, *args: Any, **more: Any) -> Document:
        other, self.other = self.other, None
        if other is not None:
            other.come()
        return super().write_document(*args, **more)


@pytest.fixture
def database() -> Iterator[Interrupted]:
    database = Interrupted({})
    database.open()
    yield database
    database.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "rates.ini"
    path.write_text("before")
    return path


@pytest.mark.parametrize("is_link", [False, True])
def test_of_two_who_save_at_the_same_moment_the_second_one_is_told(
    database: Interrupted, path: Path, is_link: bool
) -> None:
    one = ExternalCustomizing(database, ExternalConfigFile("demo", "rates", str(path)))
    version = one.read().version
    (path.parent / "links").mkdir()
    link = path.parent / "links" / "rates.ini"
    link.symlink_to(path)
    database.other = other = Other(link if is_link else path, database, version)
    one.save(b"by one", expected=version, by=Person("one", "a test"), what="saved")
    other.leave()
    assert (other.said, path.read_text()) == ("conflict", "by one")
    assert sorted(each.name for each in path.parent.iterdir()) == ["links", "rates.ini"]


TRY = """
import fcntl, os, sys
try:
    fcntl.flock(os.open(sys.argv[1], os.O_RDONLY), fcntl.LOCK_EX | fcntl.LOCK_NB)
    print("free")
except BlockingIOError:
    print("taken")
"""


def test_other_processes_wait_for_their_turn(path: Path) -> None:
    def tried() -> str:
        program = [sys.executable, "-c", TRY, str(path.parent)]
        return subprocess.run(program, capture_output=True, text=True, check=True).stdout.strip()

    with ExternalConfigFile("demo", "rates", str(path)).turn():
        assert tried() == "taken"
    assert tried() == "free"


def test_where_there_is_no_folder_a_turn_is_taken_nevertheless(tmp_path: Path) -> None:
    with ExternalConfigFile("demo", "rates", str(tmp_path / "gone" / "rates.ini")).turn():
        assert list(tmp_path.iterdir()) == []
