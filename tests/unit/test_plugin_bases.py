"""The bases of pullers, processors and pushers."""

from typing import Any

import pytest

from databus.client.log import Log
from databus.errors import PluginError
from databus.passenger.abstract_passenger import AbstractPassenger
from databus.pqueue.queue_status import PassengerQueueStatus
from databus.processor.abstract_processor import AbstractProcessor
from databus.puller.abstract_puller import AbstractPuller, AbstractPullerError
from databus.pusher.abstract_pusher import AbstractPusher


class Puller(AbstractPuller):
    """Pulls one."""

    def pull(self) -> list[AbstractPassenger]:
        return [AbstractPassenger("e")]

    def notify_passengers_seated(self, seated_passengers: list[AbstractPassenger]) -> None:
        self.log.append_text("seated")


class Processor(AbstractProcessor):
    """Does nothing."""

    def process(self, passengers: list[PassengerQueueStatus]) -> None:
        """Do nothing."""


class Pusher(AbstractPusher):
    """Does nothing."""

    def push(self, passenger: PassengerQueueStatus) -> None:
        """Do nothing."""


ALL = [Puller, Processor, Pusher]


@pytest.mark.parametrize("kind", ALL)
def test_the_log_is_the_only_positional_argument(kind: Any) -> None:
    log = Log()
    assert kind(log).log is log
    assert kind(log=log).log is log
    assert kind(p_log=log).log is log
    with pytest.raises(TypeError):
        kind(log, "more")


@pytest.mark.parametrize("kind", ALL)
def test_without_a_log_there_is_one_all_the_same(kind: Any) -> None:
    kind().log.append_text("x")
    assert kind().log is not kind().log


@pytest.mark.parametrize("kind", ALL)
def test_settings_and_name_are_empty_until_they_are_set(kind: Any) -> None:
    assert (kind.Settings, kind().settings, kind().name) == (None, None, "")


def test_a_processor_takes_one_passenger_unless_it_says_otherwise() -> None:
    assert Processor.batch_size == 1


@pytest.mark.parametrize(
    ("base", "methods"),
    [
        (AbstractPuller, {"pull", "notify_passengers_seated"}),
        (AbstractProcessor, {"process"}),
        (AbstractPusher, {"push"}),
    ],
)
def test_methods_that_a_plug_in_must_have(base: Any, methods: set[str]) -> None:
    assert base.__abstractmethods__ == methods
    with pytest.raises(TypeError, match="abstract"):
        base()


def test_peek_pulls_unless_it_is_overridden() -> None:
    assert [passenger.external_id for passenger in Puller().peek()] == ["e"]


@pytest.mark.parametrize("arguments", [{"error_description": "no key"}, {"p_error_description": "no key"}])
def test_a_puller_has_an_error_of_its_own(arguments: Any) -> None:
    error = AbstractPullerError(**arguments)
    assert (str(error), error.message, error.error_description) == ("no key", "no key", "no key")
    assert isinstance(error, PluginError)
    assert str(AbstractPullerError("no key")) == "no key"
