"""Writing, listing and reading logs."""

from datetime import datetime
from typing import Any

import pytest
from msgspec.structs import replace

from databus.client.log import MessageType
from databus.database.abstract_database import AbstractDatabase
from databus.database.records import LogHead, LogPurge, LogQuery, Page
from databus.errors import NotFound, StoreError
from databus.testing.samples import CLIENT, DAY, NOW, ODD_TEXTS, ROUTE, SECOND, TICK, head, line, pages


def _lines(*messages: object) -> list[Any]:
    return [line(str(message)) for message in messages]


def _messages(database: AbstractDatabase, guid: str = "log-1", **part: int) -> list[str]:
    return [each.message for each in database.read_log(CLIENT, guid, **part)[1]]


def _found(database: AbstractDatabase, **query: Any) -> list[str]:
    def fetch(cursor: str) -> Page[LogHead]:
        return database.find_logs(LogQuery(client_id=CLIENT, cursor=cursor, **query))

    return [each.guid for page in pages(fetch) for each in page.items]


class TestAppendLog:
    """``append_log``."""

    def test_creates_the_log(self, database: AbstractDatabase) -> None:
        database.append_log(head(created_on=NOW - TICK), [line("a"), line("b", MessageType.warning)])
        found, lines = database.read_log(CLIENT, "log-1")
        assert found == LogHead(
            client_id=CLIENT, guid="log-1", created_on=NOW - TICK, passenger_module=ROUTE.passenger_module,
            worst=MessageType.warning, lines=2,
        )  # fmt: skip
        assert lines == [line("a"), line("b", MessageType.warning)]

    def test_keeps_every_part_of_a_line(self, database: AbstractDatabase) -> None:
        lines = [line("m", kind, timestamp=NOW + kind.value * TICK, source=f"s{kind.value}") for kind in MessageType]
        database.append_log(head(), lines)
        assert database.read_log(CLIENT, "log-1")[1] == lines

    def test_without_lines(self, database: AbstractDatabase) -> None:
        database.append_log(head(), [])
        assert database.read_log(CLIENT, "log-1") == (head(), [])
        assert _found(database) == ["log-1"]

    def test_adds_to_it(self, database: AbstractDatabase) -> None:
        database.append_log(head(), _lines(0, 1))
        database.append_log(head(lines=2), _lines(2))
        database.append_log(head(lines=3), _lines(3, 4))
        assert _messages(database) == ["0", "1", "2", "3", "4"]
        assert database.read_log(CLIENT, "log-1")[0].lines == 5

    def test_the_same_call_again_adds_nothing(self, database: AbstractDatabase) -> None:
        for _ in range(2):
            database.append_log(head(), _lines(0, 1))
        for _ in range(2):
            database.append_log(head(lines=2), _lines(2))
        database.append_log(head(), _lines(0, 1))
        assert _messages(database) == ["0", "1", "2"]
        assert database.read_log(CLIENT, "log-1")[0].lines == 3

    def test_again_with_more_adds_the_rest(self, database: AbstractDatabase) -> None:
        database.append_log(head(), _lines(0, 1, 2))
        database.append_log(head(lines=1), _lines(1, 2, 3, 4))
        assert _messages(database) == ["0", "1", "2", "3", "4"]

    def test_two_clients_may_have_one_guid(self, database: AbstractDatabase) -> None:
        for client_id in (CLIENT, "beta"):
            database.append_log(replace(head(), client_id=client_id), [line(client_id)])
        database.append_log(replace(head(lines=1), client_id="beta"), [line("more")])
        assert _messages(database) == [CLIENT]
        assert [each.message for each in database.read_log("beta", "log-1")[1]] == ["beta", "more"]

    def test_goes_on_when_it_was_purged_in_between(self, database: AbstractDatabase) -> None:
        database.append_log(head(), _lines(0, 1))
        database.purge(LogPurge(client_id=CLIENT, before=NOW + DAY), limit=1, now=NOW)
        database.append_log(head(lines=2), _lines(2, 3))
        assert _messages(database) == ["2", "3"]

    def test_the_first_head_stays(self, database: AbstractDatabase) -> None:
        database.append_log(head(worst=MessageType.error), [line("a")])
        database.append_log(head(lines=1, created_on=NOW + DAY, passenger_module="other"), [line("b")])
        found = database.read_log(CLIENT, "log-1")[0]
        assert (found.created_on, found.passenger_module, found.worst) == (
            NOW,
            ROUTE.passenger_module,
            MessageType.info,
        )

    def test_the_worst_line_stays_the_worst(self, database: AbstractDatabase) -> None:
        database.append_log(head(), [line("a", MessageType.error)])
        database.append_log(head(lines=1), [line("b", MessageType.info)])
        assert database.read_log(CLIENT, "log-1")[0].worst is MessageType.error

    def test_many_lines(self, database: AbstractDatabase) -> None:
        for start in range(0, 6000, 2000):
            database.append_log(head(lines=start), _lines(*range(start, start + 2000)))
        assert _messages(database, limit=10_000) == [str(number) for number in range(6000)]

    def test_odd_texts_are_kept(self, database: AbstractDatabase) -> None:
        lines = [line(odd, source=odd) for odd in (*ODD_TEXTS.values(), "[a][b][c] d", "x" * 100_000)]
        database.append_log(head(), lines)
        assert database.read_log(CLIENT, "log-1")[1] == lines

    @pytest.mark.parametrize("odd", ODD_TEXTS.values(), ids=ODD_TEXTS)
    def test_odd_guids_and_routes_are_kept(self, database: AbstractDatabase, odd: str) -> None:
        database.append_log(head("plain"), [line("plain")])
        database.append_log(head(odd, passenger_module=odd), [line("odd")])
        found, lines = database.read_log(CLIENT, odd)
        assert (found.guid, found.passenger_module, [each.message for each in lines]) == (odd, odd, ["odd"])


class TestReadLog:
    """``read_log``."""

    def test_a_part(self, database: AbstractDatabase) -> None:
        database.append_log(head(), _lines(*range(10)))
        assert _messages(database, start=3, limit=4) == ["3", "4", "5", "6"]
        assert _messages(database, start=8, limit=4) == ["8", "9"]
        assert _messages(database, start=10) == []
        assert database.read_log(CLIENT, "log-1", start=3, limit=4)[0].lines == 10

    def test_a_thousand_lines_unless_told_otherwise(self, database: AbstractDatabase) -> None:
        database.append_log(head(), _lines(*range(1001)))
        assert len(_messages(database)) == 1000

    @pytest.mark.parametrize(("client_id", "guid"), [(CLIENT, "log-2"), ("other", "log-1"), (CLIENT, "LOG-1")])
    def test_what_is_not_there(self, database: AbstractDatabase, client_id: str, guid: str) -> None:
        database.append_log(head(), _lines(1))
        with pytest.raises(NotFound):
            database.read_log(client_id, guid)


class TestFindLogs:
    """``find_logs``."""

    def test_nothing_where_nothing_is(self, database: AbstractDatabase) -> None:
        assert database.find_logs(LogQuery(client_id=CLIENT)) == Page(items=())

    def test_newest_first(self, database: AbstractDatabase) -> None:
        for guid, time in (("b", NOW), ("c", NOW + TICK), ("a", NOW - DAY)):
            database.append_log(head(guid, created_on=time), _lines(guid))
        assert _found(database) == ["c", "b", "a"]

    def test_gives_whole_heads(self, database: AbstractDatabase) -> None:
        database.append_log(head(), [line("a", MessageType.error), line("b")])
        assert database.find_logs(LogQuery(client_id=CLIENT)).items == (database.read_log(CLIENT, "log-1")[0],)

    def test_of_the_client_and_route(self, database: AbstractDatabase) -> None:
        database.append_log(head("mine"), [])
        database.append_log(head("web", passenger_module=""), [])
        database.append_log(head("foreign", client_id="other"), [])
        assert sorted(_found(database)) == ["mine", "web"]
        assert _found(database, passenger_module=ROUTE.passenger_module) == ["mine"]

    def test_of_drives_or_not(self, database: AbstractDatabase) -> None:
        for number, module in enumerate(["", ROUTE.passenger_module, "", "another"]):
            database.append_log(
                head(str(number), created_on=NOW + number * SECOND, passenger_module=module), _lines("a")
            )
        assert _found(database, of_drives=False) == ["2", "0"]
        assert _found(database, of_drives=True) == ["3", "1"]
        assert _found(database, of_drives=False, text="a", limit=1) == ["2", "0"]
        assert _found(database, of_drives=False, passenger_module="another") == []

    def test_at_least_so_bad(self, database: AbstractDatabase) -> None:
        for number, kind in enumerate(MessageType):
            database.append_log(head(kind.name, created_on=NOW + number * SECOND), [line("m", kind), line("m", kind)])
        assert _found(database, worst=MessageType.undefined) == ["error", "warning", "info", "undefined"]
        assert _found(database, worst=MessageType.info) == ["error", "warning", "info"]
        assert _found(database, worst=MessageType.warning) == ["error", "warning"]
        assert _found(database, worst=MessageType.error) == ["error"]

    def test_with_a_text(self, database: AbstractDatabase) -> None:
        database.append_log(head("a"), [line("Seated order 7"), line("100%")])
        database.append_log(head("b", created_on=NOW + TICK), [line("Pushed", source="seated")])
        database.append_log(head("b", lines=1), [line("seated order 8")])
        assert _found(database, text="SEATED") == ["b", "a"]
        assert _found(database, text="order 7") == ["a"]
        assert _found(database, text="%") == ["a"]
        assert _found(database, text="_") == []

    def test_created_in_a_half_open_interval(self, database: AbstractDatabase) -> None:
        for guid, time in (("before", NOW - TICK), ("at", NOW), ("behind", NOW + TICK)):
            database.append_log(head(guid, created_on=time), [])
        assert _found(database, created_from=NOW) == ["behind", "at"]
        assert _found(database, created_before=NOW) == ["before"]
        assert _found(database, created_from=NOW, created_before=NOW + TICK) == ["at"]

    @pytest.mark.parametrize("limit", [1, 2, 3, 6, 7])
    def test_pages_show_everything_once(self, database: AbstractDatabase, limit: int) -> None:
        for number in range(6):
            database.append_log(head(str(number), created_on=self._time(number)), [])
        shown = _found(database, limit=limit)
        assert sorted(shown) == [str(number) for number in range(6)]
        times = [self._time(int(guid)) for guid in shown]
        assert times == sorted(times, reverse=True)
        assert shown == _found(database)

    def _time(self, number: int) -> datetime:
        return NOW + (number % 3) * TICK

    def test_pages_do_not_move_while_logs_come_and_go(self, database: AbstractDatabase) -> None:
        for number in range(6):
            database.append_log(head(str(number), created_on=NOW + number * DAY), [])
        first = database.find_logs(LogQuery(client_id=CLIENT, limit=2))
        database.append_log(head("new", created_on=NOW + 9 * DAY), [])
        database.append_log(head("2", lines=0), _lines("more"))
        database.purge(LogPurge(client_id=CLIENT, before=NOW + DAY), limit=9, now=NOW)
        second = database.find_logs(LogQuery(client_id=CLIENT, limit=2, cursor=first.next_cursor))
        third = database.find_logs(LogQuery(client_id=CLIENT, limit=2, cursor=second.next_cursor))
        shown = [[each.guid for each in page.items] for page in (first, second, third)]
        assert shown == [["5", "4"], ["3", "2"], ["1"]]
        assert third.next_cursor == ""

    def test_a_strange_cursor_is_an_error(self, database: AbstractDatabase) -> None:
        with pytest.raises(StoreError):
            database.find_logs(LogQuery(client_id=CLIENT, cursor="no cursor"))
