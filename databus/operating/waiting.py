"""Why a passenger waits, also for reasons that do not stand in its entry."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from databus.database.abstract_database import AbstractDatabase
from databus.database.records import Entry, State
from databus.database.steps import state
from databus.operating.clients import ReadClient, read_client
from databus.operating.entry_story import why
from databus.operating.resting import Rest, read_rest
from databus.operating.schedule_words import is_on_demand
from databus.timestamps import utc_text

_DONE = (State.COMPLETE, State.RUNNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What else decides whether passengers of a client go on: read once for many of them.

    Attributes:
        client: Its configuration as it is now.
    """

    rest: Rest
    client: ReadClient

    def is_on_demand(self, passenger_module: str) -> bool:
        """Whether no schedule drives a route."""
        routes = self.client.loaded.config.passengers if self.client.loaded else []
        return any(route.name == passenger_module and is_on_demand(route) for route in routes)

    def obstacles(self, passenger_module: str) -> list[str]:
        """Return what keeps a route from being driven."""
        obstacles = [reason.text for reason in self.rest.of_route(passenger_module)]
        if self.client.loaded is None:
            problems = len(self.client.problems)
            obstacles.append(f"the configuration of its client cannot be used ({problems} problems)")
        elif self.client.loaded.config.route(passenger_module) is None:
            obstacles.append("this route is not configured any more")
        return obstacles


def read_surroundings(database: AbstractDatabase, client_id: str) -> Surroundings:
    """Return what decides whether passengers of a client go on.

    Raises:
        NotFound: There is no such client.
    """
    return Surroundings(rest=read_rest(database, client_id), client=read_client(database, client_id))


def why_it_waits(
    entry: Entry,
    surroundings: Surroundings,
    *,
    now: datetime,
    time_text: Callable[[datetime], str] | None = utc_text,
) -> str:
    """Return in a sentence why an entry is where it is.

    Args:
        time_text: Writes a time; None leaves times out, where they stand beside the sentence.
    """
    told = why(entry, now, is_on_demand=surroundings.is_on_demand(entry.passenger_module), time_text=time_text)
    if state(entry, now) in _DONE:
        return told
    return "; but ".join([told, *surroundings.obstacles(entry.passenger_module)])
