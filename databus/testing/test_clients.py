"""Clients: those who have a configuration, and how they go."""

import pytest

from databus.database.abstract_database import AbstractDatabase
from databus.database.records import CONFIG, LogQuery, QueueQuery
from databus.errors import NotFound, StoreError
from databus.testing.samples import (
    CLIENT,
    MINUTE,
    NOW,
    ODD_TEXTS,
    claim,
    content,
    found,
    head,
    line,
    passenger,
    seat,
    settle,
    text,
)


def _configure(database: AbstractDatabase, client_id: str = CLIENT, config: bytes = b"{}", name: str = CONFIG) -> str:
    return database.write_document(client_id, name, config, expected=None, by="", now=NOW).version


class TestClients:
    """``clients``."""

    def test_nobody(self, database: AbstractDatabase) -> None:
        assert database.clients() == {}

    def test_those_with_a_configuration(self, database: AbstractDatabase) -> None:
        versions = {client_id: _configure(database, client_id) for client_id in ("acme", "root", "Acme", "größe 1")}
        assert database.clients() == versions

    def test_nobody_else(self, database: AbstractDatabase) -> None:
        _configure(database, "notes", name="notes.txt")
        seat(database, passenger("1", client_id="queue"))
        database.append_log(head(client_id="log"), [line()])
        assert database.clients() == {}

    def test_a_new_configuration_has_a_new_version(self, database: AbstractDatabase) -> None:
        first = _configure(database)
        second = _configure(database, config=b"{ }")
        assert first != second
        assert database.clients() == {CLIENT: second}

    def test_other_documents_leave_it(self, database: AbstractDatabase) -> None:
        version = _configure(database)
        _configure(database, name="users.json")
        settle(database, passenger("1"))
        assert database.clients() == {CLIENT: version}

    def test_a_deleted_configuration(self, database: AbstractDatabase) -> None:
        _configure(database)
        settle(database, passenger("1"))
        database.delete_document(CLIENT, CONFIG)
        assert database.clients() == {}
        assert found(database) == ["1"]


class TestDeleteClient:
    """``delete_client``."""

    def _fill(self, database: AbstractDatabase, client_id: str) -> None:
        _configure(database, client_id)
        _configure(database, client_id, b"{ }")
        settle(database, passenger("1", client_id=client_id, attachments=[text("a.txt")]))
        database.append_log(head(client_id=client_id), [line()])

    def test_takes_everything_with_it(self, database: AbstractDatabase) -> None:
        self._fill(database, CLIENT)
        database.delete_client(CLIENT, now=NOW)
        assert database.clients() == {}
        assert (database.list_documents(CLIENT), database.document_history(CLIENT, CONFIG)) == ([], [])
        assert (found(database), database.counts(CLIENT, now=NOW)) == ([], [])
        assert database.find_logs(LogQuery(client_id=CLIENT)).items == ()
        for read in (
            lambda: database.open_attachment(CLIENT, "id-1", "a.txt"),
            lambda: database.read_log(CLIENT, "log-1"),
            lambda: database.read_document(CLIENT, CONFIG),
        ):
            with pytest.raises(NotFound):
                read()

    def test_leaves_the_others(self, database: AbstractDatabase) -> None:
        for client_id in (CLIENT, "other", CLIENT + "2"):
            self._fill(database, client_id)
        database.delete_client(CLIENT, now=NOW)
        assert set(database.clients()) == {"other", CLIENT + "2"}
        (entry,) = database.load("other", ["id-1"])
        assert content(database, entry, "a.txt") == b"hello"
        assert len(database.document_history("other", CONFIG)) == 1

    def test_is_empty_when_it_comes_again(self, database: AbstractDatabase) -> None:
        self._fill(database, CLIENT)
        database.delete_client(CLIENT, now=NOW)
        _configure(database)
        assert database.document_history(CLIENT, CONFIG) == []
        (entry,) = seat(database, passenger("1"))
        assert entry.attachments == ()
        assert len(claim(database)) == 1

    def test_not_while_a_drive_works_on_it(self, database: AbstractDatabase) -> None:
        self._fill(database, CLIENT)
        seat(database, passenger("2"))
        claim(database, lease=MINUTE)
        with pytest.raises(StoreError):
            database.delete_client(CLIENT, now=NOW)
        assert found(database) == ["2", "1"]
        assert set(database.clients()) == {CLIENT}
        database.delete_client(CLIENT, now=NOW + MINUTE)
        assert found(database) == []

    def test_nobody(self, database: AbstractDatabase) -> None:
        database.delete_client("nobody", now=NOW)


class TestStrangeClients:
    """Client ids come from outside too; whoever asks for a strange one sees nothing and harms nothing."""

    @pytest.mark.parametrize("odd", ODD_TEXTS.values(), ids=ODD_TEXTS)
    def test_have_nothing(self, database: AbstractDatabase, odd: str) -> None:
        _configure(database)
        seat(database, passenger("1", attachments=[text("a.txt")]))
        assert database.find(QueueQuery(client_id=odd), now=NOW).items == ()
        assert (database.counts(odd, now=NOW), database.load(odd, ["id-1"])) == ([], [])
        assert (database.list_documents(odd), database.document_history(odd, CONFIG)) == ([], [])
        assert database.find_logs(LogQuery(client_id=odd)).items == ()
        with pytest.raises(NotFound):
            database.read_document(odd, CONFIG)
        with pytest.raises(NotFound):
            database.open_attachment(odd, "id-1", "a.txt")
        with pytest.raises(NotFound):
            database.read_log(odd, "log-1")

    @pytest.mark.parametrize("odd", ODD_TEXTS.values(), ids=ODD_TEXTS)
    def test_deleting_one_harms_nobody(self, database: AbstractDatabase, odd: str) -> None:
        _configure(database)
        (entry,) = seat(database, passenger("1", attachments=[text("a.txt")]))
        database.delete_client(odd, now=NOW)
        assert set(database.clients()) == {CLIENT}
        assert content(database, entry, "a.txt") == b"hello"

    @pytest.mark.parametrize("odd", ODD_TEXTS.values(), ids=ODD_TEXTS)
    def test_are_kept_apart_or_refused(self, database: AbstractDatabase, odd: str) -> None:
        _configure(database)
        try:
            version = _configure(database, odd, b"odd")
        except StoreError:
            assert set(database.clients()) == {CLIENT}
            return
        assert database.clients()[odd] == version
        assert database.read_document(odd, CONFIG).content == b"odd"
        database.delete_client(odd, now=NOW)
        assert set(database.clients()) == {CLIENT}
