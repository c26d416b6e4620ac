"""What a dispatcher says of a drive that was asked for: from the asking to the end."""

import threading
from concurrent.futures import Future
from typing import Any

import pytest

from databus.dispatcher.activity import Activity, trouble_of
from databus.driver.abstract_driver import DriveSummary
from databus.errors import PluginError, StoreUnreachable
from tests.unit.dispatcher.test_primal_dispatcher import WAIT, Watching, config, configure, route, running
from tests.unit.driver.conftest import RouteBuilder

__all__ = ["route"]


def test_a_drive_is_followed_from_the_asking_to_the_end(route: RouteBuilder) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def push(passenger: Any) -> None:
        begun.set()
        assert go_on.wait(WAIT)

    configure(route.database, "acme", config(route, push, sync_frequency=0))
    with running(route.database, observer := Watching()) as dispatcher:
        assert dispatcher.activity("acme", route.passenger) == Activity()
        dispatcher.pause()
        dispatcher.expedite("acme", route.passenger)
        assert dispatcher.activity("acme", route.passenger).is_asked
        dispatcher.resume()
        assert begun.wait(WAIT)
        under_way = dispatcher.activity("acme", route.passenger)
        assert (under_way.is_asked, under_way.began is not None, under_way.trouble) == (False, True, "")
        dispatcher.expedite("acme", route.passenger)
        assert dispatcher.activity("acme", route.passenger).is_asked, "once more, after this one"
        progress = under_way.progress
        assert progress is not None
        assert (progress.pulled, progress.pushed) == (1, 0)
        go_on.set()
        observer.wait_for(2)
    assert dispatcher.activity("acme", route.passenger) == Activity()


def ended(result: DriveSummary | Exception) -> "Future[DriveSummary]":
    future: Future[DriveSummary] = Future()
    if isinstance(result, Exception):
        future.set_exception(result)
    else:
        future.set_result(result)
    return future


@pytest.mark.parametrize(
    ("result", "told"),
    [
        (DriveSummary("acme", "orders", failed=1), ""),
        (DriveSummary("acme", "orders", is_cut_off=True), "A drive was cut off; it is repeated by itself."),
        (StoreUnreachable("server 10.0.0.1"), "A drive could not begin: the database could not be used."),
        (PluginError("there is no driver"), "A drive could not begin: there is no driver"),
        (OSError("/etc"), "A drive failed (OSError): the output of the process that drives says more."),
    ],
)
def test_what_went_wrong_is_told_without_what_is_nobody_s_business(result: DriveSummary | Exception, told: str) -> None:
    assert trouble_of(ended(result)) == told
