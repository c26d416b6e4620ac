"""Users whose password everybody knows."""

from typing import TYPE_CHECKING

from databus.client.config_loader import parse_config
from databus.client.config_rules import entries
from databus.client.json_text import plain
from databus.client.passwords import verify_password
from databus.database.records import CONFIG
from databus.errors import ConfigError, NotFound

if TYPE_CHECKING:
    from databus.database.abstract_database import AbstractDatabase

DEMO = "demo"
"""The client that ``databus init`` makes, its user, and the user's password."""


def is_demo_open(database: "AbstractDatabase") -> bool:
    """Whether the client demo can be entered with the password that it was made with."""
    try:
        config = plain(parse_config(database.read_document(DEMO, CONFIG).content, file=CONFIG))
    except (NotFound, ConfigError):
        return False
    users = [user for _, user in entries(config, "users") if user.get("username") == DEMO]
    return any(verify_password(DEMO, str(user.get("password") or "")) for user in users)
