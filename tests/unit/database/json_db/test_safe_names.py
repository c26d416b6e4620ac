"""Names from outside as file names."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from databus.database.json_db.json_database import JsonDatabase
from databus.database.json_db.json_text import dumps, loads
from databus.database.json_db.safe_names import is_encoded, safe_name
from databus.testing.samples import content, passenger, seat, text

ODD = st.text(st.characters(), max_size=300) | st.text("./\\~ a\0\n\ud800\udc00", max_size=6)


@given(ODD, st.booleans())
def test_it_is_one_name_within_its_folder(name: str, hidden: bool) -> None:
    file = safe_name(name, hidden=hidden)
    assert file not in ("", ".", "..")
    assert "/" not in file
    assert "\0" not in file
    assert len(file.encode()) <= 200
    assert not file.startswith(".databus-")
    assert hidden or not file.startswith(".")


@given(ODD, ODD)
def test_no_two_names_share_one(first: str, second: str) -> None:
    assert (safe_name(first) == safe_name(second)) == (first == second)


@given(ODD)
def test_what_stands_for_a_name_is_no_name(name: str) -> None:
    file = safe_name(name)
    assert is_encoded(file) == (file != name)
    assert not is_encoded(file) or safe_name(file) != file


@pytest.mark.parametrize(
    "name", ["a.txt", "Rechnung (3) für Ä & Ö.pdf", ".gitignore", "a" * 200, "日本.eml", "a~b", "-rf"]
)
def test_ordinary_names_stay(name: str) -> None:
    assert safe_name(name) == name


@given(st.recursive(ODD, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ODD, inner, max_size=3)))
def test_every_text_comes_back_from_json(value: object) -> None:
    assert loads(dumps({"value": value}, indent=True)) == {"value": value}


@given(st.lists(ODD, min_size=1, max_size=5, unique=True))
def test_attachments_stay_where_they_belong(names: list[str]) -> None:
    with TemporaryDirectory() as folder:
        database = JsonDatabase({"path": folder})
        database.open()
        try:
            (entry,) = seat(database, passenger("1", attachments=[text(name, repr(name)) for name in names]))
            assert [content(database, entry, name) for name in names] == [repr(name).encode() for name in names]
        finally:
            database.close()
        assert len(os.listdir(Path(folder) / "clients/acme/pqueue/id-1/attachments")) == len(names)
        assert sorted(os.listdir(Path(folder) / "clients/acme/pqueue")) == ["id-1"]


@pytest.mark.parametrize("name", ["..", "../acme", "", ".hidden", "a/b", "\ud800"])
def test_clients_stay_where_they_belong(tmp_path: Path, name: str) -> None:
    database = JsonDatabase({"path": str(tmp_path / "db")})
    database.open()
    document = database.write_document(
        name, "config.json", b"{}", expected="", by="", now=passenger("1").entry.pull_datetime
    )
    assert database.clients() == {name: document.version}
    database.close()
    database.open()
    assert database.clients() == {name: document.version}
    database.close()
    assert sorted(os.listdir(tmp_path)) == ["db"]
    assert len(os.listdir(tmp_path / "db/clients")) == 1
