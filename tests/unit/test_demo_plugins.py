"""The demo plug-ins."""

from typing import Any

import pytest

from databus.client.client_passenger import ClientPassenger
from databus.client.log import Log
from databus.passenger.abstract_passenger import AbstractPassenger
from databus.passenger.attachment import Attachment, AttachmentFormat, Validator
from databus.plugin import load_plugin
from databus.pqueue.queue_status import PassengerQueueStatus, QueueStatusFactory
from databus.processor.abstract_processor import AbstractProcessor
from databus.puller.abstract_puller import AbstractPuller
from databus.pusher.abstract_pusher import AbstractPusher

PULLERS = {
    "databus.puller.demo.demo_puller_1": ("databus.passenger.demo.demo_passenger_1", 2),
    "databus.puller.demo.demo_puller_2": ("databus.passenger.demo.demo_passenger_2", 2),
    "databus.puller.demo.demo_puller_3": ("databus.passenger.demo.demo_passenger_1", 1),
    "databus.puller.demo.demo_binary_puller": ("databus.passenger.demo.demo_binary_passenger", 1),
}


def _puller(module: str) -> AbstractPuller:
    return load_plugin(module, AbstractPuller)(Log())


def _status(passenger: AbstractPassenger) -> PassengerQueueStatus:
    return QueueStatusFactory.get_passenger_queue_status(passenger, ClientPassenger())


def _passenger() -> AbstractPassenger:
    text = Attachment("a.txt", text_content="hello")
    binary = Attachment("b.bin", AttachmentFormat.binary, binary_content=b"\x00")
    return AbstractPassenger("e", source_system="s", attachments=[text, binary])


def _messages(log: Log) -> list[str]:
    return [entry.message for entry in log.entries]


@pytest.mark.parametrize("module", PULLERS)
def test_each_pull_makes_new_passengers_with_all_that_a_seat_needs(module: str) -> None:
    type_module, count = PULLERS[module]
    pulled = list(_puller(module).pull())
    _puller(module).notify_passengers_seated(pulled)
    pulled += _puller(module).pull()
    assert len({passenger.external_id for passenger in pulled}) == 2 * count
    for passenger in pulled:
        assert (passenger.puller_module, passenger.passenger_module) == (module, type_module)
        assert passenger.source_system
        assert passenger.attachments
        Validator.validate_attachments(passenger.attachments)


def test_orders_wait_until_they_are_seated() -> None:
    """What the first peek of a newcomer lists can be looked at, and comes with the next drive."""
    module = "databus.puller.demo.demo_puller_1"
    listed, again, pulled = (list(_puller(module).peek()) for _ in range(3))
    assert [(each.external_id, each.attachments[0].text_content) for each in listed] == [
        (each.external_id, each.attachments[0].text_content) for each in again
    ]
    assert [each.external_id for each in pulled] == [each.external_id for each in listed]
    _puller(module).notify_passengers_seated(pulled[:1])
    assert [each.external_id for each in _puller(module).pull()] == [listed[1].external_id]


@pytest.mark.parametrize("module", PULLERS)
def test_pullers_log_what_is_seated(module: str) -> None:
    puller = _puller(module)
    pulled = list(puller.pull())
    puller.notify_passengers_seated(pulled)
    assert _messages(puller.log) == [f"Seated {passenger.id_text}" for passenger in pulled]
    assert {entry.source for entry in puller.log.entries} == {module}


def test_the_second_passenger_type_has_an_attribute_of_its_own() -> None:
    made: Any = load_plugin("databus.passenger.demo.demo_passenger_2", AbstractPassenger)
    assert (made().dataset, made(p_external_id="e").external_id) == ("Demo dataset", "e")


def test_the_first_processor_lists_the_attachments_and_may_run_again() -> None:
    processor = load_plugin("databus.processor.demo.demo_processor_1", AbstractProcessor)(Log())
    passenger = _passenger()
    for _ in range(2):
        processor.process([_status(passenger)])
    assert [attachment.name for attachment in passenger.attachments] == ["a.txt", "b.bin", "contents.json"]
    expected = '[{"name": "a.txt", "bytes": 5}, {"name": "b.bin", "bytes": 1}]'
    assert passenger.attachments[2].text_content == expected


def test_the_second_processor_warns_of_empty_passengers() -> None:
    processor = load_plugin("databus.processor.demo.demo_processor_2", AbstractProcessor)(Log())
    processor.process([_status(_passenger()), _status(AbstractPassenger("empty"))])
    assert len(processor.log.entries) == 1
    assert "empty" in processor.log.entries[0].message


@pytest.mark.parametrize(
    ("module", "messages"),
    [
        ("demo_pusher_1", ["a.txt, 5 bytes", "b.bin, 1 bytes"]),
        ("demo_pusher_2", ["a.txt says 'hello'"]),
        ("demo_binary_pusher", ["b.bin has SHA-256 6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"]),
    ],
)
def test_pushers_log_what_they_deliver(module: str, messages: list[str]) -> None:
    pusher = load_plugin(f"databus.pusher.demo.{module}", AbstractPusher)(Log())
    passenger = _passenger()
    pusher.push(_status(passenger))
    assert _messages(pusher.log) == [f"{passenger.id_text}: {message}" for message in messages]
