"""Documents and their versions."""

import pytest

from databus.database.abstract_database import AbstractDatabase
from databus.database.records import CONFIG, BackupPurge, Document
from databus.errors import NotFound, VersionConflict
from databus.testing.samples import CLIENT, DAY, NOW, ODD_TEXTS, SECOND, TICK


def _write(
    database: AbstractDatabase,
    content: str | bytes,
    name: str = CONFIG,
    *,
    expected: str | None = None,
    day: int = 0,
    backup: bool = True,
    client_id: str = CLIENT,
) -> Document:
    """Write a document on a day, as the user of that day."""
    data = content.encode() if isinstance(content, str) else content
    return database.write_document(
        client_id, name, data, expected=expected, by=f"user {day}", now=NOW + day * DAY, backup=backup
    )


def _history(database: AbstractDatabase, name: str = CONFIG) -> list[bytes]:
    versions = [document.version for document in database.document_history(CLIENT, name)]
    return [database.read_document(CLIENT, name, version=version).content for version in versions]


class TestWriteDocument:
    """``write_document`` and ``read_document``."""

    def test_gives_what_it_stored(self, database: AbstractDatabase) -> None:
        written = database.write_document(CLIENT, CONFIG, b"{}", expected="", by="ada", now=NOW)
        assert written == Document(
            client_id=CLIENT, name=CONFIG, content=b"{}", version=written.version, saved_on=NOW, saved_by="ada"
        )
        assert written.version
        assert database.read_document(CLIENT, CONFIG) == written

    @pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf{ }\r\n", bytes(range(256)), b"x" * 2_000_000], ids=len)
    def test_keeps_the_bytes(self, database: AbstractDatabase, content: bytes) -> None:
        _write(database, content)
        assert database.read_document(CLIENT, CONFIG).content == content

    def test_a_new_content_has_a_new_version(self, database: AbstractDatabase) -> None:
        versions = [_write(database, content).version for content in ("one", "two", "three")]
        assert len(set(versions)) == 3
        assert database.read_document(CLIENT, CONFIG).version == versions[-1]

    def test_the_version_stays_while_nothing_is_written(self, database: AbstractDatabase) -> None:
        written = _write(database, "one")
        _write(database, "two", "other.json")
        assert database.read_document(CLIENT, CONFIG).version == written.version

    def test_earlier_versions_can_be_read(self, database: AbstractDatabase) -> None:
        written = [_write(database, content, day=day) for day, content in enumerate(("one", "two", "three"))]
        assert [database.read_document(CLIENT, CONFIG, version=each.version) for each in written] == written

    def test_what_is_not_there(self, database: AbstractDatabase) -> None:
        written = _write(database, "one")
        for client_id, name, version in (
            (CLIENT, "other.json", ""),
            (CLIENT, "CONFIG.json", ""),
            ("other", CONFIG, ""),
            ("other", CONFIG, written.version),
            (CLIENT, CONFIG, "no such version"),
            (CLIENT, CONFIG, "../config.json"),
        ):
            with pytest.raises(NotFound):
                database.read_document(client_id, name, version=version)

    def test_names_of_two_clients_are_two_documents(self, database: AbstractDatabase) -> None:
        _write(database, "mine")
        _write(database, "other", client_id="other")
        assert database.read_document(CLIENT, CONFIG).content == b"mine"


class TestExpectedVersion:
    """Two people who edit at once."""

    def test_the_current_one_is_replaced(self, database: AbstractDatabase) -> None:
        first = _write(database, "one", expected="")
        second = _write(database, "two", expected=first.version)
        assert database.read_document(CLIENT, CONFIG) == second

    @pytest.mark.parametrize("expected", ["", "another version"])
    def test_another_one_is_a_conflict(self, database: AbstractDatabase, expected: str) -> None:
        first = _write(database, "one")
        with pytest.raises(VersionConflict):
            _write(database, "two", expected=expected)
        assert database.read_document(CLIENT, CONFIG) == first
        assert database.document_history(CLIENT, CONFIG) == []

    def test_an_earlier_one_is_a_conflict(self, database: AbstractDatabase) -> None:
        first = _write(database, "one")
        second = _write(database, "two")
        with pytest.raises(VersionConflict):
            _write(database, "three", expected=first.version)
        assert database.read_document(CLIENT, CONFIG) == second
        assert _history(database) == [b"one"]

    def test_a_missing_document_has_none(self, database: AbstractDatabase) -> None:
        with pytest.raises(VersionConflict):
            _write(database, "one", expected="a version")
        assert database.list_documents(CLIENT) == []

    def test_none_is_not_checked(self, database: AbstractDatabase) -> None:
        _write(database, "one", expected=None)
        _write(database, "two", expected=None)
        assert database.read_document(CLIENT, CONFIG).content == b"two"


class TestHistory:
    """``document_history``."""

    def test_newest_first_without_contents(self, database: AbstractDatabase) -> None:
        written = [_write(database, content, day=day) for day, content in enumerate(("one", "two", "three"))]
        history = database.document_history(CLIENT, CONFIG)
        assert [each.version for each in history] == [written[1].version, written[0].version]
        assert [each.content for each in history] == [b"", b""]
        assert [(each.saved_on, each.saved_by) for each in history] == [(NOW + DAY, "user 1"), (NOW, "user 0")]

    def test_back_to_an_earlier_content(self, database: AbstractDatabase) -> None:
        for day, content in enumerate(("one", "two", "one", "three")):
            _write(database, content, day=day)
        assert _history(database) == [b"one", b"two", b"one"]

    def test_without_backup_the_replaced_one_is_gone(self, database: AbstractDatabase) -> None:
        _write(database, "one")
        second = _write(database, "two")
        _write(database, "three", backup=False)
        assert _history(database) == [b"one"]
        with pytest.raises(NotFound):
            database.read_document(CLIENT, CONFIG, version=second.version)

    def test_written_within_a_microsecond(self, database: AbstractDatabase) -> None:
        for content in ("one", "two", "three", "four"):
            _write(database, content)
        assert _history(database) == [b"three", b"two", b"one"]

    def test_written_while_the_clock_goes_back(self, database: AbstractDatabase) -> None:
        for day, content in enumerate(("one", "two", "three")):
            _write(database, content, day=-day)
        assert _history(database) == [b"two", b"one"]

    def test_of_nothing(self, database: AbstractDatabase) -> None:
        assert database.document_history(CLIENT, CONFIG) == []

    def test_of_each_document_alone(self, database: AbstractDatabase) -> None:
        for name in ("a.json", "a.json.1", "a"):
            for content in ("1", "2"):
                _write(database, f"{name} {content}", name)
        assert [_history(database, name) for name in ("a.json", "a.json.1", "a")] == [
            [b"a.json 1"],
            [b"a.json.1 1"],
            [b"a 1"],
        ]


class TestListDocuments:
    """``list_documents``."""

    def test_by_name_without_contents(self, database: AbstractDatabase) -> None:
        written = {name: _write(database, name, name) for name in ("b.json", "B.json", CONFIG, "a.json")}
        listed = database.list_documents(CLIENT)
        assert [each.name for each in listed] == ["B.json", "a.json", "b.json", CONFIG]
        assert [each.version for each in listed] == [written[each.name].version for each in listed]
        assert {each.content for each in listed} == {b""}

    def test_the_current_versions_only(self, database: AbstractDatabase) -> None:
        _write(database, "one")
        second = _write(database, "two", day=1)
        (listed,) = database.list_documents(CLIENT)
        assert (listed.version, listed.saved_on, listed.saved_by) == (second.version, NOW + DAY, "user 1")

    def test_of_nothing(self, database: AbstractDatabase) -> None:
        assert database.list_documents("nobody") == []

    @pytest.mark.parametrize("odd", ODD_TEXTS.values(), ids=ODD_TEXTS)
    def test_odd_names(self, database: AbstractDatabase, odd: str) -> None:
        _write(database, "config")
        _write(database, "one", odd)
        _write(database, "two", odd)
        assert sorted(each.name for each in database.list_documents(CLIENT)) == sorted([CONFIG, odd])
        assert _history(database, odd) == [b"one"]
        assert database.read_document(CLIENT, CONFIG).content == b"config"
        database.delete_document(CLIENT, odd)
        assert [each.name for each in database.list_documents(CLIENT)] == [CONFIG]


class TestDeleteDocument:
    """``delete_document``."""

    def test_with_its_history(self, database: AbstractDatabase) -> None:
        written = [_write(database, content) for content in ("one", "two")]
        _write(database, "stays", "other.json")
        database.delete_document(CLIENT, CONFIG)
        assert database.document_history(CLIENT, CONFIG) == []
        assert [each.name for each in database.list_documents(CLIENT)] == ["other.json"]
        for version in ("", *(each.version for each in written)):
            with pytest.raises(NotFound):
                database.read_document(CLIENT, CONFIG, version=version)

    def test_written_anew_it_has_no_history(self, database: AbstractDatabase) -> None:
        _write(database, "one")
        database.delete_document(CLIENT, CONFIG)
        _write(database, "two", expected="")
        assert _history(database) == []

    def test_of_nothing(self, database: AbstractDatabase) -> None:
        database.delete_document(CLIENT, CONFIG)
        database.delete_document("nobody", "../config.json")


class TestPurgeBackups:
    """Earlier versions beyond the newest ones and before a time."""

    def _purge(self, database: AbstractDatabase, *, keep: int, day: int = 1000, limit: int = 100) -> int:
        rule = BackupPurge(client_id=CLIENT, keep=keep, before=NOW + day * DAY)
        return database.purge(rule, limit=limit, now=NOW)

    def test_beyond_the_newest_of_each_document(self, database: AbstractDatabase) -> None:
        for day in range(5):
            _write(database, f"a{day}", "a.json", day=day)
            _write(database, f"b{day}", "b.json", day=day)
        assert self._purge(database, keep=3) == 2
        assert _history(database, "a.json") == [b"a3", b"a2", b"a1"]
        assert _history(database, "b.json") == [b"b3", b"b2", b"b1"]
        assert self._purge(database, keep=0) == 6
        assert database.read_document(CLIENT, "a.json").content == b"a4"

    def test_before_the_time(self, database: AbstractDatabase) -> None:
        for day in range(5):
            _write(database, str(day), day=day)
        assert self._purge(database, keep=1, day=2) == 2
        assert _history(database) == [b"3", b"2"]

    def test_oldest_first_and_no_more_than_the_limit(self, database: AbstractDatabase) -> None:
        for day in range(3):
            _write(database, f"a{day}", "a.json", day=day)
            _write(database, f"b{day}", "b.json", day=day + 10)
        assert self._purge(database, keep=0, limit=3) == 3
        assert (_history(database, "a.json"), _history(database, "b.json")) == ([], [b"b1"])
        assert self._purge(database, keep=0, limit=3) == 1

    def test_a_purged_version_cannot_be_read(self, database: AbstractDatabase) -> None:
        first = _write(database, "one")
        _write(database, "two", day=1)
        assert self._purge(database, keep=0) == 1
        with pytest.raises(NotFound):
            database.read_document(CLIENT, CONFIG, version=first.version)

    def test_of_the_client(self, database: AbstractDatabase) -> None:
        for content in ("one", "two"):
            _write(database, content, client_id="other")
        assert self._purge(database, keep=0) == 0


class TestVersionsAndTimes:
    """What a version carries."""

    def test_times_to_the_microsecond(self, database: AbstractDatabase) -> None:
        for number in range(3):
            database.write_document(CLIENT, CONFIG, str(number).encode(), expected=None, by="", now=NOW + number * TICK)
        times = [each.saved_on for each in database.document_history(CLIENT, CONFIG)]
        assert times == [NOW + TICK, NOW]
        assert database.read_document(CLIENT, CONFIG).saved_on == NOW + 2 * TICK
        assert all(time.utcoffset() == 0 * SECOND for time in times)

    @pytest.mark.parametrize("odd", ODD_TEXTS.values(), ids=ODD_TEXTS)
    def test_odd_users(self, database: AbstractDatabase, odd: str) -> None:
        for content in (b"one", b"two"):
            database.write_document(CLIENT, CONFIG, content, expected=None, by=odd, now=NOW)
        assert database.read_document(CLIENT, CONFIG).saved_by == odd
        assert database.document_history(CLIENT, CONFIG)[0].saved_by == odd
