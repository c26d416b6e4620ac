"""Saving from a damaged index what only it has: outcomes that are not in their files yet."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress

from databus.database.json_db import index_rows
from databus.database.json_db.client_folder import ClientFolder, entry_folder
from databus.database.json_db.disk import replace_file, sync_folder
from databus.database.json_db.moving import remove_obsolete, take_places
from databus.database.json_db.passenger_file import decode
from databus.database.json_db.shelf import OTHER_HANDS, moves_in
from databus.database.json_db.stored import Moves
from databus.database.json_db.trouble import Damaged, is_damage

_Found = tuple[bytes, bytes, bytes | None]
"""Name of the entry's folder, its newest passenger.json, and what is to be moved in the folder."""


def rescue(folder: ClientFolder) -> None:
    """Bring outcomes that are only in a damaged index into their files, durably, as far as they can be read.

    Args:
        folder: The client's; nobody uses its index.

    Raises:
        OSError: A file cannot be written, such as on a full disk; the index still has it, for another attempt.
        sqlite3.OperationalError: The index cannot be read for another reason than its damage.
    """
    # From both ends: a page that is damaged costs what is on it, not all that comes after.
    found = {each[0]: each for order in ("ASC", "DESC") for each in _pending(folder.index, order)}
    for name, content, moves in found.values():
        # What the damaged index gives may be no passenger.json at all; then the one that is there is the better one.
        with suppress(Damaged, ValueError, KeyError, TypeError):
            _write(folder, index_rows.text(name), content, moves_in(moves))


def _pending(index: str, order: str) -> Iterator[_Found]:
    query = (
        "SELECT coalesce(folder, internal_id), pending, moves FROM entry NOT INDEXED "  # noqa: S608 - texts of our own
        f"WHERE pending IS NOT NULL ORDER BY sequence {order}"
    )
    try:
        with closing(sqlite3.connect(index)) as connection:
            yield from connection.execute(query)
    except sqlite3.DatabaseError as error:
        # Without its table, nothing of an index can be saved.
        if not is_damage(error) and getattr(error, "sqlite_errorcode", 0) != sqlite3.SQLITE_ERROR:
            raise


def _write(folder: ClientFolder, name: str, content: bytes, moves: Moves) -> None:
    entry, _ = decode(content, folder.client_id)
    path = f"{folder.queue}/{name}"
    if entry_folder(entry.internal_id) != name or not os.path.isdir(path):
        return
    try:
        # In the order of WriteBehind: whoever reads passenger.json finds the files that it lists.
        take_places(path, moves)
        if moves.fresh:
            sync_folder(f"{path}/attachments")
        replace_file(f"{path}/passenger.json", content, durable=True)
        remove_obsolete(path, moves)
    except OSError as error:
        if error.errno not in OTHER_HANDS:
            raise
