"""What runs at this moment: which process has leased which passengers until when, and who holds a client."""

from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice

from databus.database.abstract_database import AbstractDatabase
from databus.database.hold import effective_hold
from databus.database.paging import pages_of
from databus.database.records import Entry, QueueQuery, State
from databus.dispatcher.client_switch import is_client_off

MOST = 500
"""Passengers of a client that are looked at: more are hardly under way at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """What one drive has claimed of a route.

    Attributes:
        owner: Names the drive: host, process and more.
        passengers: How many it has claimed.
        until: The end of the lease that holds longest, unless it is renewed.
    """

    owner: str
    client_id: str
    passenger_module: str
    passengers: int
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientActivity:
    """What happens to a client.

    Attributes:
        is_on: Whether it is driven at all.
        held_by: Who holds it, such as an export, so that it is not driven; empty for nobody.
        leases: Which drives work on its passengers.
    """

    client_id: str
    is_on: bool
    held_by: str
    leases: list[Lease]


def client_activity(database: AbstractDatabase, client_id: str, *, now: datetime) -> ClientActivity:
    """Return what happens to a client."""
    hold = effective_hold(database, client_id, now=now)
    return ClientActivity(
        client_id=client_id,
        is_on=not is_client_off(database, client_id),
        held_by=str(hold or ""),
        leases=_leases(database, client_id, now),
    )


def _leases(database: AbstractDatabase, client_id: str, now: datetime) -> list[Lease]:
    if not any(counts.running for counts in database.counts(client_id, now=now)):
        return []
    query = QueueQuery(client_id=client_id, states=(State.RUNNING,), limit=MOST)
    running = chain.from_iterable(pages_of(database, query, clock=lambda: now))
    groups: dict[tuple[str, str], list[Entry]] = {}
    for entry in islice(running, MOST):
        groups.setdefault((entry.passenger_module, entry.leased_by), []).append(entry)
    return [
        Lease(
            owner=owner,
            client_id=client_id,
            passenger_module=module,
            passengers=len(entries),
            until=max(entry.leased_until or now for entry in entries),
        )
        for (module, owner), entries in sorted(groups.items())
    ]
