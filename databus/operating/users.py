"""The users of a client: who there is, and changing them. Each change is one edit of the client's configuration."""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from databus.client import config_editing
from databus.client.client import Client
from databus.client.config_loader import parse_config
from databus.client.config_rules import entries
from databus.client.interpolation import interpolate, unescaped
from databus.client.json_text import plain
from databus.client.passwords import new_token
from databus.database.records import CONFIG
from databus.errors import ConfigError, DatabusError, NotFound
from databus.operating.audit import Person
from databus.operating.editing import edit_config

if TYPE_CHECKING:
    from databus.client.config import UserConfig
    from databus.database.abstract_database import AbstractDatabase

ADMINISTRATOR = "administrator"

SHORTEST_PASSWORD = 8

LONGEST_NAME = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownUser:
    """A user as the configuration has it: also where something else in it is wrong."""

    username: str
    role: str
    has_password: bool
    has_token: bool

    @property
    def is_administrator(self) -> bool:
        """Whether the user may configure."""
        return self.role == ADMINISTRATOR

    @property
    def can_administer(self) -> bool:
        """Whether the user may configure on the page, where a password is needed."""
        return self.is_administrator and self.has_password


def users_in(content: bytes) -> list[KnownUser]:
    """Return the users in a configuration; entries without a name are left out.

    Raises:
        ConfigError: It is not JSON.
    """
    found = (user for _, user in entries(plain(parse_config(content, file=CONFIG)), "users"))
    return [_known(user, name) for user in found if isinstance(name := user.get("username"), str) and name]


def _known(user: dict[str, object], name: str) -> KnownUser:
    return KnownUser(
        username=unescaped(name),
        role=str(user.get("role", "operator")).lower(),
        has_password=bool(user.get("password")),
        has_token=bool(user.get("token")),
    )


def user_in(content: bytes, username: str) -> KnownUser:
    """Return a user of a configuration.

    Raises:
        ConfigError: It is not JSON.
        NotFound: There is no such user.
    """
    for user in users_in(content):
        if user.username == username:
            return user
    raise NotFound(f"There is no user {username!r} (any more).")


def entering_users(document: object) -> "Iterator[UserConfig]":
    """Yield those of a configuration's users who can come in: what is wrong with one keeps that one out only."""
    from pydantic import ValidationError

    from databus.client.config import UserConfig

    for _, user in entries(document, "users"):
        resolved = interpolate(user, os.environ)
        if resolved.problems:  # else ``${PASSWORD}``, which is not set, would be a password that everybody knows
            continue
        with suppress(ValidationError):
            yield UserConfig.model_validate(resolved.value)


def administrators(content: bytes) -> set[str]:
    """Return who can log in and configure on the page, where a password is needed.

    Raises:
        ConfigError: It is not JSON.
    """
    return {
        user.username
        for user in entering_users(plain(parse_config(content, file=CONFIG)))
        if user.role == ADMINISTRATOR and user.password.get_secret_value()
    }


def loses_root(client_id: str, content: bytes) -> bool:
    """Whether a configuration of root has no administrator who can log in: nobody could mend it any more."""
    if client_id != Client.ROOT:
        return False
    try:
        return not administrators(content)
    except ConfigError:  # nobody can come in
        return True


@dataclass(frozen=True, slots=True)
class UserEditing:
    """Changes users of a client in the name of a person.

    All of it raises ``DatabusError`` where it may not be done, ``NotFound`` where there is no such client or user, and
    ``ConfigError`` where the configuration is not JSON.
    """

    database: "AbstractDatabase"
    client_id: str
    by: Person

    def add(self, username: str, *, role: str, password: str, with_token: bool) -> str:
        """Add a user; return its token, which nobody can read again, or "" where none is wanted."""
        _check_name(username)
        if password:
            check_password(password)
        elif not with_token:
            raise DatabusError("Without a password and without a token nobody could use this account: give it one.")
        clear, stored = new_token() if with_token else ("", "")
        what = f"added user {username}, {role}"
        self._edit(
            lambda data: config_editing.add_user(data, username, role=role, password=password, token=stored), what
        )
        return clear

    def remove(self, username: str) -> None:
        """Remove a user, but not the last administrator."""

        def edit(data: bytes) -> bytes:
            _keep_an_administrator(data, username)
            return config_editing.remove_user(data, username, client_id=self.client_id)

        self._edit(edit, f"removed user {username}")

    def set_role(self, username: str, role: str) -> None:
        """Give a user another role, but do not take it from the last administrator."""

        def edit(data: bytes) -> bytes:
            if role != ADMINISTRATOR:
                _keep_an_administrator(data, username)
            return config_editing.set_role(data, username, role, client_id=self.client_id)

        self._edit(edit, f"made user {username} {role}")

    def set_password(self, username: str, password: str) -> None:
        """Give a user another password."""
        check_password(password)
        self._edit(
            lambda data: config_editing.set_password(data, username, password), f"set the password of user {username}"
        )

    def make_token(self, username: str) -> str:
        """Give a user another token; return it: nobody can read it again."""
        clear, stored = new_token()
        self._edit(lambda data: config_editing.set_token(data, username, stored), f"made a token for user {username}")
        return clear

    def clear_token(self, username: str) -> None:
        """Take a user's token away."""
        self._edit(lambda data: config_editing.clear_token(data, username), f"took the token of user {username} away")

    def _edit(self, edit: Callable[[bytes], bytes], what: str) -> None:
        edit_config(self.database, self.client_id, edit, what=what, by=self.by)


def check_password(password: str) -> None:
    """Raise DatabusError where a password is too short for a page that others may reach."""
    if len(password) < SHORTEST_PASSWORD:
        raise DatabusError(f"A password needs at least {SHORTEST_PASSWORD} characters.")


def _check_name(username: str) -> None:
    if not username or username != username.strip() or not username.isprintable() or len(username) > LONGEST_NAME:
        raise DatabusError(
            f"A user's name has up to {LONGEST_NAME} printable characters, and no blank at its beginning or end."
        )


def _keep_an_administrator(content: bytes, username: str) -> None:
    leaving = user_in(content, username)
    others = [user for user in users_in(content) if user.can_administer and user.username != username]
    if leaving.can_administer and not others:
        raise DatabusError(
            f"{username} is the last administrator of this client who can log in: "
            "make somebody else administrator first, with a password."
        )
