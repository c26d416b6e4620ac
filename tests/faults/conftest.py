"""Places for fault tests."""

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

MEMORY = Path("/dev/shm")


@pytest.fixture
def quick_path(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is one: for tests that sync a lot and pull no plug."""
    if not MEMORY.is_dir():
        yield tmp_path
        return
    folder = Path(tempfile.mkdtemp(dir=MEMORY, prefix="databus-test-"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """Mounts a disk of so many KiB, or resizes it; only root may, and not everywhere."""
    mount = tmp_path / "disk"
    mount.mkdir()

    def sized(kib: int) -> Path:
        action = "remount," if mount.is_mount() else ""
        command = ["mount", "-t", "tmpfs", "-o", f"{action}size={kib}k,mode=0755", "tmpfs", str(mount)]
        if subprocess.run(command, capture_output=True, check=False).returncode != 0:
            pytest.skip("mounting a small disk needs root; the same is tested with calls that fail")
        return mount

    yield sized
    if mount.is_mount():
        # Lazily: a test that failed may have left files open.
        subprocess.run(["umount", "--lazy", str(mount)], check=True)
