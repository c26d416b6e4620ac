"""E-mails (RFC 5322 and MIME) as attachments, with nothing lost whatever is wrong with them."""

from databus.passenger.mime.message import open_message, read_message

__all__ = ["open_message", "read_message"]
