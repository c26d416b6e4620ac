"""``databus user``."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from databus.cli.commands import Command, group
from databus.cli.failing import WrongUsage, note, printable
from databus.cli.moments import moment_ahead
from databus.cli.options import AsJson, ClientName, Yes
from databus.cli.output import Column, aside, confirmed, on_terminal, say, show
from databus.cli.where import Given
from databus.errors import DatabusError

if TYPE_CHECKING:  # heavy: loaded when a command reads a configuration
    from databus.client.config import UserConfig

UserName = Annotated[str, typer.Argument(metavar="USER", help="Name of the user.")]
FromStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]


class RoleName(StrEnum):
    """What a user may do."""

    ADMINISTRATOR = "administrator"
    OPERATOR = "operator"


class ScopeName(StrEnum):
    """What a token is for."""

    READ = "read"
    WRITE = "write"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    functions: dict[str, Command] = {
        "add": add,
        "list": list_users,
        "remove": remove,
        "password": password,
        "role": role,
        "token": token,
    }
    group(app, "user", "The users of a client.", functions)


def add(
    given: Given,
    client: ClientName,
    user: UserName,
    user_role: Annotated[RoleName, typer.Option("--role", help="An operator handles the queue.")] = RoleName.OPERATOR,
    from_stdin: FromStdin = False,
    with_token: Annotated[
        bool, typer.Option("--token", help="Make a token for programs, too; it is shown once.")
    ] = False,
    no_password: Annotated[bool, typer.Option("--no-password", help="Without a password: for programs only.")] = False,
) -> None:
    """Add a user; asks for the password."""
    from databus.client.config_editing import add_user
    from databus.client.passwords import new_token

    secret = "" if no_password else _ask_password(from_stdin)
    clear, stored = new_token() if with_token else ("", "")
    _edit(
        given,
        client,
        lambda data: add_user(data, user, role=user_role.value, password=secret, token=stored),
        f"added user {user}, {user_role.value}",
        tell=note if clear else say,
    )
    if clear:
        _tell_token(clear)


def remove(given: Given, client: ClientName, user: UserName, yes: Yes = False) -> None:
    """Remove a user; the last administrator of root stays."""
    from databus.client.config_editing import remove_user

    if confirmed(f"Remove user {user} of {client}?", yes=yes):
        _edit(given, client, lambda data: remove_user(data, user, client_id=client), f"removed user {user}")
    else:
        say("nothing was removed")


def password(given: Given, client: ClientName, user: UserName, from_stdin: FromStdin = False) -> None:
    """Give a user another password; asks for it."""
    from databus.client.config_editing import set_password

    secret = _ask_password(from_stdin)
    _edit(given, client, lambda data: set_password(data, user, secret), f"set the password of user {user}")


def role(
    given: Given,
    client: ClientName,
    user: UserName,
    new_role: Annotated[RoleName, typer.Argument(metavar="ROLE", help="The new role: administrator or operator.")],
) -> None:
    """Give a user another role; the last administrator of root keeps it."""
    from databus.client.config_editing import set_role

    _edit(
        given,
        client,
        lambda data: set_role(data, user, new_role.value, client_id=client),
        f"made user {user} {new_role.value}",
    )


def token(
    given: Given,
    client: ClientName,
    user: UserName,
    scope: Annotated[ScopeName, typer.Option("--scope", help="Whether it may only read.")] = ScopeName.WRITE,
    expires: Annotated[
        str,
        typer.Option(
            "--expires", metavar="TIME", help="When it ends: 2027-11-23, 2027-11-23T09:30, or 7d; never if left out."
        ),
    ] = "",
    clear_it: Annotated[bool, typer.Option("--clear", help="Take the token away instead.")] = False,
) -> None:
    """Make a new token for a user; it is shown once, and the old one ends. A pipe gets the token alone."""
    from databus.client.config_editing import clear_token, limit_token, set_token
    from databus.client.passwords import new_token
    from databus.timestamps import utc_now

    end = moment_ahead(expires, now=utc_now())
    if clear_it and expires:
        raise WrongUsage("--clear and --expires contradict each other")
    if clear_it:
        _edit(given, client, lambda data: clear_token(data, user), f"took the token of user {user} away")
        return
    clear, stored = new_token()

    def edit(data: bytes) -> bytes:
        limit = f"{end:%Y-%m-%dT%H:%M:%SZ}" if end else ""
        return limit_token(set_token(data, user, stored), user, scope=scope.value, expires=limit)

    _edit(given, client, edit, f"made a token for user {user}", tell=note)
    _tell_token(clear)


def _edit(given: Given, client: str, edit: Any, what: str, *, tell: Callable[[str], None] = say) -> None:
    from databus.cli.person import os_user
    from databus.cli.reaching import reached
    from databus.operating.editing import edit_config

    with reached(given) as database, aside():
        edit_config(database, client, edit, what=what, by=os_user())
    tell(printable(f"{client}: {what}"))


def _tell_token(clear: str) -> None:
    say(f"token (shown only now): {clear}" if on_terminal() else clear)


def _ask_password(from_stdin: bool) -> str:
    if from_stdin:
        secret = sys.stdin.readline().rstrip("\r\n")
    elif sys.stdin.isatty():
        from getpass import getpass

        secret = getpass("Password: ")
        if secret and getpass("Once more: ") != secret:
            raise WrongUsage("the two passwords differ; nothing was changed")
    else:
        raise WrongUsage("nobody can be asked for a password here: say --password-stdin")
    if not secret:
        raise WrongUsage("a password must not be empty; nothing was changed")
    _check_password(secret)
    return secret


def _check_password(secret: str) -> None:
    from databus.operating.users import check_password

    try:
        check_password(secret)
    except DatabusError as error:
        raise WrongUsage(f"{error} Nothing was changed.") from None


# -- listing ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _User:
    config: "UserConfig"

    @property
    def has_password(self) -> bool:
        return bool(self.config.password.get_secret_value())

    @property
    def has_token(self) -> bool:
        return bool(self.config.token.get_secret_value())


_COLUMNS: list[Column[_User]] = [
    Column("user", lambda user: user.config.username),
    Column("role", lambda user: user.config.role),
    Column("password", lambda user: user.has_password),
    Column("token", lambda user: user.has_token),
]


def list_users(given: Given, client: ClientName, as_json: AsJson = False) -> None:
    """List a client's users."""
    from databus.cli.reaching import reached
    from databus.operating.clients import known_client

    with reached(given) as database, aside():
        users = [_User(user) for user in known_client(database, client).good.config.users]
    show(users, _COLUMNS, as_json=as_json, record=_record)


def _record(user: _User) -> dict[str, Any]:
    return {
        "username": user.config.username,
        "role": user.config.role,
        "password": user.has_password,
        "token": user.has_token,
    }
