"""Moving a file to another folder."""

from collections.abc import Iterator
from pathlib import Path
from shutil import copyfileobj
from typing import Any

import fsspec  # type: ignore[import-untyped] # fsspec has no types
import pytest
from fsspec.implementations.memory import MemoryFileSystem  # type: ignore[import-untyped] # as above

from databus.folders import moving
from databus.folders.folder import FileState, Folder, FolderError, open_folder
from databus.folders.moving import Moved, move
from databus.folders.unchanged import FileChanged


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
        return archived.path, len(questions)

    moved(1)
    moved(2)
    _, few = moved(3)
    for number in range(4, 100):
        filesystem.pipe(f"{root}/done/a ({number}).csv", b"content")
    name, many = moved(100)
    assert name == "a (100).csv"
    assert many == few


def _text(folder: Folder, path: str) -> str:
    with folder.open(path) as stream:
        return stream.read().decode()


def test_a_file_that_comes_while_the_old_one_is_copied_stays(
    server: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = tmp_path / "order.xml"
    order.write_text("first")

    def delivered_meanwhile(source: Any, target: Any, size: int) -> None:
        copyfileobj(source, target, size)
        (tmp_path / "new").write_text("the second")
        (tmp_path / "new").rename(order)

    monkeypatch.setattr(moving, "copyfileobj", delivered_meanwhile)
    source = open_folder(str(tmp_path), {})
    assert move(source, _state(source, "order.xml"), server) == Moved(path="order.xml", another_stays=True)
    assert order.read_text() == "the second"
    assert _text(server, "order.xml") == "first"


def test_what_changes_while_it_is_copied_is_not_archived(
    server: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = tmp_path / "order.xml"
    order.write_text("first")

    def written_to_meanwhile(source: Any, target: Any, size: int) -> None:
        target.write(source.read(2))
        order.write_text("the second")
        copyfileobj(source, target, size)

    monkeypatch.setattr(moving, "copyfileobj", written_to_meanwhile)
    source = open_folder(str(tmp_path), {})
    with pytest.raises(FileChanged):
        move(source, _state(source, "order.xml"), server)
    assert order.read_text() == "the second"
    assert server.names_beside("order.xml") == []


def test_a_file_that_comes_while_the_server_copies_the_old_one_stays(
    server: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, filesystem = f"/{tmp_path.name}", fsspec.filesystem("memory")
    filesystem.pipe(f"{root}/order.xml", b"first")
    state, archive = _state(server, "order.xml"), open_folder(f"memory:/{root}/done", {})
    copy = MemoryFileSystem.cp_file

    def delivered_meanwhile(filesystem: Any, source: str, target: str) -> None:
        copy(filesystem, source, target)
        filesystem.pipe(source, b"the second")

    monkeypatch.setattr(MemoryFileSystem, "cp_file", delivered_meanwhile)
    assert move(server, state, archive) == Moved(path="order.xml", another_stays=True)
    assert (_text(server, "order.xml"), _text(archive, "order.xml")) == ("the second", "first")


def test_what_cannot_be_deleted_is_archived_once_or_not_at_all(
    server: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, filesystem = f"/{tmp_path.name}", fsspec.filesystem("memory")
    filesystem.pipe(f"{root}/order.xml", b"content")
    delete = MemoryFileSystem.rm_file

    def guarded(filesystem: Any, path: str) -> None:
        if path == f"{root}/order.xml":
            raise PermissionError(path)
        delete(filesystem, path)

    monkeypatch.setattr(MemoryFileSystem, "rm_file", guarded)
    for _ in range(3):
        with pytest.raises(FolderError, match=r"'order\.xml' cannot be deleted"):
            move(server, _state(server, "order.xml"), open_folder(f"memory:/{root}/done", {}))
    assert filesystem.find(root) == [f"{root}/order.xml"]
