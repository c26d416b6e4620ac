"""A source that forgets what it was told is seated: one file per document, removed at the notification."""

import os
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

from databus.passenger.abstract_passenger import AbstractPassenger
from databus.puller.abstract_puller import AbstractPuller
from tests.faults.events import Events
from tests.faults.plugins.document import Document, pulled


class SourceSettings(BaseModel):
    """Where the documents are, and where to say what happened."""

    folder: str
    events: str
    life: int = 0


class Source(AbstractPuller):
    """Pulls every document of the folder."""

    Settings = SourceSettings

    def pull(self) -> Iterator[AbstractPassenger]:
        """Give the documents one by one."""
        for name in sorted(os.listdir(self.settings.folder)):
            yield Document(
                external_id=name,
                internal_id=f"id-{name}",
                source_system="source",
                puller_module=__name__,
                attachments=pulled(name),
            )

    def notify_passengers_seated(self, seated_passengers: list[AbstractPassenger]) -> None:
        """Forget them, for good."""
        names = [str(passenger.external_id) for passenger in seated_passengers]
        Events(Path(self.settings.events), self.settings.life).add("notified", *names)
        for name in names:
            Path(self.settings.folder, name).unlink(missing_ok=True)
        sync(self.settings.folder)


def feed(folder: Path, events: Events, names: list[str]) -> None:
    """Put documents into the source; once they are there for good, they are born."""
    for name in names:
        (folder / name).touch()
    sync(folder)
    events.add("born", *names)


def sync(folder: str | Path) -> None:
    """Wait until the names in a folder are on disk."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
