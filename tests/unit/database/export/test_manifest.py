"""The manifest: JSON, line by line, there when it is whole."""

import hashlib
import json
from pathlib import Path

import pytest

from databus.database.export.manifest import Manifest, entry_item, item
from databus.errors import StoreError


def test_it_is_json(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    with Manifest(path) as manifest:
        manifest.add_client("a\udcff", logs=[], entries=[item({"b": 1, "a": 2}), item({})])
        manifest.add_client("b", entries=map(item, range(1001)))
    content = path.read_bytes()
    clients = {"a\udcff": {"entries": [{"a": 2, "b": 1}, {}], "logs": []}, "b": {"entries": list(range(1001))}}
    assert json.loads(content) == {"format": "databus export manifest 1", "clients": clients}
    assert manifest.sha256 == hashlib.sha256(content).hexdigest()


def test_an_item_of_an_entry_is_one_of_any_dictionary() -> None:
    contents = [('a "quoted" \\ Ä \udcff\n', 3, b"\x01\xff"), ("b", 0, b"")]
    attachments = [{"name": name, "size": size, "sha256": sha.hex()} for name, size, sha in contents]
    whole = {"internal_id": "é", "record": "0a", "attachments": attachments}
    assert entry_item("é", b"\n", contents) == item(whole)
    assert entry_item("é", b"\n", []) == item({**whole, "attachments": []})


def test_an_error_leaves_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    path.write_text("before")
    with pytest.raises(ZeroDivisionError):
        _fail_in_between(path)
    assert [each.name for each in tmp_path.iterdir()] == ["manifest.json"]
    assert path.read_text() == "before"


def _fail_in_between(path: Path) -> None:
    with Manifest(path) as manifest:
        manifest.add_client("a")
        raise ZeroDivisionError


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with (
        pytest.raises(StoreError, match=r"the manifest .* cannot be written: No such file"),
        Manifest(tmp_path / "a/b"),
    ):
        pass
