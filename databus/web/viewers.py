"""Who looks at a page: somebody with a session, which many who ask at the same time are looked up in together."""

import json
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import ClassVar

from databus.client.client import Client
from databus.client.user import Role
from databus.database.abstract_database import AbstractDatabase
from databus.operating.audit import Person
from databus.web.accounts import Account, Accounts
from databus.web.sessions import Session, Sessions, Stored
from databus.web.together import Together, one_by_one

OF_ROOT = f" of {Client.ROOT}"
"""Ends the names of root's users in the record of changes, which are those of the clients that they change."""


class LoginNeeded(Exception):
    """Nobody is logged in, or no longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Somebody:
    """Who asks, in whatever way.

    Attributes:
        client_id: The client that the user belongs to.
        username: The user's name within the client.
        through: The interface, as the record of changes calls it.
    """

    through: ClassVar[str]

    client_id: str
    username: str
    role: Role

    @property
    def is_root(self) -> bool:
        """Whether all clients may be seen."""
        return self.client_id == Client.ROOT

    def sees(self, client_id: str, clients: Callable[[], Container[str]]) -> bool:
        """Whether this is a client that may be seen; the clients that there are, are asked for only where it counts."""
        return client_id == self.client_id or (self.is_root and client_id in clients())

    @property
    def is_administrator(self) -> bool:
        """Whether the user may configure."""
        return self.role is Role.ADMINISTRATOR

    @property
    def person(self) -> Person:
        """Who it is, for the record of changes."""
        return Person(f"{self.username}{OF_ROOT}" if self.is_root else own_name(self.username), self.through)


def own_name(username: str) -> str:
    """Return the name of a client's own user for the record of changes: quoted where it would pass for one of root."""
    return json.dumps(username, ensure_ascii=False) if username.endswith(OF_ROOT) else username


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer(Somebody):
    """Who looks at a page."""

    through = "the web page"

    session: Session


@dataclass(frozen=True, slots=True)
class Look:
    """What a request shows of who looks.

    Attributes:
        cookie: That of the session; empty where it has none.
        client: That of the address; empty where it has none.
    """

    cookie: str
    client: str = ""


@dataclass(frozen=True, slots=True)
class Recognised:
    """Who looks, and whether they may see the client of the address."""

    viewer: Viewer
    sees_client: bool


class Viewers:
    """Says who looks; of many who ask at once each client's sessions and users are read once."""

    def __init__(
        self, database: AbstractDatabase, sessions: Sessions, accounts: Accounts, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._sessions = sessions
        self._accounts = accounts
        self._clock = clock
        self._together = Together(self._who)

    async def who(self, look: Look) -> Recognised:
        """Return who it is.

        Raises:
            LoginNeeded: Nobody is logged in: the session is over, the user is gone, or has another password since.
        """
        return await self._together.ask(look)

    def find(self, cookie: str) -> Viewer:
        """Return whose session a cookie is.

        Raises:
            LoginNeeded: It is nobody's, as above.
        """
        return self._viewer(cookie, self._sessions.of, self._accounts.of)

    def _who(self, looks: Sequence[Look]) -> list[Recognised | Exception]:
        sessions, users = cache(self._sessions.of), cache(self._accounts.of)
        clients = cache(self._database.clients)

        def one(look: Look) -> Recognised:
            viewer = self._viewer(look.cookie, sessions, users)
            return Recognised(viewer, bool(look.client) and viewer.sees(look.client, clients))

        return one_by_one(looks, one)

    def _viewer(
        self, cookie: str, sessions: Callable[[str], Stored], users: Callable[[str], Sequence[Account]]
    ) -> Viewer:
        session = self._sessions.find(cookie, now=self._clock(), of=sessions)
        named = [each for each in users(session.client_id) if each.username == session.username] if session else []
        if not session or not named or session.stamp != named[0].stamp:
            raise LoginNeeded
        return Viewer(client_id=session.client_id, username=session.username, role=named[0].role, session=session)
