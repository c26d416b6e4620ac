"""Items in batches."""

import pytest

from databus.batches import batched, batched_by_size


def test_so_many_come_at_a_time() -> None:
    assert list(batched(iter([1, 2, 3, 4, 5]), 2)) == [[1, 2], [3, 4], [5]]
    assert list(batched([], 2)) == []


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([], []),
        (["ab", "c", "de"], [["ab", "c"], ["de"]]),
        (["abc", "d"], [["abc"], ["d"]]),
        (["a", "much longer", "b", ""], [["a"], ["much longer"], ["b", ""]]),
    ],
)
def test_so_much_comes_at_a_time(items: list[str], expected: list[list[str]]) -> None:
    assert list(batched_by_size(iter(items), len, 3)) == expected
