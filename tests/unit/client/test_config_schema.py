import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from databus.client.config_loader import load_config
from databus.client.config_schema import config_schema
from databus.errors import ConfigError

EXAMPLE = {
    "log_life_span": 1,
    "passengers": [
        {
            "name": "databus.passenger.demo.demo_passenger_1",
            "pullers": ["databus.puller.demo.demo_puller_1"],
            "processors": ["databus.processor.demo.demo_processor_1"],
            "pushers": ["databus.pusher.demo.demo_pusher_1"],
            "queue": "databus.pqueue.primal_queue",
            "queue_life_span": 1,
            "sync_frequency": 1,
        }
    ],
    "users": [
        {
            "username": "demo",
            "password": "demo",
            "role": "administrator",
            "token": "267c598e-f994-11ea-9005-acde48001122",
        }
    ],
}


def _route(**changes: Any) -> dict[str, Any]:
    return {"passengers": [{"name": "demo.route", **changes}]}


def _is_loaded(document: object) -> bool:
    try:
        load_config(json.dumps(document).encode(), file="config.json", environ={}, check_plugins=False)
    except ConfigError:
        return False
    return True


def _is_valid(document: object) -> bool:
    return bool(Draft202012Validator(config_schema()).is_valid(document))


def test_it_is_a_schema_of_draft_2020_12_in_plain_json() -> None:
    schema = config_schema()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert json.loads(json.dumps(schema)) == schema
    Draft202012Validator.check_schema(schema)


def test_its_examples_and_the_example_of_the_design_are_valid_and_are_loaded() -> None:
    for example in [*config_schema()["examples"], EXAMPLE]:
        assert _is_valid(example)
    assert _is_loaded(EXAMPLE)


def test_every_key_is_described() -> None:
    schema = config_schema()
    objects = [schema, *schema["$defs"].values(), *schema["$defs"]["PluginConfig"]["anyOf"]]
    nameless = [key for one in objects for key, value in one.get("properties", {}).items() if not value["description"]]
    assert nameless == []
    assert sum(len(one.get("properties", {})) for one in objects) >= 25


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"$schema": "./config.schema.json", "open": True},
        {"log_life_span": 0.5},
        _route(pullers=["a.b", {"module": "a.b", "name": "c", "settings": {"any": ["thing", 1]}}]),
        _route(sync_frequency=-1),
        _route(sync_frequency=0.25, record="each", workers=3, time_limit=1.5),
        _route(schedule="* * * * *", time_zone="UTC"),
        _route(retry={"max_attempts": 3}),
        {"users": [{"username": "a"}]},
        {"users": [{"username": "a", "token_scope": "read", "token_expires": ""}]},
        {"users": [{"username": "a", "token_expires": "2027-01-01T00:00Z"}]},
        {"users": [{"username": "a", "token_expires": "2027-01-01T00:00:00.5+02:00"}]},
    ],
)
def test_both_take(document: object) -> None:
    assert _is_valid(document)
    assert _is_loaded(document)


@pytest.mark.parametrize(
    "document",
    [
        [],
        {"x": 1},
        {"log_life_span": "1"},
        {"log_life_span": -1},
        {"log_life_span": 1e9},
        {"log_life_span": None},
        {"open": 1},
        {"passengers": {}},
        {"passengers": [{}]},
        {"passengers": ["x"]},
        _route(x=1),
        _route(pullers="a"),
        _route(pullers=[5]),
        _route(pullers=[None]),
        _route(pullers=[{}]),
        _route(pullers=[{"module": "a", "x": 1}]),
        _route(pullers=[{"module": "a", "settings": []}]),
        _route(pullers=[{"module": "a", "name": 5}]),
        _route(queue=None),
        _route(queue_life_span=-1),
        _route(sync_frequency="1"),
        _route(schedule=5),
        _route(record="all"),
        _route(workers=0),
        _route(workers=1.5),
        _route(time_limit=0),
        _route(retry=5),
        _route(retry={}),
        _route(retry={"max_attempts": 0}),
        _route(retry={"max_attempts": 1, "first_delay": -1}),
        {"users": [{}]},
        {"users": [{"username": ""}]},
        {"users": [{"username": "a", "role": "king"}]},
        {"users": [{"username": "a", "password": None}]},
        {"users": [{"username": "a", "x": 1}]},
        {"users": [{"username": "a", "token_scope": "all"}]},
        {"users": [{"username": "a", "token_expires": "2027-01-01"}]},
        {"users": [{"username": "a", "token_expires": "2027-01-01T00:00:00"}]},
        {"users": [{"username": "a", "token_expires": 5}]},
    ],
)
def test_both_refuse(document: object) -> None:
    assert not _is_valid(document)
    assert not _is_loaded(document)
