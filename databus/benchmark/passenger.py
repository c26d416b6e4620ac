"""The passenger of workload W."""

from databus.passenger.abstract_passenger import AbstractPassenger


class WorkloadPassenger(AbstractPassenger):
    """A passenger like any other."""
