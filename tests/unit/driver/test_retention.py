"""What is deleted after a drive, and what is not."""

import threading
from datetime import timedelta

import pytest

from databus.database.abstract_database import AbstractDatabase
from databus.database.records import LogQuery
from databus.driver.retention import AUDIT_LIFE_SPAN, purge_expired
from databus.operating.audit import SOURCE
from databus.operating.audit_trail import AuditQuery, audit_page
from databus.testing.samples import CLIENT, DAY, NOW, SECOND, head, line

ROUTE = "shop.order"


def purge(database: AbstractDatabase, *, log_life_span: float, after: timedelta) -> int:
    return purge_expired(
        database,
        client_id=CLIENT,
        passenger_module=ROUTE,
        queue_life_span=0,
        log_life_span=log_life_span,
        now=NOW + after,
        stop=threading.Event(),
    )


def fill(database: AbstractDatabase) -> None:
    database.append_log(head("of a drive", created_on=NOW, passenger_module=ROUTE), [line()])
    database.append_log(head("of a route that is gone", created_on=NOW, passenger_module="shop.gone"), [line()])
    database.append_log(head("what befell a database", created_on=NOW, passenger_module=""), [line()])
    said = line("ann at the web page: switched the client off", source=SOURCE)
    database.append_log(head("of ann", created_on=NOW, passenger_module=""), [said])


def audited(database: AbstractDatabase) -> list[str]:
    return [action.first.what for action in audit_page(database, AuditQuery(client_id=CLIENT)).actions]


@pytest.mark.parametrize("log_life_span", [0, 1])
def test_who_changed_what_outlives_the_drives(every_database: AbstractDatabase, log_life_span: float) -> None:
    fill(every_database)
    assert purge(every_database, log_life_span=log_life_span, after=2 * DAY) == 2
    assert audited(every_database) == ["switched the client off"]
    assert purge(every_database, log_life_span=log_life_span, after=365 * DAY) == 0
    assert audited(every_database) == ["switched the client off"]


def test_it_does_not_live_for_ever(every_database: AbstractDatabase) -> None:
    fill(every_database)
    assert purge(every_database, log_life_span=1, after=AUDIT_LIFE_SPAN * DAY + SECOND) == 4
    assert every_database.find_logs(LogQuery(client_id=CLIENT)).items == ()


def test_where_drives_live_longer_so_does_it(every_database: AbstractDatabase) -> None:
    fill(every_database)
    assert purge(every_database, log_life_span=1000, after=999 * DAY) == 0
    assert audited(every_database) == ["switched the client off"]
    assert purge(every_database, log_life_span=1000, after=1000 * DAY + SECOND) == 4
