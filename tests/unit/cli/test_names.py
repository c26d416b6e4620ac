"""Names that people type, and names that come from outside."""

from pathlib import Path

import pytest

from databus.cli.safe_files import free_path
from databus.cli.skeletons import Skeleton
from databus.errors import NotFound
from databus.operating.route_names import full_name


def test_the_end_of_a_name_is_enough() -> None:
    names = ["a.orders", "b.invoices"]
    assert full_name(names, "a.orders") == "a.orders"
    assert full_name(names, "orders") == "a.orders"
    assert full_name(names, "rders") == "rders"


def test_but_it_must_name_one() -> None:
    with pytest.raises(NotFound, match=r"a\.orders, b\.orders"):
        full_name(["a.orders", "b.orders"], "orders")


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "..", "", "a\0b", "\udcff\ud800", "x" * 300, "a\nb"]
)
def test_files_stay_in_their_folder(tmp_path: Path, name: str) -> None:
    path = free_path(tmp_path, name)
    path.write_bytes(b"1")
    assert path.parent == tmp_path
    assert [path.name for path in tmp_path.iterdir()] == [path.name]


def test_existing_files_stay(tmp_path: Path) -> None:
    for _ in range(3):
        free_path(tmp_path, "a.txt").touch()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a (2).txt", "a (3).txt", "a.txt"]


def test_class_names() -> None:
    assert Skeleton.of("puller", "acme.order_puller").class_name == "OrderPuller"
    assert Skeleton.of("puller", "orderPuller").class_name == "OrderPuller"
