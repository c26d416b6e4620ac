"""Reading whole queues: ids alone, and entries with their contents."""

import pytest

from databus.database.abstract_database import AbstractDatabase
from databus.database.records import WholeEntry
from databus.errors import StoreError
from databus.testing.samples import (
    CLIENT,
    NOW,
    ODD_TEXTS,
    binary,
    changed,
    content,
    kept,
    load,
    pages,
    passenger,
    seat,
    text,
)

ROOM = 1 << 20


def _ids(database: AbstractDatabase, limit: int) -> list[list[str]]:
    return [list(page.items) for page in pages(lambda cursor: database.find_ids(CLIENT, cursor=cursor, limit=limit))]


class TestFindIds:
    """``find_ids``."""

    def test_newest_first_page_after_page(self, database: AbstractDatabase) -> None:
        seat(database, *(passenger(str(number)) for number in range(5)))
        seat(database, passenger("other", client_id="other"))
        assert _ids(database, 2) == [["id-4", "id-3"], ["id-2", "id-1"], ["id-0"]]
        assert _ids(database, 5) == [["id-4", "id-3", "id-2", "id-1", "id-0"]]

    def test_where_there_is_nothing(self, database: AbstractDatabase) -> None:
        assert _ids(database, 2) == [[]]

    def test_odd_ids(self, database: AbstractDatabase) -> None:
        ids = [each for each in ODD_TEXTS.values() if each]
        seat(database, *(passenger(str(number), internal_id=each) for number, each in enumerate(ids)))
        assert _ids(database, 7) == [ids[::-1][start : start + 7] for start in range(0, len(ids), 7)]

    @pytest.mark.parametrize("cursor", ["x", "-1"])
    def test_a_cursor_of_somebody_else(self, database: AbstractDatabase, cursor: str) -> None:
        seat(database, passenger("1"))
        with pytest.raises(StoreError):
            database.find_ids(CLIENT, cursor=cursor, limit=2)


class TestLoadWhole:
    """``load_whole``."""

    def test_entries_with_contents_in_the_given_order(self, database: AbstractDatabase) -> None:
        attachments = [text("a", "ä"), binary("b", b"\0\xff"), text("empty", "")]
        first, second = seat(database, passenger("1", attachments=attachments), passenger("2"))
        assert database.load_whole(CLIENT, ["id-2", "no such", "id-1", "ID-1"], room=ROOM) == [
            WholeEntry(entry=second),
            WholeEntry(entry=first, contents=("ä".encode(), b"\0\xff", b"")),
        ]
        assert database.load_whole(CLIENT, [], room=ROOM) == []
        assert database.load_whole("nobody", ["id-1"], room=ROOM) == []

    def test_as_many_as_fit(self, database: AbstractDatabase) -> None:
        entries = seat(database, *(passenger(each, attachments=[binary("a", each.encode() * 100)]) for each in "12345"))
        ids = [entry.internal_id for entry in entries]
        found = database.load_whole(CLIENT, ids, room=250)
        assert found == [
            WholeEntry(entry=entries[place], contents=(b"12"[place : place + 1] * 100,)) for place in (0, 1)
        ]
        assert [whole.entry for whole in database.load_whole(CLIENT, ids[2:], room=300)] == entries[2:]

    def test_what_never_fits_comes_without(self, database: AbstractDatabase) -> None:
        contents = [binary("a", b"x" * 100), binary("large", b"y" * 300), binary("b", b"z" * 60)]
        entries = seat(database, passenger("1", attachments=contents), passenger("2", attachments=contents[1:2]))
        found = database.load_whole(CLIENT, ["id-1", "id-2"], room=120)
        assert found == [
            WholeEntry(entry=entries[0], contents=(b"x" * 100, None, None)),
            WholeEntry(entry=entries[1], contents=(None,)),
        ]
        assert content(database, entries[1], "large") == b"y" * 300

    def test_without_room(self, database: AbstractDatabase) -> None:
        entries = seat(database, passenger("1", attachments=[text("a"), text("empty", "")]), passenger("2"))
        found = database.load_whole(CLIENT, ["id-1", "id-2"], room=0)
        assert [whole.entry for whole in found] == entries
        assert found[0].contents[0] is None

    def test_a_large_content_is_whole_or_left_out(self, database: AbstractDatabase) -> None:
        large = bytes(range(256)) * (3 << 12)
        (entry,) = seat(database, passenger("1", attachments=[binary("large", large), text("small", "s")]))
        (whole,) = database.load_whole(CLIENT, ["id-1"], room=8 * ROOM)
        assert whole.entry == entry
        assert whole.contents[0] in (None, large)
        assert whole.contents[1] == b"s"

    def test_what_was_changed_last(self, database: AbstractDatabase) -> None:
        (entry,) = seat(database, passenger("1", attachments=[text("a", "one"), text("b", "two")]))
        database.record([changed(entry, kept("b", "a"), kept("a", "b"), text("c", "new"))], now=NOW)
        (whole,) = database.load_whole(CLIENT, ["id-1"], room=ROOM)
        assert whole == WholeEntry(entry=load(database, entry), contents=(b"one", b"two", b"new"))

    def test_odd_names(self, database: AbstractDatabase) -> None:
        attachments = [binary(name, name.encode(errors="surrogatepass")) for name in ODD_TEXTS.values() if name]
        (entry,) = seat(database, passenger("1", attachments=attachments))
        (whole,) = database.load_whole(CLIENT, ["id-1"], room=ROOM)
        names = [each.name.encode(errors="surrogatepass") for each in entry.attachments]
        assert list(whole.contents) == names

    def test_many(self, database: AbstractDatabase) -> None:
        entries = seat(
            database, *(passenger(str(number), attachments=[text("a", str(number))]) for number in range(1200))
        )
        found = database.load_whole(CLIENT, [entry.internal_id for entry in reversed(entries)], room=ROOM)
        assert found == [WholeEntry(entry=entry, contents=(entry.external_id.encode(),)) for entry in reversed(entries)]
