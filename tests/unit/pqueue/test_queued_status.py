"""The status of a passenger that is in the queue."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from databus.database.records import Step
from databus.passenger.abstract_passenger import AbstractPassenger
from databus.pqueue.outcome import NOTIFY, StepKind
from databus.pqueue.queue_status import QueueStatus
from databus.pqueue.queued_status import QueuedStatus

COMPLETE, INCOMPLETE = QueueStatus.complete, QueueStatus.incomplete


class Order(AbstractPassenger):
    """A passenger."""


def steps(*, notified: QueueStatus = INCOMPLETE, checked: QueueStatus = INCOMPLETE) -> tuple[Step, ...]:
    return (
        Step(kind=StepKind.NOTIFY, module="shop", name=NOTIFY, status=notified),
        Step(kind=StepKind.PROCESS, module="shop.check", name="check", status=checked),
        Step(kind=StepKind.PUSH, module="shop.out", name="out"),
    )


@pytest.fixture
def status() -> QueuedStatus:
    return QueuedStatus(Order("1"), steps(notified=COMPLETE))


def is_untouched(status: QueuedStatus) -> bool:
    return status.is_untouched


def said(status: QueuedStatus) -> tuple[bool, bool, bool]:
    return status.all_processors_complete, status.all_pushers_complete, status.puller_notified


def test_it_says_what_the_steps_say(status: QueuedStatus) -> None:
    assert [(each.processor_module, each.name, each.status) for each in status.processor_statuses] == [
        ("shop.check", "check", INCOMPLETE)
    ]
    assert [(each.pusher_module, each.name, each.status) for each in status.pusher_statuses] == [
        ("shop.out", "out", INCOMPLETE)
    ]
    assert status.puller_notified
    assert status.status is INCOMPLETE


def test_it_is_untouched_until_somebody_asks(status: QueuedStatus) -> None:
    assert status.passenger.external_id == "1"
    assert status.running == ""
    assert is_untouched(status)
    assert not status.all_processors_complete
    assert not is_untouched(status)


def test_what_a_plug_in_sets_stays_until_it_shows_other_steps(status: QueuedStatus) -> None:
    status.set_all_processor_statuses(COMPLETE)
    status.set_pusher_status("shop.out", COMPLETE)
    status.puller_notified = False
    assert said(status) == (True, True, False)
    status.show(steps(checked=COMPLETE))
    assert is_untouched(status)
    assert said(status) == (True, False, False)


def test_its_lists_can_be_replaced(status: QueuedStatus) -> None:
    status.pusher_statuses = []
    status.processor_statuses = []
    assert status.status is COMPLETE
    assert not is_untouched(status)


def test_all_threads_of_a_plug_in_get_the_same_objects(status: QueuedStatus) -> None:
    barrier = Barrier(8)

    def asked(_: int) -> tuple[int, int]:
        barrier.wait()
        return id(status.processor_statuses), id(status.pusher_statuses)

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(asked, range(8)))) == 1
