"""Errors of Databus's tree as they travel between processes: by class and text."""

import inspect
from collections.abc import Mapping
from typing import Any

from databus import errors
from databus.errors import ConfigError, DatabusError, Problem, StoreError

_TREE: Mapping[str, type[DatabusError]] = {
    name: value for name, value in vars(errors).items() if inspect.isclass(value) and issubclass(value, DatabusError)
}


def encode_error(error: Exception) -> dict[str, Any]:
    """Return an error for JSON. A class that the tree does not have goes as the nearest one that it has."""
    for kind in type(error).__mro__:
        if _TREE.get(kind.__name__) is kind:
            problems = [[p.file, p.path, p.reason] for p in error.problems] if isinstance(error, ConfigError) else []
            return {"class": kind.__name__, "text": str(error), "problems": problems}
    text = f"The owner of the database failed: {type(error).__name__}: {error}"
    return {"class": StoreError.__name__, "text": text, "problems": []}


def decode_error(data: Mapping[str, Any]) -> DatabusError:
    """Return the error that ``encode_error`` was given."""
    if data["class"] == ConfigError.__name__:
        return ConfigError([Problem(*problem) for problem in data["problems"]])
    return _TREE.get(data["class"], StoreError)(data["text"])
