"""Where the files of one client are."""

from dataclasses import dataclass

from databus.database.json_db.safe_names import safe_name

OWN = ".databus"
"""The folder in a client's folder that holds what only Databus needs."""


@dataclass(frozen=True, slots=True)
class ClientFolder:
    """The paths of one client's files.

    Attributes:
        path: Its folder, below ``clients``.
        client_id: Its name.
    """

    path: str
    client_id: str

    @property
    def config(self) -> str:
        """Its configuration."""
        return f"{self.path}/config.json"

    @property
    def log(self) -> str:
        """One file per log."""
        return f"{self.path}/log"

    @property
    def queue(self) -> str:
        """One folder per queue entry."""
        return f"{self.path}/pqueue"

    @property
    def damaged(self) -> str:
        """Queue entries that cannot be used."""
        return f"{self.queue}/.damaged"

    @property
    def backup(self) -> str:
        """Earlier versions of documents."""
        return f"{self.path}/backup"

    @property
    def own(self) -> str:
        """What only Databus needs."""
        return f"{self.path}/{OWN}"

    @property
    def index(self) -> str:
        """The index of queue and logs."""
        return f"{self.own}/index.sqlite3"

    @property
    def seating(self) -> str:
        """Entries that are being seated."""
        return f"{self.own}/seating"

    @property
    def trash(self) -> str:
        """Entries that are being deleted."""
        return f"{self.own}/trash"

    @property
    def documents(self) -> str:
        """Documents other than the configuration."""
        return f"{self.own}/documents"

    @property
    def notes(self) -> str:
        """Who saved which document, and when."""
        return f"{self.own}/notes"

    @property
    def client_name(self) -> str:
        """Holds the client's name where the folder cannot have it."""
        return f"{self.own}/client_id"


def entry_folder(internal_id: str) -> str:
    """Return the folder name of a queue entry."""
    return safe_name(internal_id, hidden=False)
