"""Unpacks ZIP attachments."""

from pydantic import BaseModel, ConfigDict, Field

from databus.passenger.attachment import AttachmentError
from databus.passenger.unzip import Unzipper
from databus.pqueue.queue_status import PassengerQueueStatus
from databus.processor.abstract_processor import AbstractProcessor


class UnzipSettings(BaseModel):
    """What is taken from archives."""

    model_config = ConfigDict(extra="forbid")

    extensions: list[str] | None = Field(
        default=None, description="Take only files with these extensions, such as xml, xlsx; all where none are given."
    )
    max_mib: float = Field(default=4096, gt=0, description="The most MiB that a passenger's archives may unpack to.")
    max_files: int = Field(default=10_000, gt=0, description="The most files that a passenger's archives may hold.")


class Unzip(AbstractProcessor):
    """Replaces each ``.zip`` attachment by the files in it.

    Folders in the archive are left out of the names, and names are made unique. Archives within archives stay
    archives. A passenger with an archive that is broken, encrypted or too large fails and stays as it was.
    """

    Settings = UnzipSettings
    settings: UnzipSettings = UnzipSettings()

    def process(self, passengers: list[PassengerQueueStatus]) -> None:
        """Unpack the archives of these passengers.

        Raises:
            AttachmentError: One cannot be unpacked.
        """
        unzipper = Unzipper(max_bytes=int(self.settings.max_mib * 1024 * 1024), max_files=self.settings.max_files)
        for status in passengers:
            passenger = status.passenger
            before = len(passenger.attachments)
            try:
                unzipper.execute(passenger.attachments, self.settings.extensions)
            except AttachmentError as error:
                raise AttachmentError(f"{passenger.id_text}: {error}") from error
            if len(passenger.attachments) != before:
                self.log.append_text(f"Unpacked {passenger.id_text}: {len(passenger.attachments)} files", __name__)
