import json
import signal
from datetime import timedelta
from pathlib import Path

import pytest

from databus.database.engines import JSON_DB
from databus.database.opening import reached_database
from databus.database.remote.lasting import LastingDatabase
from databus.timestamps import utc_now
from tests.integration.cli.conftest import Databus, read_until, spawn

KEYS = [
    *("client", "passenger", "pulled", "seated", "duplicates", "refused", "notified", "processed", "pushed", "failed"),
    *("waiting", "dead", "seconds", "log", "error", "pulled_elsewhere"),
]


def test_json_has_the_keys_of_the_contract(databus: Databus, shop: Path) -> None:
    answer = databus("drive", "shop", "--json")
    assert answer.code == 0
    [summary] = answer.objects
    assert list(summary) == KEYS
    assert (summary["pulled"], summary["seated"], summary["pushed"], summary["waiting"]) == (3, 3, 3, 0)


@pytest.mark.parametrize(
    "command",
    [
        ("drive", "shop"),
        ("peek", "shop", "document"),
        ("check",),
        ("user", "list", "shop"),
        ("client", "list"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("as_json", [True, False])
def test_what_plug_ins_print_is_no_part_of_the_output(
    databus: Databus, shop: Path, folder: Path, command: tuple[str, ...], as_json: bool
) -> None:
    config = json.loads((shop / "config.json").read_text())
    del config["passengers"][0]["pushers"][0]["name"]
    config["users"] = []  # a warning for check
    (shop / "config.json").write_text(json.dumps(config))
    for module, method in (("shop_puller", "pull(self)"), ("shop_pusher", "push(self, passenger)")):
        file = folder / f"data/plugins/{module}.py"
        loud = file.read_text().replace(f"def {method}:", f"def {method}:\n        print('called {module}')")
        file.write_text(f"print('imported {module}')\n{loud}")
    answer = databus(*command, *(["--json"] if as_json else []))
    assert answer.code == 0
    assert "imported shop_puller" in answer.err
    assert ("called shop_puller" in answer.err) == (command[0] in ("drive", "peek"))
    assert "called" not in answer.out
    assert "imported" not in answer.out
    assert not as_json or answer.objects or command[0] == "user"


def test_duplicates_are_no_failure(databus: Databus, shop: Path) -> None:
    databus("drive", "shop")
    answer = databus("drive", "shop", "--json")
    assert (answer.code, answer.objects[0]["duplicates"]) == (0, 3)


def test_a_drive_that_may_not_pull_says_so(shop: Path) -> None:
    arguments = {"path": "data/json_db"}
    with reached_database(JSON_DB, arguments, serve=True) as database:
        lock = "pull shop databus.passenger.document"
        assert database.lock(lock, owner="killed", lease=timedelta(hours=1), now=utc_now())
        with spawn("drive", "shop", "--json") as process:
            out, err = process.communicate(timeout=60)
    summary = json.loads(out)
    assert (process.returncode, summary["pulled"], summary["pulled_elsewhere"]) == (0, 0, True)
    assert "databus.passenger.document: another drive pulls it, or was killed less than 60 seconds ago" in err


def test_a_failed_step_is_exit_code_1(databus: Databus, shop: Path) -> None:
    Path("broken").touch()
    answer = databus("drive", "shop", "document")
    assert answer.code == 1
    assert answer.rows[0][:1] == ["databus.passenger.document"]
    assert "1 failed, 0 refused: `databus log shop" in answer.err


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["nobody"], "there is no client nobody; there is shop"),
        (["shop", "orders"], "client shop has no passenger orders; it has databus.passenger.document"),
    ],
)
def test_what_is_not_there_is_named(databus: Databus, shop: Path, arguments: list[str], reason: str) -> None:
    answer = databus("drive", *arguments)
    assert (answer.code, answer.err) == (1, f"databus: {reason}\n")


def test_a_wrong_configuration_is_told_in_full(databus: Databus, shop: Path) -> None:
    (shop / "config.json").write_text('{"passengers": [{"name": "no.such"}], "users": 1}', encoding="utf-8")
    answer = databus("drive", "shop")
    assert answer.code == 1
    assert "shop/config.json: passengers[0].name: " in answer.err
    assert "shop/config.json: users: " in answer.err


SLOW = """
import sys
import time
from databus.pusher.abstract_pusher import AbstractPusher

class ShopPusher(AbstractPusher):
    def push(self, passenger):
        print("pushing", file=sys.stderr, flush=True)
        time.sleep(0.3)
"""


KILLING = """
import fcntl
import json
import os
import signal
from pathlib import Path
from databus.pusher.abstract_pusher import AbstractPusher

class ShopPusher(AbstractPusher):
    def push(self, passenger):
        if passenger.passenger.external_id == "apple":
            owner = json.loads(Path("data/json_db/owner_endpoint.json").read_bytes())["pid"]
            os.kill(owner, signal.SIGKILL)
            fcntl.flock(os.open("data/json_db/.lock", os.O_RDWR), fcntl.LOCK_EX)  # and nobody is let in any more
"""


def test_a_database_that_goes_away_is_exit_code_3(
    databus: Databus, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LastingDatabase.__init__, "__kwdefaults__", {"patience": 0.1})
    Path("data/plugins/shop_pusher.py").write_text(KILLING, encoding="utf-8")
    with spawn("start", "--no-web") as owner:
        read_until(owner.stderr, "runs")
        answer = databus("drive", "shop", "--json")
    [summary] = answer.objects
    assert (answer.code, "The owner of the database does not answer" in answer.err) == (3, True)
    assert (summary["seated"], summary["pushed"], summary["waiting"]) == (3, 0, 3)


def test_ctrl_c_ends_in_order(databus: Databus, shop: Path) -> None:
    Path("data/plugins/shop_pusher.py").write_text(SLOW, encoding="utf-8")
    with spawn("drive", "shop", "--json") as process:
        read_until(process.stderr, "pushing")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "ended early" in err
    assert '"pushed"' in out
    states = [entry["state"] for entry in databus("queue", "shop", "--json").objects]
    assert len(states) == 3
    assert "running" not in states
    assert "waiting" in states


HANGING = SLOW.replace("time.sleep(0.3)", "time.sleep(3600)")


def test_a_second_ctrl_c_ends_at_once(databus: Databus, shop: Path) -> None:
    Path("data/plugins/shop_pusher.py").write_text(HANGING, encoding="utf-8")
    with spawn("drive", "shop") as process:
        read_until(process.stderr, "pushing")
        process.send_signal(signal.SIGINT)
        read_until(process.stderr, "once more ends at once")
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 130
    assert len(databus("queue", "shop", "--json").objects) == 3
