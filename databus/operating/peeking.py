"""Looking at what waits at the sources of a route, without pulling it."""

import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from databus.client.log import Log
from databus.driver.failures import error_text
from databus.driver.plugins import Plugins
from databus.driver.pulling import Batch, Pull
from databus.driver.stage import Done, Task
from databus.driver.team import Team
from databus.errors import DatabusError
from databus.passenger.abstract_passenger import AbstractPassenger
from databus.passenger.attachment import Attachment

if TYPE_CHECKING:  # pydantic models: loaded with the configuration
    from databus.client.config import PluginConfig, RouteConfig

T = TypeVar("T")


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
    client_id: str,
    route: "RouteConfig",
    errors: list[str],
    *,
    limit: int | None,
    time_limit: float | None = None,
) -> Generator[Seen, None, None]:
    """Yield what waits at the sources of a route, one source after the other.

    Args:
        client_id: Whose route it is.
        errors: Gets a line for each puller that fails or hangs; secrets may stand in it.
        limit: The most to yield; None for all.
        time_limit: Seconds that a puller may take for a batch, where the route's own limit is longer.
    """
    team = _team(client_id, route, time_limit)
    try:
        yield from islice((found for puller in route.pullers for found in _peek(team, puller, errors)), limit)
    finally:
        team.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Which attachment is meant, of all that waits at the sources of a route.

    Attributes:
        puller: Name of the puller that shows the passenger.
        name: Of the attachment.
    """

    puller: str
    source_system: str
    external_id: str
    name: str

    def is_of(self, seen: Seen) -> bool:
        """Whether a passenger is the one that is meant."""
        shown = (seen.puller, seen.source_system, seen.external_id)
        return shown == (self.puller, self.source_system, self.external_id)


def read_waiting(
    client_id: str,
    route: "RouteConfig",
    wanted: Waiting,
    read: Callable[[Attachment], T],
    *,
    limit: int,
    time_limit: float | None = None,
) -> T | None:
    """Look at a source once more and read an attachment of what waits there.

    Args:
        client_id: Whose route it is.
        read: Called with the attachment, on the puller's thread and within the time limit.
        limit: The most passengers to look through.
        time_limit: As of ``peek_route``.

    Returns:
        What ``read`` gave; None where the attachment does not wait there any more.

    Raises:
        DatabusError: The source or the attachment cannot be read; secrets may stand in its text.
    """
    errors: list[str] = []
    pullers = [each for each in route.pullers if each.name == wanted.puller]
    team = _team(client_id, route, time_limit)
    try:
        for seen in islice((found for puller in pullers for found in _peek(team, puller, errors)), limit):
            if wanted.is_of(seen):
                named = [each for each in seen.attachments if each.name == wanted.name]
                return _in_time(team, read, named[0]) if named else None
    finally:
        team.close()
    if errors:
        raise DatabusError(errors[0])
    return None


def _in_time(team: Team, read: Callable[[Attachment], T], attachment: Attachment) -> T:
    results: list[Done] = []
    team.run([Task(lambda plugins: read(attachment))], results.extend)
    if results[0].error is not None:
        raise DatabusError(error_text(results[0].error).splitlines()[0])
    value: T = results[0].value
    return value


def _team(client_id: str, route: "RouteConfig", time_limit: float | None) -> Team:
    return Team(
        f"peek {route.name}",
        lambda: Plugins(Log(), (client_id, route.name)),
        time_limit=min(route.time_limit, time_limit or route.time_limit),
        stop=threading.Event(),
        grace=0,
        heartbeat=lambda: None,
    )


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
