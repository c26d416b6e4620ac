"""A passenger with odd names."""

from databus.passenger.abstract_passenger import AbstractPassenger


class OddDocument(AbstractPassenger):
    """Nothing of its own."""
