"""What an installation is made of: versions, engine, room on the disk."""

import platform
import re
import shutil
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from databus import __version__
from databus.database.abstract_database import AbstractDatabase

_NAME = re.compile(r"[\w.-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """Versions of what this process runs with; ``libraries`` by their names."""

    databus: str
    python: str
    system: str
    libraries: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """Room where a database of files lies, in bytes."""

    folder: Path
    free: int
    total: int


def versions() -> Versions:
    """Return the versions of what this process runs with."""
    return Versions(
        databus=__version__,
        python=f"{platform.python_implementation()} {platform.python_version()}",
        system=platform.platform(terse=True),
        libraries=_libraries(),
    )


def _libraries() -> dict[str, str]:
    """Return the versions of what Databus needs, and of the drivers and extras that are installed."""
    wanted: list[str] = []
    with suppress(PackageNotFoundError):  # run from its sources alone
        wanted = requires("databus") or []
    found: dict[str, str] = {}
    for name in sorted({match[0] for each in wanted if (match := _NAME.match(each))}, key=str.lower):
        with suppress(PackageNotFoundError):  # an extra that is not installed
            found[name] = version(name)
    return found


def engine_name(database: AbstractDatabase) -> str:
    """Return the module of a database's engine."""
    return type(database).__module__


def disk_of(database: AbstractDatabase) -> Disk | None:
    """Return how much room a database has; None for one on a server, or reached through another process."""
    folder = database.endpoint_folder
    if folder is None:
        return None
    there = next((each for each in (folder, *folder.parents) if each.is_dir()), None)
    if there is None:
        return None
    usage = shutil.disk_usage(there)
    return Disk(folder=there, free=usage.free, total=usage.total)
