import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from databus.client.config_loader import LoadedConfig, load_config
from databus.errors import ConfigError

PUSHER = """
    from databus.pusher.abstract_pusher import AbstractPusher
    class Pusher(AbstractPusher):
        def push(self, passenger):
            pass
"""
PASSENGER = """
    from databus.passenger.abstract_passenger import AbstractPassenger
    class Passenger(AbstractPassenger):
        pass
"""
SETTINGS = """
    from databus.pusher.abstract_pusher import AbstractPusher
    from pydantic import BaseModel, ConfigDict, SecretStr, model_validator
    class Login(BaseModel):
        user: str = ""
        passwords: list[SecretStr] = []
    class Settings(BaseModel):
        model_config = ConfigDict(extra="forbid")
        folder: str
        port: int = 21
        login: Login = Login()
        key: SecretStr = SecretStr("")
        @model_validator(mode="after")
        def check(self):
            if self.folder == "boom":
                raise RuntimeError("out of order")
            if self.folder == "wrong":
                raise ValueError("no such folder")
            return self
    class Pusher(AbstractPusher):
        Settings = Settings
        def push(self, passenger):
            pass
"""

Write = Callable[[str, str], None]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """Writes plug-in modules into a folder on Python's path, and forgets them after the test."""

    def write_module(name: str, source: str) -> None:
        (tmp_path / f"{name}.py").write_text(dedent(source), encoding="utf-8")

    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(tmp_path))
    write_module("cfg_passenger", PASSENGER)
    write_module("cfg_pusher", PUSHER)
    write_module("cfg_settings", SETTINGS)
    yield write_module
    for name in set(sys.modules) - before:
        if name.startswith("cfg_"):
            del sys.modules[name]


def _load(pusher: object, environ: dict[str, str] | None = None, **changes: Any) -> LoadedConfig:
    route = {"name": "cfg_passenger", "pushers": [pusher], **changes}
    data = json.dumps({"passengers": [route]}).encode()
    return load_config(data, file="config.json", environ=environ or {})


def _problems(pusher: object, **changes: Any) -> dict[str, str]:
    with pytest.raises(ConfigError) as caught:
        _load(pusher, **changes)
    return {problem.path: problem.reason for problem in caught.value.problems}


def _settings_problems(**settings: Any) -> dict[str, str]:
    place = "passengers[0].pushers[0].settings"
    problems = _problems({"module": "cfg_settings", "settings": settings})
    return {path.removeprefix(place): reason for path, reason in problems.items()}


@pytest.mark.usefixtures("write")
def test_plug_ins_that_can_be_loaded_are_no_problem() -> None:
    assert _load("cfg_pusher").config.passengers[0].pushers[0].module == "cfg_pusher"


@pytest.mark.usefixtures("write")
def test_modules_that_are_not_there_are_named_all_at_once() -> None:
    problems = _problems(
        "cfg_nope", name="cfg_nope_1", queue="cfg_nope_2", pullers=["cfg_nope_3", {"module": "cfg_nope_4"}]
    )
    assert problems == {
        "passengers[0].name": "cfg_nope_1 cannot be imported: ModuleNotFoundError: No module named 'cfg_nope_1'",
        "passengers[0].queue": "cfg_nope_2 cannot be imported: ModuleNotFoundError: No module named 'cfg_nope_2'",
        "passengers[0].pullers[0]": "cfg_nope_3 cannot be imported: ModuleNotFoundError: No module named 'cfg_nope_3'",
        "passengers[0].pullers[1]": "cfg_nope_4 cannot be imported: ModuleNotFoundError: No module named 'cfg_nope_4'",
        "passengers[0].pushers[0]": "cfg_nope cannot be imported: ModuleNotFoundError: No module named 'cfg_nope'",
    }


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("def f(:", "cfg_bad.py:1:"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("import cfg_not_installed", "No module named 'cfg_not_installed'"),
        ("x = 1", "must define exactly one public AbstractPusher class, it defines none"),
        (PUSHER + PUSHER.replace("Pusher(", "Other("), "it defines Pusher, Other"),
        (PASSENGER, "must define exactly one public AbstractPusher class"),
        (PUSHER.replace("push(", "shove("), "cfg_bad.Pusher does not implement push"),
    ],
)
def test_a_bad_plug_in_is_told_with_its_error(write: Write, source: str, reason: str) -> None:
    write("cfg_bad", source)
    assert reason in _problems("cfg_bad")["passengers[0].pushers[0]"]


@pytest.mark.usefixtures("write")
def test_a_plug_in_in_the_wrong_list_is_a_problem() -> None:
    assert set(_problems("cfg_pusher", pullers=["cfg_pusher"])) == {"passengers[0].pullers[0]"}


@pytest.mark.usefixtures("write")
def test_plug_ins_are_checked_although_something_else_is_wrong() -> None:
    problems = _problems("cfg_nope", workers=0, pullers=[5])
    assert set(problems) == {"passengers[0].workers", "passengers[0].pullers[0]", "passengers[0].pushers[0]"}


@pytest.mark.usefixtures("write")
def test_settings_that_fit_are_taken_and_their_secrets_known() -> None:
    settings = {"folder": "x", "port": "${PORT}", "key": "key-1", "login": {"passwords": ["pass-1", "pass-2"]}}
    loaded = _load({"module": "cfg_settings", "settings": settings}, {"PORT": "2121"})
    assert loaded.secrets == {"2121", "key-1", "pass-1", "pass-2"}
    assert loaded.config.passengers[0].pushers[0].settings["port"] == "2121"


@pytest.mark.usefixtures("write")
@pytest.mark.parametrize(
    ("settings", "path", "reason"),
    [
        ({}, ".folder", "is missing; it must be given"),
        ({"folder": 5}, ".folder", "expected text in double quotes, found a number"),
        ({"folder": "x", "prt": 5}, ".prt", "unknown key; did you mean 'port'?"),
        ({"folder": "x", "port": "many"}, ".port", "expected a whole number, found text"),
        ({"folder": "x", "login": {"user": []}}, ".login.user", "expected text in double quotes, found a list"),
        ({"folder": "x", "key": []}, ".key", "expected text in double quotes, found a list"),
        ({"folder": "wrong"}, "", "no such folder"),
        ({"folder": "boom"}, "", "its check failed: RuntimeError: out of order"),
    ],
)
def test_settings_that_do_not_fit_are_a_problem(settings: dict[str, Any], path: str, reason: str) -> None:
    assert _settings_problems(**settings) == {path: reason}


@pytest.mark.usefixtures("write")
def test_all_problems_of_settings_are_told() -> None:
    assert set(_settings_problems(port=[], login=5)) == {".folder", ".port", ".login"}


@pytest.mark.usefixtures("write")
def test_a_plug_in_that_needs_settings_needs_them_in_the_short_form_too() -> None:
    assert _problems("cfg_settings") == {"passengers[0].pushers[0].settings.folder": "is missing; it must be given"}


@pytest.mark.usefixtures("write")
def test_a_plug_in_without_settings_takes_none() -> None:
    assert _load({"module": "cfg_pusher", "settings": {}})
    assert _problems({"module": "cfg_pusher", "settings": {"a": 1}}) == {
        "passengers[0].pushers[0].settings": "cfg_pusher takes no settings; take them out"
    }


@pytest.mark.usefixtures("write")
def test_an_unresolved_setting_hides_no_other_problem() -> None:
    problems = _settings_problems(folder="${CFG_NOPE}", port="${CFG_NOPE}", prt=1)
    assert set(problems) == {".folder", ".port", ".prt"}
    assert _problems({"module": "cfg_nope", "settings": {"a": "${CFG_NOPE}"}}).keys() == {
        "passengers[0].pushers[0]",
        "passengers[0].pushers[0].settings.a",
    }


OWN_SETTINGS = """
    from databus.pusher.abstract_pusher import AbstractPusher
    class Pusher(AbstractPusher):
        {line}
        def push(self, passenger):
            pass
"""


@pytest.mark.parametrize("line", ["Settings = {'a': 1}", "Settings = dict", "Settings = 'x'", "Settings = None"])
def test_settings_that_are_no_pydantic_model_are_the_plug_ins_own_affair(write: Write, line: str) -> None:
    write("cfg_own", OWN_SETTINGS.format(line=line))
    assert _load("cfg_own").config.passengers[0].pushers[0].settings == {}
    problems = _problems({"module": "cfg_own", "settings": {"a": 1}})
    assert problems == {"passengers[0].pushers[0].settings": "cfg_own takes no settings; take them out"}
