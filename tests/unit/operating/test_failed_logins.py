"""Failed logins leave a trace, and a flood of them a short one."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from databus.database.memory_db.memory_database import MemoryDatabase
from databus.database.records import CONFIG
from databus.operating.audit_trail import AuditQuery, audit_lines
from databus.operating.failed_logins import MOST, WINDOW, FailedLogins
from databus.testing.samples import NOW


@pytest.fixture
def database() -> Iterator[MemoryDatabase]:
    database = MemoryDatabase({})
    database.open()
    for client in ("acme", "root"):
        database.write_document(client, CONFIG, b"{}", expected=None, by="", now=NOW)
    yield database
    database.close()


@pytest.fixture
def failed(database: MemoryDatabase) -> FailedLogins:
    return FailedLogins(database)


def note(
    failed: FailedLogins,
    *,
    client: str = "acme",
    user: str = "ann",
    address: str = "192.0.2.1",
    throttled: bool = False,
    after: timedelta = timedelta(),
) -> None:
    failed.note(client, user, address=address, throttled=throttled, through="the web page", now=NOW + after)


def told(database: MemoryDatabase, client: str = "acme") -> list[str]:
    """Return what the audit says, oldest first."""
    lines = list(audit_lines(database, AuditQuery(client_id=client)))
    assert {(line.who, line.through) for line in lines} <= {("somebody", "the web page")}
    return sorted((line.what for line in lines), key=len)


def test_the_first_one_is_told_at_once(database: MemoryDatabase, failed: FailedLogins) -> None:
    note(failed)
    assert told(database) == ['failed to log in as "ann" from 192.0.2.1']


def test_of_many_the_first_the_tenth_and_the_hundredth_are_told(database: MemoryDatabase, failed: FailedLogins) -> None:
    for _ in range(150):
        note(failed)
    first = 'failed to log in as "ann" from 192.0.2.1'
    assert told(database) == [first, f"{first}, 10 times by now", f"{first}, 100 times by now"]


def test_that_further_ones_are_refused_is_told_once(database: MemoryDatabase, failed: FailedLogins) -> None:
    note(failed)
    for _ in range(5):
        note(failed, throttled=True)
    assert [line.partition("; ")[2] for line in told(database)] == [
        "",
        "refused for some minutes without a look at the password",
    ]


def test_each_account_and_each_address_has_its_own(database: MemoryDatabase, failed: FailedLogins) -> None:
    note(failed)
    note(failed, user="bob")
    note(failed, address="192.0.2.2")
    assert len(told(database)) == 3


def test_after_a_quarter_of_an_hour_it_begins_anew(database: MemoryDatabase, failed: FailedLogins) -> None:
    note(failed)
    note(failed, after=WINDOW - timedelta(seconds=1))
    assert len(told(database)) == 1
    note(failed, after=WINDOW)
    assert len(told(database)) == 2


def test_a_clock_that_is_set_back_begins_anew(database: MemoryDatabase, failed: FailedLogins) -> None:
    note(failed)
    note(failed, after=-timedelta(days=1))
    assert len(told(database)) == 2


def test_accounts_of_a_client_that_there_is_not_are_told_to_root(
    database: MemoryDatabase, failed: FailedLogins
) -> None:
    note(failed, client="nobody's")
    assert told(database, "root") == ['failed to log in as "ann" of "nobody\'s" from 192.0.2.1']
    assert told(database, "nobody's") == []


def test_a_flood_of_accounts_and_addresses_leaves_few_lines(database: MemoryDatabase, failed: FailedLogins) -> None:
    for number in range(MOST + 500):
        note(failed, user=f"user {number}", address=f"2001:db8::{number:x}")
    assert len(told(database)) == MOST
    others = "failed to log in as others, of whom there are too many to list"
    assert told(database, "root") == [others, f"{others}, 10 times by now", f"{others}, 100 times by now"]


def test_a_name_that_somebody_made_up_stays_a_name(database: MemoryDatabase, failed: FailedLogins) -> None:
    note(failed, user='ann" from 192.0.2.9\nroot at the web page: did it' + "x" * 10_000)
    (line,) = told(database)
    assert line.startswith('failed to log in as "ann\\" from 192.0.2.9\\nroot at the web page: did it')
    assert len(line) < 300
