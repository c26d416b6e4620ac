"""What becomes of pulled files when they are seated."""

import ftplib
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from shutil import copyfileobj
from typing import Any, BinaryIO

import fsspec  # type: ignore[import-untyped] # fsspec has no types
import pytest
from fsspec.implementations.memory import MemoryFileSystem  # type: ignore[import-untyped] # as above

from databus.folders import moving
from databus.passenger.document import Document
from databus.puller.abstract_puller import AbstractPullerError
from databus.puller.files import Files
from tests.unit.puller.pulling import HOUR, content_of, names_of, puller_of, rebuilt, seated_settings


def test_deleted_when_seated_and_again(inbox: Path, put: Callable[..., Path]) -> None:
    put("a.txt")
    put("b.txt")
    seated = rebuilt(puller_of(inbox).pull())
    puller_of(inbox).notify_passengers_seated(seated[:1])
    assert os.listdir(inbox) == ["b.txt"]
    puller_of(inbox).notify_passengers_seated(seated)
    assert os.listdir(inbox) == []


def test_moved_when_seated_never_over_another(inbox: Path, put: Callable[..., Path]) -> None:
    settings = {"recursive": True, "when_seated": {"move": str(inbox / "done")}}
    for content in (b"1", b"2"):
        put("sub/a.txt", content)
        seated = rebuilt(puller_of(inbox, **settings).pull())
        assert len(seated) == 1  # what was moved is not pulled again
        for _ in range(2):
            puller_of(inbox, **settings).notify_passengers_seated(seated)
    done = inbox / "done" / "sub"
    assert {file.name: file.read_bytes() for file in done.iterdir()} == {"a.txt": b"1", "a (2).txt": b"2"}
    assert list(puller_of(inbox, **settings).pull()) == []


def test_moved_to_another_kind_of_folder(inbox: Path, put: Callable[..., Path], tmp_path: Path) -> None:
    put("a.txt", b"1")
    target = f"memory://{tmp_path.name}"
    seated = rebuilt(puller_of(inbox).pull())
    puller_of(inbox, when_seated={"move": target}).notify_passengers_seated(seated)
    assert os.listdir(inbox) == []
    back = puller_of(target)
    assert [content_of(passenger) for passenger in back.pull()] == []  # it came to be there a moment ago
    back = puller_of(target, minimum_age=0)
    assert [content_of(passenger) for passenger in back.pull()] == [b"1"]


@pytest.mark.parametrize("when_seated", ["delete", "move", "keep"])
def test_a_file_that_changed_meanwhile_stays(
    inbox: Path, put: Callable[..., Path], tmp_path: Path, when_seated: str
) -> None:
    put("a.txt", b"1", age=HOUR)
    settings = seated_settings(when_seated, tmp_path)
    seated = rebuilt(puller_of(inbox, **settings).pull())
    put("a.txt", b"2", age=HOUR / 2)
    puller = puller_of(inbox, **settings)
    puller.notify_passengers_seated(seated)
    assert "has changed" in puller.log.entries_as_string
    assert [content_of(passenger) for passenger in puller_of(inbox, **settings).pull()] == [b"2"]


def test_kept_files_are_remembered_until_they_change_or_go(
    inbox: Path, put: Callable[..., Path], tmp_path: Path
) -> None:
    memory = tmp_path / "far" / "memory.sqlite"
    settings = {"when_seated": "keep", "memory": str(memory)}

    def drive() -> list[str]:
        passengers = list(puller_of(inbox, **settings).pull())
        puller_of(inbox, **settings).notify_passengers_seated(rebuilt(passengers))
        return names_of(passengers)

    put("a.txt")
    put("b.txt")
    assert sorted(drive()) == ["a.txt", "b.txt"]
    assert drive() == []
    put("a.txt", b"new", age=HOUR / 2)
    assert drive() == ["a.txt"]
    old = (inbox / "b.txt").stat().st_mtime_ns
    (inbox / "b.txt").unlink()
    assert drive() == []
    put("b.txt")
    os.utime(inbox / "b.txt", ns=(old, old))
    assert drive() == ["b.txt"]  # it was forgotten when it was gone


def test_nothing_is_forgotten_while_the_folder_is_empty(inbox: Path, put: Callable[..., Path], tmp_path: Path) -> None:
    settings = {"when_seated": "keep", "memory": str(tmp_path / "memory")}
    file = put("a.txt")
    puller_of(inbox, **settings).notify_passengers_seated(rebuilt(puller_of(inbox, **settings).pull()))
    file.rename(tmp_path / "a.txt")
    assert list(puller_of(inbox, **settings).pull()) == []
    (tmp_path / "a.txt").rename(file)
    assert list(puller_of(inbox, **settings).pull()) == []


def test_a_memory_in_the_folder_is_no_passenger(inbox: Path, put: Callable[..., Path]) -> None:
    settings = {"when_seated": "keep", "memory": str(inbox / "memory.db"), "minimum_age": 0}
    put("a.txt")
    puller_of(inbox, **settings).notify_passengers_seated(rebuilt(puller_of(inbox, **settings).pull()))
    assert (inbox / "memory.db").exists()
    assert list(puller_of(inbox, **settings).pull()) == []


def _pulled(inbox: Path, memory: Path, client: str, name: str = "files", **settings: Any) -> list[str]:
    """Pull as a puller of a client does, and be told that all is seated."""

    def puller() -> Files:
        made = puller_of(inbox, when_seated="keep", memory=str(memory), **settings)
        made.belongs_to, made.name = (client, "databus.passenger.document"), name
        return made

    waiting = [each.external_id for each in puller().peek()]
    passengers = list(puller().pull())
    assert [each.external_id for each in passengers] == waiting  # what peek shows is what comes
    puller().notify_passengers_seated(rebuilt(passengers))
    return names_of(passengers)


def test_pullers_of_several_clients_may_share_a_memory(inbox: Path, put: Callable[..., Path], tmp_path: Path) -> None:
    memory = tmp_path / "memory"
    put("a.txt")
    assert [_pulled(inbox, memory, client) for client in ("c1", "c2", "c1", "c2")] == [["a.txt"], ["a.txt"], [], []]


def test_pullers_of_one_route_that_share_a_memory_forget_their_own_files_only(
    inbox: Path, put: Callable[..., Path], tmp_path: Path
) -> None:
    memory = tmp_path / "memory"
    put("x.txt")
    put("sub/y.txt")
    found = [
        (_pulled(inbox, memory, "c", "top"), _pulled(inbox, memory, "c", "all", recursive=True, pattern="sub/*"))
        for _ in range(3)
    ]
    assert found == [(["x.txt"], ["sub/y.txt"]), ([], []), ([], [])]


def test_a_puller_that_was_renamed_remembers(inbox: Path, put: Callable[..., Path], tmp_path: Path) -> None:
    put("a.txt")
    assert _pulled(inbox, tmp_path / "memory", "c", "old") == ["a.txt"]
    put("b.txt")
    assert _pulled(inbox, tmp_path / "memory", "c", "new") == ["b.txt"]


def test_a_memory_of_before_is_taken_over_by_who_asks_first(
    inbox: Path, put: Callable[..., Path], tmp_path: Path
) -> None:
    put("a.txt")
    memory = tmp_path / "memory"
    assert _pulled(inbox, memory, "c1") == ["a.txt"]
    with closing(sqlite3.connect(memory)) as database, database:
        database.execute("UPDATE seen SET folder = ?", (str(inbox).encode(),))
    put("b.txt")
    assert _pulled(inbox, memory, "c1") == ["b.txt"]
    assert sorted(_pulled(inbox, memory, "c2")) == ["a.txt", "b.txt"]
    assert _pulled(inbox, memory, "c1") == []


def test_a_damaged_memory_is_named(inbox: Path, put: Callable[..., Path], tmp_path: Path) -> None:
    put("a.txt")
    (tmp_path / "memory").write_text("this is no database, and long enough to be seen as none" * 20)
    with pytest.raises(AbstractPullerError, match=r"memory .* cannot be used"):
        list(puller_of(inbox, when_seated="keep", memory=str(tmp_path / "memory")).pull())


def test_what_cannot_be_deleted_is_told_and_the_others_are(inbox: Path, put: Callable[..., Path]) -> None:
    put("a.txt")
    put("b.txt")
    seated = rebuilt(puller_of(inbox).pull())
    blocked = puller_of(inbox, when_seated={"move": str(inbox / "b.txt")})
    with pytest.raises(AbstractPullerError, match=r"a\.txt.*cannot be moved"):
        blocked.notify_passengers_seated(seated[:1])
    assert sorted(os.listdir(inbox)) == ["a.txt", "b.txt"]
    strange = Document(external_id="../x@y", source_system="s")
    puller_of(inbox).notify_passengers_seated([strange, *seated])
    assert os.listdir(inbox) == []


@pytest.mark.parametrize("when_seated", ["delete", "move"])
def test_a_file_that_a_server_keeps_does_not_hold_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when_seated: str
) -> None:
    server, inbox = fsspec.filesystem("memory"), f"/{tmp_path.name}"
    for name in ("a.txt", "b.txt", "c.txt"):
        server.pipe(f"{inbox}/{name}", b"content")
    delete = MemoryFileSystem.rm_file

    def guarded(filesystem: Any, path: str) -> None:
        if path.endswith("a.txt"):
            raise ftplib.error_perm("550 Permission denied")  # what fsspec lets through; it is no OSError
        delete(filesystem, path)

    monkeypatch.setattr(MemoryFileSystem, "rm_file", guarded)
    puller = puller_of(f"memory:/{inbox}", minimum_age=0, **seated_settings(when_seated, tmp_path))
    with pytest.raises(AbstractPullerError, match=r"a\.txt.*550 Permission denied"):
        puller.notify_passengers_seated(list(puller.pull()))
    assert server.find(inbox) == [f"{inbox}/a.txt"]


def test_a_file_that_a_server_does_not_give_does_not_hold_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, inbox = fsspec.filesystem("memory"), f"/{tmp_path.name}"
    for name in ("a.eml", "b.eml"):
        server.pipe(f"{inbox}/{name}", b"Subject: x\n\nbody")
    real = MemoryFileSystem.open

    def guarded(filesystem: Any, path: str, *rest: Any) -> Any:
        if path.endswith("a.eml"):
            raise ftplib.error_temp("451 Local error")
        return real(filesystem, path, *rest)

    monkeypatch.setattr(MemoryFileSystem, "open", guarded)
    puller = puller_of(f"memory:/{inbox}", minimum_age=0, unpack=["eml"])
    assert names_of(puller.pull()) == ["_props.json", "_body.txt"]
    assert "'a.eml' cannot be pulled now" in puller.log.entries_as_string


@pytest.mark.parametrize("at_the_end", [True, False])
def test_a_file_that_changes_while_it_is_moved_is_pulled_anew(
    inbox: Path, put: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_the_end: bool
) -> None:
    archive = f"memory://{tmp_path.name}"
    fsspec.filesystem("memory").makedirs(f"/{tmp_path.name}")

    def copy(source: BinaryIO, target: BinaryIO, size: int) -> None:
        if not at_the_end:
            put("a.txt", b"2", age=HOUR / 2)
        copyfileobj(source, target, size)
        put("a.txt", b"2", age=HOUR / 2)

    monkeypatch.setattr(moving, "copyfileobj", copy)
    put("a.txt", b"1", age=HOUR)
    puller = puller_of(inbox, when_seated={"move": archive})
    puller.notify_passengers_seated(rebuilt(puller.pull()))
    assert [content_of(passenger) for passenger in puller.pull()] == [b"2"]
    assert [content_of(passenger) for passenger in puller_of(archive, minimum_age=0).pull()] == [b"1"] * at_the_end
    assert "'a.txt' has changed" in puller.log.entries_as_string
    assert ("Copied 'a.txt' to 'a.txt'" in puller.log.entries_as_string) is at_the_end
