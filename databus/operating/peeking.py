"""Looking at what waits at the sources of a route, without pulling it."""

import threading
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from databus.client.log import Log
from databus.driver.failures import error_text
from databus.driver.plugins import Plugins
from databus.driver.pulling import Batch, Pull
from databus.driver.stage import Done, Task
from databus.driver.team import Team
from databus.passenger.abstract_passenger import AbstractPassenger
from databus.passenger.attachment import Attachment

if TYPE_CHECKING:  # pydantic models: loaded with the configuration
    from databus.client.config import PluginConfig, RouteConfig


@dataclass(frozen=True, slots=True)
class Seen:
    """What a puller showed: a passenger, if it does as it should."""

    puller: str
    passenger: Any

    @property
    def external_id(self) -> str:
        """The passenger's id in the source system, or what the puller gave instead of a passenger."""
        if isinstance(self.passenger, AbstractPassenger):
            return str(self.passenger.external_id)
        return f"{type(self.passenger).__name__}, which is no passenger"

    @property
    def source_system(self) -> str:
        """Where it comes from."""
        return str(getattr(self.passenger, "source_system", ""))

    @property
    def attachments(self) -> Sequence[Attachment]:
        """What it would bring."""
        return self.passenger.attachments if isinstance(self.passenger, AbstractPassenger) else []


def peek_route(
    route: "RouteConfig", errors: list[str], *, limit: int | None, time_limit: float | None = None
) -> Generator[Seen, None, None]:
    """Yield what waits at the sources of a route, one source after the other.

    Args:
        errors: Gets a line for each puller that fails or hangs; secrets may stand in it.
        limit: The most to yield; None for all.
        time_limit: Seconds that a puller may take for a batch, where the route's own limit is longer.
    """
    team = Team(
        f"peek {route.name}",
        lambda: Plugins(Log()),
        time_limit=min(route.time_limit, time_limit or route.time_limit),
        stop=threading.Event(),
        grace=0,
        heartbeat=lambda: None,
    )
    try:
        yield from islice((found for puller in route.pullers for found in _peek(team, puller, errors)), limit)
    finally:
        team.close()


def _peek(team: Team, puller: "PluginConfig", errors: list[str]) -> Iterator[Seen]:
    pull = Pull(puller, peek=True)
    while True:
        batch = _next_batch(team, pull)
        yield from (Seen(puller.name, passenger) for passenger in batch.passengers)
        if batch.error is not None:
            errors.append(f"{puller.name}: {error_text(batch.error).splitlines()[0]}")
        if batch.is_last:
            return


def _next_batch(team: Team, pull: Pull) -> Batch:
    results: list[Done] = []
    team.run([Task(pull.next_batch)], results.extend)
    done = results[0]
    return done.value if isinstance(done.value, Batch) else Batch([], is_last=True, error=done.error)
