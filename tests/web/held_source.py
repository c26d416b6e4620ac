"""A puller whose source does not answer before it is let."""

import threading
from typing import Any

from databus.passenger.abstract_passenger import AbstractPassenger
from databus.puller.abstract_puller import AbstractPuller

LIMIT = 60.0
"""Seconds after which a test has failed."""


class Source:
    """One that is slow.

    Attributes:
        asked: Gets one for each that has begun to look.
        answers: Set when it answers.
    """

    def __init__(self) -> None:
        self.asked = threading.Semaphore(0)
        self.answers = threading.Event()


source = Source()


class HeldPuller(AbstractPuller):
    def pull(self) -> list[AbstractPassenger]:
        now = source
        now.asked.release()
        assert now.answers.wait(LIMIT)
        return []

    def notify_passengers_seated(self, seated_passengers: list[AbstractPassenger]) -> Any:
        pass
