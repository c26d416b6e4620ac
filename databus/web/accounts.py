"""Who may come in: the users in the configurations of the clients."""

import codecs
import hashlib
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

import orjson

from databus.client.config import moment_of
from databus.client.config_loader import parse_config
from databus.client.json_text import plain
from databus.client.passwords import hash_password, is_hashed, verify_password
from databus.client.user import Role
from databus.database.abstract_database import AbstractDatabase
from databus.database.plain_passwords import hash_stored_passwords
from databus.database.records import CONFIG
from databus.errors import ConfigError, ConfigMissing, NotFound, StoreError
from databus.operating.users import ADMINISTRATOR, entering_users
from databus.timestamps import utc_now

CHECKS = 4
"""Passwords that are checked at the same time: each takes 19 MiB and 30 ms of a processor."""

PATIENCE = 10.0
"""Seconds that a login waits for its turn."""

GUEST = "guest"
"""Who comes into a client that is open and has no users."""


class Busy(Exception):
    """Too many people log in at the same time."""


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may come in.

    Attributes:
        is_guest: Comes in without a password. Whoever has none is no guest yet: it may be a program with a token.
        token: As it is stored.
        may_write: Whether the token does more than read.
        token_expires: From then on the token is refused; None for never.
        stamp: Changes with the password: what began under another one ends, and what a guest began is no user's.
    """

    client_id: str
    username: str
    role: Role
    password: str = field(repr=False)
    is_guest: bool = False
    token: str = field(default="", repr=False)
    may_write: bool = True
    token_expires: datetime | None = None

    @property
    def stamp(self) -> str:
        """What tells this password from another one, and from none."""
        if self.is_guest:
            return "guest"
        if not self.password:
            return "no password"  # nobody begins a session with it: that of an empty text was once that of guests
        return hashlib.sha256(self.password.encode("utf-8", "surrogatepass")).hexdigest()[:16]


class Accounts:
    """Reads users from the database, each time anew: a user who was removed is out at once."""

    def __init__(self, database: AbstractDatabase) -> None:
        self._database = database
        self._turns = threading.BoundedSemaphore(CHECKS)

    def find(self, client_id: str, username: str) -> Account | None:
        """Return a user of a client; None where there is none of that name."""
        return next((each for each in self.of(client_id) if each.username == username), None)

    def of(self, client_id: str) -> list[Account]:
        """Return all users of a client; also of one whose configuration is broken: they can mend it."""
        try:
            document = _read(self._database.read_document(client_id, CONFIG).content)
        except (NotFound, ConfigError, ConfigMissing):
            return []
        users = document.get("users") if isinstance(document, dict) else None
        if not users and isinstance(document, dict) and document.get("open") is True:
            return [Account(client_id, GUEST, Role.OPERATOR, "", is_guest=True)]
        return list(_accounts(client_id, document))

    def authenticate(self, client_id: str, username: str, password: str) -> Account | None:
        """Return the user whose password it is; None where it is none's.

        Whether client, user or password is wrong can be told neither from the answer nor from how long it takes.

        Raises:
            Busy: There was no turn within ``PATIENCE`` seconds.
        """
        account = self.find(client_id, username)
        stored = account.password if account is not None else ""
        if not self._turns.acquire(timeout=PATIENCE):
            raise Busy
        try:
            nobodys = self._nobodys
            is_right = verify_password(password, stored)
            if not password or not is_hashed(stored):  # nothing was computed: let it take as long as if it were
                verify_password(password or "-", nobodys)
        finally:
            self._turns.release()
        if account is not None and account.is_guest:
            is_right = not password
        return self._with_hash(account) if account is not None and is_right else None

    def _with_hash(self, account: Account) -> Account | None:
        """Return a user after a plain password was replaced by its hash: later that would end the session."""
        if not account.password or is_hashed(account.password):
            return account
        with suppress(StoreError):  # who cannot be written now comes in all the same
            hash_stored_passwords(self._database, account.client_id, clock=utc_now)
        return self.find(account.client_id, account.username)

    @cached_property
    def _nobodys(self) -> str:
        return hash_password("nobody's")


def _accounts(client_id: str, document: object) -> Iterator[Account]:
    for config in entering_users(document):
        role = Role.ADMINISTRATOR if config.role == ADMINISTRATOR else Role.OPERATOR
        yield Account(
            client_id,
            config.username,
            role,
            config.password.get_secret_value(),
            token=config.token.get_secret_value(),
            may_write=config.token_scope == "write",  # noqa: S105 - the name of a scope, no token
            token_expires=moment_of(config.token_expires),
        )


def _read(content: bytes) -> object:
    """Return a configuration as it is; it is read for every request, and few need the reader that takes all of JSON."""
    try:
        return orjson.loads(content.removeprefix(codecs.BOM_UTF8))
    except ValueError:
        return plain(parse_config(content, file=CONFIG))
