"""What processors change in the attachments of their passengers."""

import io
from typing import BinaryIO

import pytest

from databus.database.abstract_database import AbstractDatabase
from databus.database.records import Entry
from databus.errors import NotFound, StoreError
from databus.passenger.attachment import Attachment, AttachmentFormat
from databus.testing.samples import NOW, binary, changed, claim, content, kept, load, outcome, passenger, seat, text

A_AND_B = {"a.txt": b"A", "b.txt": b"B"}


class _Changing:
    """Fixtures stand in the class, so that they go wherever the class is collected."""

    @pytest.fixture
    def entry(self, database: AbstractDatabase) -> Entry:
        """An entry with the attachments ``A_AND_B``."""
        return seat(database, passenger("1", attachments=[text("a.txt", "A"), text("b.txt", "B")]))[0]


def _contents(database: AbstractDatabase, entry: Entry) -> dict[str, bytes]:
    stored = load(database, entry)
    contents = {each.name: content(database, entry, each.name) for each in stored.attachments}
    assert [each.size for each in stored.attachments] == [len(each) for each in contents.values()]
    return contents


def _after(database: AbstractDatabase, entry: Entry, *attachments: Attachment) -> dict[str, bytes]:
    assert database.record([changed(entry, *attachments)], now=NOW) == []
    return _contents(database, entry)


class TestChanges(_Changing):
    """The new list of attachments."""

    def test_none_leaves_them(self, database: AbstractDatabase, entry: Entry) -> None:
        database.record([outcome(entry, "check")], now=NOW)
        assert _contents(database, entry) == A_AND_B

    def test_kept(self, database: AbstractDatabase, entry: Entry) -> None:
        assert _after(database, entry, kept("a.txt"), kept("b.txt")) == A_AND_B

    def test_added(self, database: AbstractDatabase, entry: Entry) -> None:
        after = _after(database, entry, kept("a.txt"), kept("b.txt"), binary("c.bin", b"\0C"))
        assert after == {**A_AND_B, "c.bin": b"\0C"}
        assert load(database, entry).attachments[-1].format is AttachmentFormat.binary

    def test_removed(self, database: AbstractDatabase, entry: Entry) -> None:
        assert _after(database, entry, kept("b.txt")) == {"b.txt": b"B"}
        with pytest.raises(NotFound):
            database.open_attachment(entry.client_id, entry.internal_id, "a.txt")

    def test_all_removed(self, database: AbstractDatabase, entry: Entry) -> None:
        assert _after(database, entry) == {}

    def test_replaced(self, database: AbstractDatabase, entry: Entry) -> None:
        assert _after(database, entry, text("a.txt", "new"), kept("b.txt")) == {"a.txt": b"new", "b.txt": b"B"}

    def test_replaced_again_and_again(self, database: AbstractDatabase, entry: Entry) -> None:
        for number in range(5):
            new = f"{number}" * number
            assert _after(database, entry, text("a.txt", new), kept("b.txt")) == {"a.txt": new.encode(), "b.txt": b"B"}

    def test_renamed(self, database: AbstractDatabase, entry: Entry) -> None:
        assert _after(database, entry, kept("z.txt", "a.txt"), kept("b.txt")) == {"z.txt": b"A", "b.txt": b"B"}
        with pytest.raises(NotFound):
            database.open_attachment(entry.client_id, entry.internal_id, "a.txt")

    def test_names_exchanged(self, database: AbstractDatabase, entry: Entry) -> None:
        after = _after(database, entry, kept("a.txt", "b.txt"), kept("b.txt", "a.txt"))
        assert after == {"a.txt": b"B", "b.txt": b"A"}

    def test_names_passed_on(self, database: AbstractDatabase, entry: Entry) -> None:
        after = _after(database, entry, text("a.txt", "new"), kept("b.txt", "a.txt"), kept("c.txt", "b.txt"))
        assert after == {"a.txt": b"new", "b.txt": b"A", "c.txt": b"B"}

    def test_copied(self, database: AbstractDatabase, entry: Entry) -> None:
        after = _after(database, entry, kept("a.txt"), kept("copy.txt", "a.txt"), kept("again.txt", "a.txt"))
        assert after == {"a.txt": b"A", "copy.txt": b"A", "again.txt": b"A"}
        assert _after(database, entry, kept("copy.txt")) == {"copy.txt": b"A"}

    def test_put_in_another_order(self, database: AbstractDatabase, entry: Entry) -> None:
        after = _after(database, entry, kept("b.txt"), text("new.txt", "N"), kept("a.txt"))
        assert list(after) == ["b.txt", "new.txt", "a.txt"]

    def test_given_another_format(self, database: AbstractDatabase, entry: Entry) -> None:
        after = _after(database, entry, kept("a.txt", format=AttachmentFormat.binary), kept("b.txt"))
        assert after == A_AND_B
        assert load(database, entry).attachments[0].format is AttachmentFormat.binary

    def test_names_that_differ_in_case_only(self, database: AbstractDatabase, entry: Entry) -> None:
        assert _after(database, entry, kept("a.txt"), text("A.TXT", "other")) == {"a.txt": b"A", "A.TXT": b"other"}

    def test_one_after_the_other_in_one_call(self, database: AbstractDatabase) -> None:
        (entry,) = seat(database, passenger("1", processors=("x", "y"), attachments=[text("a.txt", "A")]))
        first = changed(entry, kept("b.txt", "a.txt"), text("c.txt", "C"), name="x")
        second = changed(entry, kept("d.txt", "c.txt"), kept("b.txt"), name="y")
        assert database.record([first, second], now=NOW) == []
        assert _contents(database, entry) == {"d.txt": b"C", "b.txt": b"A"}

    def test_made_from_the_ones_that_are_stored(self, database: AbstractDatabase, entry: Entry) -> None:
        def upper(name: str) -> BinaryIO:
            return io.BytesIO(content(database, entry, name) * 3)

        new_a = Attachment.from_stream("a.txt", lambda: upper("a.txt"))
        new_c = Attachment.from_stream("c.txt", lambda: upper("b.txt"))
        after = _after(database, entry, new_a, kept("b.txt"), new_c)
        assert after == {"a.txt": b"AAA", "b.txt": b"B", "c.txt": b"BBB"}

    def test_seen_together_with_the_outcome(self, database: AbstractDatabase, entry: Entry) -> None:
        (claimed,) = claim(database)
        database.record([changed(claimed, text("new.txt"))], now=NOW)
        stored = load(database, entry)
        assert [step.is_complete for step in stored.steps] == [False, True, False]
        assert [each.name for each in stored.attachments] == ["new.txt"]

    def test_an_open_stream_is_not_mixed_up(self, database: AbstractDatabase) -> None:
        size = 3_000_000
        (entry,) = seat(database, passenger("1", attachments=[binary("a.bin", b"A" * size)]))
        with database.open_attachment(entry.client_id, entry.internal_id, "a.bin") as stream:
            read = stream.read(1000)
            database.record([changed(entry, binary("a.bin", b"B" * size))], now=NOW)
            try:
                read += stream.read()
            except StoreError:
                return
        assert read == b"A" * size


class TestChangesThatCannotBeStored(_Changing):
    """All or nothing of the entry."""

    def _raises(self, database: AbstractDatabase, entry: Entry, *attachments: Attachment) -> None:
        before = load(database, entry)
        with pytest.raises(StoreError):
            database.record([outcome(entry, "notify"), changed(entry, *attachments)], now=NOW)
        assert load(database, entry) == before
        assert _contents(database, entry) == A_AND_B

    def test_two_of_one_name(self, database: AbstractDatabase, entry: Entry) -> None:
        self._raises(database, entry, text("b.txt", "1"), text("b.txt", "2"))

    def test_renamed_to_a_name_that_is_there(self, database: AbstractDatabase, entry: Entry) -> None:
        self._raises(database, entry, kept("b.txt", "a.txt"), kept("b.txt"))

    def test_nothing_is_stored_under_that_name(self, database: AbstractDatabase, entry: Entry) -> None:
        self._raises(database, entry, text("b.txt", "new"), kept("a.txt", "no such.txt"))

    def test_it_cannot_be_read(self, database: AbstractDatabase, entry: Entry) -> None:
        def opener() -> BinaryIO:
            raise ConnectionResetError("the share is gone")

        self._raises(database, entry, text("b.txt", "new"), Attachment.from_stream("a.txt", opener))
