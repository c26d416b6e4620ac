"""The record of failed logins: a line at the first one, then at ever fewer, so that a flood of them floods nothing."""

import json
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from databus.client.client import Client
from databus.client.log import Log
from databus.operating.audit import Person, write_audit

if TYPE_CHECKING:
    from databus.database.abstract_database import AbstractDatabase

WINDOW = timedelta(minutes=15)
"""After this long it is counted from the beginning."""

MOST = 200
"""Accounts, each with an address, that have lines of their own within a window; all others share theirs."""

TENFOLD = 10
"""So many times as often as at the last line it must have happened for the next one."""

LONGEST_NAME = 100

SOMEBODY = "somebody"

_OTHERS = ("", "", "")


@dataclass(slots=True)
class _Count:
    failed: int = 0
    told_at: int = 1
    is_throttled: bool = False

    def add(self, *, throttled: bool) -> bool:
        """Count one; return whether that is to be told."""
        self.failed += 1
        is_news = self.failed == self.told_at or (throttled and not self.is_throttled)
        if self.failed == self.told_at:
            self.told_at *= TENFOLD
        self.is_throttled = self.is_throttled or throttled
        return is_news


class FailedLogins:
    """Counts failed logins by account and address, in memory, and writes into the log of the client what is news.

    What is asked for at a client that there is not stands in the log of root.
    """

    def __init__(self, database: "AbstractDatabase") -> None:
        self._database = database
        self._lock = threading.Lock()
        self._began: datetime | None = None
        self._counts: dict[tuple[str, str, str], _Count] = {}

    def note(
        self, client_id: str, username: str, *, address: str, throttled: bool, through: str, now: datetime
    ) -> None:
        """Note a failed login.

        Args:
            client_id, username: The account that was asked for, whether there is one or not.
            throttled: Whether the password was not even looked at.
            through: The interface, as in ``Person``.

        Raises:
            StoreError: It cannot be written; it is counted all the same.
        """
        with self._lock:
            key, count = self._count(client_id, username, address, now)
            is_news = count.add(throttled=throttled)
            often = f", {count.failed:,} times by now" if count.failed > 1 else ""
        if is_news:
            where = client_id if key != _OTHERS and client_id in self._database.clients() else Client.ROOT
            whom = _quoted(username) if where == client_id else f"{_quoted(username)} of {_quoted(client_id)}"
            who = f"{whom} from {address}" if key != _OTHERS else "others, of whom there are too many to list"
            refused = "; refused for some minutes without a look at the password" if throttled else ""
            sentence = f"failed to log in as {who}{often}{refused}"
            write_audit(self._database, where, [sentence], by=Person(SOMEBODY, through), log=Log())

    def _count(self, client_id: str, username: str, address: str, now: datetime) -> tuple[tuple[str, str, str], _Count]:
        if self._began is None or not self._began <= now < self._began + WINDOW:
            self._began = now
            self._counts.clear()
        key = (client_id, username, address)
        if key not in self._counts and len(self._counts) >= MOST:
            key = _OTHERS
        return key, self._counts.setdefault(key, _Count())


def _quoted(name: str) -> str:
    """Return a name that anybody may have made up, so that it cannot pass for more of the line."""
    short = name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}…"
    return json.dumps(short, ensure_ascii=False)
