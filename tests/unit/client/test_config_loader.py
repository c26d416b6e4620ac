import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from databus.client.config import PluginConfig
from databus.client.config_loader import LoadedConfig, load_config
from databus.client.passwords import new_token
from databus.errors import ConfigError

DESIGN = b"""{
  "log_life_span": 1,
  "passengers": [
    {
      "name": "databus.passenger.demo.demo_passenger_1",
      "pullers": ["databus.puller.demo.demo_puller_1"],
      "processors": ["databus.processor.demo.demo_processor_1"],
      "pushers": ["databus.pusher.demo.demo_pusher_1"],
      "queue": "databus.pqueue.primal_queue",
      "queue_life_span": 1,
      "sync_frequency": 1
    }
  ],
  "users": [
    {"username": "demo", "password": "demo", "role": "administrator", "token": "267c598e-f994-11ea-9005-acde48001122"}
  ]
}
"""
DATABUS_8 = b"""{
    "log_life_span": 1,
    "passengers": [],
    "users": [
        {
            "password": "root",
            "token": "4e45d6a4-9c36-11ea-ae14-acde48001122",
            "username": "root"
        }
    ]
}"""


def _load(document: object, environ: dict[str, str] | None = None) -> LoadedConfig:
    return load_config(
        json.dumps(document).encode(), file="clients/demo/config.json", environ=environ or {}, check_plugins=False
    )


def _problems(document: object, environ: dict[str, str] | None = None) -> dict[str, str]:
    with pytest.raises(ConfigError) as caught:
        _load(document, environ)
    assert {problem.file for problem in caught.value.problems} == {"clients/demo/config.json"}
    assert len({problem.path for problem in caught.value.problems}) == len(caught.value.problems)
    return {problem.path: problem.reason for problem in caught.value.problems}


def _route(**changes: Any) -> dict[str, Any]:
    return {"name": "demo.route", "pullers": ["demo.puller"], "pushers": ["demo.pusher"], **changes}


def _routes(*routes: dict[str, Any]) -> dict[str, Any]:
    return {"passengers": list(routes), "open": True}


def test_the_form_of_the_design_is_read() -> None:
    loaded = load_config(DESIGN, file="config.json", environ={}, check_plugins=False)
    (route,) = loaded.config.passengers
    (user,) = loaded.config.users
    assert (loaded.config.log_life_span, route.queue_life_span, route.sync_frequency) == (1, 1, 1)
    assert route.pullers == [PluginConfig(module="databus.puller.demo.demo_puller_1")]
    assert (user.username, user.password.get_secret_value(), user.role) == ("demo", "demo", "administrator")
    assert user.token.get_secret_value() == "267c598e-f994-11ea-9005-acde48001122"
    assert loaded.warnings == ()


def test_a_byte_order_mark_and_windows_line_ends_are_read() -> None:
    plain = load_config(DESIGN, file="config.json", environ={}, check_plugins=False)
    marked = b"\xef\xbb\xbf" + DESIGN.replace(b"\n", b"\r\n")
    assert load_config(marked, file="config.json", environ={}, check_plugins=False) == plain


def test_a_file_of_databus_8_without_roles_is_read_with_a_warning() -> None:
    loaded = load_config(DATABUS_8, file="config.json", environ={}, check_plugins=False)
    assert loaded.config.users[0].role == "operator"
    assert [str(warning) for warning in loaded.warnings] == [
        'config.json: users[0]: has no role, so it is read as "operator", as in Databus 8; give it a role'
    ]


def test_everything_has_a_default() -> None:
    config = _load({"passengers": [{"name": "demo.route"}]}).config
    (route,) = config.passengers
    assert (config.log_life_span, config.users, config.open) == (1, [], False)
    assert (route.pullers, route.processors, route.pushers) == ([], [], [])
    assert (route.queue, route.queue_life_span, route.sync_frequency) == ("databus.pqueue.primal_queue", 1, 0)
    assert (route.schedule, route.time_zone, route.retry) == ("", "UTC", None)
    assert (route.time_limit, route.record, route.workers) == (600, "batch", 1)
    assert _load({}).config.passengers == []


def test_every_setting_of_a_route_is_read() -> None:
    retry = {"max_attempts": 8, "first_delay": 0.5, "max_delay": 90}
    document = _routes(
        _route(
            schedule="30 6 * * 1-5",
            time_zone="Europe/Berlin",
            retry=retry,
            time_limit=2.5,
            record="each",
            workers=4,
            queue_life_span=0,
            sync_frequency=-1,
        )
    )
    (route,) = _load(document).config.passengers
    assert (route.schedule, route.time_zone, route.record, route.workers) == (
        "30 6 * * 1-5",
        "Europe/Berlin",
        "each",
        4,
    )
    assert (route.time_limit, route.queue_life_span, route.sync_frequency) == (2.5, 0, -1)
    assert route.retry is not None
    assert route.retry.model_dump() == retry


def test_a_plug_in_is_one_record_in_both_forms() -> None:
    pullers = ["demo.a", {"module": "demo.b"}, {"module": "demo.b", "name": "orders in", "settings": {"x": [1]}}]
    (route,) = _load(_routes(_route(pullers=pullers))).config.passengers
    assert [(puller.module, puller.name, puller.settings) for puller in route.pullers] == [
        ("demo.a", "demo.a", {}),
        ("demo.b", "demo.b", {}),
        ("demo.b", "orders in", {"x": [1]}),
    ]


def test_a_role_may_be_written_in_capitals_as_in_databus_8() -> None:
    assert _load({"users": [{"username": "a", "role": "ADMINISTRATOR"}]}).config.users[0].role == "administrator"


def test_an_editor_may_note_the_schema() -> None:
    assert _load({"$schema": "./config.schema.json"}).config.passengers == []


def test_a_configuration_does_not_show_its_secrets() -> None:
    document = {
        "users": [{"username": "a", "role": "operator", "password": "geheim1", "token": "token1"}],
        "passengers": [_route(pushers=[{"module": "demo.pusher", "settings": {"key": "${KEY}"}}])],
    }
    shown = repr(_load(document, {"KEY": "key1"}))
    assert not any(secret in shown for secret in ("geheim1", "token1", "key1"))


def test_all_problems_are_told_at_once() -> None:
    document = {
        "log_life_span": "x",
        "passengers": [
            _route(pullers=["a", "a"], workers=0),
            _route(schedule="* * * * *", sync_frequency=5, time_limit=-1),
            {"nam": "x"},
        ],
        "users": [{"username": "u"}, {"username": "u", "role": "king", "password": "${NOPE}"}],
    }
    assert set(_problems(document)) == {
        "log_life_span",
        "passengers[0].pullers[1]",
        "passengers[0].workers",
        "passengers[1].name",
        "passengers[1].schedule",
        "passengers[1].time_limit",
        "passengers[2].name",
        "passengers[2].nam",
        "users[1].username",
        "users[1].role",
        "users[1].password",
    }


def test_names_of_steps_are_free_across_the_lists_and_routes() -> None:
    route = _route(pullers=["a"], processors=["a"], pushers=["a", {"module": "a", "name": "b"}])
    assert len(_load(_routes(route, {**route, "name": "other"})).config.passengers) == 2


@pytest.mark.parametrize("value", [b"1e999", b"-1e999", b"9" * 5000])
def test_a_number_beyond_all_bounds_is_a_problem(value: bytes) -> None:
    with pytest.raises(ConfigError, match=r"passengers\[0\].sync_frequency: expected a finite number"):
        load_config(
            b'{"passengers": [{"name": "a", "sync_frequency": ' + value + b"}]}",
            file="config.json",
            environ={},
            check_plugins=False,
        )


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", 'config.json: the file is empty; write at least {"passengers": []}'),
        (b" \n", 'config.json: the file is empty; write at least {"passengers": []}'),
        (b'{\n "users": [],\n}', "config.json: line 2, column 13: this comma is one too many before }"),
        (b'{\n "a": "\xe9"}', "config.json: line 2: this is not UTF-8 (byte 0xe9); save the file as UTF-8"),
        (b"\xff\xfe{\0}\0", "config.json: line 1: this is not UTF-8 (byte 0xff); save the file as UTF-8"),
        (
            b'{"users": [], \n"users": []}',
            "config.json: users: this key stands in the same object before; line 2 repeats it",
        ),
    ],
)
def test_what_is_no_json_is_told_with_its_line(data: bytes, problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(data, file="config.json", environ={}, check_plugins=False)
    assert str(caught.value) == problem


def test_references_are_resolved_and_their_values_are_secrets() -> None:
    document = {
        "passengers": [_route(pushers=[{"module": "demo.pusher", "settings": {"url": "ftp://${WHO}:${PASS}@${HOST:-localhost}"}}])],
        "users": [{"username": "u", "role": "operator", "password": "$${x", "token": "plain-token"}],
    }  # fmt: skip
    loaded = _load(document, {"WHO": "me", "PASS": "geheim"})
    assert loaded.config.passengers[0].pushers[0].settings == {"url": "ftp://me:geheim@localhost"}
    assert loaded.config.users[0].password.get_secret_value() == "${x"
    assert loaded.secrets == {"me", "geheim", "plain-token"}


def test_a_hashed_token_is_no_secret() -> None:
    assert _load({"users": [{"username": "u", "token": new_token()[1]}]}).secrets == set()


def test_an_unresolved_reference_is_one_problem() -> None:
    document = _routes(
        _route(
            queue="${QUEUE}",
            record="${RECORD}",
            pullers=["${PULLER}"],
            pushers=[{"module": "${PUSHER}", "name": "x", "settings": {"a": "${A}"}}],
        )
    )
    problems = _problems(document)
    assert set(problems) == {
        "passengers[0].queue",
        "passengers[0].record",
        "passengers[0].pullers[0]",
        "passengers[0].pushers[0].module",
        "passengers[0].pushers[0].settings.a",
    }
    assert all("is not set" in reason for reason in problems.values())


def test_a_secret_is_not_shown_in_a_problem() -> None:
    problems = _problems(_routes(_route(schedule="* * * * *", time_zone="${ZONE}")), {"ZONE": "Geheim/Stadt"})
    assert problems == {
        "passengers[0].time_zone": 'there is no time zone \'***\'; write it as "Europe/Berlin" or "UTC"'
    }


NO_PULLERS = 'has no pullers, so nothing is pulled; if others hand its passengers over, write "pullers": []'


@pytest.mark.parametrize(
    ("document", "path", "reason"),
    [
        ({}, "", 'there are no users, so only those of root can enter; add one, or write "open": true or false'),
        (_routes({"name": "demo.route"}), "passengers[0]", NO_PULLERS),
        (_routes(_route(time_zone="UTC")), "passengers[0].time_zone", "has no effect without a schedule"),
        (
            {"open": True, "users": [{"username": "ann", "role": "operator"}]},
            "open",
            "has no effect while there are users; write false, unless everybody may enter without them",
        ),
    ],
)
def test_what_is_doubtful_is_a_warning(document: object, path: str, reason: str) -> None:
    (warning,) = _load(document).warnings
    assert (warning.path, warning.reason) == (path, reason)


def test_who_writes_that_there_are_no_pullers_means_it() -> None:
    assert not _load(_routes(_route(pullers=[]))).warnings


def test_a_retry_delay_doubles_up_to_its_bound() -> None:
    (route,) = _load(_routes(_route(retry={"max_attempts": 9, "first_delay": 10, "max_delay": 35}))).config.passengers
    assert route.retry is not None
    assert [route.retry.delay_after(attempt).total_seconds() for attempt in (1, 2, 3, 900)] == [10, 20, 35, 35]


KEYS = st.sampled_from(
    [
        "passengers",
        "users",
        "open",
        "name",
        "pullers",
        "pushers",
        "module",
        "settings",
        "username",
        "role",
        "retry",
        "x",
    ]
)
ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["${A}", "${", "a.b"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=25,
)


@given(st.dictionaries(KEYS, ODD, max_size=5) | ODD)
def test_any_document_is_read_or_refused(document: object) -> None:
    data = json.dumps(document).encode()
    try:
        load_config(data, file="config.json", environ={}, check_plugins=True)
    except ConfigError as error:
        assert error.problems  # noqa: PT017 - whether it raises depends on the document
        assert all(problem.reason for problem in error.problems)  # noqa: PT017 - as above


@given(st.binary())
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        load_config(data, file="config.json", environ={}, check_plugins=False)
    except ConfigError as error:
        assert str(error).startswith("config.json")  # noqa: PT017 - whether it raises depends on the bytes
