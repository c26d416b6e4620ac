"""New files of a person's own: under names from outside, and whole or not at all."""

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import BinaryIO

from databus.errors import DatabusError
from databus.folders.names import numbered, safe_path


def free_path(folder: Path, name: str) -> Path:
    """Return the path of a new file in a folder: the name itself wherever a file can be called so and none is."""
    safe = safe_path(name.replace("/", "_"), remote=True)
    candidates = (folder / numbered(safe, number) for number in count(1))
    return next(path for path in candidates if not path.exists() and not path.is_symlink())


def new_file(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Write a file that is not there yet. Where that fails, half of it is not left in the way of the next try.

    Raises:
        DatabusError: It cannot be written; the text names it.
    """
    file = path.open("xb")
    try:
        with file:
            write(file)
    except BaseException as error:
        path.unlink()
        if isinstance(error, OSError):
            raise DatabusError(f"{path} cannot be written: {error.strerror or error}") from error
        raise
