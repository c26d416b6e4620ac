"""Loading entries and reading attachments."""

import hashlib
import io
import tracemalloc
from typing import BinaryIO

import pytest

from databus.database.abstract_database import AbstractDatabase
from databus.errors import NotFound
from databus.passenger.attachment import Attachment, AttachmentFormat
from databus.testing.engine import Place
from databus.testing.samples import CLIENT, ODD_TEXTS, binary, content, load, passenger, seat, text

MIB = 1024 * 1024
LARGE = 64 * MIB


class _Endless(io.RawIOBase):
    """A stream of a given size that is never whole in memory and comes in uneven pieces."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self._left = size
        self.sha = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        wanted = min(self._left, 100_003 if size < 0 else min(size, 100_003))
        piece = (self._left.to_bytes(8, "big") * (wanted // 8 + 1))[:wanted]
        self._left -= wanted
        self.sha.update(piece)
        return piece


class TestLoad:
    """``load``."""

    def test_in_the_given_order(self, database: AbstractDatabase) -> None:
        entries = seat(database, passenger("1"), passenger("2"), passenger("3"))
        assert database.load(CLIENT, ["id-3", "id-1"]) == [entries[2], entries[0]]

    def test_what_exists(self, database: AbstractDatabase) -> None:
        (entry,) = seat(database, passenger("1"))
        assert database.load(CLIENT, ["no such", "id-1", "", "../id-1", "ID-1"]) == [entry]
        assert database.load(CLIENT, []) == []
        assert database.load("nobody", ["id-1"]) == []

    def test_many(self, database: AbstractDatabase) -> None:
        entries = seat(database, *(passenger(str(number)) for number in range(2500)))
        assert database.load(CLIENT, [entry.internal_id for entry in reversed(entries)]) == entries[::-1]


class TestAttachments:
    """Contents."""

    @pytest.mark.parametrize(
        "data",
        [b"", b"\0", b"\xff\xfe\0\xd8", bytes(range(256)) * 5, b"a\r\nb\rc\n", b"\x1a\x04", b"\xef\xbb\xbfBOM"],
        ids=repr,
    )
    def test_bytes_are_kept(self, database: AbstractDatabase, data: bytes) -> None:
        as_text = Attachment("as.txt", AttachmentFormat.text, binary_content=data)
        (entry,) = seat(database, passenger("1", attachments=[binary("as.bin", data), as_text]))
        assert (content(database, entry, "as.bin"), content(database, entry, "as.txt")) == (data, data)
        assert [each.size for each in entry.attachments] == [len(data), len(data)]

    def test_text_is_kept_as_it_opens(self, database: AbstractDatabase) -> None:
        attachments = [text(f"{number}.txt", odd) for number, odd in enumerate(ODD_TEXTS.values())]
        (entry,) = seat(database, passenger("1", attachments=attachments))
        for attachment in attachments:
            with attachment.open() as stream:
                assert content(database, entry, attachment.name) == stream.read()

    def test_their_order_is_kept(self, database: AbstractDatabase) -> None:
        names = [f"{number}.txt" for number in (3, 1, 20, 2, 10)]
        (entry,) = seat(database, passenger("1", attachments=[text(name) for name in names]))
        assert [each.name for each in entry.attachments] == names

    def test_several_readers_at_once(self, database: AbstractDatabase) -> None:
        (entry,) = seat(database, passenger("1", attachments=[text("a.txt", "0123456789")]))
        where = (CLIENT, entry.internal_id, "a.txt")
        with database.open_attachment(*where) as first, database.open_attachment(*where) as second:
            assert (first.read(3), second.read(5), first.read(), second.read()) == (
                b"012",
                b"01234",
                b"3456789",
                b"56789",
            )

    @pytest.mark.parametrize(
        ("client_id", "internal_id", "name"),
        [("other", "id-1", "a.txt"), (CLIENT, "id-2", "a.txt"), (CLIENT, "id-1", "A.txt"), (CLIENT, "id-1", "")],
    )
    def test_what_is_not_there(self, database: AbstractDatabase, client_id: str, internal_id: str, name: str) -> None:
        seat(database, passenger("1", attachments=[text("a.txt")]))
        with pytest.raises(NotFound):
            database.open_attachment(client_id, internal_id, name)

    def test_many_of_one_passenger(self, database: AbstractDatabase) -> None:
        attachments = [text(f"{number}.txt", str(number)) for number in range(300)]
        (entry,) = seat(database, passenger("1", attachments=attachments))
        assert [content(database, entry, f"{number}.txt") for number in (0, 150, 299)] == [b"0", b"150", b"299"]


class TestLargeAttachments:
    """One of 64 MiB, which comes in pieces."""

    def test_is_stored_without_being_whole_in_memory(self, place: Place, database: AbstractDatabase) -> None:
        streams: list[_Endless] = []

        def opener() -> BinaryIO:
            streams.append(_Endless(LARGE))
            return streams[-1]  # type: ignore[return-value]  # what engines use of a BinaryIO it has

        tracemalloc.start()
        try:
            (entry,) = seat(database, passenger("1", attachments=[Attachment.from_stream("large.bin", opener)]))
            assert self._digest(database) == streams[-1].sha.hexdigest()
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert load(database, entry).attachments[0].size == LARGE
        assert len(streams) == 1
        assert place.in_memory or peak < LARGE / 2

    def _digest(self, database: AbstractDatabase) -> str:
        sha = hashlib.sha256()
        with database.open_attachment(CLIENT, "id-1", "large.bin") as stream:
            while piece := stream.read(MIB):
                sha.update(piece)
        return sha.hexdigest()
