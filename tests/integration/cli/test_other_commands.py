import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.cli.conftest import Databus, command, spawn

KINDS = ["puller", "processor", "pusher", "passenger"]


def test_check_marks_warnings(databus: Databus, shop: Path) -> None:
    (shop / "config.json").write_text('{"passengers": []}', encoding="utf-8")
    answer = databus("check")
    assert answer.code == 0
    assert answer.out.startswith("warning: data/json_db/clients/shop/config.json: there are no users")
    assert [finding["severity"] for finding in databus("check", "--json").objects] == ["warning"]


def test_check_of_one_client_or_file(databus: Databus, shop: Path) -> None:
    other = shop.parent / "other"
    other.mkdir()
    (other / "config.json").write_text("{", encoding="utf-8")
    assert databus("check", "shop").code == 0
    assert databus("check", "other").code == 1
    assert databus("check").code == 1
    assert databus("check", "nobody").code == 1
    answer = databus("check", "data/json_db/clients/other/config.json", "--json")
    assert answer.objects[0]["path"] == "line 1, column 2"
    assert databus("check", "nosuch.json").err == "databus: No such file or directory: nosuch.json\n"


def test_peek_pulls_nothing(databus: Databus, shop: Path) -> None:
    rows = databus("peek", "shop", "document").rows
    assert [row[0] for row in rows] == ["apple", "pear", "../plum"]
    seen = databus("peek", "shop", "document", "--json", "--limit", "1").objects
    assert [found["attachments"] for found in seen] == [[{"name": "apple.txt", "format": "text", "size": 5}]]
    assert databus("queue", "shop").out == ""


BROKEN = """
from databus.puller.abstract_puller import AbstractPuller

class ShopPuller(AbstractPuller):
    def pull(self):
        raise OSError("the shop is closed")

    def notify_passengers_seated(self, seated_passengers):
        pass
"""


def test_a_source_that_cannot_be_looked_at(databus: Databus, shop: Path) -> None:
    Path("data/plugins/shop_puller.py").write_text(BROKEN, encoding="utf-8")
    answer = databus("peek", "shop", "document")
    assert (answer.code, answer.err) == (1, "databus: shop_puller: OSError: the shop is closed\n")


def test_a_source_that_hangs_has_a_time_limit(databus: Databus, shop: Path) -> None:
    hanging = BROKEN.replace('raise OSError("the shop is closed")', "__import__('threading').Event().wait()")
    Path("data/plugins/shop_puller.py").write_text(hanging, encoding="utf-8")
    config = (shop / "config.json").read_text(encoding="utf-8").replace('"pullers"', '"time_limit": 0.2, "pullers"')
    (shop / "config.json").write_text(config, encoding="utf-8")
    answer = databus("peek", "shop", "document")
    assert (answer.code, "TimeLimitExceeded" in answer.err) == (1, True)


def test_schema_is_json_schema(databus: Databus) -> None:
    schema = json.loads(databus("schema", "config").out)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_skeletons_pass_their_own_tests(databus: Databus, folder: Path) -> None:
    for kind in KINDS:
        assert databus("new", kind, f"my_{kind}").code == 0
        assert databus("new", kind, f"acme.its_{kind}").code == 0
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "14 passed" in done.stdout


@pytest.mark.timeout(600)
def test_the_skeleton_of_an_engine_passes_the_conformance_suite(
    databus: Databus, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABUS_TEST_EXAMPLES", "2")
    assert databus("new", "database", "my_database", "--folder", "engines").code == 0
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_my_database.py"],
        cwd=folder / "engines",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_skeletons_travel(databus: Databus, folder: Path) -> None:
    databus("client", "add", "none")  # there is no database: nothing is made by mistake
    assert not (folder / "data").exists()
    databus("init")
    for kind in KINDS:
        databus("new", kind, f"my_{kind}", "--folder", "data/plugins")
    (folder / "lines.txt").write_text("one\ntwo\n", encoding="utf-8")
    route = {
        "name": "databus.passenger.document",
        "pullers": [{"module": "my_puller", "settings": {"file": "lines.txt"}}],
        "processors": ["my_processor"],
        "pushers": [{"module": "my_pusher", "settings": {"file": "delivered.txt"}}],
    }
    Path("mine.json").write_text(json.dumps({"passengers": [route]}), encoding="utf-8")
    databus("client", "add", "mine", "--config", "mine.json")
    assert databus("drive", "mine").code == 0
    assert len((folder / "delivered.txt").read_text(encoding="utf-8").splitlines()) == 2


def test_nothing_is_overwritten(databus: Databus, folder: Path) -> None:
    (folder / "mine.py").write_text("mine", encoding="utf-8")
    assert databus("new", "puller", "mine").code == 1
    assert (folder / "mine.py").read_text(encoding="utf-8") == "mine"
    assert not (folder / "test_mine.py").exists()
    assert databus("new", "puller", "no-name").code == 2
    assert databus("new", "puller", "class").code == 2


def test_bench_measures_and_leaves_nothing(databus: Databus, folder: Path) -> None:
    [figures] = databus("bench", "--passengers", "20", "--json").objects
    assert figures["passengers"] == 20
    assert list(folder.iterdir()) == []


def test_version(databus: Databus) -> None:
    assert databus("--version").out.startswith("databus 9.")


def test_wrong_usage_is_exit_code_2(databus: Databus) -> None:
    assert databus("nosuch").code == 2
    assert databus("drive").code == 2
    assert databus("queue", "x", "--odd").code == 2
    assert databus("queue", "x", "--database", "postgresql://server/db").code == 2
    assert databus("queue", "x", "--database-module", "no.such.engine").code == 2


def test_a_closed_pipe_is_no_error(shop: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with spawn("schema", "config", stdout=writing) as process:
        os.close(writing)
        _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (141, "")


def test_short_commands_take_turns(shop: Path) -> None:
    processes = [spawn("queue", "shop", "--counts") for _ in range(6)]
    for process in processes:
        _, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (0, "")


def test_debug_shows_where(shop: Path) -> None:
    answer = subprocess.run(command("queue", "nobody", "--debug"), capture_output=True, text=True, check=False)
    assert answer.returncode == 1
    assert "Traceback" in answer.stderr
    assert answer.stderr.endswith("databus: there is no client nobody; there is shop\n")
