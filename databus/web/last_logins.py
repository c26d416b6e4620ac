"""When each user of a client logged in last, for its administrators: accounts that nobody uses should go."""

import threading
from collections.abc import Collection
from datetime import datetime

import msgspec
import orjson

from databus.database.abstract_database import AbstractDatabase
from databus.database.changing import change_document
from databus.errors import NotFound
from databus.web.sessions import ATTEMPTS, Time

DOCUMENT = "state/logins"


class LastLogins:
    """Keeps the times, and those of users who are there only."""

    def __init__(self, database: AbstractDatabase) -> None:
        self._database = database
        self._turn = threading.Lock()
        """Of who notes something in this process; other processes are noticed by the document's version."""

    def of(self, client_id: str) -> dict[str, datetime]:
        """Return when each user logged in last, by name; nothing of who never did."""
        try:
            return _times(self._database.read_document(client_id, DOCUMENT).content)
        except NotFound:
            return {}

    def note(self, client_id: str, username: str, *, users: Collection[str], now: datetime) -> None:
        """Keep that a user has logged in.

        Args:
            users: Names of all users of the client; what is kept of others is forgotten.
        """

        def changed(content: bytes) -> bytes:
            kept = {name: time for name, time in _times(content).items() if name in users}
            return orjson.dumps({**kept, username: now}, option=orjson.OPT_INDENT_2)

        with self._turn:
            change_document(
                self._database, client_id, DOCUMENT, changed, clock=lambda: now, attempts=ATTEMPTS, may_be_new=True
            )


def _times(content: bytes) -> dict[str, datetime]:
    """Return the times of a document; none where somebody has edited it so that they cannot be read."""
    try:
        return msgspec.json.decode(content, type=dict[str, Time])
    except msgspec.MsgspecError:
        return {}
