"""What somebody lets rest: everything, a client, a route; the page, the API and the command line tell it alike."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from databus.database.abstract_database import AbstractDatabase
from databus.dispatcher.client_switch import pause_of_client
from databus.dispatcher.route_state import Pause, pause_of_all, route_pauses


@dataclass(frozen=True, slots=True)
class Reason:
    """Why drives do not begin.

    Attributes:
        text: In words.
        pause: Who wanted it.
        target: What is to be resumed: nothing for everything, a client, or a client and a route of it.
    """

    text: str
    pause: Pause
    target: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """Who lets what of a client rest; None where nobody does.

    Attributes:
        everything: All clients of the database.
        client: The client: it is switched off.
        routes: Each of its routes, by name.
    """

    client_id: str
    everything: Pause | None = None
    client: Pause | None = None
    routes: Mapping[str, Pause] = field(default_factory=dict)

    def of_route(self, name: str) -> list[Reason]:
        """Return why no drive of a route begins; empty where nothing lets it rest."""
        reasons = self._wider("its client is switched off")
        if name in self.routes:
            reasons.append(Reason("this route is paused", self.routes[name], (self.client_id, name)))
        return reasons

    def of_client(self) -> list[Reason]:
        """Return why drives of the client do not begin: of all of them, or of some routes."""
        return [
            *self._wider(f"client {self.client_id} is switched off"),
            *(
                Reason(f"{name} of {self.client_id} is paused", pause, (self.client_id, name))
                for name, pause in sorted(self.routes.items())
            ),
        ]

    def _wider(self, off: str) -> list[Reason]:
        reasons = []
        if self.everything is not None:
            reasons.append(Reason("everything is paused", self.everything))
        if self.client is not None:
            reasons.append(Reason(off, self.client, (self.client_id,)))
        return reasons


def read_rest(database: AbstractDatabase, client_id: str) -> Rest:
    """Return what rests of a client."""
    return Rest(
        client_id=client_id,
        everything=pause_of_all(database),
        client=pause_of_client(database, client_id),
        routes=route_pauses(database, client_id),
    )
