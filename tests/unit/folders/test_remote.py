"""Folders behind fsspec, whose filesystems fail in their own ways."""

import ftplib
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import fsspec  # type: ignore[import-untyped] # fsspec has no types
import pytest
from fsspec.implementations.memory import MemoryFileSystem  # type: ignore[import-untyped] # as above

from databus.folders.folder import Folder, FolderError, open_folder
from databus.folders.placing import Placing, Result

REFUSED = ftplib.error_perm("550 Permission denied")  # no OSError, like the errors of paramiko and botocore


@pytest.fixture(name="root")
def _root(tmp_path: Path) -> Iterator[str]:
    root = f"/{tmp_path.name}"
    fsspec.filesystem("memory").makedirs(root)
    yield root
    fsspec.filesystem("memory").rm(root, recursive=True)


@pytest.fixture(name="server")
def _server(root: str) -> Folder:
    folder = open_folder(f"memory:/{root}", {})
    Placing(folder).place("a.txt", "me", lambda stream: stream.write(b"content"))
    return folder


def _refuse(*_: object, **__: object) -> Any:
    raise REFUSED


def _write(folder: Folder) -> None:
    with folder.written("b.txt", lambda stream: stream.write(b"content"), "me") as draft:
        folder.publish(draft, "b.txt")


@pytest.mark.parametrize(
    ("method", "use"),
    [
        ("find", lambda folder: folder.files(recursive=True, skip=lambda path: False, trouble=pytest.fail)),
        ("info", lambda folder: folder.state("a.txt")),
        ("info", lambda folder: folder.exists("a.txt")),
        ("open", lambda folder: folder.open("a.txt")),
        ("rm_file", lambda folder: folder.delete("a.txt")),
        ("ls", lambda folder: folder.names_beside("a.txt")),
        ("makedirs", _write),
        ("open", _write),
        ("info", _write),
        ("cp_file", _write),
        ("cp_file", lambda folder: folder.copy_into(folder, "a.txt", "done/a.txt")),
    ],
)
def test_whatever_a_filesystem_raises_is_an_error_of_the_folder(
    server: Folder, monkeypatch: pytest.MonkeyPatch, method: str, use: Callable[[Folder], object]
) -> None:
    monkeypatch.setattr(MemoryFileSystem, method, _refuse)
    with pytest.raises(FolderError, match="error_perm: 550") as caught:
        use(server)
    assert caught.value.__cause__ is REFUSED


class _Broken(io.BytesIO):
    """A file whose connection breaks when it is used."""

    read = write = _refuse


def test_streams_break_with_errors_of_the_folder(server: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MemoryFileSystem, "open", lambda *_: _Broken())
    with server.open("a.txt") as stream, pytest.raises(FolderError, match=r"'a\.txt' cannot be read"):
        stream.read()
    with pytest.raises(FolderError, match=r"'b\.txt' cannot be written"):
        _write(server)


def test_errors_of_the_content_are_not_those_of_the_server(server: Folder) -> None:
    def copy(_stream: BinaryIO) -> None:
        raise REFUSED

    with pytest.raises(ftplib.error_perm), server.written("b.txt", copy, "me"):
        pass
    assert server.names_beside("b.txt") == ["a.txt"]


def test_what_is_gone_needs_no_deleting_whatever_the_server_says(
    server: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.delete("a.txt")
    monkeypatch.setattr(MemoryFileSystem, "rm_file", _refuse)
    server.delete("a.txt")


def test_servers_that_replace_nothing_are_told_to_delete_first(server: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    def move(filesystem: Any, source: str, target: str) -> None:
        if filesystem.exists(target):
            raise REFUSED
        filesystem.cp_file(source, target)
        filesystem.rm_file(source)

    monkeypatch.setattr(MemoryFileSystem, "mv", move)
    Placing(server, "replace").place("a.txt", "me", lambda stream: stream.write(b"new"))
    with server.open("a.txt") as stream:
        assert stream.read() == b"new"


def test_a_store_that_lets_nothing_be_deleted_gets_a_file_once(server: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MemoryFileSystem, "rm_file", _refuse)
    assert Placing(server).place("b.txt", "me", lambda stream: stream.write(b"content")) == (Result.WRITTEN, "b.txt")
