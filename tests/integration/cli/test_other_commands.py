import json
import os
import shlex
import subprocess
import sys
import threading
import types
from pathlib import Path

import pytest

from databus.operating import clients as clients_of
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
    assert databus("check", "nobody").err == "databus: there is no client nobody; there is other, shop\n"
    answer = databus("check", "data/json_db/clients/other/config.json", "--json")
    assert answer.objects[0]["path"] == "line 1, column 2"
    assert databus("check", "nosuch.json").err == "databus: No such file or directory: nosuch.json\n"


def test_a_configuration_that_cannot_be_read_hides_no_other(databus: Databus, shop: Path) -> None:
    for name in ("a", "z"):
        (shop.parent / name / "config.json").mkdir(parents=True)
    (shop / "config.json").write_text("{", encoding="utf-8")
    findings = databus("check", "--json").objects
    assert [finding["client"] for finding in findings] == ["a", "shop", "z"]
    assert findings[0]["reason"] == "cannot be read: Is a directory"


def test_a_pipe_in_place_of_a_configuration_is_not_waited_for(databus: Databus, shop: Path) -> None:
    (shop.parent / "piped").mkdir()
    os.mkfifo(shop.parent / "piped/config.json")
    place, reason = "data/json_db/clients/piped/config.json", "it is no regular file; put one in its place"
    assert databus("check").out == f"{place}: cannot be read: {reason}\n"
    assert f"piped/config.json: {reason}" in databus("client", "show", "piped").err
    assert databus("drive", "shop").code == 0


MEETING = """
import threading
from databus.pusher.abstract_pusher import AbstractPusher
import meeting_point
meeting_point.met.wait()
class Pusher(AbstractPusher):
    def push(self, passenger):
        pass
"""


def test_a_module_that_hangs_holds_up_no_other_configuration(
    databus: Databus, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each import goes on only when the other has begun."""
    meeting_point = types.ModuleType("meeting_point")
    vars(meeting_point)["met"] = threading.Barrier(2, timeout=50)
    monkeypatch.setitem(sys.modules, "meeting_point", meeting_point)
    monkeypatch.setattr(clients_of, "PATIENCE", 0)
    for name in ("one", "two"):
        Path(f"data/plugins/{name}_pusher.py").write_text(MEETING, encoding="utf-8")
        (shop.parent / name).mkdir()
        config = (shop / "config.json").read_text(encoding="utf-8").replace("shop_pusher", f"{name}_pusher")
        (shop.parent / name / "config.json").write_text(config, encoding="utf-8")
    assert databus("check").out == ""


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


def test_a_schema_has_a_name_that_needs_no_care(databus: Databus) -> None:
    answer = databus("schema", "sql", "--dialect", "mssql", "--schema", "a]b")
    assert (answer.code, answer.out) == (2, "")
    assert "--schema 'a]b': a name has letters, " in answer.err


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


@pytest.mark.parametrize("name", ["json", "email.shop", "databus.shop"])
def test_a_new_plug_in_hides_no_module_that_python_or_databus_needs(databus: Databus, folder: Path, name: str) -> None:
    answer = databus("new", "puller", name)
    assert (answer.code, "choose another name" in answer.err) == (2, True)
    assert list(folder.iterdir()) == []


def test_a_plug_in_is_not_written_into_a_file(databus: Databus, folder: Path) -> None:
    (folder / "mine").touch()
    answer = databus("new", "puller", "orders", "--folder", "mine")
    assert (answer.code, answer.err) == (2, "databus: mine is no folder\n")


def test_bench_measures_and_leaves_nothing(databus: Databus, folder: Path) -> None:
    [figures] = databus("bench", "--passengers", "20", "--json").objects
    assert figures["passengers"] == 20
    assert list(folder.iterdir()) == []


def test_what_is_set_incomplete_runs_at_the_next_drive(databus: Databus) -> None:
    assert "Run it (again) at the next drive." in " ".join(databus("status", "--help").out.split())


def test_version(databus: Databus) -> None:
    assert databus("--version").out.startswith("databus 9.")


def test_wrong_usage_is_exit_code_2(databus: Databus) -> None:
    assert databus("nosuch").code == 2
    assert databus("drive").code == 2
    assert databus("queue", "x", "--odd").code == 2
    assert databus("queue", "x", "--database", "oracle://server/db").code == 2
    assert databus("queue", "x", "--database-module", "no.such.engine").code == 2


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (
            ["user", "role", "x", "y", "boss"],
            "Invalid value for 'ROLE': 'boss' is not one of 'administrator', 'operator'.",
        ),
        (["queue", "x", "--state", "odd"], "Invalid value for '--state' / '-s': 'odd' is not one of 'waiting', "),
        (["bench", "--passengers", "x"], "Invalid value for '--passengers': expected a whole number, found text"),
        (["bench", "--passengers", "0"], "Invalid value for '--passengers': must be at least 1"),
    ],
)
def test_wrong_usage_is_told_in_plain_words(databus: Databus, arguments: list[str], reason: str) -> None:
    answer = databus(*arguments)
    assert (answer.code, reason in answer.err) == (2, True), answer.err


def test_a_closed_pipe_is_no_error(shop: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with spawn("schema", "config", stdout=writing) as process:
        os.close(writing)
        _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (141, "")


@pytest.mark.parametrize("closing", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_streams_that_the_caller_closed_are_no_error(shop: Path, closing: str) -> None:
    line = f"{shlex.join(command('queue', 'shop', '--counts'))} {closing}"
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_closed_input_is_nobody_to_ask(databus: Databus, shop: Path) -> None:
    databus("drive", "shop")
    line = f"{shlex.join(command('queue', 'shop', '--purge'))} <&-"
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "databus: nobody can be asked here: say --yes\n")


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


def full(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run a command whose every write to a file fails, as on a full disk."""
    return subprocess.run(
        ["bash", "-c", 'ulimit -f 0; exec "$@"', "bash", *command(*arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_skeleton_that_cannot_be_written_leaves_nothing_in_the_way(databus: Databus, folder: Path) -> None:
    done = full("new", "pusher", "out")
    assert (done.returncode, done.stderr) == (1, "databus: out.py cannot be written: File too large\n")
    assert not (folder / "out.py").exists()
    assert databus("new", "pusher", "out").code == 0


def test_help_that_cannot_be_printed_is_one_sentence() -> None:
    with open("/dev/full", "w") as nowhere:
        done = subprocess.run(command("--help"), stdout=nowhere, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode != 0
    assert done.stderr.startswith("databus: No space left on device\n")
    assert "Traceback" not in done.stderr


def test_one_route_is_paused(databus: Databus, shop: Path) -> None:
    answer = databus("pause", "shop", "document")
    assert answer.out == "paused: active drives finish, no others start; `databus resume shop document` goes on\n"
    assert any("document" in each.read_text() for each in shop.parents[1].rglob("*paused_routes*"))
    assert databus("resume", "shop", "document").out == "resumed\n"


def test_one_client_is_switched_off_and_on(databus: Databus, shop: Path) -> None:
    answer = databus("pause", "shop")
    assert answer.out == "paused: active drives finish, no others start; `databus resume shop` goes on\n"
    assert databus("resume", "shop").out == "resumed\n"
    assert databus("pause", "nobody").code == 1
    assert databus("pause", "nobody", "document").code == 1


def test_a_folder_of_something_else_stays_as_it_is(databus: Databus, folder: Path) -> None:
    photos = folder / "photos"
    photos.mkdir()
    (photos / "cat.jpg").write_bytes(b"meow")
    answer = databus("queue", "demo", "--database", f"json:{photos}")
    assert (answer.code, "there is no Databus in" in answer.err) == (3, True)
    assert [each.name for each in photos.iterdir()] == ["cat.jpg"]


def test_what_is_not_there_is_neither_paused_nor_resumed(databus: Databus, shop: Path) -> None:
    for name in ("documen", "nope"):
        wanted = f"databus: client shop has no passenger {name}; it has databus.passenger.document\n"
        for command_of in ("pause", "resume"):
            answer = databus(command_of, "shop", name)
            assert (answer.code, answer.out, answer.err) == (1, "", wanted)
        for command_of in ("queue", "log"):
            answer = databus(command_of, "shop", "-p", name)
            assert (answer.code, answer.out, answer.err) == (1, "", wanted)


def test_a_route_that_is_gone_is_found_by_what_it_left(databus: Databus, shop: Path) -> None:
    databus("drive", "shop")
    databus("pause", "shop", "document")
    config = json.loads((shop / "config.json").read_text(encoding="utf-8"))
    (shop / "config.json").write_text(json.dumps({**config, "passengers": []}), encoding="utf-8")
    assert len(databus("queue", "shop", "-p", "document").rows) == 3
    databus("queue", "shop", "--purge", "--yes")
    assert databus("resume", "shop", "document").code == 0, "its pause is left"
    assert len(databus("log", "shop", "-p", "databus.passenger.document").rows) == 1, "its log is left"


def test_a_route_is_found_whatever_else_is_wrong_with_the_configuration(databus: Databus, shop: Path) -> None:
    config = json.loads((shop / "config.json").read_text(encoding="utf-8"))
    (shop / "config.json").write_text(json.dumps({**config, "odd": 1}), encoding="utf-8")
    assert databus("pause", "shop", "document").code == 0


def test_resume_says_what_still_rests(databus: Databus, shop: Path) -> None:
    databus("pause")
    databus("pause", "shop")
    databus("pause", "shop", "document")
    everything = "but everything is paused: `databus resume` ends that\n"
    off = "client is switched off: `databus resume shop` ends that\n"
    route = (
        "but databus.passenger.document of shop is paused: `databus resume shop databus.passenger.document` ends that\n"
    )
    assert databus("resume", "shop", "document").err == f"{everything}but its {off}"
    databus("pause", "shop", "document")
    answer = databus("resume", "shop")
    assert (answer.out, answer.err) == ("resumed\n", everything + route)
    databus("pause", "shop")
    assert databus("resume").err == f"but client shop is switched off: `databus resume shop` ends that\n{route}"
    databus("resume", "shop")
    assert databus("resume", "shop", "document").err == ""


def test_the_list_of_clients_says_what_rests(databus: Databus, shop: Path) -> None:
    assert databus("client", "list", "--json").objects[0]["rests_because"] == []
    databus("pause", "shop")
    databus("pause", "shop", "document")
    resting = ["client shop is switched off", "databus.passenger.document of shop is paused"]
    assert databus("client", "list", "--json").objects[0]["rests_because"] == resting
    assert databus("client", "list").rows == [["shop", "1", "1", "0", "; ".join(resting)]]


def test_queue_says_why_nothing_moves(databus: Databus, shop: Path) -> None:
    Path("broken").touch()
    databus("drive", "shop")
    databus("pause", "shop")
    databus("pause", "shop", "document")
    on_demand = "it is tried again at the next drive; this route is driven on demand"
    obstacles = "; but its client is switched off; but this route is paused"
    assert f"{on_demand}{obstacles}\n" in databus("queue", "shop", "pear").out
    by_id = {each["external_id"]: each["why"] for each in databus("queue", "shop", "--json").objects}
    assert by_id["pear"].endswith(obstacles)
    assert "but" not in by_id["apple"], "it is complete"
