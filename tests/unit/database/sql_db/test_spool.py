"""Contents are read whole, whatever their stream is like, and however many there are."""

import io
import resource
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pytest

from databus.database.sql_db.spool import PIECE, ROOM, Content, Spool, SpoolError
from databus.database.sql_db.sql_database import SqlDatabase
from databus.passenger.attachment import Attachment
from databus.testing.samples import binary, changed, found, passenger, seat

SIZES = [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE]


class Slow(io.BytesIO):
    """Gives a little each time."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(size or 0, 1000))


@pytest.fixture
def spool() -> Iterator[Spool]:
    with Spool() as spool:
        yield spool


@pytest.fixture
def no_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The temporary folder is gone."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    """Let this process write no longer files meanwhile, as on a disk that is full."""
    before, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (before, most))


def given(content: Content) -> bytes:
    return (content.small or b"") if content.large is None else b"".join(content.large.pieces())


def attachment(opener: Callable[[], BinaryIO]) -> Attachment:
    return Attachment.from_stream("a.bin", opener)


@pytest.mark.parametrize("kind", [io.BytesIO, Slow])
@pytest.mark.parametrize("size", SIZES)
def test_it_is_read_whole(spool: Spool, size: int, kind: type[io.BytesIO]) -> None:
    data = bytes(number % 251 for number in range(size))
    content = spool.read(attachment(lambda: kind(data)))
    assert (content.size, content.error) == (size, "")
    assert given(content) == data
    assert (content.large is not None) == (size >= PIECE)


@pytest.mark.parametrize("size", SIZES)
def test_it_is_read_from_where_its_stream_stands(spool: Spool, size: int) -> None:
    def open_behind_a_mark() -> io.BytesIO:
        stream = io.BytesIO(b"mark" + b"x" * size)
        stream.seek(4)
        return stream

    content = spool.read(attachment(open_behind_a_mark))
    assert content.size == size
    assert given(content) == b"x" * size


def test_what_finds_no_room_in_memory_is_kept_in_one_file() -> None:
    with Spool(room=5) as spool:
        contents = [spool.read(binary(str(number), str(number).encode() * 3)) for number in range(4)]
        assert [each.in_memory for each in contents] == [3, 0, 0, 0]
        assert len({each.large.file for each in contents if each.large is not None}) == 1
        assert [given(each) for each in contents] == [b"000", b"111", b"222", b"333"]
        assert [given(each) for each in reversed(contents)] == [b"333", b"222", b"111", b"000"]


def test_a_stream_that_breaks_leaves_the_others_whole(spool: Spool) -> None:
    class Breaking(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell() > 2 * PIECE:
                raise OSError("the share is gone")
            return super().read(size)

    broken = spool.read(attachment(lambda: Breaking(b"y" * 4 * PIECE)))
    whole = spool.read(binary("whole", b"x" * 2 * PIECE))
    assert "the share is gone" in broken.error
    assert given(whole) == b"x" * 2 * PIECE


def test_a_passenger_with_many_small_contents(database: SqlDatabase) -> None:
    size = PIECE - 1
    number = 2 * ROOM // size
    attachments = [binary(f"{each}.bin", bytes([each]) * size) for each in range(number)]
    (entry,) = seat(database, passenger(attachments=[*attachments, binary("empty.bin", b"")]))
    assert [each.size for each in entry.attachments] == [size] * number + [0]
    (whole,) = database.load_whole(entry.client_id, [entry.internal_id], room=4 * ROOM)
    assert 0 < sum(len(each) for each in whole.contents if each is not None) <= ROOM
    for name, data in ("0.bin", b"\0" * size), (f"{number - 1}.bin", bytes([number - 1]) * size), ("empty.bin", b""):
        with database.open_attachment(entry.client_id, entry.internal_id, name) as stream:
            assert stream.read() == data


@pytest.mark.usefixtures("no_folder")
def test_nobody_is_refused_for_want_of_a_temporary_folder(database: SqlDatabase) -> None:
    with pytest.raises(SpoolError, match="temporary folder"):
        database.seat([passenger("1"), passenger("2", attachments=[binary("large", b"x" * PIECE)])])
    assert set(found(database)) <= {"1"}


@pytest.mark.usefixtures("no_folder")
def test_an_outcome_for_want_of_a_temporary_folder(database: SqlDatabase) -> None:
    (entry,) = seat(database, passenger())
    with pytest.raises(SpoolError, match="temporary folder"):
        database.record([changed(entry, binary("large", b"x" * PIECE))], now=entry.pull_datetime)


def test_a_temporary_folder_that_is_full(spool: Spool) -> None:
    with files_no_larger_than(PIECE), pytest.raises(SpoolError, match="temporary folder"):
        spool.read(binary("large", b"x" * 4 * PIECE))
