"""Renaming on disks whose files cannot have two names."""

import errno
import os
import sys
from pathlib import Path

import pytest

from databus.folders import renaming
from databus.folders.renaming import rename_unless_taken


def _cannot(*_: object) -> None:
    raise OSError(errno.EPERM, "no links on FAT")


@pytest.fixture(name="files")
def _files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    (tmp_path / "source").write_text("new")
    monkeypatch.setattr(os, "link", _cannot)
    return str(tmp_path / "source"), str(tmp_path / "target")


@pytest.fixture(name="plainest")
def _plainest(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that cannot rename exclusively either."""
    monkeypatch.setattr(renaming, "_rename_exclusively", _cannot)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has renameat2")
def test_no_empty_file_has_the_name_before(files: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "open", lambda *_: pytest.fail("a placeholder is made"))
    source, target = files
    assert rename_unless_taken(source, target)
    assert Path(target).read_text() == "new"
    assert not Path(source).exists()


def _check_nothing_is_overwritten(source: str, target: str) -> None:
    Path(target).write_text("older")
    assert not rename_unless_taken(source, target)
    assert (Path(source).read_text(), Path(target).read_text()) == ("new", "older")


def test_nothing_is_overwritten(files: tuple[str, str]) -> None:
    _check_nothing_is_overwritten(*files)


@pytest.mark.usefixtures("plainest")
def test_nothing_is_overwritten_on_the_plainest_disk(files: tuple[str, str]) -> None:
    _check_nothing_is_overwritten(*files)
    os.unlink(files[1])
    assert rename_unless_taken(*files)
    assert Path(files[1]).read_text() == "new"


@pytest.mark.usefixtures("plainest")
def test_what_cannot_be_renamed_leaves_no_placeholder(files: tuple[str, str]) -> None:
    source, target = files
    os.unlink(source)
    with pytest.raises(FileNotFoundError):
        rename_unless_taken(source, target)
    assert not Path(target).exists()


def test_troubles_of_the_disk_are_told(files: tuple[str, str], tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        rename_unless_taken(files[0], str(tmp_path / "missing" / "target"))
