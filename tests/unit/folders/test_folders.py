"""What every folder does, local or not."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import pytest

from databus.folders.folder import FileState, Folder, FolderError, open_folder
from databus.folders.moving import Moved, move
from databus.folders.placing import IfExists, Placing, Result


@pytest.fixture(params=["local", "file-url", "memory", "dir"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Folder]:
    """Four ways to a folder; the last goes through fsspec to the disk."""
    (tmp_path / "root").mkdir()
    match request.param:
        case "memory":
            import fsspec  # type: ignore[import-untyped] # fsspec has no types

            root = f"/{tmp_path.name}"
            fsspec.filesystem("memory").makedirs(root)
            yield open_folder(f"memory:/{root}", {})
            fsspec.filesystem("memory").rm(root, recursive=True)
        case "dir":
            yield open_folder("dir://", {"path": str(tmp_path / "root"), "target_protocol": "file"})
        case "file-url":
            yield open_folder(f"file://{tmp_path / 'root'}", {})
        case _:
            yield open_folder(str(tmp_path / "root"), {})


def _never(_stream: BinaryIO) -> None:
    pytest.fail("it is written")


def _put(folder: Folder, path: str, content: bytes, owner: str = "me") -> str:
    return Placing(folder).place(path, owner, lambda stream: stream.write(content))[1]


def _read(folder: Folder, path: str) -> bytes:
    with folder.open(path) as stream:
        return stream.read()


def _paths(folder: Folder, *, recursive: bool = True) -> list[str]:
    found = folder.files(recursive=recursive, skip=lambda path: path.startswith("."), trouble=pytest.fail)
    return sorted(state.path for state in found)


def test_written_files_are_listed_read_and_deleted(folder: Folder) -> None:
    for path in ("a.txt", "b/c.txt", "b/d/e [1]*?.txt", "ü\n.txt"):
        _put(folder, path, path.encode())
    assert _paths(folder) == ["a.txt", "b/c.txt", "b/d/e [1]*?.txt", "ü\n.txt"]
    assert _paths(folder, recursive=False) == ["a.txt", "ü\n.txt"]
    assert _read(folder, "b/d/e [1]*?.txt") == b"b/d/e [1]*?.txt"
    state = folder.state("a.txt")
    assert state is not None
    assert state.size == 5
    folder.delete("a.txt")
    folder.delete("a.txt")
    assert folder.state("a.txt") is None
    with pytest.raises(FolderError, match=r"a\.txt"):
        folder.open("a.txt")


def test_what_leads_out_is_nowhere(folder: Folder) -> None:
    assert folder.state("../x") is None
    with pytest.raises(FolderError, match="outside"), folder.written("../x", _never, "me"):
        pass


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    for url, name in ((f"{tmp_path}/missing", "missing"), ("memory://nothing-here", "memory://nothing-here")):
        with pytest.raises(FolderError, match=f"{name} does not exist"):
            open_folder(url, {}).files(recursive=True, skip=lambda path: False, trouble=pytest.fail)


def test_an_unknown_protocol_is_an_error() -> None:
    with pytest.raises(FolderError, match="nope://host/x cannot be reached"):
        open_folder("nope://me:secret@host/x", {})


def test_a_failed_copy_leaves_nothing(folder: Folder) -> None:
    def copy(stream: BinaryIO) -> None:
        stream.write(b"half")
        raise OSError("No space left on device")

    with pytest.raises(FolderError, match=r"a\.txt.*No space left"):
        Placing(folder).place("a.txt", "me", copy)
    assert folder.names_beside("a.txt") == []


def test_taken_names(folder: Folder) -> None:
    rename = Placing(folder)
    for number in range(4):
        result, _ = rename.place("a.txt", f"owner {number}", lambda stream: stream.write(b"x"))
        assert result is Result.WRITTEN
    assert _paths(folder) == ["a (2).txt", "a (3).txt", "a (4).txt", "a.txt"]
    assert Placing(folder, "skip").place("a.txt", "x", _never) == (Result.SKIPPED, "a.txt")
    with pytest.raises(FolderError, match="already"):
        Placing(folder, "fail").place("a.txt", "x", _never)
    Placing(folder, "replace").place("a.txt", "x", lambda stream: stream.write(b"new"))
    assert _read(folder, "a.txt") == b"new"
    assert [name for name in folder.names_beside("a.txt") if "databus" in name] == []


def test_moving_never_overwrites(folder: Folder, tmp_path: Path) -> None:
    target = open_folder(str(tmp_path / "moved"), {})
    for content in (b"1", b"2", b"3"):
        _put(folder, "b/a.txt", content)
        state = folder.state("b/a.txt")
        assert state is not None
        move(folder, state, target)
        assert folder.state("b/a.txt") is None
    assert {path: _read(target, path) for path in _paths(target)} == {
        "b/a.txt": b"1",
        "b/a (2).txt": b"2",
        "b/a (3).txt": b"3",
    }


@pytest.mark.parametrize("folder", ["dir"], indirect=True)
def test_renaming_within_a_server(folder: Folder) -> None:
    _put(folder, "a.txt", b"1")
    _put(folder, "done/a.txt", b"0")
    assert folder.rename_into(folder, "a.txt", "done/a.txt") is False
    assert folder.rename_into(folder, "a.txt", "done/b.txt") is True
    assert _paths(folder) == ["done/a.txt", "done/b.txt"]


@pytest.mark.parametrize("folder", ["memory"], indirect=True)
def test_copying_within_a_server_that_cannot_rename(folder: Folder) -> None:
    _put(folder, "a.txt", b"1")
    _put(folder, "done/a.txt", b"0")
    assert folder.rename_into(folder, "a.txt", "done/b.txt") is None
    assert folder.copy_into(folder, "a.txt", "done/a.txt") is False
    assert folder.copy_into(folder, "a.txt", "done/b.txt") is True
    assert _paths(folder) == ["a.txt", "done/a.txt", "done/b.txt"]


def test_local_deliveries_are_recognized(tmp_path: Path) -> None:
    folder = open_folder(str(tmp_path), {})
    _put(folder, "a.txt", b"other", "other")
    assert _put(folder, "a.txt", b"mine", "mine") == "a (2).txt"
    if folder.owner("a.txt") == "":
        pytest.skip("this filesystem keeps no extended attributes")
    (tmp_path / "a (7).txt").touch()  # numbers may have gaps
    again = Placing(folder)
    assert _placed(again, "mine", b"mine") == (Result.THERE_ALREADY, "a (2).txt")
    assert _placed(again, "new", b"") == (Result.WRITTEN, "a (3).txt")
    assert _placed(Placing(folder, "fail"), "other", b"other") == (Result.THERE_ALREADY, "a.txt")


def _placed(placing: Placing, owner: str, content: bytes) -> tuple[Result, str]:
    return placing.place("a.txt", owner, lambda stream: stream.write(content))


def _marking(path: Path) -> Folder:
    folder = open_folder(str(path), {})
    _put(folder, "probe", b"")
    if folder.owner("probe") == "":
        pytest.skip("this filesystem keeps no extended attributes")
    folder.delete("probe")
    return folder


@pytest.mark.parametrize("if_exists", ["rename", "fail"])
def test_another_content_of_the_same_owner_takes_the_place_of_the_first(tmp_path: Path, if_exists: IfExists) -> None:
    folder = _marking(tmp_path)
    assert _placed(Placing(folder, if_exists), "mine", b"wrong") == (Result.WRITTEN, "a.txt")
    assert _placed(Placing(folder, if_exists), "mine", b"right") == (Result.CORRECTED, "a.txt")
    assert _placed(Placing(folder, if_exists), "mine", b"right") == (Result.THERE_ALREADY, "a.txt")
    assert {path: _read(folder, path) for path in _paths(folder)} == {"a.txt": b"right"}


def test_what_somebody_changed_is_not_replaced(tmp_path: Path) -> None:
    folder = _marking(tmp_path)
    _put(folder, "a.txt", b"wrong")
    (tmp_path / "a.txt").write_bytes(b"mended by hand")
    assert _placed(Placing(folder), "me", b"wrong") == (Result.THERE_ALREADY, "a.txt")
    with pytest.raises(FolderError, match="already"):
        _placed(Placing(folder, "fail"), "me", b"right")
    for result in (Result.WRITTEN, Result.THERE_ALREADY):
        assert _placed(Placing(folder), "me", b"right") == (result, "a (2).txt")
    assert (tmp_path / "a.txt").read_bytes() == b"mended by hand"


def test_files_of_before_without_a_mark_of_their_content(tmp_path: Path) -> None:
    folder = _marking(tmp_path)
    _put(folder, "a.txt", b"same")
    os.removexattr(tmp_path / "a.txt", "user.databus.sha256")
    assert _placed(Placing(folder), "me", b"same") == (Result.THERE_ALREADY, "a.txt")
    assert _placed(Placing(folder), "me", b"another") == (Result.WRITTEN, "a (2).txt")


@pytest.mark.parametrize("earlier", [1, 3])
def test_deliveries_are_recognized_when_those_before_were_taken_away(tmp_path: Path, earlier: int) -> None:
    folder = _marking(tmp_path)
    for number in range(earlier):
        _put(folder, "a.txt", b"other", f"owner {number}")
    name = _put(folder, "a.txt", b"mine", "mine")
    folder.delete("a.txt")
    assert _placed(Placing(folder), "mine", b"mine") == (Result.THERE_ALREADY, name)
    assert _placed(Placing(folder), "new", b"new") == (Result.WRITTEN, "a.txt")


def test_an_unfinished_file_is_taken_up_again(tmp_path: Path) -> None:
    folder = open_folder(str(tmp_path), {})
    with (
        folder.written("a.txt", lambda stream: stream.write(b"old"), "me") as hanging,
        folder.written("a.txt", lambda stream: stream.write(b"new"), "me") as second,
    ):
        assert len(os.listdir(tmp_path)) == 1
        with pytest.raises(FolderError, match="second time"):
            folder.publish(hanging, "a.txt")
        assert folder.publish(second, "a.txt")
    assert [file.read_bytes() for file in tmp_path.iterdir()] == [b"new"]


def test_links_are_followed_inside_only(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "real").mkdir(parents=True)
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "x.txt").write_text("x")
    (root / "real" / "a.txt").write_text("a")
    (root / "link.txt").symlink_to("real/a.txt")
    (root / "out.txt").symlink_to("../secret.txt")
    (root / "nowhere.txt").symlink_to("nothing")
    (root / "loop").symlink_to("loop")
    (root / "folder").symlink_to("../elsewhere")
    (root / "self").symlink_to(".")
    os.mkfifo(root / "pipe")
    folder = open_folder(str(root), {})
    assert _paths(folder) == ["link.txt", "real/a.txt"]
    for path in ("out.txt", "folder/x.txt", "pipe", "loop"):
        assert folder.state(path) is None
        with pytest.raises(FolderError):
            folder.open(path)
    with pytest.raises(FolderError, match="outside"), folder.written("folder/new.txt", _never, "me"):
        pass
    link = folder.state("link.txt")
    assert link is not None
    move(folder, link, open_folder(str(tmp_path / "done"), {}))
    assert not os.path.lexists(root / "link.txt")
    assert (tmp_path / "done" / "link.txt").read_text() == "a"
    assert (root / "real" / "a.txt").exists()


def test_a_move_that_was_cut_short_is_ended(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "done").mkdir()
    (tmp_path / "in" / "a.txt").write_text("a")
    (tmp_path / "done" / "a.txt").write_text("an older one")
    os.link(tmp_path / "in" / "a.txt", tmp_path / "done" / "a (2).txt")
    source = open_folder(str(tmp_path / "in"), {})
    state = source.state("a.txt")
    assert state is not None
    assert move(source, state, open_folder(str(tmp_path / "done"), {})) == Moved(path="a (2).txt")
    assert sorted(os.listdir(tmp_path / "done")) == ["a (2).txt", "a.txt"]
    assert os.listdir(tmp_path / "in") == []


def test_one_folder_within_another(tmp_path: Path) -> None:
    folder = open_folder(str(tmp_path), {})
    assert folder.holds(open_folder(f"{tmp_path}/", {})) == ""
    assert folder.holds(open_folder(f"file://{tmp_path}/a/b", {})) == "a/b"
    assert folder.holds(open_folder(f"{tmp_path}x", {})) is None
    assert folder.holds(open_folder("memory://x", {})) is None
    assert open_folder("memory://x", {}).holds(open_folder("memory://x/y", {})) == "y"
    assert open_folder("memory://x", {}).holds(open_folder("memory://z", {})) is None


def test_versions() -> None:
    assert FileState(path="a", size=1, modified=1_500_000_000).version == "1970-01-01T00:00:01.500000000Z,1"
    assert FileState(path="a", size=None, modified=None, checksum="e").version == ",,e"
    assert FileState(path="a", size=0, modified=2**70).version == f"{2**70},0"
    assert FileState(path="a", size=0, modified=-1).version == "1969-12-31T23:59:59.999999999Z,0"


def test_times_as_filesystems_say_them() -> None:
    from databus.folders.remote import _state

    moment = datetime(2026, 1, 31, 8, tzinfo=UTC)
    nanoseconds = round(moment.timestamp()) * 1_000_000_000
    for info in (
        {"mtime": moment.timestamp()},
        {"LastModified": moment},
        {"last_modified": moment.replace(tzinfo=None)},
        {"updated": "2026-01-31T08:00:00Z"},
        {"modify": "20260131080000"},
        {"date_time": (2026, 1, 31, 8, 0, 0)},
    ):
        assert _state("a", info).modified == nanoseconds
    assert _state("a", {"modified": "yesterday", "ETag": '"x@y"'}).version == ",,x_y"
