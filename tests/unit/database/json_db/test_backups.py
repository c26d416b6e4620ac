"""Earlier versions of documents with long names."""

import pytest

from databus.database.json_db.json_database import JsonDatabase
from databus.testing.samples import CLIENT, NOW

NAMES = {
    "two bytes": "\u00e4" * 95,
    "two bytes, odd": "x" + "\u00e4" * 95,
    "three bytes": "\u6f22" * 66,
    "four bytes": "\U0001f69a" * 50,
    "ASCII": "x" * 200,
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_names_that_are_just_short_enough_for_a_file(database: JsonDatabase, name: str) -> None:
    first = database.write_document(CLIENT, name, b"1", expected=None, by="", now=NOW)
    database.write_document(CLIENT, name, b"2", expected=None, by="", now=NOW)
    assert [each.version for each in database.document_history(CLIENT, name)] == [first.version]
    assert database.read_document(CLIENT, name, version=first.version).content == b"1"
    assert database.read_document(CLIENT, name).content == b"2"
