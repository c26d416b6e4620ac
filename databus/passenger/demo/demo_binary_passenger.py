"""A passenger type whose attachments are binary."""

from databus.passenger.abstract_passenger import AbstractPassenger


class DemoBinaryPassenger(AbstractPassenger):
    """A made-up picture."""
