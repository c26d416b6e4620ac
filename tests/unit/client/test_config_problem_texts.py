import json
from typing import Any

import pytest

from databus.client.config_loader import load_config
from databus.errors import ConfigError

NO_MODULE = "this is not the dotted name of a Python module, such as databus.puller.files"
NO_TEXT = "expected text in double quotes, found a number"
HALF = "there is half a character in this text, such as \\ud800; write it anew"
MISSING = "is missing; it must be given"
NO_PLUGIN = 'expected the name of a module, or an object {"module", "name", "settings"}'
TWO_SCHEDULES = "a route has either a schedule or a sync_frequency; take one of them out"
SHRINKING = "first_delay (60) is longer than max_delay (5)"
NO_CRON = 'expected minute, hour, day, month and weekday, such as "30 6 * * 1-5"'
NO_ZONE = "there is no time zone 'Europa/Berlin'; did you mean 'Europe/Berlin'?"
ROUTE_TWICE = "the route 'a' is already taken by passengers[0]"
STEP_TWICE = '{!r} is already the name of passengers[0].pushers[0]; give each a "name" of its own'


def _problems(document: object) -> dict[str, str]:
    with pytest.raises(ConfigError) as caught:
        load_config(json.dumps(document).encode(), file="x", environ={}, check_plugins=False)
    return {problem.path: problem.reason for problem in caught.value.problems}


@pytest.mark.parametrize(
    ("document", "path", "reason"),
    [
        ([], "", "expected an object { }, found a list"),
        ({"passengers": {}}, "passengers", "expected a list [ ], found an object"),
        ({"passengers": ["x"]}, "passengers[0]", "expected an object { }, found text"),
        ({"passengers": [{}]}, "passengers[0].name", MISSING),
        ({"passenger": []}, "passenger", "unknown key; did you mean 'passengers'?"),
        ({"zzz": 1}, "zzz", "unknown key; known here: $schema, log_life_span, passengers, users, open"),
        ({"log_life_span": "1"}, "log_life_span", "expected a number, found text"),
        ({"log_life_span": True}, "log_life_span", "expected a number, found true"),
        ({"log_life_span": None}, "log_life_span", "expected a number, found null"),
        ({"log_life_span": -1}, "log_life_span", "must be at least 0"),
        ({"log_life_span": 1e9}, "log_life_span", "must be at most 365000"),
        ({"open": 1}, "open", "expected true or false, found a number"),
        ({"passengers": [{"name": "a"}] * 2}, "passengers[1].name", ROUTE_TWICE),
    ],
)
def test_problems_of_a_client(document: object, path: str, reason: str) -> None:
    assert _problems(document) == {path: reason}


def test_a_number_that_is_too_large() -> None:
    with pytest.raises(ConfigError, match="log_life_span: expected a finite number, found one that is too large"):
        load_config(b'{"log_life_span": 1e999}', file="x", environ={}, check_plugins=False)


@pytest.mark.parametrize(
    ("changes", "path", "reason"),
    [
        ({"pulers": []}, "pulers", "unknown key; did you mean 'pullers'?"),
        ({"sync_frequency": "5"}, "sync_frequency", "expected a number, found text"),
        ({"queue": ""}, "queue", NO_MODULE),
        ({"name": "my/passenger.py"}, "name", NO_MODULE),
        ({"record": "all"}, "record", "must be 'batch' or 'each'"),
        ({"record": []}, "record", "must be 'batch' or 'each', found a list"),
        ({"workers": 0}, "workers", "must be at least 1"),
        ({"workers": 1.5}, "workers", "expected a whole number, found a number"),
        ({"time_limit": 0}, "time_limit", "must be greater than 0"),
        ({"schedule": "x"}, "schedule", NO_CRON),
        ({"schedule": "0 0 * * *", "time_zone": "Europa/Berlin"}, "time_zone", NO_ZONE),
        ({"schedule": "0 0 * * *", "sync_frequency": 0.1}, "schedule", TWO_SCHEDULES),
        ({"retry": {}}, "retry.max_attempts", MISSING),
        ({"retry": {"max_attempts": 1, "delay": 1}}, "retry.delay", "unknown key; did you mean 'max_delay'?"),
        ({"retry": {"max_attempts": 1, "max_delay": 5}}, "retry", SHRINKING),
    ],
)
def test_problems_of_a_route(changes: dict[str, Any], path: str, reason: str) -> None:
    assert _problems({"passengers": [{"name": "demo.route", **changes}]}) == {f"passengers[0].{path}": reason}


@pytest.mark.parametrize(
    ("pushers", "path", "reason"),
    [
        ("demo.pusher", "", "expected a list [ ], found text"),
        (["ok", 5], "[1]", NO_PLUGIN),
        (["ok", "a/b.py"], "[1]", NO_MODULE),
        ([{"module": "a b"}], "[0].module", NO_MODULE),
        ([{"name": "x"}], "[0].module", MISSING),
        ([{"module": 5}], "[0].module", NO_TEXT),
        ([{"module": "a", "name": 0}], "[0].name", NO_TEXT),
        ([{"module": "a", "setting": {}}], "[0].setting", "unknown key; did you mean 'settings'?"),
        ([{"module": "a", "settings": []}], "[0].settings", "expected an object { }, found a list"),
        (["a", "b", "a"], "[2]", STEP_TWICE.format("a")),
        ([{"module": "a"}, "a"], "[1]", STEP_TWICE.format("a")),
        ([{"module": "a", "name": "n"}, {"module": "b", "name": "n"}], "[1]", STEP_TWICE.format("n")),
        (["a", {"module": "b", "name": "a"}], "[1]", STEP_TWICE.format("a")),
    ],
)
def test_problems_of_plug_ins(pushers: object, path: str, reason: str) -> None:
    document = {"passengers": [{"name": "demo.route", "pushers": pushers}]}
    assert _problems(document) == {f"passengers[0].pushers{path}": reason}


@pytest.mark.parametrize(
    ("changes", "path", "reason"),
    [
        ({"role": "x"}, "role", "must be 'administrator' or 'operator'"),
        ({"username": ""}, "username", "must not be empty"),
        ({"username": "\ud800"}, "username", HALF),
        ({"password": 5}, "password", NO_TEXT),
        ({"token": None}, "token", "expected text in double quotes, found null"),
        ({"pasword": "x"}, "pasword", "unknown key; did you mean 'password'?"),
        ({"username": "first"}, "username", "the user name 'first' is already taken by users[0]"),
    ],
)
def test_problems_of_users(changes: dict[str, Any], path: str, reason: str) -> None:
    document = {"users": [{"username": "first"}, {"username": "ada", **changes}]}
    assert _problems(document) == {f"users[1].{path}": reason}
