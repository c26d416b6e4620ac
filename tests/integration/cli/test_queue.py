import json
from pathlib import Path

import pytest

from tests.integration.cli.conftest import Databus


@pytest.fixture(autouse=True)
def _driven(databus: Databus, shop: Path) -> None:
    Path("broken").touch()
    databus("drive", "shop")


def _ids(databus: Databus, *filters: str) -> set[str]:
    answer = databus("queue", "shop", "--json", *filters)
    assert answer.code == 0
    return {entry["external_id"] for entry in answer.objects}


def test_a_pipe_gets_a_line_per_entry(databus: Databus) -> None:
    rows = databus("queue", "shop").rows
    assert [(row[0], row[1]) for row in rows] == [("complete", "../plum"), ("failed", "pear"), ("complete", "apple")]
    assert rows[1][7] == "ValueError: no pears today"


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ((), {"apple", "pear", "../plum"}),
        (("--state", "failed"), {"pear"}),
        (("--state", "failed", "-s", "complete"), {"apple", "pear", "../plum"}),
        (("--search", "P"), {"apple", "pear", "../plum"}),
        (("--search", "app"), {"apple"}),
        (("--error", "no pears"), {"pear"}),
        (("--attachment", "apple.TXT"), {"apple"}),
        (("--source", "shop", "--step", "deliver"), {"pear"}),
        (("--source", "other"), set()),
        (("--passenger", "document"), {"apple", "pear", "../plum"}),
        (("--from", "1h"), {"apple", "pear", "../plum"}),
        (("--before", "1h"), set()),
        (("--limit", "1"), {"../plum"}),
    ],
)
def test_filters(databus: Databus, filters: tuple[str, ...], found: set[str]) -> None:
    assert _ids(databus, *filters) == found


def test_more_than_a_page(databus: Databus, shop: Path) -> None:
    puller = Path("data/plugins/shop_puller.py")
    text = puller.read_text(encoding="utf-8")
    many = text.replace('("apple", "pear", "../plum")', "map(str, range(300))").replace('shop"', 'mall"')
    Path("data/plugins/mall_puller.py").write_text(many, encoding="utf-8")
    config = (shop / "config.json").read_text(encoding="utf-8").replace("shop_puller", "mall_puller")
    (shop / "config.json").write_text(config, encoding="utf-8")
    assert databus("drive", "shop", "--json").objects[0]["seated"] == 300
    assert len(_ids(databus)) == 303
    assert len(databus("queue", "shop", "--limit", "280").rows) == 280


def test_one_entry_tells_its_story(databus: Databus) -> None:
    answer = databus("queue", "shop", "pear")
    assert "state: failed" in answer.out
    assert "why: the pusher deliver failed at attempt 1: ValueError: no pears today; it is tried again" in answer.out
    assert "attachment: pear.txt (text, 4 bytes)" in answer.out
    assert " pusher deliver failed at attempt 1: ValueError: no pears today" in answer.out


def test_json_of_one_entry(databus: Databus) -> None:
    [entry] = databus("queue", "shop", "pear", "--json").objects
    [by_id] = databus("queue", "shop", entry["internal_id"][:23], "--json").objects
    assert by_id == entry
    assert entry["pusher_statuses"][0]["attempts"] == 1
    assert entry["attachments"] == [{"name": "pear.txt", "format": "text", "size": 4}]


def test_an_unknown_entry_is_an_error_that_helps(databus: Databus) -> None:
    answer = databus("queue", "shop", "pea-soup")
    assert (answer.code, "has no queue entry 'pea-soup'" in answer.err) == (1, True)
    assert "similar: pear" in databus("queue", "shop", "ear").err


def test_attachments_are_saved_with_safe_names(databus: Databus, folder: Path) -> None:
    databus("queue", "shop", "../plum", "apple", "--save", "saved")
    databus("queue", "shop", "apple", "--save", "saved")
    assert {path.name for path in (folder / "saved").iterdir()} == {".._plum.txt", "apple.txt", "apple (2).txt"}
    assert (folder / "saved/apple (2).txt").read_text(encoding="utf-8") == "apple"


def test_counts(databus: Databus) -> None:
    assert databus("queue", "shop", "--counts").rows == [["databus.passenger.document", "0", "0", "1", "0", "2"]]
    assert databus("queue", "shop", "--counts", "--json").objects[0]["failed"] == 1


def test_purge_takes_complete_ones_unless_told_otherwise(databus: Databus) -> None:
    assert databus("queue", "shop", "--purge").code == 2
    assert databus("queue", "shop", "--purge", "--yes").out == "purged 2 of 2 entries\n"
    assert _ids(databus) == {"pear"}
    assert databus("queue", "shop", "--purge", "--yes").out == "nothing to purge\n"
    assert databus("queue", "shop", "pear", "--purge", "--yes").out == "purged 1 of 1 entries\n"
    assert _ids(databus) == set()


def test_purge_takes_what_the_filters_list(databus: Databus) -> None:
    assert databus("queue", "shop", "--state", "failed", "--error", "pears", "--purge", "-y").code == 0
    assert _ids(databus) == {"apple", "../plum"}


@pytest.mark.parametrize(
    "arguments",
    [
        ["--counts", "apple"],
        ["--save", "x"],
        ["--state", "odd"],
        ["--limit", "0"],
        ["--from", "soon"],
        ["--counts", "--error", "x"],
    ],
)
def test_wrong_usage(databus: Databus, arguments: list[str]) -> None:
    assert databus("queue", "shop", *arguments).code == 2


def test_an_unknown_client(databus: Databus) -> None:
    assert databus("queue", "nobody").err == "databus: there is no client nobody; there is shop\n"


def test_status_shows_and_sets_steps(databus: Databus) -> None:
    rows = databus("status", "shop", "pear").rows
    assert [row[1:4] for row in rows] == [["notify", "notify", "complete"], ["push", "deliver", "incomplete"]]
    answer = databus("status", "shop", "pear", "apple", "--step", "deliver", "--dead")
    assert answer.out.count("set dead: deliver of shop - ") == 1
    assert answer.err == "databus: apple: nothing was set dead; what is complete is not tried again anyway\n"
    [entry] = databus("queue", "shop", "pear", "--json").objects
    assert (entry["state"], entry["pusher_statuses"][0]["last_error"][:12]) == ("dead", "set dead by ")
    assert "set dead: deliver of shop - pear" in databus("log", "shop", entry["log_guids"][-1]).out
    databus("status", "shop", "pear", "--complete")
    assert [entry["state"] for entry in databus("queue", "shop", "pear", "--json").objects] == ["complete"]
    [changed] = databus("status", "shop", "pear", "--step", "push:deliver", "--incomplete", "--json").objects
    assert (changed["state"], changed["pusher_statuses"][0]["attempts"]) == ("waiting", 0)


def test_status_names_what_there_is(databus: Databus) -> None:
    answer = databus("status", "shop", "pear", "--step", "odd", "--complete")
    assert (answer.code, answer.err) == (1, "databus: entry pear has no step 'odd'; it has notify, deliver\n")
    assert databus("status", "shop", "pear", "--complete", "--dead").code == 2
    assert databus("status", "shop", "pear", "--all", "--step", "x").code == 2
    assert databus("status", "shop", "odd", "--complete").code == 1


def test_json_survives_odd_bytes(databus: Databus, shop: Path) -> None:
    puller = Path("data/plugins/shop_puller.py").read_text(encoding="utf-8")
    odd = puller.replace('("apple", "pear", "../plum")', '("\\udcff\\x1b[31m",)')
    Path("data/plugins/odd_puller.py").write_text(odd, encoding="utf-8")
    config = (shop / "config.json").read_text(encoding="utf-8").replace("shop_puller", "odd_puller")
    (shop / "config.json").write_text(config, encoding="utf-8")
    databus("drive", "shop")
    assert "\udcff\x1b[31m" in _ids(databus)
    assert json.dumps("\x1b")[1:-1] not in databus("queue", "shop").out
    assert "\\x1b[31m" in databus("queue", "shop").out
