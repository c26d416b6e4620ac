"""Names of files."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from databus.folders.names import is_inside, matches, number_of, numbered, safe_path, without_credentials

ANY = st.text(st.characters(codec=None), max_size=400)


@pytest.mark.parametrize(
    ("path", "pattern", "expected"),
    [
        ("a.xml", "*.xml", True),
        ("A.XML", "*.xml", True),
        ("a/b.xml", "*.xml", True),
        ("a.xml.tmp", "*.xml", False),
        ("a/b.xml", "a/*.xml", True),
        ("a/c/b.xml", "a/*.xml", False),
        ("a/c/b.xml", "a/**/*.xml", True),
        ("a/b.xml", "a/**/*.xml", True),
        ("a/b/c", "a/**", True),
        ("a\nb.xml", "*.xml", True),
        ("x/a\nb.xml", "x/*.xml", True),
        ("[1].xml", "x/[1].xml", False),
        ("x/[1].xml", "x/[1].xml", True),
    ],
)
def test_patterns(path: str, pattern: str, expected: bool) -> None:
    assert matches(path, [pattern]) is expected


@pytest.mark.parametrize("path", ["", "..", "a/..", "../a", "/a", "a//b", "./a", "a/.", "a\0b"])
def test_paths_that_lead_elsewhere(path: str) -> None:
    assert not is_inside(path)


@pytest.mark.parametrize(
    ("path", "safe"),
    [
        ("a.xml", "a.xml"),
        ("a/b c.xml", "a/b c.xml"),
        ("../../etc/passwd", "__/__/etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        ("a//./b", "a/b"),
        ("...", "___"),
        ("", "_"),
        ("/", "_"),
        ("a\0b", "a_b"),
        ("a\nb", "a\nb"),
        ("\ud800", "_"),
        ("a\udcff", "a\udcff"),
        ("..\\a", "..\\a"),
    ],
)
def test_safe_paths(path: str, safe: str) -> None:
    assert safe_path(path) == safe


def test_on_a_server_less_is_safe() -> None:
    assert safe_path("..\\a\udcff", remote=True) == ".._a_"


@given(ANY, st.integers(1, 10**6))
def test_every_text_becomes_a_name_that_a_disk_takes(text: str, number: int) -> None:
    path = numbered(safe_path(text), number)
    assert is_inside(path)
    assert all(0 < len(os.fsencode(part)) <= 255 for part in path.split("/"))


@given(ANY)
def test_long_names_stay_different(text: str) -> None:
    left, right = "x" * 300 + text, "x" * 300 + text + "y"
    assert safe_path(left) != safe_path(right)


@pytest.mark.parametrize(
    ("path", "number", "expected"),
    [("a.xml", 1, "a.xml"), ("a.xml", 2, "a (2).xml"), ("b/a", 3, "b/a (3)"), (".env", 2, ".env (2)")],
)
def test_numbers(path: str, number: int, expected: str) -> None:
    assert numbered(path, number) == expected


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("sftp://me:secret@host/in", "sftp://host/in"),
        ("sftp://me:se@cr@et@host/in", "sftp://host/in"),
        ("sftp://me@host:22/in", "sftp://host:22/in"),
        ("sftp://me:se/cr@et@host/in", "sftp://host/in"),
        ("sftp://me:se?cret@host/in", "sftp://host/in"),
        ("sftp://me:se#cret@host/in", "sftp://host/in"),
        ("sftp://me:12?34@host/in", "sftp://host/in"),
        ("sftp://me:12/34@host/in", "sftp://me:12/34@host/in"),  # a port, as far as anybody can tell
        ("sftp://host:22/in@box", "sftp://host:22/in@box"),
        ("sftp://host/in@box", "sftp://host/in@box"),
        ("sftp://me:secret@host/in@box", "sftp://host/in@box"),
        ("sftp://me:secret@[fe80::1]:22/in@box", "sftp://[fe80::1]:22/in@box"),
        ("sftp://[fe80::1]:22/in@box", "sftp://[fe80::1]:22/in@box"),
        ("simplecache::sftp://me:se@cret@host/in", "simplecache::sftp://host/in"),
        ("zip://a.csv::sftp://me:se@cret@host/in@box", "zip://a.csv::sftp://host/in@box"),
        ("zip://*.csv::simplecache::sftp://me:secret@host/in", "zip://*.csv::simplecache::sftp://host/in"),
        ("sftp://me:a::b@host/in", "sftp://host/in"),
        ("/a@b/c", "/a@b/c"),
        ("file:///a:b@c", "file:///a:b@c"),
        ("https://me:secret@host/in?sv=2026&sig=a%2Fb%3D&se=9", "https://host/in?sv=2026&sig=***&se=9"),
        ("https://host/in?X-Amz-Signature=abc#top", "https://host/in?X-Amz-Signature=***#top"),
        ("https://host/in?Access_Token=abc&key=orders", "https://host/in?Access_Token=***&key=orders"),
        ("/in?sig=abc", "/in?sig=abc"),
    ],
)
def test_passwords_are_not_shown(url: str, shown: str) -> None:
    assert without_credentials(url) == shown


@pytest.mark.parametrize("path", ["a.txt", "b/a.tar.gz", ".hidden", "a", "a (2).txt", "x" * 251 + ".txt", "ü" * 127])
def test_numbers_are_read_back(path: str) -> None:
    assert [number_of(path, numbered(path, number)) for number in (1, 2, 10, 999)] == [1, 2, 10, 999]


def test_other_names_have_no_number() -> None:
    for other in ("b.txt", "a (1).txt", "a (02).txt", "a (٣).txt", "a (2).xml", "a(2).txt", "c/a (2).txt"):
        assert number_of("a.txt", other) is None
