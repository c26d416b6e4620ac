"""Moving a file to another folder."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec  # type: ignore[import-untyped] # fsspec has no types
import pytest
from fsspec.implementations.memory import MemoryFileSystem  # type: ignore[import-untyped] # as above

from databus.folders.folder import FileState, Folder, open_folder
from databus.folders.moving import move


def _state(folder: Folder, path: str) -> FileState:
    state = folder.state(path)
    assert state is not None
    return state


@pytest.fixture(name="server")
def _server(tmp_path: Path) -> Iterator[Folder]:
    root = f"/{tmp_path.name}"
    fsspec.filesystem("memory").makedirs(root)
    yield open_folder(f"memory:/{root}", {})
    fsspec.filesystem("memory").rm(root, recursive=True)


def test_the_hundredth_file_of_a_name_asks_no_more_than_the_third(
    server: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, filesystem = f"/{tmp_path.name}", fsspec.filesystem("memory")
    questions = []
    info = MemoryFileSystem.info

    def counted(filesystem: Any, path: str, **more: Any) -> Any:
        questions.append(path)
        return info(filesystem, path, **more)

    monkeypatch.setattr(MemoryFileSystem, "info", counted)

    def moved(number: int) -> tuple[str, int]:
        filesystem.pipe(f"{root}/a.csv", b"content")
        state = _state(server, "a.csv")
        questions.clear()
        archived = move(server, state, open_folder(f"memory:/{root}/done", {}))
        return archived, len(questions)

    moved(1)
    moved(2)
    _, few = moved(3)
    for number in range(4, 100):
        filesystem.pipe(f"{root}/done/a ({number}).csv", b"content")
    name, many = moved(100)
    assert name == "a (100).csv"
    assert many == few
