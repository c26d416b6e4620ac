"""Passengers of a queue: one by its id, and what is said of each in a list."""

from databus.database.records import Entry
from databus.errors import NotFound
from databus.operating.entry_story import error_line
from databus.operating.resting import read_rest
from databus.operating.waiting import Surroundings
from databus.web.site import Site


def entry_of(site: Site, client: str, internal_id: str) -> Entry:
    """Return a passenger.

    Raises:
        NotFound: There is none of this id.
    """
    for entry in site.database.load(client, [internal_id]):
        return entry
    raise NotFound(f"Client {client} has no passenger {internal_id}: it may be older than its life span and deleted.")


def surroundings_of(site: Site, client: str) -> Surroundings:
    """Return what else decides whether passengers of a client go on.

    Raises:
        NotFound: There is no such client.
    """
    return Surroundings(rest=read_rest(site.database, client), client=site.configs.of(client))


def first_error(entry: Entry) -> str:
    """Return how ``error_line`` begins: as much of it as a list has room for."""
    return error_line(entry)[:300]
