"""Doing in an entry's folder what a recorded change of its attachments has left to be moved."""

import os
from contextlib import suppress

from databus.database.json_db.disk import remove_file
from databus.database.json_db.safe_names import safe_name
from databus.database.json_db.stored import Moves


def take_places(path: str, moves: Moves) -> None:
    """Let new contents take their places in the folder of an entry; doing it twice does no harm."""
    for name, file in moves.fresh.items():
        with suppress(FileNotFoundError):
            os.rename(f"{path}/attachments/{file}", f"{path}/attachments/{safe_name(name)}")


def remove_obsolete(path: str, moves: Moves) -> None:
    """Remove the files of the folder of an entry that no attachment uses any more."""
    for file in moves.obsolete:
        remove_file(f"{path}/attachments/{file}")
