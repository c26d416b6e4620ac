"""Who is logged in, kept in the database: a restart of Databus logs nobody out."""

import base64
import binascii
import hashlib
import secrets
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
import orjson

from databus.database.abstract_database import AbstractDatabase
from databus.database.changing import change_document
from databus.errors import NotFound
from databus.web.accounts import Account

DOCUMENT = "state/sessions"

IDLE = timedelta(hours=12)
"""So long a session lasts without being used."""

REMEMBERED = timedelta(days=30)
"""So long one lasts whose user wants to be remembered."""

LONGEST = timedelta(days=90)
"""After this one must log in again, however busy the session was."""

MOST = 1000
"""Sessions of a client; the oldest ends for a new one."""

TOUCH = timedelta(minutes=10)
"""How exactly the use of a session is noted: each note is a write."""

ATTEMPTS = 10

Stored = dict[str, dict[str, Any]]

Time = Annotated[datetime, msgspec.Meta(tz=True)]


@dataclass(frozen=True, slots=True)
class Session:
    """A session.

    Attributes:
        key: Hash of its token, which alone is stored.
        csrf: What every change must bring along.
        stamp: That of the account when it began.
    """

    key: str
    client_id: str
    username: str
    csrf: str
    stamp: str
    began: Time
    used: Time
    remembered: bool

    def is_over(self, now: datetime) -> bool:
        """Whether it has expired; one from a future, because the clock was set back, has not."""
        return now - self.used > (REMEMBERED if self.remembered else IDLE) or now - self.began > LONGEST


class Sessions:
    """Begins, finds and ends sessions."""

    def __init__(self, database: AbstractDatabase) -> None:
        self._database = database
        self._turn = threading.Lock()
        """Of who changes sessions in this process; those of another one are noticed by the document's version."""

    def begin(self, account: Account, *, remember: bool, now: datetime) -> str:
        """Begin a session; return what its cookie holds."""
        token = secrets.token_urlsafe(32)
        session = Session(
            key=_key(token),
            client_id=account.client_id,
            username=account.username,
            csrf=secrets.token_urlsafe(32),
            stamp=account.stamp,
            began=now,
            used=now,
            remembered=remember,
        )
        self._change(account.client_id, lambda stored: _added(stored, session, now), now)
        return f"{_encoded(account.client_id)}.{token}"

    def find(self, cookie: str, *, now: datetime, of: Callable[[str], Stored] | None = None) -> Session | None:
        """Return the session of a cookie; None where there is none, or it is over.

        Args:
            of: Gives the sessions of a client; without it they are read.
        """
        client, _, token = cookie.partition(".")
        client_id = _decoded(client)
        if client_id is None or not token:
            return None
        found = (of or self.of)(client_id).get(_key(token))
        if found is None:
            return None
        session = _session(_key(token), client_id, found)
        if session is None or session.is_over(now):
            return None
        if now - session.used > TOUCH:
            self._change(client_id, lambda stored: _touched(stored, session, now), now)
        return session

    def of(self, client_id: str) -> Stored:
        """Return the sessions of a client as they are stored, also those that are over."""
        try:
            return _stored(self._database.read_document(client_id, DOCUMENT).content)
        except NotFound:
            return {}

    def end(self, session: Session, *, now: datetime) -> None:
        """End a session."""
        self._change(session.client_id, lambda stored: {k: v for k, v in stored.items() if k != session.key}, now)

    def end_all(self, client_id: str, username: str, *, now: datetime) -> None:
        """End all sessions of a user."""
        self._change(client_id, lambda stored: {k: v for k, v in stored.items() if v.get("username") != username}, now)

    def _change(self, client_id: str, change: Callable[[Stored], Stored], now: datetime) -> None:
        def changed(content: bytes) -> bytes:
            return orjson.dumps(change(_stored(content)), option=orjson.OPT_INDENT_2)

        with self._turn:
            change_document(
                self._database,
                client_id,
                DOCUMENT,
                changed,
                clock=lambda: now,
                attempts=ATTEMPTS,
                may_be_new=True,
            )


def _stored(content: bytes) -> Stored:
    """Return the sessions of a document. Where somebody has edited it, everybody logs in again."""
    try:
        stored = orjson.loads(content)
    except ValueError:
        return {}
    sessions = stored.items() if isinstance(stored, dict) else ()
    return {key: value for key, value in sessions if isinstance(value, dict)}


def _added(stored: Stored, session: Session, now: datetime) -> Stored:
    kept = [(key, value) for key, value in stored.items() if _is_alive(key, session.client_id, value, now)]
    kept.sort(key=lambda item: str(item[1].get("used")))
    return {**dict(kept[-MOST + 1 :]), session.key: _record(session)}


def _touched(stored: Stored, session: Session, now: datetime) -> Stored:
    if session.key not in stored:  # ended in the meantime
        return stored
    return {**stored, session.key: _record(replace(session, used=now))}


def _is_alive(key: str, client_id: str, value: dict[str, Any], now: datetime) -> bool:
    session = _session(key, client_id, value)
    return session is not None and not session.is_over(now)


def _record(session: Session) -> dict[str, Any]:
    record = asdict(session)
    del record["key"], record["client_id"]
    return record


def _session(key: str, client_id: str, value: dict[str, Any]) -> Session | None:
    try:
        return msgspec.convert({**value, "key": key, "client_id": client_id}, Session)
    except msgspec.ValidationError:  # somebody has edited it
        return None


def _key(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _encoded(client_id: str) -> str:
    return base64.urlsafe_b64encode(client_id.encode("utf-8", "surrogatepass")).decode().rstrip("=")


def _decoded(text: str) -> str | None:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode(
            "utf-8", "surrogatepass"
        )
    except (binascii.Error, ValueError):
        return None
