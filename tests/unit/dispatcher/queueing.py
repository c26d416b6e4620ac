"""Putting passengers into a queue without a puller."""

from databus.database.records import Route
from databus.dispatcher.client_directory import KnownClient
from databus.pqueue.packing import Packer
from tests.unit.driver.conftest import RouteBuilder


def seat(route: RouteBuilder, known: KnownClient, *external_ids: str) -> Route:
    """Seat passengers as the first puller of a client's route does; return the route."""
    config = known.route(route.passenger)
    place = Route(client_id=known.client_id, passenger_module=route.passenger)
    packer = Packer(place, config, "")
    route.database.seat([packer.pack(route.new(each), config.pullers[0]) for each in external_ids])
    return place
