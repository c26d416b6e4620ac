"""Contents of attachments: digests, of what is read for it or of what passes by."""

import io
from collections.abc import Callable, Sequence
from functools import partial
from hashlib import sha256
from typing import Any, BinaryIO, cast

from databus.database.abstract_database import AbstractDatabase
from databus.database.export.plan import Content, blob, packed
from databus.database.records import Entry, StoredAttachment, WholeEntry
from databus.passenger.attachment import Attachment

PIECE = 1 << 18

Passed = dict[tuple[str, str], bytes]
"""Gets the digests of contents that were read to their ends, by internal id and name."""


def content_digest(database: AbstractDatabase, entry: Entry, stored: StoredAttachment) -> bytes:
    """Return the SHA-256 of a stored content, read in pieces."""
    hashed = sha256()
    piece_size = min(PIECE, stored.size + 1)  # most are small, and room for a large piece costs more than they do
    with database.open_attachment(entry.client_id, entry.internal_id, stored.name) as stream:
        while piece := stream.read(piece_size):
            hashed.update(piece)
    return hashed.digest()


def digest_of(content: bytes) -> bytes:
    """Return the SHA-256 of a content."""
    return sha256(content).digest()


def packed_digests(whole: WholeEntry) -> bytes | None:
    """Return what the plan notes of an entry's contents; None where one of them is not in memory."""
    found: list[Content] = []
    for stored, content in zip(whole.entry.attachments, whole.contents, strict=True):
        if content is None:
            return None
        found.append((blob(stored.name), stored.size, digest_of(content)))
    return packed(found)


def all_packed_digests(database: AbstractDatabase, whole: WholeEntry) -> bytes:
    """Return what the plan notes of an entry's contents; what is not in memory is read for it."""
    noted = packed_digests(whole)
    return noted if noted is not None else with_digests(whole.entry, all_digests(database, whole))


def with_digests(entry: Entry, digests: Sequence[bytes]) -> bytes:
    """Return what the plan notes of an entry's contents, given their digests."""
    pairs = zip(entry.attachments, digests, strict=True)
    return packed([(blob(stored.name), stored.size, sha) for stored, sha in pairs])


def all_digests(database: AbstractDatabase, whole: WholeEntry) -> list[bytes]:
    """Return the SHA-256 of all contents; what is not in memory is read for it."""
    pairs = zip(whole.entry.attachments, whole.contents, strict=True)
    return [
        digest_of(content) if content is not None else content_digest(database, whole.entry, stored)
        for stored, content in pairs
    ]


def travelling(database: AbstractDatabase, whole: WholeEntry, passed: Passed) -> list[Attachment]:
    """Return an entry's attachments; what is not in memory is read from the database when it is asked for."""
    pairs = zip(whole.entry.attachments, whole.contents, strict=True)
    return [
        _streamed(database, whole.entry, stored, passed) if content is None else _in_memory(stored, content)
        for stored, content in pairs
    ]


def _in_memory(stored: StoredAttachment, content: bytes) -> Attachment:
    return Attachment.from_stream(stored.name, partial(io.BytesIO, content), format=stored.format, size=len(content))


def _streamed(database: AbstractDatabase, entry: Entry, stored: StoredAttachment, passed: Passed) -> Attachment:
    def opened() -> BinaryIO:
        stream = database.open_attachment(entry.client_id, entry.internal_id, stored.name)
        return cast(BinaryIO, _Hashing(stream, partial(passed.__setitem__, (entry.internal_id, stored.name))))

    return Attachment.from_stream(stored.name, opened, format=stored.format, size=stored.size)


class _Hashing(io.RawIOBase):
    """A stream that tells the digest of what was read when it is closed."""

    def __init__(self, stream: BinaryIO, ended: Callable[[bytes], None]) -> None:
        self._stream = stream
        self._ended = ended
        self._hashed = sha256()

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> bytes:
        piece = self._stream.read(-1 if size is None else size)
        self._hashed.update(piece)
        return piece

    def readall(self) -> bytes:
        return self.read()

    def readinto(self, buffer: Any) -> int:
        piece = self.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
            self._ended(self._hashed.digest())
        super().close()
