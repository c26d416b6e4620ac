"""Changing a document that others may change at the same moment."""

from collections.abc import Callable
from datetime import datetime

from databus.database.abstract_database import AbstractDatabase
from databus.errors import NotFound, VersionConflict


def change_document(
    database: AbstractDatabase,
    client_id: str,
    name: str,
    change: Callable[[bytes], bytes | None],
    *,
    clock: Callable[[], datetime],
    attempts: int,
    by: str = "",
    may_be_new: bool = False,
    backup: bool = False,
) -> None:
    """Read a document, change it, and write it where nobody changed it meanwhile; otherwise begin anew.

    Args:
        change: Returns the new content; None where nothing is to be written.
        attempts: So often it is tried.
        may_be_new: Whether one that is not there is taken for an empty one.
        backup: Whether the version of before is kept.

    Raises:
        NotFound: It is not there.
        VersionConflict: Others were faster each time.
    """
    for attempt in range(1, attempts + 1):
        before, version = _read(database, client_id, name, may_be_new=may_be_new)
        content = change(before)
        if content is None:
            return
        try:
            database.write_document(client_id, name, content, expected=version, by=by, now=clock(), backup=backup)
        except VersionConflict:
            if attempt == attempts:
                raise
        else:
            return


def _read(database: AbstractDatabase, client_id: str, name: str, *, may_be_new: bool) -> tuple[bytes, str]:
    try:
        document = database.read_document(client_id, name)
    except NotFound:
        if not may_be_new:
            raise
        return b"", ""
    return document.content, document.version
