"""The headings of the documents: a link to one leads to one place."""

from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs").rglob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_page_has_two_headings_of_one_name(page: Path) -> None:
    parts = page.read_text(encoding="utf-8").split("```")[::2]
    headings = Counter(line for part in parts for line in part.splitlines() if line.startswith("#"))
    assert [heading for heading, count in headings.items() if count > 1] == []
