"""The status of a passenger and of its steps."""

from typing import Any

import pytest

from databus.client.client_passenger import ClientPassenger
from databus.passenger.abstract_passenger import AbstractPassenger
from databus.pqueue.queue_status import (
    PassengerQueueStatus,
    ProcessorQueueStatus,
    PusherQueueStatus,
    QueueStatus,
    QueueStatusFactory,
)

UNDEFINED, INCOMPLETE, COMPLETE = QueueStatus.undefined, QueueStatus.incomplete, QueueStatus.complete
ANY_STATUS: Any = PassengerQueueStatus


class Order(AbstractPassenger):
    """A type without anything of its own."""


def _status() -> PassengerQueueStatus:
    return PassengerQueueStatus(
        Order(),
        [PusherQueueStatus("push.a", INCOMPLETE), PusherQueueStatus("push.b", INCOMPLETE)],
        [ProcessorQueueStatus("proc.a", INCOMPLETE), ProcessorQueueStatus("proc.b", INCOMPLETE)],
    )


def _of_pushers(status: PassengerQueueStatus) -> list[QueueStatus]:
    return [step.status for step in status.pusher_statuses]


def _of_processors(status: PassengerQueueStatus) -> list[QueueStatus]:
    return [step.status for step in status.processor_statuses]


def test_statuses_have_the_values_of_databus_8() -> None:
    assert {status.name: status.value for status in QueueStatus} == {"undefined": 0, "incomplete": 1, "complete": 2}


@pytest.mark.parametrize(
    ("kind", "attribute"), [(ProcessorQueueStatus, "processor_module"), (PusherQueueStatus, "pusher_module")]
)
def test_steps_take_their_arguments_by_position_and_by_either_name(kind: Any, attribute: str) -> None:
    assert kind("m").status is UNDEFINED
    for step in (kind("m", COMPLETE), kind(**{f"p_{attribute}": "m", "p_status": COMPLETE})):
        assert (getattr(step, attribute), step.status, step.name) == ("m", COMPLETE, "m")
    assert kind("m", COMPLETE, name="n").name == "n"


def test_a_bare_status() -> None:
    passenger = Order()
    status = PassengerQueueStatus(passenger)
    assert status.passenger is passenger
    assert (status.pusher_statuses, status.processor_statuses, status.puller_notified) == ([], [], False)
    assert PassengerQueueStatus(passenger).pusher_statuses is not status.pusher_statuses


def test_arguments_by_position_and_by_either_name() -> None:
    passenger, pushers, processors = Order(), [PusherQueueStatus("a")], [ProcessorQueueStatus("b")]
    for status in (
        PassengerQueueStatus(passenger, pushers, processors, True),
        ANY_STATUS(
            p_passenger=passenger,
            p_pusher_statuses=pushers,
            p_processor_statuses=processors,
            p_puller_notified=True,
        ),
    ):
        assert (status.passenger, status.puller_notified) == (passenger, True)
        assert (status.pusher_statuses, status.processor_statuses) == (pushers, processors)


def test_complete_is_when_nothing_is_left() -> None:
    status = _status()
    assert (status.all_processors_complete, status.all_pushers_complete, status.status) == (False, False, INCOMPLETE)
    status.set_all_processor_statuses(COMPLETE)
    assert (status.all_processors_complete, status.all_pushers_complete, status.status) == (True, False, INCOMPLETE)
    status.set_all_pusher_statuses(COMPLETE)
    assert (status.all_pushers_complete, status.status) == (True, INCOMPLETE)
    status.puller_notified = True
    assert status.status is COMPLETE
    status.pusher_statuses[0].status = UNDEFINED
    assert status.status is INCOMPLETE


def test_a_route_without_steps_is_complete_when_its_puller_knows() -> None:
    assert PassengerQueueStatus(Order(), puller_notified=True).status is COMPLETE


def test_one_status_is_set_by_its_module() -> None:
    status: Any = _status()
    status.set_pusher_status("push.b", COMPLETE)
    status.set_processor_status(p_processor_module="proc.a", p_status=COMPLETE)
    status.set_pusher_status(p_pusher_module="unknown", p_status=COMPLETE)
    assert _of_pushers(status) == [INCOMPLETE, COMPLETE]
    assert _of_processors(status) == [COMPLETE, INCOMPLETE]


def test_steps_of_one_module_are_told_apart_by_name_and_by_which_runs() -> None:
    def fresh() -> PassengerQueueStatus:
        return PassengerQueueStatus(
            Order(),
            [PusherQueueStatus("m", INCOMPLETE, "to a"), PusherQueueStatus("m", INCOMPLETE, "to b")],
            [ProcessorQueueStatus("m", INCOMPLETE, "first"), ProcessorQueueStatus("m", INCOMPLETE, "second")],
        )

    status = fresh()
    status.set_pusher_status("to a", COMPLETE)
    assert _of_pushers(status) == [COMPLETE, INCOMPLETE]
    status = fresh()
    status.set_pusher_status("m", COMPLETE)
    assert _of_pushers(status) == [COMPLETE, COMPLETE]
    status = fresh()
    status.running = "to b"
    status.set_pusher_status("m", COMPLETE)
    assert _of_pushers(status) == [INCOMPLETE, COMPLETE]
    status = fresh()
    status.running = "first"
    status.set_processor_status("m", COMPLETE)
    status.set_pusher_status("m", COMPLETE)
    assert (_of_processors(status), _of_pushers(status)) == ([COMPLETE, INCOMPLETE], [COMPLETE, COMPLETE])


def test_the_factory_makes_every_step_incomplete() -> None:
    route = ClientPassenger("r", processor_modules=["a", "b"], pusher_modules=["c"])
    factory: Any = QueueStatusFactory
    passenger = Order()
    for status in (
        factory.get_passenger_queue_status(passenger, route),
        factory.get_passenger_queue_status(p_passenger=passenger, p_client_passenger=route),
    ):
        assert status.passenger is passenger
        assert [(step.processor_module, step.status) for step in status.processor_statuses] == [
            ("a", INCOMPLETE), ("b", INCOMPLETE)
        ]  # fmt: skip
        assert [(step.pusher_module, step.status) for step in status.pusher_statuses] == [("c", INCOMPLETE)]
        assert not status.puller_notified
