"""Plug-ins written as for Databus 8, with its p_ names, run unmodified."""

import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from databus.client.client_passenger import ClientPassenger
from databus.client.log import Log, MessageType
from databus.passenger.abstract_passenger import AbstractPassenger
from databus.plugin import load_plugin
from databus.pqueue.queue_status import QueueStatus, QueueStatusFactory
from databus.processor.abstract_processor import AbstractProcessor
from databus.puller.abstract_puller import AbstractPuller
from databus.pusher.abstract_pusher import AbstractPusher

MODULES = {
    "old_passenger": """
        from databus.passenger.abstract_passenger import AbstractPassenger

        class Invoice(AbstractPassenger):
            def __init__(self, p_external_id=None, p_internal_id=None, p_source_system=None, p_attachments=None,
                         p_puller_module=None, p_pull_datetime=None, p_passenger_module=None):
                if p_passenger_module is None:
                    passenger_module = self.__module__
                else:
                    passenger_module = p_passenger_module
                super().__init__(p_external_id=p_external_id, p_internal_id=p_internal_id,
                                 p_source_system=p_source_system, p_attachments=p_attachments,
                                 p_puller_module=p_puller_module, p_pull_datetime=p_pull_datetime,
                                 p_passenger_module=passenger_module)
                self.dataset = "nothing"
        """,
    "old_puller": """
        from datetime import datetime
        from uuid import uuid1
        from databus.client.log import Log, LogEntry, MessageType
        from databus.passenger.attachment import Attachment, AttachmentFormat
        from databus.puller.abstract_puller import AbstractPuller, AbstractPullerError
        from old_passenger import Invoice

        class InvoicePuller(AbstractPuller):
            def __init__(self, p_log: Log = None):
                super().__init__(p_log=p_log)
                self.seated = []

            def pull(self):
                invoice = Invoice(p_external_id="4711", p_internal_id=uuid1(), p_source_system="ERP",
                                  p_attachments=[], p_puller_module=self.__module__, p_pull_datetime=datetime.now())
                invoice.attachments.append(Attachment(p_name="a.txt", p_format=AttachmentFormat.text,
                                                      p_text_content="Lorem"))
                self.log.append_text("Got passenger " + invoice.id_text)
                self.log.append_entry(LogEntry(p_message="odd", p_type=MessageType.warning))
                return [invoice]

            def notify_passengers_seated(self, p_seated_passengers):
                for passenger in p_seated_passengers:
                    self.log.entries.append(LogEntry(p_message="seated " + passenger.external_id))
        """,
    "old_processor": """
        from databus.pqueue.queue_status import PassengerQueueStatus, QueueStatus
        from databus.processor.abstract_processor import AbstractProcessor

        class Filter(AbstractProcessor):
            def process(self, p_passengers):
                for p in p_passengers:
                    if p.passenger.get_attachment_by_name("a.txt") is None:
                        p.set_all_processor_statuses(QueueStatus.complete)
                        p.set_all_pusher_statuses(p_status=QueueStatus.complete)
        """,
    "old_pusher": """
        from databus.pqueue.queue_status import PassengerQueueStatus, QueueStatus
        from databus.pusher.abstract_pusher import AbstractPusher

        class Sender(AbstractPusher):
            def push(self, p_passenger: PassengerQueueStatus):
                self.log.append_text("Pushing " + p_passenger.passenger.attachments[0].text_content)
                p_passenger.set_pusher_status(self.__module__, QueueStatus.complete)
        """,
}


@pytest.fixture(autouse=True)
def old_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, source in MODULES.items():
        (tmp_path / f"{name}.py").write_text(dedent(source))
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    for name in MODULES:
        sys.modules.pop(name, None)


def _pulled(log: Log) -> AbstractPassenger:
    return next(iter(load_plugin("old_puller", AbstractPuller)(log).pull()))


def test_a_puller_pulls_and_is_notified() -> None:
    log = Log()
    puller = load_plugin("old_puller", AbstractPuller)(log)
    passenger = next(iter(puller.pull()))
    puller.notify_passengers_seated([passenger])
    assert passenger.id_text.startswith("ERP - 4711 (")
    assert passenger.pull_datetime.tzinfo is not None
    assert passenger.attachments[0].text_content == "Lorem"
    assert [(entry.type, entry.source) for entry in log.entries] == [
        (MessageType.info, "old_puller"), (MessageType.warning, "old_puller"), (MessageType.info, "old_puller"),
    ]  # fmt: skip


def test_a_passenger_can_be_rebuilt() -> None:
    passenger = load_plugin("old_passenger", AbstractPassenger)()
    assert passenger.passenger_module == "old_passenger"
    assert vars(passenger)["dataset"] == "nothing"


def test_a_filter_completes_all() -> None:
    passenger = _pulled(Log())
    passenger.attachments.clear()
    route = ClientPassenger("old_passenger", ["old_puller"], "", ["old_processor"], ["old_pusher"])
    status = QueueStatusFactory.get_passenger_queue_status(passenger, route)
    load_plugin("old_processor", AbstractProcessor)(Log()).process([status])
    assert status.all_processors_complete
    assert status.all_pushers_complete


def test_a_pusher_pushes_and_says_so() -> None:
    log = Log()
    status = QueueStatusFactory.get_passenger_queue_status(
        _pulled(Log()), ClientPassenger(pusher_modules=["old_pusher"])
    )
    load_plugin("old_pusher", AbstractPusher)(log).push(status)
    assert log.entries[0].message == "Pushing Lorem"
    assert status.pusher_statuses[0].status is QueueStatus.complete
