"""What engines must do alike, to the letter: versions of contents, places in lists, and what they refuse."""

from hashlib import blake2b

from databus.errors import NotFound, StoreError, VersionConflict

_DIGITS = 18
"""So many digits fit into the sequence of an entry, whatever database keeps it."""


def content_version(content: bytes) -> str:
    """Return the version of a document: its content's hash, so that equal ones are equal in every engine that lasts."""
    return blake2b(content, digest_size=12).hexdigest()


def sequence_of(cursor: str) -> int:
    """Return the sequence of the entry at which the page before ended, or raise StoreError."""
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= _DIGITS):
        raise StoreError(f"{cursor!r} is not a cursor of this list")
    return int(cursor)


def no_document(name: str, version: str) -> NotFound:
    """Return the error for a document, or an earlier version of it, that is not there."""
    return NotFound(f"there is no document {name!r}" + (f" of version {version!r}" if version else ""))


def changed_since_read(name: str) -> VersionConflict:
    """Return the error for a document that somebody else has changed in the meantime."""
    return VersionConflict(f"{name} was changed since it was read; read it again and repeat the change")


def client_is_driven(client_id: str) -> StoreError:
    """Return the error for a client that cannot be deleted now."""
    return StoreError(f"a drive is working on passengers of client {client_id}; try again when it has ended")
