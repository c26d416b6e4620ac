"""Real files of this machine travel from one folder to another, and every byte arrives."""

import email
import email.message
import json
import os
import shutil
import sys
import sysconfig
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from databus.database.engines import JSON_DB
from databus.database.opening import owned_database
from databus.database.records import QueueQuery
from databus.dispatcher.client_directory import ClientDirectory
from databus.dispatcher.driving import drive_route
from databus.timestamps import utc_now

LEAST_FILES, LEAST_KINDS = 500, 10
MOST_OF_A_KIND, MOST_BYTES = 30, 8 << 20


def _places() -> Iterator[Path]:
    for name in ("stdlib", "purelib", "platlib"):
        yield Path(sysconfig.get_path(name))
    for path in ("/usr/share/doc", "/usr/share/pixmaps", "/usr/share/locale", "/usr/share/icons", "/etc/ssl/certs"):
        yield Path(path)
    # The messages with odd MIME of Python's own tests, of this Python and of those installed beside it.
    yield from Path(sysconfig.get_path("stdlib")).glob("test/**/test_email/data")
    yield from Path(sys.base_prefix).parent.glob("3.1*/lib/python3*/test/test_email/data")


def _kind(file: str) -> str:
    return os.path.splitext(file)[1].lower() or "(none)"


def _collect(inbox: Path) -> dict[str, bytes]:
    """Copy real files into the inbox, a bounded number of each kind; give path and hash of each."""
    kinds: Counter[str] = Counter()
    copied: dict[str, bytes] = {}
    for number, place in enumerate(_places()):
        for folder, folders, files in os.walk(place):
            folders.sort()
            for name in sorted(files):
                source, kind = Path(folder) / name, _kind(name)
                if kinds[kind] >= MOST_OF_A_KIND or not source.is_file() or source.stat().st_size > MOST_BYTES:
                    continue
                if name.startswith((".", "~$")) or kind in {".part", ".tmp", ".swp"} or not os.access(source, os.R_OK):
                    continue
                path = f"{number}/{source.relative_to(place)}"
                (inbox / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, inbox / path)
                os.utime(inbox / path, (0, kinds[kind]))
                kinds[kind] += 1
                copied[path] = sha256((inbox / path).read_bytes()).digest()
    assert len(copied) >= LEAST_FILES, kinds
    assert len(kinds) >= LEAST_KINDS, kinds
    return copied


def carry(inbox: Path, outbox: Path, **settings: Any) -> int:
    """Drive everything from the inbox to the outbox over json_db; give back how many passengers there were."""
    source = {"url": str(inbox), "recursive": True, "when_seated": "delete", "ignore": [".hidden"], **settings}
    target = {"url": str(outbox), "name": "{external_id}/{name}" if settings else "{name}"}
    route = {
        "name": "databus.passenger.document",
        "pullers": [{"module": "databus.puller.files", "settings": source}],
        "pushers": [{"module": "databus.pusher.files", "settings": target}],
    }
    with owned_database(JSON_DB, {"path": str(inbox.parent / "json_db")}) as database:
        content = json.dumps({"passengers": [route], "open": False}).encode()
        database.write_document("real", "config.json", content, expected=None, by="", now=utc_now())
        directory = ClientDirectory(database)
        directory.refresh(now=utc_now())
        summary = drive_route(database, directory.get("real"), "databus.passenger.document")
        page = database.find(QueueQuery(client_id="real", limit=5000), now=utc_now())
    assert summary.is_clean, summary
    assert all(entry.completed_on is not None for entry in page.items)
    assert len(page.items) == summary.pulled == summary.pushed
    return summary.pushed


def _files(folder: Path) -> dict[str, bytes]:
    paths = (Path(below) / name for below, _, names in os.walk(folder) for name in names)
    return {str(path.relative_to(folder)): sha256(path.read_bytes()).digest() for path in paths}


def test_every_byte_of_real_files_arrives(tmp_path: Path) -> None:
    inbox, outbox = tmp_path / "in", tmp_path / "out"
    copied = _collect(inbox)
    assert carry(inbox, outbox) == len(copied)
    assert _files(outbox) == copied
    assert _files(inbox) == {}


def _messages() -> dict[str, bytes]:
    places = [place for place in _places() if place.name == "data"]
    return {
        f"{number}-{file.stem}.eml": file.read_bytes()
        for number, place in enumerate(places)
        for file in place.glob("*.txt")
    }


def test_every_part_of_real_mails_arrives(tmp_path: Path) -> None:
    messages = _messages()
    if not messages:
        pytest.skip("no Python with its test e-mails is installed here (test/test_email/data)")
    inbox, outbox = tmp_path / "in", tmp_path / "out"
    inbox.mkdir()
    for name, message in messages.items():
        (inbox / name).write_bytes(message)
        os.utime(inbox / name, (0, 0))
    assert carry(inbox, outbox, unpack=["eml"]) == len(messages)
    arrived = {folder.name.partition("@")[0]: folder for folder in outbox.iterdir()}
    assert arrived.keys() == messages.keys()
    for name, message in messages.items():
        _check_mail(message, {file.name: file.read_bytes() for file in arrived[name].iterdir()})


def _check_mail(message: bytes, contents: dict[str, bytes]) -> None:
    assert "_props.json" in contents
    if "_original.eml" in contents:
        assert contents["_original.eml"] == message
        return
    everything = set(contents.values())
    for part in _leaves(email.message_from_bytes(message)):
        raw = part.get_payload(decode=True)
        assert isinstance(raw, bytes)
        text = raw.decode(part.get_content_charset("utf-8"), "replace").encode()
        assert everything & {raw, text}, (part.items(), raw)


def _leaves(message: email.message.Message) -> Iterator[email.message.Message]:
    # A message in a message is one file here, and is not looked into.
    if message.get_content_maintype() == "message":
        return
    if not message.is_multipart():
        yield message
        return
    for part in message.get_payload():
        assert isinstance(part, email.message.Message)
        yield from _leaves(part)
