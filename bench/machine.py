"""On what it was measured: nothing that would tell whose machine it is."""

import os
import platform
from pathlib import Path


def facts(folder: Path) -> dict[str, str]:
    return {
        "cores": str(os.cpu_count()),
        "processor": platform.machine(),
        "Python": platform.python_version(),
        "system": platform.system(),
        "file system": file_system(folder),
        "load before": f"{os.getloadavg()[0]:.1f}",
    }


def file_system(folder: Path) -> str:
    """Return the type of the file system that a folder is on."""
    place, kind = "", "unknown"
    for line in Path("/proc/mounts").read_text().splitlines():
        _, mount, type_, *_ = line.split()
        if folder.resolve().is_relative_to(mount) and len(mount) >= len(place):
            place, kind = mount, type_
    return kind
