"""The users of a client."""

from enum import Enum

from databus.compat import p_keywords


class Role(Enum):
    """What a user may do."""

    UNDEFINED = 0
    OPERATOR = 1
    ADMINISTRATOR = 2


@p_keywords
class Credential:
    """What a user shows to come in.

    Args:
        username: The name.
        password: Never shown by ``repr``.
        token: For the REST API; never shown by ``repr``.
    """

    def __init__(self, username: str = "Guest", password: str = "", token: str = "") -> None:
        self.username = username
        self.password = password
        self.token = token

    def __repr__(self) -> str:
        return f"<Credential of {self.username!r}>"


@p_keywords
class User:
    """A user; without a role it is an operator.

    Args:
        credential: Who it is; a guest where none is given.
        role: What the user may do.
    """

    def __init__(self, credential: Credential | None = None, role: Role = Role.OPERATOR) -> None:
        self.credential = Credential() if credential is None else credential
        self.role = Role.OPERATOR if role is Role.UNDEFINED else role

    def __repr__(self) -> str:
        return f"<User {self.credential.username!r}, {self.role.name.lower()}>"
