"""A passenger type with an attribute of its own."""

from typing import Any

from databus.passenger.abstract_passenger import AbstractPassenger


class DemoPassenger2(AbstractPassenger):
    """A made-up invoice.

    Attributes:
        dataset: Lives only while the object does: in a later drive it has this default again. What must travel with the
            passenger belongs into an attachment.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.dataset = "Demo dataset"
