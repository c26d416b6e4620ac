"""Identities differ where passengers do, and are neighbours where external ids are."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from databus.database.sql_db.identities import LONGEST, identity
from databus.testing.samples import ODD_TEXTS

HASH = 16

texts = st.text(st.characters() | st.just("\0") | st.characters(categories=["Cs"]), max_size=70)
passengers = st.tuples(texts, texts, st.tuples(texts, texts))


def of(external_id: str) -> bytes:
    return identity("acme", "shop.order", ("shop", external_id))


ORIGIN = "e165b42b59c321eadc4780a9b707ff08"

WRITTEN = {
    "": "01",
    "7": "0137",
    "a ": "0161f48fa081",
    "a\0": "0161f48fa080",
    "\ud800": "01f48f8080",
    "x" * 48: "01" + "78" * 48,
    "x" * 49: "02" + "78" * 32 + "0a2ae4d8ba94491b102bc2c2a6889645",
}
"""What revision 0002 has written: it may not change without another one."""


def test_what_is_in_tables_is_found_again() -> None:
    assert {each: of(each).hex() for each in WRITTEN} == {each: ORIGIN + rest for each, rest in WRITTEN.items()}
    assert identity("acme\0", "shop.order", ("shop", "7")).hex() == "038e8a0764f83a1f415175261fc71b780137"


@given(passengers, passengers)
def test_only_equal_ones_are_equal(
    one: tuple[str, str, tuple[str, str]], other: tuple[str, str, tuple[str, str]]
) -> None:
    assert (identity(*one) == identity(*other)) is (one == other)


@given(passengers)
def test_none_is_ever_a_hash_alone(passenger: tuple[str, str, tuple[str, str]]) -> None:
    """Not even with zeros behind the hash: SQL Server fills up with them to compare."""
    made = identity(*passenger)
    assert HASH < len(made) <= LONGEST
    assert made[HASH] in (1, 2)


@pytest.mark.parametrize(
    ("external_id", "kind"), [("x" * 48, 1), ("漢" * 16, 1), ("x" * 49, 2), ("漢" * 16 + "x", 2), ("x" * 9999, 2)]
)
def test_a_byte_says_whether_the_id_is_whole(external_id: str, kind: int) -> None:
    assert of(external_id)[HASH] == kind


def test_long_ones_that_begin_alike_differ() -> None:
    long = ["x" * length + end for length in (32, 48, 49, 5000) for end in ("y" * 20, "z" * 20, "y" * 21)]
    assert len({of(each) for each in long}) == len(long)


@given(texts, texts)
def test_zeros_at_the_end_tell_nothing(one: str, other: str) -> None:
    made = {of(one).ljust(LONGEST, b"\0"), of(other).ljust(LONGEST, b"\0")}
    assert len(made) == len({one, other})


def test_odd_ones_differ() -> None:
    assert len({of(each) for each in ODD_TEXTS.values()}) == len(ODD_TEXTS)
    assert len({identity(each, "m", ("s", "e")) for each in ODD_TEXTS.values()}) == len(ODD_TEXTS)


def test_neighbours_stay_together() -> None:
    counted = [of(f"INVOICE-2026-{number:07}") for number in range(2000)]
    assert counted == sorted(counted)
    long = [of(f"https://shop.example/orders/{number:07}/" + "x" * 60) for number in range(0, 9_999_999, 100_003)]
    assert long == sorted(long)
    ends = [of(str(number)) for number in range(10_000, 12_000)]  # numbers that grow longer: between 1 and 2
    assert all(of("1") < before < after < of("2") for before, after in pairwise(ends))


def test_who_has_the_same_origin_is_together() -> None:
    others = [identity("acme", "shop.order", ("shop", str(number))) for number in range(100)]
    assert len({each[:HASH] for each in others}) == 1
    assert (
        len(
            {identity(*parts)[:HASH] for parts in [("a", "b", ("c", "")), ("ab", "", ("c", "")), ("a", "", ("bc", ""))]}
        )
        == 3
    )
