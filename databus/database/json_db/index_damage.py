"""A damaged index: it is noted beside it, so that the next opening makes it anew, also after a restart."""

import os
from contextlib import suppress

from databus.database.json_db.disk import read_file, write_file


def note_damage(index: str, reason: str) -> None:
    """Note that an index is damaged; where the disk takes no note, whoever meets the damage next makes one."""
    with suppress(OSError):
        write_file(_note(index), reason.encode(errors="replace"))


def noted_damage(index: str) -> str:
    """Return why an index must be made anew; empty where nothing is known against it."""
    try:
        return read_file(_note(index)).decode(errors="replace") or "for an unknown reason"
    except FileNotFoundError:
        return ""


def remove_index(index: str) -> None:
    """Put an index that cannot be used out of the way, keeping it beside its successor until the next time."""
    for suffix in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            os.unlink(index + suffix)
    with suppress(FileNotFoundError):
        os.replace(index, f"{index}.damaged")
    # Last, so that a crash before it costs no more than doing it once more.
    with suppress(FileNotFoundError):
        os.unlink(_note(index))


def _note(index: str) -> str:
    return f"{index}.is-damaged"
