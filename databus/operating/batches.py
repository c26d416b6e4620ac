"""Records in batches that are put aside: few of them in memory, many in a temporary file."""

import zlib
from collections.abc import Iterator, Sequence
from typing import Any, Generic, TypeVar

from databus.database.remote.codec import decoder, encode
from databus.database.remote.wire import pack_message, unpack_message
from databus.errors import DatabusError
from databus.passenger.spool import Spool

T = TypeVar("T")

MOST = 128 * 2**20
"""Bytes of one collection, compressed: some millions of passengers."""


class TooMuch(DatabusError):
    """There is no room for a batch."""

    def __init__(self) -> None:
        super().__init__("These are too many to be remembered at once: narrow the filters down.")


class Batches(Generic[T]):
    """Takes batches, and gives them again in their order. The temporary file has no name: it ends with the process.

    Args:
        kind: Of the records.
        most: Bytes that all of them may take.
    """

    def __init__(self, kind: type[T], *, most: int = MOST) -> None:
        self._spool = Spool()
        self._pieces: list[tuple[int, int]] = []
        self._decode = decoder(list[kind])  # type: ignore[valid-type] # a type that is known when it runs
        self._most = most

    def append(self, batch: Sequence[T]) -> None:
        """Take a batch.

        Raises:
            TooMuch: There is no room for it.
        """
        try:
            packed = zlib.compress(pack_message({"batch": encode(batch, [])}), 1)
        except ValueError as error:
            raise TooMuch from error
        if self._spool.end + len(packed) > self._most:
            raise TooMuch
        self._pieces.append((self._spool.end, len(packed)))
        self._spool.append(packed)

    def __iter__(self) -> Iterator[list[T]]:
        """Give the batches."""
        for begin, size in self._pieces:
            packed: dict[str, Any] = unpack_message(zlib.decompress(self._spool.read(begin, size)))
            yield self._decode(packed["batch"], [])
