"""Documents as passengers."""

from databus.compat import p_keywords
from databus.passenger.abstract_passenger import AbstractPassenger


@p_keywords
class Document(AbstractPassenger):
    """A document with its attachments: the passenger of routes that need no type of their own.

    ``databus.puller.files`` makes one of each file; the file, or what was in it, is in ``attachments``.
    """
