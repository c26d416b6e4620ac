import json
import re
from pathlib import Path

from databus.client.passwords import verify_password
from tests.integration.cli.conftest import Databus


def test_it_lays_out_what_the_design_says(databus: Databus, folder: Path) -> None:
    answer = databus("init")
    assert answer.code == 0
    assert sorted(path.name for path in (folder / "data").iterdir()) == ["inbox", "json_db", "outbox", "plugins"]
    clients = folder / "data/json_db/clients"
    assert sorted(path.name for path in clients.iterdir()) == ["demo", "files", "root"]
    demo = json.loads((clients / "demo/config.json").read_text(encoding="utf-8"))
    assert demo["users"][0]["username"] == "demo"
    root = json.loads((clients / "root/config.json").read_text(encoding="utf-8"))
    password = re.search(r"password (\S+)", answer.out)
    assert password
    assert verify_password(password[1], root["users"][0]["password"])
    assert root["users"][0]["role"] == "administrator"


def test_the_configurations_have_no_problems(databus: Databus) -> None:
    databus("init")
    assert databus("check").code == 0


def test_what_is_there_stays(databus: Databus, folder: Path) -> None:
    databus("init", "elsewhere")
    config = folder / "elsewhere/json_db/clients/demo/config.json"
    config.write_text("{}", encoding="utf-8")
    before = (folder / "elsewhere/json_db/clients/root/config.json").read_bytes()
    answer = databus("init", "elsewhere")
    assert "nothing was changed" in answer.out
    assert config.read_text(encoding="utf-8") == "{}"
    assert (folder / "elsewhere/json_db/clients/root/config.json").read_bytes() == before


def test_a_client_that_is_missing_is_added(databus: Databus, shop: Path) -> None:
    answer = databus("init")
    assert "made client demo" in answer.out
    assert json.loads((shop / "config.json").read_text(encoding="utf-8"))["log_life_span"] == 7


def test_it_writes_into_the_database_that_is_named(databus: Databus, folder: Path) -> None:
    databus("init", "--database", "json:db")
    assert (folder / "db/clients/root/config.json").exists()
    assert (folder / "data/inbox").is_dir()
    assert not (folder / "data/json_db").exists()


def test_files_travel_from_inbox_to_outbox(databus: Databus, folder: Path) -> None:
    databus("init")
    config = folder / "data/json_db/clients/files/config.json"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace('"url": ', '"minimum_age": 0, "url": ', 1), encoding="utf-8")
    (folder / "data/inbox/Grüße.bin").write_bytes(bytes(range(256)))
    assert databus("drive", "files").code == 0
    assert (folder / "data/outbox/Grüße.bin").read_bytes() == bytes(range(256))
    assert list((folder / "data/inbox").iterdir()) == []


def test_there_is_no_token_that_everybody_knows(databus: Databus, folder: Path) -> None:
    databus("init")
    for config in folder.glob("data/json_db/clients/*/config.json"):
        assert '"token"' not in config.read_text(encoding="utf-8")
