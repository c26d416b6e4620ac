"""E-mails as passengers."""

from collections.abc import Iterable

from databus.compat import p_keywords
from databus.passenger.abstract_passenger import AbstractPassenger
from databus.passenger.attachment import Attachment
from databus.passenger.extensions import has_extension


@p_keywords
class Email(AbstractPassenger):
    """An e-mail: its bodies, headers and files are attachments."""

    @property
    def excel_attachments(self) -> list[Attachment]:
        """The attachments that are Excel files."""
        return self.get_attachments_with_extensions(["xls", "xlsx"])

    @property
    def xml_attachments(self) -> list[Attachment]:
        """The attachments that are XML files."""
        return self.get_attachments_with_extensions(["xml"])

    def get_attachments_with_extensions(self, extensions: Iterable[str]) -> list[Attachment]:
        """Return the attachments with one of these file extensions, with or without dot, in upper or lower case."""
        wanted = list(extensions)
        return [attachment for attachment in self.attachments if has_extension(attachment.name, wanted)]
