"""The base of all passengers."""

import time
from abc import ABC
from datetime import datetime
from uuid import UUID

from databus.compat import JoinedUUID, p_keywords
from databus.passenger.attachment import Attachment
from databus.passenger.ordered_ids import time_ordered_number
from databus.timestamps import LocalTime, as_utc, utc_now


@p_keywords
class AbstractPassenger(ABC):
    """One document to transport: ids, and attachments with the content.

    A passenger type is a module with one subclass of this; the module's name also names the route. Pullers make
    passengers. In later drives Databus makes them again by calling the class without arguments and setting the
    attributes below: what a subclass sets in its own ``__init__`` is then there with its default, and whatever else
    must travel belongs into an attachment.

    Args:
        external_id: The document's id in the source system; with ``source_system`` it must identify the document,
            because the queue takes each one once.
        internal_id: Databus's own id; where none is given, a new UUID that is greater than earlier ones. A text that is
            a UUID becomes one.
        source_system: The name of the system it comes from.
        attachments: The content.
        puller_module: The module of the puller that made it.
        pull_datetime: When it was pulled: now where none is given; a naive time is local time and becomes UTC.
        passenger_module: The type; the class's own module where none is given.
        log_guids: The logs that tell about it.
    """

    _internal_id: UUID | str | int

    def __init__(
        self,
        external_id: str | None = None,
        internal_id: UUID | str | None = None,
        source_system: str | None = None,
        attachments: list[Attachment] | None = None,
        puller_module: str | None = None,
        pull_datetime: datetime | None = None,
        passenger_module: str | None = None,
        log_guids: list[UUID | str] | None = None,
    ) -> None:
        self.external_id = external_id or ""
        if internal_id is None and type(self).internal_id is AbstractPassenger.internal_id:
            self._internal_id = time_ordered_number(time.time_ns())
        else:
            self.internal_id = UUID(int=time_ordered_number(time.time_ns())) if internal_id is None else internal_id
        self.source_system = source_system or ""
        self.attachments = [] if attachments is None else attachments
        self.puller_module = puller_module or ""
        self.pull_datetime = utc_now() if pull_datetime is None else pull_datetime
        self.passenger_module = passenger_module or type(self).__module__
        self.log_guids: list[UUID | str] = [] if log_guids is None else log_guids

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id_text}>"

    @property
    def internal_id(self) -> UUID | str:
        """Databus's own id. It is a UUID, which joins with texts, but for plug-ins that chose another text."""
        known = self._internal_id
        if type(known) is not JoinedUUID:  # few plug-ins ask for it: it is read, or made of its number, when one does
            known = self._internal_id = _joined(known)
        return known

    @internal_id.setter
    def internal_id(self, value: UUID | str) -> None:
        self._internal_id = value if isinstance(value, str) else as_uuid(value)

    @property
    def pull_datetime(self) -> datetime:
        """When it was pulled: aware, in local time, and comparable with naive local times."""
        return LocalTime.of(self._pull_datetime)

    @pull_datetime.setter
    def pull_datetime(self, value: datetime) -> None:
        self._pull_datetime = as_utc(value)

    @property
    def id_text(self) -> str:
        """All ids, for logs and messages: ``SOURCE - EXTERNAL (INTERNAL)``."""
        return f"{self.source_system} - {self.external_id} ({self.internal_id})"

    def collect_log_guid(self, guid: UUID | str) -> None:
        """Add a log that tells about the passenger, once."""
        known = as_uuid(guid)
        if known not in self.log_guids:
            self.log_guids.append(known)

    def get_attachment_by_name(self, name: str) -> Attachment | None:
        """Return the first attachment of that name, or None."""
        return next((attachment for attachment in self.attachments if attachment.name == name), None)

    def unzip_attachments(self, extensions: list[str] | None = None) -> None:
        """Replace each ``.zip`` attachment by the files in it.

        Args:
            extensions: Take only files with one of these extensions; all files where none are given.

        Raises:
            AttachmentError: One cannot be unpacked; all attachments are then as they were.
        """
        from databus.passenger.unzip import Unzipper

        Unzipper().execute(self.attachments, extensions)

    def download_links_in_html_as_attachments(self, html: str, extensions: list[str]) -> None:
        """Download the files to which an HTML document links, and attach them.

        Args:
            html: The document.
            extensions: Only links that end in one of these file extensions.

        Raises:
            AttachmentError: A link cannot be downloaded; nothing is then attached.
        """
        from databus.passenger.html_link_downloader import HtmlLinkDownloader

        HtmlLinkDownloader().execute(self.attachments, html, extensions)


def utc_of_pull(passenger: AbstractPassenger) -> datetime:
    """Return when a passenger was pulled as it is stored, in UTC."""
    if type(passenger).pull_datetime is AbstractPassenger.pull_datetime:
        return passenger._pull_datetime
    return as_utc(passenger.pull_datetime)


def _joined(value: UUID | str | int) -> UUID | str:
    if isinstance(value, int):
        return JoinedUUID(int=value)
    known = as_uuid(value)
    return JoinedUUID(int=known.int) if isinstance(known, UUID) else known


def as_uuid(value: UUID | str) -> UUID | str:
    """Return a text that is a UUID as one, and any other as it is."""
    if isinstance(value, UUID):
        return value
    try:
        return UUID(value)
    except ValueError:
        return value
