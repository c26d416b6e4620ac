"""The engine under test, and the empty databases that tests make with it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from databus.database.abstract_database import AbstractDatabase
from databus.plugin import load_plugin


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where one database is kept: any number of instances can be made for it, one after the other.

    Attributes:
        module: The engine's module.
        arguments: The engine's arguments, filled out.
        volatile: The engine keeps nothing beyond its instance.
        in_memory: The engine has attachments whole in memory.
    """

    module: str
    arguments: Mapping[str, Any]
    volatile: bool = False
    in_memory: bool = False

    def instance(self, **more: object) -> AbstractDatabase:
        """Return a new instance that is not open, with more arguments if there are any."""
        return load_plugin(self.module, AbstractDatabase)({**self.arguments, **more})

    def open(self) -> AbstractDatabase:
        """Return a new instance that is open."""
        database = self.instance()
        database.open()
        return database


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """An engine that is tested: its module, its arguments with placeholders, and what it says about itself."""

    module: str
    arguments: str = "{}"
    volatile: bool = False
    in_memory: bool = False

    def place(self, folder: Path) -> Place:
        """Return the place of a new, empty database.

        Args:
            folder: Empty; what stands for ``{tmp}``.
        """
        arguments = _filled(json.loads(self.arguments), {"{tmp}": str(folder), "{unique}": f"t{uuid4().hex[:20]}"})
        return Place(module=self.module, arguments=arguments, volatile=self.volatile, in_memory=self.in_memory)


def _filled(value: Any, placeholders: Mapping[str, str]) -> Any:
    match value:
        case str():
            for placeholder, text in placeholders.items():
                value = value.replace(placeholder, text)
            return value
        case dict():
            return {key: _filled(each, placeholders) for key, each in value.items()}
        case list():
            return [_filled(each, placeholders) for each in value]
        case _:
            return value
