"""Names on a server are taken once, however many look at the same time."""

import ftplib
import gc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import fsspec  # type: ignore[import-untyped] # fsspec has no types
import pytest
from fsspec.implementations.memory import MemoryFileSystem  # type: ignore[import-untyped] # as above

from databus.folders.folder import Folder, open_folder
from databus.folders.placing import Placing
from databus.folders.remote import RemoteFolder
from databus.folders.turns import Turns

THREADS, FILES = 8, 25


@pytest.fixture(name="url")
def _url(tmp_path: Path) -> Iterator[str]:
    root = f"/{tmp_path.name}"
    fsspec.filesystem("memory").makedirs(root)
    yield f"memory:/{root}"
    fsspec.filesystem("memory").rm(root, recursive=True)


def _put(folder: Folder, content: str) -> str:
    return Placing(folder).place("order.xml", content, lambda stream: stream.write(content.encode()))[1]


def _contents(url: str) -> list[str]:
    server = fsspec.filesystem("memory")
    return sorted(server.cat(path).decode() for path in server.find(url))


def test_nothing_is_overwritten_by_threads(tmp_path: Path) -> None:
    together = Barrier(THREADS)

    def deliver(thread: int) -> None:
        # Each has a folder of its own, as the plug-ins of several routes have; fsspec's in memory bears no threads.
        folder = open_folder("dir://", {"path": str(tmp_path), "target_protocol": "file"})
        together.wait()
        for number in range(FILES):
            _put(folder, f"{thread}-{number}")

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(deliver, range(THREADS)))
    contents = sorted(file.read_text() for file in tmp_path.iterdir())
    assert contents == sorted(f"{thread}-{number}" for thread in range(THREADS) for number in range(FILES))


@pytest.mark.parametrize("path", ["order.xml", "ORDER.xml"])
def test_looking_and_taking_is_one_turn(url: str, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    other = RemoteFolder(url, {"use_listings_cache": False})
    turns = []
    copy = MemoryFileSystem.cp_file

    def watched(filesystem: Any, source: str, target: str) -> None:
        turns.append(other._turn(path).locked())
        copy(filesystem, source, target)

    monkeypatch.setattr(MemoryFileSystem, "cp_file", watched)
    folder = open_folder(url, {})
    _put(folder, "1")
    Placing(folder, "replace").place("order.xml", "me", lambda stream: stream.write(b"2"))
    folder.delete("order.xml")
    Placing(folder).place("a.xml", "me", lambda stream: stream.write(b"3"))
    folder.copy_into(folder, "a.xml", "order.xml")
    assert turns == [True, True, False, True]
    assert not other._turn(path).locked()


def test_a_server_that_refuses_to_overwrite_is_believed(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = MemoryFileSystem.cp_file

    def quicker(filesystem: Any, source: str, target: str) -> None:
        if target.endswith("order.xml"):  # another process takes the name between our look and our renaming
            filesystem.pipe(target, b"theirs")
            raise FileExistsError(target)
        copy(filesystem, source, target)

    monkeypatch.setattr(MemoryFileSystem, "cp_file", quicker)
    assert _put(open_folder(url, {}), "ours") == "order (2).xml"
    assert _contents(url) == ["ours", "theirs"]


def test_a_folder_that_another_one_makes_is_taken(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    make = MemoryFileSystem.makedirs

    def slower(filesystem: Any, path: str, exist_ok: bool = False) -> None:
        monkeypatch.setattr(MemoryFileSystem, "makedirs", make)
        make(filesystem, path)
        raise ftplib.error_perm("550 File exists")

    monkeypatch.setattr(MemoryFileSystem, "makedirs", slower)
    Placing(open_folder(url, {})).place("new/order.xml", "me", lambda stream: stream.write(b"content"))
    assert _contents(url) == ["content"]


def test_turns_are_shared_by_name_and_forgotten() -> None:
    turns = Turns()
    held = turns.of("a", "b")
    assert turns.of("a", "b") is held
    assert turns.of("a", "c") is not held
    del held
    gc.collect()
    assert len(turns._locks) == 0


class _Hosts(MemoryFileSystem):  # type: ignore[misc] # fsspec has no types
    """A filesystem whose URLs name a server, as those of SFTP and FTP do."""

    protocol = "hosts"

    def __init__(self, host: str, **options: Any) -> None:
        super().__init__(**options)
        self.host = host

    @staticmethod
    def _get_kwargs_from_urls(url: str) -> dict[str, str]:
        return {"host": url.removeprefix("hosts://").partition("/")[0]}

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return "/" + path.removeprefix("hosts://").partition("/")[2] if "://" in path else path


def test_one_server_is_not_another() -> None:
    fsspec.register_implementation("hosts", _Hosts, clobber=True)
    one = open_folder("hosts://a.example/in", {})
    assert one.holds(open_folder("hosts://a.example/in/done", {})) == "done"
    assert one.holds(open_folder("hosts://b.example/in/done", {})) is None
    assert one.copy_into(open_folder("hosts://b.example/in", {}), "x", "x") is None
