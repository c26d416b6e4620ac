"""A client that is held is not driven; the others are, and it is again afterwards."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from databus.database.hold import Holding
from databus.dispatcher.abstract_dispatcher import DispatcherTicket
from databus.dispatcher.client_directory import ClientDirectory
from databus.dispatcher.client_switch import set_client_off
from databus.dispatcher.primal_dispatcher import PrimalDispatcher
from databus.timestamps import utc_now
from tests.unit.dispatcher.test_primal_dispatcher import Watching, config, configure, running
from tests.unit.driver.conftest import RouteBuilder


@pytest.fixture
def route() -> Iterator[RouteBuilder]:
    builder = RouteBuilder()
    yield builder
    builder.database.close()


def test_only_the_held_client_waits(route: RouteBuilder) -> None:
    for client_id in ("acme", "other"):
        configure(route.database, client_id, config(route))
    dispatcher = PrimalDispatcher(DispatcherTicket())
    dispatcher._database = route.database
    directory = ClientDirectory(route.database)
    with ThreadPoolExecutor(1) as pool:
        with Holding(route.database, "acme", by="export"):
            assert dispatcher.tick(directory, pool, now=utc_now()) == [("other", route.passenger)]
        assert dispatcher.tick(directory, pool, now=utc_now()) == [("acme", route.passenger)]


def test_a_client_that_is_off_rests_alone_until_it_is_on(route: RouteBuilder) -> None:
    for client_id in ("acme", "other"):
        configure(route.database, client_id, config(route))
    dispatcher = PrimalDispatcher(DispatcherTicket())
    dispatcher._database = route.database
    directory = ClientDirectory(route.database)
    with ThreadPoolExecutor(1) as pool:
        set_client_off(route.database, "acme", True, by="ann", now=utc_now())
        dispatcher.expedite("acme", route.passenger)
        assert dispatcher.tick(directory, pool, now=utc_now()) == [("other", route.passenger)]
        set_client_off(route.database, "acme", False, by="ann", now=utc_now())
        assert dispatcher.tick(directory, pool, now=utc_now()) == [("acme", route.passenger)]


def test_what_is_expedited_meanwhile_is_driven_afterwards(route: RouteBuilder) -> None:
    configure(route.database, "acme", config(route, sync_frequency=0))
    with running(route.database, observer := Watching()) as dispatcher:
        with Holding(route.database, "acme", by="export"):
            dispatcher.expedite("acme", route.passenger)
            configure(route.database, "other", config(route))
            observer.wait_for(1)
            assert [client_id for client_id, _, _ in observer.seen] == ["other"]
        observer.wait_for(2)
    assert [client_id for client_id, _, _ in observer.seen] == ["other", "acme"]
