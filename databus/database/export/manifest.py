"""The manifest: what was exported and verified, the same for the same content whatever the engines.

It is written line by line, because it may not fit into memory, and gets its name when it is whole.
"""

import hashlib
import json
import os
from collections.abc import Iterable
from contextlib import suppress
from json.encoder import encode_basestring_ascii as _text
from pathlib import Path
from types import TracebackType
from typing import Self

from databus.batches import batched
from databus.errors import StoreError

FORMAT = "databus export manifest 1"


class Manifest:
    """Writes a manifest in a ``with`` block; without an error the file is there at its end.

    Args:
        path: The file.

    Raises:
        StoreError: It cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._draft = path.with_name(f"{path.name}.{os.getpid()}.new")
        self._hashed = hashlib.sha256()
        self._clients = 0

    @property
    def sha256(self) -> str:
        """Of the whole file, once it is there."""
        return self._hashed.hexdigest()

    def __enter__(self) -> Self:
        try:
            self._file = self._draft.open("wb")
        except OSError as error:
            raise self._failure(error) from error
        self._put(f'{{"format": {item(FORMAT)},\n"clients": {{')
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self._put("\n}}\n")
                self._file.flush()
                os.fsync(self._file.fileno())
                os.replace(self._draft, self.path)
        except OSError as failure:
            raise self._failure(failure) from failure
        finally:
            self._file.close()
            with suppress(OSError):
                self._draft.unlink(missing_ok=True)

    def add_client(self, client_id: str, **parts: Iterable[str]) -> None:
        """Add a client with its parts, in the order of their names; clients come in the order of their ids.

        Args:
            parts: Of each, the items as ``item`` or ``entry_item`` returns them.
        """
        self._put(f"{',' if self._clients else ''}\n{item(client_id)}: {{")
        self._clients += 1
        for place, name in enumerate(sorted(parts)):
            self._put(f"{',' if place else ''}\n {item(name)}: [")
            for number, some in enumerate(batched(parts[name], _TOGETHER)):
                self._put(f"{',' if number else ''}\n  {_BETWEEN.join(some)}")
            self._put("]")
        self._put("}")

    def _put(self, text: str) -> None:
        data = text.encode("ascii")
        self._hashed.update(data)
        try:
            self._file.write(data)
        except OSError as error:
            raise self._failure(error) from error

    def _failure(self, error: OSError) -> StoreError:
        return StoreError(f"the manifest {self.path} cannot be written: {error.strerror or error}")


_TOGETHER = 500
_BETWEEN = ",\n  "

item = json.JSONEncoder(sort_keys=True).encode
"""Returns an item as it stands in a manifest."""


def entry_item(internal_id: str, record: bytes, contents: Iterable[tuple[str, int, bytes]]) -> str:
    """Return ``item`` of an entry, which there are many of, in a third of the time."""
    attachments = ", ".join(
        [f'{{"name": {_text(name)}, "sha256": "{sha.hex()}", "size": {size}}}' for name, size, sha in contents]
    )
    return f'{{"attachments": [{attachments}], "internal_id": {_text(internal_id)}, "record": "{record.hex()}"}}'
