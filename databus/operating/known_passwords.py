"""Users whose password everybody knows."""

from typing import TYPE_CHECKING

from databus.client.config_loader import parse_config
from databus.client.json_text import plain
from databus.client.passwords import verify_password
from databus.database.records import CONFIG
from databus.errors import ConfigError
from databus.operating.clients import stored_configs
from databus.operating.users import entering_users

if TYPE_CHECKING:
    from databus.database.abstract_database import AbstractDatabase

DEMO = "demo"
"""The client that ``databus init`` makes, its user, and the user's password."""


def client_with_known_password(database: "AbstractDatabase") -> str | None:
    """Return the first client that the user demo enters with the password that it was made with; None without one.

    It need not be the client demo: others are made by imitating its folder.
    """
    for stored in stored_configs(database):
        if stored.content is not None and _is_known(stored.content):
            return stored.client_id
    return None


def _is_known(content: bytes) -> bool:
    try:
        users = list(entering_users(plain(parse_config(content, file=CONFIG))))
    except ConfigError:  # nobody can come in
        return False
    passwords = (user.password.get_secret_value() for user in users if user.username == DEMO)
    return any(verify_password(DEMO, password) for password in passwords)
