"""Moving a file from one folder to another, never over another file."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from shutil import copyfileobj
from typing import BinaryIO

from databus.folders.folder import FileState, Folder, FolderError
from databus.folders.names import safe_path
from databus.folders.numbering import names_to_try
from databus.folders.placing import Placing
from databus.folders.unchanged import is_unchanged, open_unchanged

CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What became of a file that was to be moved.

    Attributes:
        path: Its path in the other folder.
        another_stays: Whether another file had its name at the source when it was copied; that one is still there.
    """

    path: str
    another_stays: bool = False


def move(source: Folder, state: FileState, target: Folder) -> Moved:
    """Move a file to the same path in another folder, or to the next number that is free there.

    It is renamed where that is possible, else copied and then deleted. Copying may take long, so the source is looked
    at once more just before it is deleted: a file that came to be there meanwhile stays. A file that comes between that
    look and the deletion, or between the caller's look and the renaming, is taken for the one that was listed.

    Args:
        source: Where it is.
        state: The file as it was when it was listed.
        target: Where to.

    Raises:
        FileChanged: It changed before it was copied; nothing was moved.
        FolderError: It cannot be moved; it is then still at its source, and only there as far as that can be done.
    """
    path = safe_path(state.path)
    try:
        renamed = _taking(target, path, partial(source.rename_into, target, state.path))
        if renamed is not None:
            return Moved(path=renamed)
        copied = _taking(target, path, partial(source.copy_into, target, state.path))
        if copied is None:
            copied = _streamed(source, state, target, path)
        if is_unchanged(source, state):
            _delete(source, state, target, copied)
            return Moved(path=copied)
        return Moved(path=copied, another_stays=source.exists(state.path))
    except OSError as error:
        raise FolderError(f"{state.path!r} cannot be moved from {source} to {target}: {error}") from error


def _taking(target: Folder, path: str, take: Callable[[str], bool | None]) -> str | None:
    """Return the name under which a file could be put; None where that is not possible."""
    tries = ((candidate, take(candidate)) for candidate in names_to_try(target, path))
    candidate, taken = next(each for each in tries if each[1] is not False)
    return candidate if taken else None


def _streamed(source: Folder, state: FileState, target: Folder, path: str) -> str:
    owner = f"{source}/{state.path}@{state.version}"
    return Placing(target).place(path, owner, partial(_copy, source, state))[1]


def _copy(source: Folder, state: FileState, target: BinaryIO) -> None:
    with open_unchanged(source, state) as stream:
        copyfileobj(stream, target, CHUNK)


def _delete(source: Folder, state: FileState, target: Folder, copied: str) -> None:
    try:
        source.delete(state.path)
    except (OSError, FolderError):
        # It is tried again at each drive, and each of them would leave another copy.
        if is_unchanged(source, state):
            target.delete(copied)
        raise
