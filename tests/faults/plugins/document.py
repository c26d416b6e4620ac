"""A passenger whose contents follow from its name, so that whoever gets it knows what must be in it."""

from hashlib import sha256

from databus.passenger.abstract_passenger import AbstractPassenger
from databus.passenger.attachment import Attachment, AttachmentFormat


class Document(AbstractPassenger):
    """A document of the test's source."""


def pulled(name: str) -> list[Attachment]:
    """Return the attachments of a document as its source gives it."""
    return [
        Attachment("content.txt", text_content=f"content of {name}"),
        Attachment("data.bin", AttachmentFormat.binary, binary_content=data(name)),
        Attachment("obsolete.txt", text_content="to be removed"),
    ]


def data(name: str) -> bytes:
    """Return the larger content of a document: up to some pages of a disk."""
    digest = sha256(name.encode()).digest()
    return digest * (1 + digest[0])


def is_changed_by_processor(name: str) -> bool:
    """Whether the processor changes this one; one in three it leaves alone."""
    return sha256(name.encode()).digest()[1] % 3 != 0


def as_pulled(name: str) -> dict[str, bytes]:
    """Return what must be in a document before it is processed."""
    return {"content.txt": f"content of {name}".encode(), "data.bin": data(name), "obsolete.txt": b"to be removed"}


def as_pushed(name: str) -> dict[str, bytes]:
    """Return what must be in a document when it is pushed."""
    if not is_changed_by_processor(name):
        return as_pulled(name)
    return {"content.txt": f"changed content of {name}".encode(), "renamed.bin": data(name), "added.txt": b"added"}


def contents(passenger: AbstractPassenger) -> dict[str, bytes]:
    """Return what is in a document."""
    found = {}
    for attachment in passenger.attachments:
        with attachment.open() as stream:
            found[attachment.name] = stream.read()
    return found
