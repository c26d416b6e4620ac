"""What travels."""

from databus.passenger.abstract_passenger import AbstractPassenger


class Order(AbstractPassenger):
    """An order of the web shop."""
