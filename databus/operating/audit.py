"""The record of what people changed: lines in the log of the client that they changed."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # heavy: loaded when something is changed
    from databus.client.log import Log
    from databus.database.abstract_database import AbstractDatabase

SOURCE = "databus.operating"
"""Source of these lines."""

BETWEEN = " at "
"""Stands between who did it and the interface."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who changes something, and through which interface: ``the command line``, ``the web page``."""

    name: str
    through: str

    @property
    def shown_name(self) -> str:
        """The name as it stands in a log: quoted where it could pass for more than a name."""
        is_plain = BETWEEN not in self.name and '"' not in self.name and self.name.isprintable()
        return self.name if is_plain else json.dumps(self.name, ensure_ascii=False)


def write_audit(
    database: "AbstractDatabase", client_id: str, sentences: Sequence[str], *, by: Person, log: "Log"
) -> None:
    """Write into a client's log what a person did."""
    from databus.driver.log_writer import LogWriter

    for sentence in sentences:
        log.append_text(f"{by.shown_name}{BETWEEN}{by.through}: {sentence}", SOURCE)
    LogWriter(database, log, client_id=client_id, passenger_module="", secrets=frozenset()).flush()
