"""A folder with files to pull."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

HOUR = 3600


@pytest.fixture(name="inbox")
def _inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    return folder


@pytest.fixture(name="put")
def _put(inbox: Path) -> Callable[..., Path]:
    def put(name: str, content: bytes = b"content", age: float = HOUR) -> Path:
        file = inbox / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        moment = time.time() - age
        os.utime(file, (moment, moment))
        return file

    return put
