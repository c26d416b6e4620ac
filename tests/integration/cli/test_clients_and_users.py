import io
import json
import re
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from databus.client.passwords import verify_password, verify_token
from databus.timestamps import as_utc, utc_now
from tests.integration.cli.conftest import Databus, read_until, spawn


def _config(client: str) -> dict[str, Any]:
    config: dict[str, Any] = json.loads(Path(f"data/json_db/clients/{client}/config.json").read_text(encoding="utf-8"))
    return config


def _user(client: str, name: str) -> dict[str, str]:
    [user] = [user for user in _config(client)["users"] if user["username"] == name]
    return dict(user)


def _type(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))


def test_clients_are_added_listed_and_removed(databus: Databus, shop: Path) -> None:
    assert databus("client", "add", "empty").code == 0
    assert databus("client", "add", "mall", "--like", "shop").code == 0
    assert databus("client", "list").rows == [
        ["empty", "0", "0", "0", ""],
        ["mall", "1", "0", "0", ""],
        ["shop", "1", "1", "0", ""],
    ]
    assert databus("client", "list", "--json").objects[2]["users"] == ["ada"]
    assert databus("client", "remove", "mall").code == 2
    assert databus("client", "remove", "mall", "--yes").code == 0
    assert not (shop.parent / "mall").exists()


def test_what_cannot_be_a_client(databus: Databus, shop: Path) -> None:
    assert databus("client", "add", "shop").err == "databus: there is already a client shop\n"
    for odd in ("../x", "", ".hidden", "a\nb", " x", "x" * 65):
        assert databus("client", "add", odd).code == 2
    assert databus("client", "remove", "nobody", "--yes").code == 1
    assert databus("client", "add", "x", "--like", "shop", "--config", "y").code == 2


def test_root_stays(databus: Databus) -> None:
    databus("init")
    assert databus("client", "remove", "root", "--yes").code == 1
    assert databus("user", "remove", "root", "root", "--yes").code == 1
    assert databus("user", "role", "root", "root", "operator").code == 1
    assert _user("root", "root")["role"] == "administrator"


def test_configurations_are_shown_saved_and_kept(databus: Databus, shop: Path) -> None:
    before = (shop / "config.json").read_text(encoding="utf-8")
    assert databus("client", "show", "shop").out == before
    Path("new.json").write_text(json.dumps({**json.loads(before), "log_life_span": 3}), encoding="utf-8")
    assert databus("client", "save", "shop", "new.json").code == 0
    assert _config("shop")["log_life_span"] == 3
    versions = databus("client", "history", "shop", "--json").objects
    assert len(versions) == 2
    assert databus("client", "show", "shop", "--version", versions[1]["version"]).out == before


def test_a_wrong_configuration_is_not_saved(databus: Databus, shop: Path) -> None:
    Path("new.json").write_text('{"colour": 1}', encoding="utf-8")
    answer = databus("client", "save", "shop", "new.json")
    assert (answer.code, "new.json: colour: unknown key" in answer.err) == (1, True)
    assert _config("shop")["log_life_span"] == 7
    assert databus("client", "add", "other", "--config", "new.json").code == 1
    assert databus("client", "add", "other", "--config", "nosuch.json").code == 1


def test_users(databus: Databus, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _type(monkeypatch, "first secret\n")
    assert databus("user", "add", "shop", "bob", "--role", "operator", "--password-stdin").code == 0
    assert verify_password("first secret", _user("shop", "bob")["password"])
    _type(monkeypatch, "second secret\n")
    assert databus("user", "password", "shop", "bob", "--password-stdin").code == 0
    assert verify_password("second secret", _user("shop", "bob")["password"])
    assert databus("user", "role", "shop", "bob", "administrator").code == 0
    assert databus("user", "list", "shop").rows == [
        ["ada", "administrator", "no", "no"],
        ["bob", "administrator", "yes", "no"],
    ]
    made = databus("user", "token", "shop", "bob")
    assert made.err == "shop: made a token for user bob\n"
    assert made.out.count("\n") == 1, "a pipe gets the token alone"
    assert verify_token(made.out.rstrip("\n"), _user("shop", "bob")["token"])
    databus("user", "token", "shop", "bob", "--clear")
    assert "token" not in _user("shop", "bob")
    assert databus("user", "remove", "shop", "bob", "--yes").code == 0
    assert [user["username"] for user in _config("shop")["users"]] == ["ada"]


def test_users_that_cannot_be(databus: Databus, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert databus("user", "add", "shop", "ada", "--no-password").code == 1
    assert databus("user", "remove", "shop", "bob", "--yes").code == 1
    assert databus("user", "list", "nobody").code == 1
    _type(monkeypatch, "\n")
    assert databus("user", "add", "shop", "bob", "--password-stdin").code == 2
    _type(monkeypatch, "")
    assert databus("user", "add", "shop", "bob").code == 2
    for arguments in (["add", "shop", "bob"], ["password", "shop", "ada"]):
        _type(monkeypatch, "1234567\n")
        answer = databus("user", *arguments, "--password-stdin")
        wanted = "databus: A password needs at least 8 characters. Nothing was changed.\n"
        assert (answer.code, answer.err) == (2, wanted), "as on the page"
    assert [user["username"] for user in _config("shop")["users"]] == ["ada"]


def test_a_token_ends_at_a_time_as_other_commands_take_it(databus: Databus, shop: Path) -> None:
    for written in ("2099-01-01", "2099-01-01T09:30", "2099-01-01T00:00:00Z", "7d"):
        assert databus("user", "token", "shop", "ada", "--expires", written).code == 0
        end = datetime.fromisoformat(_user("shop", "ada")["token_expires"])
        if written == "7d":
            assert timedelta(days=6) < end - utc_now() <= timedelta(days=7)
        else:
            assert end == as_utc(datetime.fromisoformat(written))
    before = _user("shop", "ada")
    for odd in ("2020-01-01", "tomorrow", "0d"):
        assert databus("user", "token", "shop", "ada", "--expires", odd).code == 2
        assert databus("user", "token", "shop", "ada", "--expires", odd, "--clear").code == 2
    assert databus("user", "token", "shop", "ada", "--expires", "1d", "--clear").code == 2
    assert _user("shop", "ada") == before


def test_every_change_stands_in_the_log(databus: Databus, shop: Path) -> None:
    databus("user", "add", "shop", "bob", "--no-password", "--token")
    [head] = databus("log", "shop", "--json").objects
    [line] = databus("log", "shop", head["guid"], "--json").objects
    assert re.fullmatch(r"\S+ at the command line: added user bob, operator", line["message"])
    newest, *_ = databus("client", "history", "shop", "--json").objects
    assert newest["saved_by"]


def _write_plain_password(shop: Path) -> None:
    config = json.loads((shop / "config.json").read_text(encoding="utf-8"))
    config["users"][0]["password"] = "secret of ada"
    (shop / "config.json").write_text(json.dumps(config), encoding="utf-8")


def test_a_plain_password_is_not_shown_and_what_is_shown_can_be_saved(databus: Databus, shop: Path) -> None:
    _write_plain_password(shop)
    before = (shop / "config.json").read_bytes()
    shown = databus("client", "show", "shop").out
    assert (shop / "config.json").read_bytes() == before
    assert "secret of ada" not in shown
    assert verify_password("secret of ada", json.loads(shown)["users"][0]["password"])


def test_a_drive_leaves_no_plain_password_behind(databus: Databus, shop: Path) -> None:
    _write_plain_password(shop)
    assert databus("drive", "shop").code == 0
    assert "secret of ada" not in (shop / "config.json").read_text(encoding="utf-8")


def test_the_page_alone_leaves_no_plain_password_behind(shop: Path) -> None:
    _write_plain_password(shop)
    with spawn("web", "--port", "0") as process:
        try:
            read_until(process.stderr, "web page: ")
            process.terminate()
            assert process.wait(timeout=60) == 0
        finally:
            process.kill()
    assert "secret of ada" not in (shop / "config.json").read_text(encoding="utf-8")
