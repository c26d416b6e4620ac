"""Pullers of files, and what they gave."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from databus.client.log import Log
from databus.passenger.abstract_passenger import AbstractPassenger
from databus.passenger.document import Document
from databus.puller.files import Files, FilesSettings

HOUR = 3600


def puller_of(inbox: Path | str, **settings: Any) -> Files:
    puller = Files(Log())
    puller.settings = FilesSettings(url=str(inbox), **{"when_seated": "delete", **settings})
    return puller


def seated_settings(when: str, place: Path) -> dict[str, Any]:
    match when:
        case "move":
            return {"when_seated": {"move": str(place / "done")}}
        case "keep":
            return {"when_seated": "keep", "memory": str(place / "memory")}
        case _:
            return {"when_seated": when}


def names_of(passengers: Iterable[AbstractPassenger]) -> list[str]:
    return [attachment.name for passenger in passengers for attachment in passenger.attachments]


def content_of(passenger: AbstractPassenger, index: int = 0) -> bytes:
    with passenger.attachments[index].open() as stream:
        return stream.read()


def rebuilt(passengers: Iterable[AbstractPassenger]) -> list[AbstractPassenger]:
    """Return them as the queue gives them to a later drive: with ids and nothing else."""
    return [
        Document(external_id=each.external_id, source_system=each.source_system, puller_module=each.puller_module)
        for each in passengers
    ]
