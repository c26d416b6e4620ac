"""A passenger type that adds nothing: this much is enough."""

from databus.passenger.abstract_passenger import AbstractPassenger


class DemoPassenger1(AbstractPassenger):
    """A made-up order."""
