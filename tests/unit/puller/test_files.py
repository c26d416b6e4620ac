"""Pulling files."""

import os
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from databus.client.log import MessageType
from databus.errors import PluginError
from databus.folders.folder import FolderError
from databus.passenger.document import Document
from databus.passenger.email import Email
from databus.plugin import load_plugin
from databus.puller.abstract_puller import AbstractPuller
from databus.puller.files import Files, FilesSettings
from tests.unit.puller.pulling import HOUR, content_of, names_of, puller_of, rebuilt, seated_settings


def test_it_is_a_plug_in() -> None:
    assert load_plugin("databus.puller.files", AbstractPuller) is Files


def test_each_file_becomes_a_passenger_the_oldest_first(inbox: Path, put: Callable[..., Path]) -> None:
    put("b.txt", b"B", age=20)
    put("a.bin", b"\x00A", age=10)
    passengers = list(puller_of(inbox).pull())
    assert names_of(passengers) == ["b.txt", "a.bin"]
    assert [content_of(passenger) for passenger in passengers] == [b"B", b"\x00A"]
    assert {type(passenger) for passenger in passengers} == {Document}
    assert {passenger.puller_module for passenger in passengers} == {"databus.puller.files"}
    assert {passenger.source_system for passenger in passengers} == {str(inbox)}
    assert passengers[0].external_id.startswith("b.txt@20")


def test_what_may_not_be_read_takes_no_others_place(
    inbox: Path, put: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    for age, name in enumerate(["d", "c", "b", "a"], start=10):
        put(name, b"", age=age)
    secret = {str(inbox / "a"), str(inbox / "b")}
    monkeypatch.setattr(os, "access", lambda path, mode: path not in secret)  # root may read everything
    puller = puller_of(inbox, maximum=1)
    assert names_of(list(puller.pull())) == ["c"]
    said = [entry.message for entry in puller.log.entries if entry.type is MessageType.error]
    assert said == [f"{name!r} may not be read by this user: let it, or take it away" for name in "ab"]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, ["a.xml", "b.XML", "c.txt"]),
        ({"pattern": "*.xml"}, ["a.xml", "b.XML"]),
        ({"pattern": ["a.*", "c.*"]}, ["a.xml", "c.txt"]),
        ({"recursive": True}, ["a.xml", "b.XML", "c.txt", "sub/d.xml", "sub/deep/e.xml"]),
        ({"recursive": True, "pattern": "sub/*.xml"}, ["sub/d.xml"]),
        ({"recursive": True, "pattern": "sub/**", "attachment_name": "name"}, ["d.xml", "e.xml"]),
        ({"ignore": ["*.xml"]}, [".hidden", "c.txt", "f.part", "g.tmp"]),
        ({"ignore": ["sub", "?.*", ".*"], "recursive": True}, []),
        ({"maximum": 2}, ["a.xml", "b.XML"]),
        ({"source_system": "SAP"}, ["a.xml", "b.XML", "c.txt"]),
    ],
)
def test_which_files(inbox: Path, put: Callable[..., Path], settings: dict[str, Any], expected: list[str]) -> None:
    names = ["a.xml", "b.XML", "c.txt", "sub/d.xml", "sub/deep/e.xml", ".hidden", "f.part", "g.tmp", ".secret/h.xml"]
    for age, name in enumerate(names):
        put(name, age=HOUR - age)
    passengers = list(puller_of(inbox, **settings).pull())
    assert sorted(names_of(passengers)) == expected
    assert {passenger.source_system for passenger in passengers} <= {settings.get("source_system", str(inbox))}


def test_files_that_just_changed_are_left_alone(inbox: Path, put: Callable[..., Path]) -> None:
    put("new.txt", age=0)
    put("old.txt", age=60)
    assert names_of(puller_of(inbox).pull()) == ["old.txt"]
    assert names_of(puller_of(inbox, minimum_age=120).pull()) == []
    assert names_of(puller_of(inbox, minimum_age=0).pull()) == ["old.txt", "new.txt"]


def test_a_date_in_the_future_does_not_hold_a_file(inbox: Path, put: Callable[..., Path]) -> None:
    put("future.txt", age=-HOUR)
    assert names_of(puller_of(inbox, minimum_age=60).pull()) == []
    assert names_of(puller_of(inbox, minimum_age=0).pull()) == ["future.txt"]


@pytest.mark.parametrize(
    "name",
    [
        "new\nline.txt",
        os.fsdecode(b"caf\xe9.txt"),
        "日本語 ü.txt",
        "x" * 251 + ".txt",
        "a@b.txt",
        "[a]*?.txt",
        "~x.txt",
        "a::b.txt",
        "%41.txt",
    ],
)
@pytest.mark.parametrize("when_seated", ["delete", "move", "keep"])
def test_odd_names(inbox: Path, put: Callable[..., Path], tmp_path: Path, name: str, when_seated: str) -> None:
    file = put(name)
    settings = seated_settings(when_seated, tmp_path)
    passengers = list(puller_of(inbox, **settings).pull())
    assert names_of(passengers) == [name]
    assert content_of(passengers[0]) == b"content"
    puller_of(inbox, **settings).notify_passengers_seated(rebuilt(passengers))
    assert list(puller_of(inbox, **settings).pull()) == []
    assert file.exists() is (when_seated == "keep")
    assert (tmp_path / "done" / name).exists() is (when_seated == "move")


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="missing does not exist"):
        list(puller_of(tmp_path / "missing").pull())


def test_one_unreadable_folder_does_not_hold_the_others(
    inbox: Path, put: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    put("a/1.txt")
    put("b/2.txt")
    scan = os.scandir

    def guarded(path: str) -> Any:  # root may read everything, so that a real permission would not be tested
        if str(path).endswith("/a"):
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr(os, "scandir", guarded)
    puller = puller_of(inbox, recursive=True)
    assert names_of(puller.pull()) == ["b/2.txt"]
    assert puller.log.has_error
    assert "'a'" in puller.log.entries_as_string


def test_peek_reads_and_changes_nothing(inbox: Path, put: Callable[..., Path], tmp_path: Path) -> None:
    put("a.eml", b"Subject: x\n\nbody")
    memory = tmp_path / "memory"
    puller = puller_of(inbox, when_seated="keep", memory=str(memory), unpack=["eml", "zip"])
    before = os.stat(inbox / "a.eml").st_atime_ns
    assert names_of(puller.peek()) == ["a.eml"]
    assert os.stat(inbox / "a.eml").st_atime_ns == before
    assert not memory.exists()
    assert names_of(puller.pull()) == ["_props.json", "_body.txt"]


def test_mails_and_archives_are_opened(inbox: Path, put: Callable[..., Path]) -> None:
    put("1.eml", b"Subject: x\n\nbody")
    put("2.EML", b"Content-Transfer-Encoding: nope\n\nbody")
    with zipfile.ZipFile(put("3.zip"), "w") as archive:
        archive.writestr("a/b.txt", "B")
        archive.writestr("c.txt", "C")
    os.utime(inbox / "3.zip", (0, 0))
    put("4.zip", b"no archive")
    puller = puller_of(inbox, unpack=["eml", "zip"], passenger="databus.passenger.email")
    pulled = {each.external_id.partition("@")[0]: each for each in puller.pull()}
    assert {type(passenger) for passenger in pulled.values()} == {Email}
    assert names_of([pulled["1.eml"]]) == ["_props.json", "_body.txt"]
    assert names_of([pulled["2.EML"]]) == ["_props.json", "_body.txt", "_original.eml"]
    assert names_of([pulled["3.zip"]]) == ["b.txt", "c.txt"]
    assert names_of([pulled["4.zip"]]) == ["4.zip"]
    assert content_of(pulled["4.zip"]) == b"no archive"
    assert [entry.type for entry in puller.log.entries] == [MessageType.warning]


def test_a_mail_that_is_too_large_stays_closed(inbox: Path, put: Callable[..., Path]) -> None:
    put("1.eml", b"Subject: x\n\n" + b"x" * 2000)
    puller = puller_of(inbox, unpack=["eml"], unpack_limit=0.001)
    assert names_of(puller.pull()) == ["1.eml"]
    assert "unpack_limit" in puller.log.entries_as_string


def test_without_unpack_nothing_is_opened(inbox: Path, put: Callable[..., Path]) -> None:
    put("1.eml", b"Subject: x\n\nbody")
    assert names_of(puller_of(inbox).pull()) == ["1.eml"]


def test_the_same_file_is_the_same_passenger_and_a_new_one_is_not(inbox: Path, put: Callable[..., Path]) -> None:
    def ids() -> list[str]:
        return [passenger.external_id for passenger in puller_of(inbox).pull()]

    put("a.txt", b"1", age=HOUR)
    first = ids()
    assert ids() == first
    put("a.txt", b"2", age=HOUR / 2)
    assert ids() != first


def test_a_file_that_vanishes_fails_alone(inbox: Path, put: Callable[..., Path]) -> None:
    put("a.eml", b"Subject: a\n\n", age=30)
    put("b.eml", b"Subject: b\n\n", age=20)
    put("c.txt", age=10)
    puller = puller_of(inbox, unpack=["eml"])
    pulled = iter(puller.pull())
    next(pulled)
    (inbox / "b.eml").unlink()
    last = next(pulled)
    assert names_of([last]) == ["c.txt"]
    assert "'b.eml' cannot be pulled now: File 'b.eml'" in puller.log.entries_as_string
    (inbox / "c.txt").unlink()
    with pytest.raises(FolderError, match=r"c\.txt.* is not in .* any more"):
        content_of(last)


def test_a_file_that_changes_while_it_is_read_is_refused(inbox: Path, put: Callable[..., Path]) -> None:
    put("a.txt", b"x" * 5_000_000)
    passenger = next(iter(puller_of(inbox).pull()))
    with passenger.attachments[0].open() as stream:
        stream.read(10)
        put("a.txt", b"y" * 5_000_000, age=HOUR / 2)
        with pytest.raises(FolderError, match="has changed"):
            stream.read()
    with pytest.raises(FolderError, match="has changed"):
        content_of(passenger)


def test_a_large_file_is_never_in_memory(inbox: Path) -> None:
    with (inbox / "large.bin").open("wb") as file:
        file.truncate(1 << 30)
    passenger = next(iter(puller_of(inbox, minimum_age=0).pull()))
    tracemalloc.start()
    with passenger.attachments[0].open() as stream:
        read = sum(len(chunk) for chunk in iter(lambda: stream.read(1 << 20), b""))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert read == passenger.attachments[0].size == 1 << 30
    assert most < 16 << 20


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"when_seated": "burn"}, "when_seated"),
        ({"when_seated": "keep"}, 'needs "memory"'),
        ({"when_seated": "delete", "memory": "x"}, "only for"),
        ({"when_seated": {"move": "in/"}}, "cannot be moved"),
        ({"when_seated": "delete", "minimum_age": -1}, "minimum_age"),
        ({"when_seated": "delete", "unpack": ["rar"]}, "unpack"),
        ({"when_seated": "delete", "colour": 1}, "colour"),
        ({}, "when_seated"),
    ],
)
def test_wrong_settings(settings: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        FilesSettings(url="in", **settings)


def test_a_passenger_type_that_is_none(inbox: Path) -> None:
    with pytest.raises(PluginError, match=r"no\.such\.module"):
        list(puller_of(inbox, passenger="no.such.module").pull())


def test_passwords_stay_out_of_the_source_system() -> None:
    puller = puller_of("memory://me:secret@nothing-there", minimum_age=0)
    with pytest.raises(FolderError) as caught:
        list(puller.pull())
    assert "secret" not in str(caught.value)


def test_every_setting_is_described() -> None:
    assert [name for name, field in FilesSettings.model_fields.items() if not field.description] == []
