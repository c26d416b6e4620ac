"""The passenger of the tests with several processes."""

from databus.passenger.abstract_passenger import AbstractPassenger


class Parcel(AbstractPassenger):
    """Nothing of its own."""
