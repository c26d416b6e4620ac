"""What a json_db is started with."""

import os
from collections.abc import Mapping
from typing import Any

from databus.errors import ConfigError, Problem

DEFAULT_PATH = "data/json_db"


def path_of(arguments: Mapping[str, Any]) -> str:
    """Return the folder that contains ``clients``, absolute.

    Raises:
        ConfigError: An argument is unknown or wrong.
    """
    problems = [
        Problem("database_arguments", name, "json_db does not know it; it takes path")
        for name in arguments
        if name != "path"
    ]
    path = arguments.get("path", DEFAULT_PATH)
    if not isinstance(path, (str, os.PathLike)) or not str(path) or "\0" in str(path):
        problems.append(Problem("database_arguments", "path", "it must be the folder that contains clients"))
    if problems:
        raise ConfigError(problems)
    return os.path.abspath(os.path.expanduser(str(path)))
