"""A disk that fills at every write in turn: a clear error, nothing lost, and it goes on when there is room."""

import itertools
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from databus.database.records import CONFIG, Document
from databus.driver.abstract_driver import DriveSummary
from databus.errors import StoreError
from databus.testing.samples import NOW, head, line
from tests.faults.checks import check_contents, check_entries, check_index, check_readable, left_over, lost
from tests.faults.engines import JSON, each_engine
from tests.faults.events import repeats_after_recording
from tests.faults.full_disk import FullDisk, disk_below
from tests.faults.watched_database import WatchedDatabase
from tests.faults.world import CLIENT, World, all_entries, bad_logs

DOCUMENTS = 3

SHORT = timedelta(seconds=5)
"""What cannot be given back because there is no room for it is free after this time."""


def is_clear(error: str, world: World) -> bool:
    """Whether an error says that the disk is full, and where."""
    return bool(re.search("disk .*is full", error)) and str(world.path) in error


@contextmanager
def clearly_full(world: World) -> Iterator[None]:
    """Let an error pass that says that the disk is full, and where."""
    try:
        yield
    except StoreError as error:
        if not is_clear(str(error), world):
            raise


def check_nothing_lost(world: World, database: WatchedDatabase) -> None:
    """While there is no room, everything can be read, whole, and every document is somewhere."""
    entries = all_entries(database)
    assert lost(world, entries) == set()
    assert {entry.external_id for entry in entries} >= world.events.names("seated") - world.events.names("pushed")
    check_contents(world, database, entries)
    check_readable(world)


def check_all_arrived(world: World, copy: Path) -> None:
    """Everything has arrived, once, and nothing is left of the trouble."""
    events = world.events.read()
    assert world.events.names("born") == world.events.names("pushed")
    assert world.events.names("wrong") == set()
    assert repeats_after_recording(events) == []
    check_entries(world)
    assert left_over(world) == []
    check_index(world, copy)
    database = world.open()
    assert [line for line in bad_logs(database) if not is_clear(line, world)] == []
    database.close()


def fill_and_drive(world: World, disk: FullDisk, first: int, *, forever: bool, reopen: bool) -> None:
    """Drive with a disk that fills, then with room; what an earlier drive has left is purged on the way."""
    world.lease = SHORT
    database = world.open()
    known = world.configure(database, queue_life_span=0, log_life_span=0)
    world.feed(1, DOCUMENTS)
    world.drive_until_idle(database, known)
    world.feed(DOCUMENTS)
    with disk.filled(first, forever=forever):
        summary = world.drive(database, known)
        check_summary(world, disk, summary, forever=forever)
        check_nothing_lost(world, database)
        if reopen:
            close_in_vain(world, database)
    if reopen:
        database = world.open()
        check_nothing_lost(world, database)
    world.life += 1
    world.drive_until_idle(database, world.configure(database))
    database.close()


def check_summary(world: World, disk: FullDisk, summary: DriveSummary, *, forever: bool) -> None:
    """A disk that is full is said, where it was not got over."""
    if disk.failed and (forever or summary.error):
        assert is_clear(summary.error, world), (disk.failed, summary)
    elif not summary.error:
        assert summary.is_clean
        assert (summary.seated, summary.pushed) == (DOCUMENTS, DOCUMENTS)


def close_in_vain(world: World, database: WatchedDatabase) -> None:
    """Close a database that cannot write any more: it may complain, clearly, but it is closed."""
    with clearly_full(world):
        database.close()


@pytest.mark.timeout(600)
@each_engine
@pytest.mark.parametrize(
    ("forever", "reopen"), [(True, False), (True, True), (False, False)], ids=["stays full", "reopened", "one call"]
)
def test_a_drive(quick_path: Path, engine: str, forever: bool, reopen: bool) -> None:
    for first in itertools.count(1):
        world = World(quick_path / str(first), engine=engine)
        with disk_below(world.path) as disk:
            fill_and_drive(world, disk, first, forever=forever, reopen=reopen)
        check_all_arrived(world, quick_path / "copy")
        if not disk.failed:
            break
    assert first > (50 if engine == JSON else 5), "a commit is all that needs room in SQLite"


@each_engine
def test_a_configuration(quick_path: Path, engine: str) -> None:
    for first in itertools.count(1):
        world = World(quick_path / str(first), engine=engine)
        with disk_below(world.path) as disk:
            database = world.open()
            before = write(database, b"before", first)
            wanted = None
            with disk.filled(first, forever=first % 2 == 0), clearly_full(world):
                wanted = write(database, b"after", first)
            current = database.read_document(CLIENT, CONFIG)
            assert current.content in (b"before", b"after")
            assert disk.failed or current == wanted
            # With room it is saved again, whether or not it got through; the first version can be read as ever.
            after = write(database, b"after", first)
            database.close()
        check_documents(world, before, after)
        if not disk.failed:
            break
    assert first > (10 if engine == JSON else 1)


def write(database: WatchedDatabase, content: bytes, number: int) -> Document:
    """Save a configuration."""
    return database.write_document(CLIENT, CONFIG, content, expected=None, by=f"user {number}", now=NOW)


def check_documents(world: World, before: Document, after: Document) -> None:
    """Both versions are there, and nothing else."""
    database = world.open()
    assert database.read_document(CLIENT, CONFIG) == after
    assert database.read_document(CLIENT, CONFIG, version=before.version).content == b"before"
    database.close()
    assert left_over(world) == []


@each_engine
def test_a_log(quick_path: Path, engine: str) -> None:
    for first in itertools.count(1):
        world = World(quick_path / str(first), engine=engine)
        with disk_below(world.path) as disk:
            database = world.open()
            database.append_log(head(), [line("one")])
            with disk.filled(first, forever=first % 2 == 0):
                with clearly_full(world):
                    database.append_log(head(lines=1), [line("two"), line("three")])
                assert messages(database) in (["one"], ["one", "two", "three"])
            # Whoever could not write repeats it.
            database.append_log(head(lines=1), [line("two"), line("three")])
            database.append_log(head(lines=3), [line("four")])
            database.close()
        database = world.open()
        assert messages(database) == ["one", "two", "three", "four"]
        database.close()
        assert left_over(world) == []
        if not disk.failed:
            break
    assert first > (5 if engine == JSON else 1)


def messages(database: WatchedDatabase) -> list[str]:
    """Return the lines of the log."""
    return [each.message for each in database.read_log(CLIENT, "log-1")[1]]


MANY = 12
PARTS = 24


@each_engine
def test_a_real_disk(tmp_path: Path, engine: str, small_disk: Callable[[int], Path]) -> None:
    """It is as small as some part of what is needed, and grows later."""
    disk = small_disk(8192)
    needed = used_by_a_drive(disk, World(tmp_path / "measured", path=disk / "measured", engine=engine))
    ends = {drive_on_small_disk(small_disk, tmp_path, engine, needed * part // PARTS, part) for part in range(1, PARTS)}
    assert len(ends) > 3, "the disk was full at the same moment each time"


def used_by_a_drive(disk: Path, world: World) -> int:
    """Return how many KiB a drive needs."""
    before = shutil.disk_usage(disk).used
    database = world.open()
    known = world.configure(database)
    world.feed(MANY)
    world.drive_until_idle(database, known)
    used = shutil.disk_usage(disk).used - before
    database.close()
    shutil.rmtree(world.path)
    return used // 1024


def drive_on_small_disk(
    small_disk: Callable[[int], Path], folder: Path, engine: str, room: int, part: int
) -> tuple[int, int, int]:
    """Drive with so many KiB of room, then with enough; return how far the first drive came."""
    disk = small_disk(8192)
    world = World(folder / str(part), path=disk / str(part), engine=engine)
    world.lease = SHORT
    world.feed(MANY)
    small_disk(shutil.disk_usage(disk).used // 1024 + room)
    summary = DriveSummary(CLIENT, "")
    database = world.database()
    is_open = False
    with clearly_full(world):
        database.open()
        is_open = True
        summary = world.drive(database, world.configure(database))
        check_nothing_lost(world, database)
        assert summary.is_clean or is_clear(summary.error, world), summary
    if part % 2 or not is_open:
        close_in_vain(world, database)
        small_disk(8192)
        database = world.open()
    small_disk(8192)
    check_nothing_lost(world, database)
    world.life += 1
    world.drive_until_idle(database, world.configure(database))
    database.close()
    check_all_arrived(world, disk / "copy")
    shutil.rmtree(world.path)
    return summary.seated, summary.processed, summary.pushed
