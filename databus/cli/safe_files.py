"""Names from outside as files of a folder."""

from itertools import count
from pathlib import Path

from databus.folders.names import numbered, safe_path


def free_path(folder: Path, name: str) -> Path:
    """Return the path of a new file in a folder: the name itself wherever a file can be called so and none is."""
    safe = safe_path(name.replace("/", "_"), remote=True)
    candidates = (folder / numbered(safe, number) for number in count(1))
    return next(path for path in candidates if not path.exists() and not path.is_symlink())
