"""Whatever part of an id is looked for, parts of the id begin with what is looked up."""

from hypothesis import given
from hypothesis import strategies as st

from databus.database.sql_db import exact_text
from databus.database.sql_db.parts import LONGEST_PART, SHORTEST, UNDIVIDED, lookups, parts_of

ids = st.one_of(
    st.text("01", max_size=40),
    st.text("invoice-0123456789", max_size=40),
    st.text(st.characters() | st.just("\0") | st.characters(categories=["Cs"]), max_size=40),
)

WRITTEN = {
    "": [],
    "abc": [],
    "abcd": [b"abcd"],
    "invoice-2026-17": [b"-17", b"2026-17", b"26-17", b"e-2026-17", b"nvoice-2026-", b"oice-2026-17"],
    "漢字": [b"\xa2\xe5\xad\x97"],
}


@given(ids, st.data())
def test_a_part_is_found(external: str, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(external)))
    last = data.draw(st.integers(first, len(external)))
    searched = exact_text.write(external[first:last].strip(" "))
    parts = parts_of(exact_text.write(external))
    for beginning in lookups(searched):
        assert any(part.startswith(beginning) for part in parts)
    assert bool(lookups(searched)) == (len(searched.encode()) >= SHORTEST)


def test_what_is_in_tables_is_found_again() -> None:
    """Revision 0003 has written them: they may not change without another one."""
    assert {external: sorted(parts_of(external)) for external in WRITTEN} == WRITTEN


def test_they_are_few_and_short() -> None:
    parts = [parts_of(f"invoice-2026-{number:07}") for number in range(1000)]
    assert sum(map(len, parts)) < 11 * len(parts)
    assert {len(part) for each in parts for part in each} <= set(range(2, LONGEST_PART + 1))


def test_the_end_is_looked_up_first() -> None:
    first, *_ = lookups("invoice-2026-0000017")
    assert b"invoice-2026-0000017".endswith(first)
    assert len(first) >= LONGEST_PART - 2


def test_few_parts_are_looked_up() -> None:
    assert len(lookups("0123456789" * 100)) == 4


def test_a_very_long_one_has_no_parts() -> None:
    assert parts_of("x" * 501) == {UNDIVIDED}
