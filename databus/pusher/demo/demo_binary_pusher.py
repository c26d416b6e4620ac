"""A pusher that reads binary attachments, a piece at a time."""

import hashlib

from databus.passenger.attachment import Attachment, AttachmentFormat
from databus.pqueue.queue_status import PassengerQueueStatus
from databus.pusher.abstract_pusher import AbstractPusher


class DemoBinaryPusher(AbstractPusher):
    """Writes the checksum of each binary attachment to the log, however large it is."""

    def push(self, passenger: PassengerQueueStatus) -> None:
        """Log one line per binary attachment."""
        for attachment in passenger.passenger.attachments:
            if attachment.format is AttachmentFormat.binary:
                checksum = _checksum(attachment)
                self.log.append_text(f"{passenger.passenger.id_text}: {attachment.name} has SHA-256 {checksum}")


def _checksum(attachment: Attachment) -> str:
    digest = hashlib.sha256()
    with attachment.open() as stream:
        for piece in iter(lambda: stream.read(1 << 16), b""):
            digest.update(piece)
    return digest.hexdigest()
