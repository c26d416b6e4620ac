"""External configuration files."""

import os
import stat
from pathlib import Path
from typing import Any

import pytest

from databus.client.external_config import ExternalConfigFile
from databus.errors import NotFound

ANY_FILE: Any = ExternalConfigFile


def test_arguments_by_position_and_by_either_name() -> None:
    for file in (ExternalConfigFile("c", "f", "p"), ANY_FILE(p_client_id="c", p_file_id="f", p_path="p")):
        assert (file.client_id, file.file_id, file.path) == ("c", "f", "p")


def test_content_is_read_anew_each_time(tmp_path: Path) -> None:
    path = tmp_path / "a.ini"
    file = ExternalConfigFile("c", "f", str(path))
    path.write_bytes("[a]\r\nb=ü\n".encode())
    assert file.file_content == "[a]\r\nb=ü\n"
    path.write_bytes(b"\xff")
    assert file.file_content == "\udcff"


def test_content_is_replaced_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "a.ini"
    path.write_bytes(b"old")
    path.chmod(0o604)
    before = os.stat(path).st_ino
    file = ExternalConfigFile("c", "f", str(path))
    file.file_content = "new ü\r\n\udcff"
    assert path.read_bytes() == "new ü\r\n".encode() + b"\xff"
    assert os.stat(path).st_ino != before
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o604
    assert os.listdir(tmp_path) == ["a.ini"]


def test_a_new_file_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / "new.ini"
    ExternalConfigFile("c", "f", str(path)).file_content = "x"
    assert path.read_text() == "x"


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "real.ini", tmp_path / "link.ini"
    real.write_text("old")
    link.symlink_to(real)
    ExternalConfigFile("c", "f", str(link)).file_content = "new"
    assert link.is_symlink()
    assert real.read_text() == "new"


def test_a_failing_write_keeps_the_old_content(tmp_path: Path) -> None:
    path = tmp_path / "folder"
    path.mkdir()
    with pytest.raises(IsADirectoryError):
        ExternalConfigFile("c", "f", str(path)).file_content = "new"
    assert os.listdir(tmp_path) == ["folder"]


def test_a_missing_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    path = str(tmp_path / "no.ini")
    with pytest.raises(NotFound, match=path):
        _ = ExternalConfigFile("c", "f", path).file_content
