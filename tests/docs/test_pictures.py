"""docs/pictures: each is taken by ``make screenshots``, shown somewhere and small."""

from pathlib import Path

from screenshots.__main__ import LARGEST, PICTURES, TAKEN

ROOT = Path(__file__).parents[2]


def test_there_are_those_that_are_taken() -> None:
    assert {each.stem for each in PICTURES.iterdir()} == set(TAKEN)


def test_each_is_shown_on_the_page_about_the_pages() -> None:
    page = (ROOT / "docs" / "reference" / "web-page.md").read_text(encoding="utf-8")
    assert [name for name in TAKEN if f"../pictures/{name}.png" not in page] == []


def test_each_is_small_and_a_picture() -> None:
    for name in TAKEN:
        content = (PICTURES / f"{name}.png").read_bytes()
        assert content.startswith(b"\x89PNG")
        assert len(content) <= LARGEST
