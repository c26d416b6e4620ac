"""Edits of a client's users in its config.json: bytes in, bytes out, and all that is not edited stays as it is.

All raise ``ConfigError`` where the file is not JSON, and ``DatabusError`` where it does not look like a configuration.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from databus.client.config_loader import CONFIG_FILE, config_text, parse_config
from databus.client.interpolation import escaped, has_reference, unescaped
from databus.client.json_edit import Edit, appended, applied, removed, replaced, with_member
from databus.client.json_text import Array, Object, Scalar
from databus.client.passwords import hash_password, is_hashed
from databus.errors import DatabusError, NotFound

_ROOT = "root"
_ADMINISTRATOR = "administrator"
_SCOPES = ("read", "write")
_ROLES = (_ADMINISTRATOR, "operator")


def hash_plain_passwords(data: bytes) -> bytes | None:
    """Replace plain passwords of users by their hashes; every other byte stays.

    Passwords with a reference ``${…}`` stay, and so does everything in a file that cannot be read.

    Returns:
        The new content, or None where there is nothing to replace.
    """
    try:
        document = _Document(data)
        plain = [node for user in document.users() for node in _plain_passwords(user)]
    except DatabusError:
        return None  # whoever reads the configuration is told what is wrong
    edits = [replaced(node, hash_password(unescaped(str(node.value)))) for node in plain]
    return document.edited(edits) if edits else None


def add_user(data: bytes, username: str, *, role: str, password: str = "", token: str = "") -> bytes:
    """Add a user.

    Args:
        data: The configuration.
        username: Must be new.
        role: "administrator" or "operator".
        password: In the clear, it is hashed here; empty for none.
        token: As it is stored; empty for none.
    """
    _check_role(role)
    if not username:
        raise DatabusError("a user name must not be empty")
    document = _Document(data)
    if any(_name(user) == username for user in document.users()):
        raise DatabusError(f"there is already a user {username!r}")
    user = {"username": escaped(username), "password": hash_password(password) if password else "", "role": role}
    return document.saved([document.added({key: value for key, value in {**user, "token": token}.items() if value})])


def remove_user(data: bytes, username: str, *, client_id: str) -> bytes:
    """Remove a user, but not the last administrator of root. A client that loses its last one is not open then."""
    document = _Document(data)
    user = document.user(username)
    _keep_an_administrator(document, user, client_id)
    edits = [removed(document.user_list(), document.user_list().items.index(user))]
    is_open = document.root.get("open")
    if len(document.user_list().items) == 1 and isinstance(is_open, Scalar) and is_open.value is True:
        edits.append(replaced(is_open, False))  # it had no effect while there were users
    return document.saved(edits)


def set_password(data: bytes, username: str, password: str) -> bytes:
    """Give a user another password, which is hashed here."""
    return _set(data, username, "password", hash_password(password))


def set_role(data: bytes, username: str, role: str, *, client_id: str) -> bytes:
    """Give a user another role, but do not take it from the last administrator of root."""
    _check_role(role)
    document = _Document(data)
    if role != _ADMINISTRATOR:
        _keep_an_administrator(document, document.user(username), client_id)
    return _set(data, username, "role", role)


def set_token(data: bytes, username: str, stored: str) -> bytes:
    """Give a user another token, in the form in which it is stored."""
    return _set(data, username, "token", stored)


def limit_token(data: bytes, username: str, *, scope: str, expires: str) -> bytes:
    """Say what a user's token is for, and until when.

    Args:
        scope: "read" or "write".
        expires: As it stands in a configuration; empty for never.
    """
    from databus.client.config import time_with_zone

    if scope not in _SCOPES:
        raise DatabusError(f"the scope must be {' or '.join(_SCOPES)}")
    try:
        time_with_zone(expires)
    except ValueError as error:
        raise DatabusError(f"{expires!r}: {error}") from None
    for key, value, default in (("token_scope", scope, "write"), ("token_expires", expires, "")):
        if value != default or _Document(data).user(username).get(key) is not None:
            data = _set(data, username, key, value)
    return data


def clear_token(data: bytes, username: str) -> bytes:
    """Take a user's token away."""
    document = _Document(data)
    user = document.user(username)
    indexes = [index for index, member in enumerate(user.members) if member.key == "token"]
    return document.saved([removed(user, indexes[-1])]) if indexes else data


@dataclass(slots=True, init=False)
class _Document:
    """A configuration's text and tree."""

    text: str
    root: Object

    def __init__(self, data: bytes) -> None:
        root = parse_config(data, file=CONFIG_FILE)
        if not isinstance(root, Object):
            raise DatabusError(f"{CONFIG_FILE} must be an object {{ }}")
        self.text, self.root = config_text(data), root

    def user_list(self) -> Array:
        users = self.root.get("users")
        if not isinstance(users, Array):
            raise DatabusError(f'"users" of {CONFIG_FILE} must be a list [ ]')
        return users

    def users(self) -> Iterator[Object]:
        if self.root.get("users") is not None:
            yield from (user for user in self.user_list().items if isinstance(user, Object))

    def user(self, username: str) -> Object:
        for user in self.users():
            if _name(user) == username:
                return user
        raise NotFound(f"there is no user {username!r}")

    def added(self, user: dict[str, str]) -> Edit:
        if self.root.get("users") is None:
            return with_member(self.text, self.root, "users", [user])
        return appended(self.text, self.user_list(), user)

    def edited(self, edits: list[Edit]) -> bytes:
        try:
            return applied(self.text, edits).encode("utf-8")
        except UnicodeEncodeError as error:
            broken = error.object[error.start : error.end]
            raise DatabusError(f"{broken!r} is half a character and cannot be stored; type it anew") from None

    def saved(self, edits: list[Edit]) -> bytes:
        """Return the edited content, with a line end at the end of the file."""
        data = self.edited(edits)
        return data if data.endswith(b"\n") else data + (b"\r\n" if b"\r\n" in data else b"\n")


def _set(data: bytes, username: str, key: str, value: str) -> bytes:
    document = _Document(data)
    user = document.user(username)
    node = user.get(key)
    edit = with_member(document.text, user, key, value) if node is None else replaced(node, value)
    return document.saved([edit])


def _name(user: Object) -> str:
    node = user.get("username")
    return unescaped(node.value) if isinstance(node, Scalar) and isinstance(node.value, str) else ""


def _plain_passwords(user: Object) -> Iterator[Scalar]:
    for member in user.members:
        node = member.value
        if member.key == "password" and isinstance(node, Scalar) and _is_plain(node.value):
            yield node


def _is_plain(password: object) -> bool:
    return isinstance(password, str) and bool(password) and not is_hashed(password) and not has_reference(password)


def _is_administrator(user: Object) -> bool:
    node = user.get("role")
    return isinstance(node, Scalar) and str(node.value).lower() == _ADMINISTRATOR


def _keep_an_administrator(document: _Document, user: Object, client_id: str) -> None:
    others = (other for other in document.users() if other is not user and _is_administrator(other))
    if client_id == _ROOT and _is_administrator(user) and not any(others):
        raise DatabusError(f"{_name(user)!r} is the last administrator of root; make another one first")


def _check_role(role: str) -> None:
    if role not in _ROLES:
        raise DatabusError(f"the role must be {' or '.join(_ROLES)}")
