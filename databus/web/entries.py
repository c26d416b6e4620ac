"""One passenger of a queue, by its id."""

from databus.database.records import Entry
from databus.errors import NotFound
from databus.web.site import Site


def entry_of(site: Site, client: str, internal_id: str) -> Entry:
    """Return a passenger.

    Raises:
        NotFound: There is none of this id.
    """
    for entry in site.database.load(client, [internal_id]):
        return entry
    raise NotFound(f"Client {client} has no passenger {internal_id}: it may be older than its life span and deleted.")
