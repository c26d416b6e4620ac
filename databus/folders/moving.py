"""Moving a file from one folder to another, never over another file."""

from functools import partial
from shutil import copyfileobj
from typing import BinaryIO

from databus.folders.folder import FileState, Folder, FolderError
from databus.folders.names import safe_path
from databus.folders.numbering import names_to_try
from databus.folders.placing import Placing

CHUNK = 1024 * 1024


def move(source: Folder, state: FileState, target: Folder) -> str:
    """Move a file to the same path in another folder, or to the next number that is free there.

    It is renamed where that is possible, else copied and then deleted.

    Returns:
        The path it has now.

    Raises:
        FolderError: It cannot be moved; it is then still at its source.
    """
    path = safe_path(state.path)
    try:
        return _renamed(source, state.path, target, path) or _copied(source, state, target, path)
    except OSError as error:
        raise FolderError(f"{state.path!r} cannot be moved from {source} to {target}: {error}") from error


def _renamed(source: Folder, own: str, target: Folder, path: str) -> str | None:
    tries = ((candidate, source.rename_into(target, own, candidate)) for candidate in names_to_try(target, path))
    candidate, moved = next(each for each in tries if each[1] is not False)
    return candidate if moved else None


def _copied(source: Folder, state: FileState, target: Folder, path: str) -> str:
    owner = f"{source}/{state.path}@{state.version}"
    _, name = Placing(target).place(path, owner, partial(_copy, source, state.path))
    source.delete(state.path)
    return name


def _copy(source: Folder, path: str, target: BinaryIO) -> None:
    with source.open(path) as stream:
        copyfileobj(stream, target, CHUNK)
