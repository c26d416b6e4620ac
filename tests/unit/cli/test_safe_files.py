"""Files that commands write for a person."""

from pathlib import Path
from typing import BinaryIO

import pytest

from databus.cli.safe_files import new_file
from databus.errors import DatabusError, NotFound


def half(file: BinaryIO, error: BaseException) -> None:
    file.write(b"half")
    raise error


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (OSError(28, "No space left on device"), DatabusError),
        (NotFound("it is gone"), NotFound),
        (KeyboardInterrupt(), KeyboardInterrupt),
    ],
)
def test_half_a_file_is_not_left(tmp_path: Path, raised: BaseException, told: type[BaseException]) -> None:
    with pytest.raises(told):
        new_file(tmp_path / "a.txt", lambda file: half(file, raised))
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("mine")
    with pytest.raises(FileExistsError):
        new_file(tmp_path / "a.txt", lambda file: file.write(b"theirs"))
    assert (tmp_path / "a.txt").read_text() == "mine"
