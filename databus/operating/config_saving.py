"""Saving a whole configuration that a person has written."""

import os
from typing import TYPE_CHECKING

from databus.client.config_editing import hash_plain_passwords
from databus.client.config_reading import LIMIT, ConfigReading
from databus.database.records import CONFIG
from databus.errors import ConfigError, Problem
from databus.operating.audit import Person
from databus.operating.customizing import ConfigCustomizing
from databus.operating.users import loses_root

if TYPE_CHECKING:
    from databus.client.config_loader import LoadedConfig
    from databus.database.abstract_database import AbstractDatabase


def check_config(client_id: str, content: bytes, *, limit: float = LIMIT) -> "LoadedConfig":
    """Read a configuration before it is saved, with its plug-ins.

    Args:
        limit: Seconds that it may take.

    Raises:
        ConfigError: With everything that is wrong. One of root without an administrator is wrong, too: nobody could
            mend it any more.
    """
    loaded = ConfigReading(content, file=CONFIG, environ=os.environ, limit=limit).result()
    if loses_root(client_id, content):
        raise ConfigError([Problem(CONFIG, "users", "root must keep an administrator with a password")])
    return loaded


def save_config(database: "AbstractDatabase", client_id: str, content: bytes, *, expected: str, by: Person) -> str:
    """Save a configuration that was checked; plain passwords become hashes. The old one is kept.

    Args:
        expected: The version that it takes the place of.

    Returns:
        The new version.

    Raises:
        VersionConflict: Somebody else has saved another one meanwhile.
    """
    hashed = hash_plain_passwords(content) or content
    return ConfigCustomizing(database, client_id).save(hashed, expected=expected, by=by, what=f"saved {CONFIG}")
